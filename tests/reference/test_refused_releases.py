"""A gateway refuses to let go of what nobody wants any more: nothing is held beside it, and it is asked for anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest
from support.shopbench import Answering, Bench, done

from tillproof.contract.outcomes import Done, Outcome, Refused, Unknown
from tillproof.domain.entities import Operation, Order, PaymentSession
from tillproof.domain.statuses import OperationKind, OperationState, SessionStatus
from tillproof.reference.settling import settle, sweep
from tillproof.reference.store.memory import MemoryTransaction

T = TypeVar("T")

NO = Refused("busy", "Not now.")
DAY = 24 * 3600.0


def says(outcome: Outcome) -> Answering:
    return lambda: outcome


def removes(bench: Bench, cart: str) -> int:
    """Take the choice back, and return what is answered."""
    return bench.ask("delete_payment_session", id=cart, provider_id="scripted").status


def edits(bench: Bench, cart: str) -> int:
    """Put two more in the cart, and return what is answered."""
    (line,) = bench.ask("get_cart", id=cart).body["cart"]["items"]
    return bench.ask("update_line_item", id=cart, line_id=line["id"], quantity=3).status


TURNS = (removes, edits)


def held_for_nobody(bench: Bench, turns: Callable[[Bench, str], int]) -> str:
    """Let a shopper turn from an authorization nobody heard of: it is found, and the gateway refuses once to undo it."""
    cart = bench.cart()
    bench.processor.script["authorize_payment"] = [says(Unknown("lost"))]
    bench.processor.script["delete_payment"] = [says(NO)]
    assert bench.ask("complete_cart", id=cart).status == 409
    assert turns(bench, cart) == 400
    return cart


def since(bench: Bench, calls: int) -> list[str]:
    """Return the names of the calls with an effect since so many calls."""
    return [method for method, attempt in bench.processor.calls[calls:] if attempt is not None]


@pytest.mark.parametrize("turns", TURNS)
def test_refused_release_is_asked_anew_before_the_next_authorization(turns: Callable[[Bench, str], int]) -> None:
    """Completing deletes the session first, under a new key, and a fresh one pays for the order."""
    bench = Bench()
    cart = held_for_nobody(bench, turns)
    calls = len(bench.processor.calls)
    assert bench.ask("complete_cart", id=cart).body["type"] == "order"
    assert since(bench, calls) == ["delete_payment", "initiate_payment", "authorize_payment"]
    assert len({attempt.idempotency_key for attempt in bench.processor.attempts("delete_payment")}) == 2


@pytest.mark.parametrize("turns", TURNS)
def test_nothing_is_authorized_while_the_release_stays_refused(turns: Callable[[Bench, str], int]) -> None:
    """However often the shopper presses the button, no second hold joins the first, and each press asks for its release."""
    bench = Bench()
    cart = held_for_nobody(bench, turns)
    bench.processor.script["delete_payment"] = [says(NO)] * 3
    assert [bench.ask("complete_cart", id=cart).status for _ in range(3)] == [400] * 3
    assert [len(bench.processor.attempts(m)) for m in ("authorize_payment", "delete_payment")] == [1, 4]
    done(settle(bench.shop))
    assert bench.ask("complete_cart", id=cart).body["type"] == "order"
    assert len(done(bench.store.read(lambda tx: tx.select(Order)))) == 1


@pytest.mark.parametrize("turns", TURNS)
@pytest.mark.parametrize("wrong", [0.0, DAY, -DAY])
def test_sweep_lets_go_however_young_the_checkout_is(turns: Callable[[Bench, str], int], wrong: float) -> None:
    """Nobody comes back, and the clock may have been set meanwhile: the next sweep asks anew, and so until it is done."""
    bench = Bench()
    held_for_nobody(bench, turns)
    bench.clock.wrong = wrong
    bench.processor.script["delete_payment"] = [says(NO)]
    for tries in (2, 3, 3):
        done(settle(bench.shop))
        done(sweep(bench.shop))
        assert len(bench.processor.attempts("delete_payment")) == tries
    sessions = done(bench.store.read(lambda tx: tx.select(PaymentSession)))
    assert [(session.status, session.is_initiated) for session in sessions] == [(SessionStatus.CANCELED, False)]
    assert len(bench.processor.attempts("authorize_payment")) == 1


def test_what_settling_finds_is_let_go_by_the_next_sweep() -> None:
    """The shopper turned away and left before the look was answered: `settle` finds the hold, the sweep releases it."""
    bench = Bench()
    cart = bench.cart()
    bench.processor.script["authorize_payment"] = [says(Unknown("lost"))]
    bench.processor.script["find_effect"] = [says(Unknown("lost"))]
    bench.ask("complete_cart", id=cart)
    assert removes(bench, cart) == 409
    done(settle(bench.shop))
    assert bench.processor.attempts("delete_payment") == []
    done(sweep(bench.shop))
    assert len(bench.processor.attempts("delete_payment")) == 1


def test_completion_that_is_overtaken_authorizes_nothing_beside_what_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another tab turns away, in vain, just before the authorization is written down: that step sees it."""
    bench = Bench()
    cart = bench.cart()
    bench.processor.script["authorize_payment"] = [says(Unknown("lost"))]
    bench.processor.script["delete_payment"] = [says(NO)]
    assert bench.ask("complete_cart", id=cart).status == 409
    honest = bench.store.atomic
    told: list[int] = []

    async def overtaken(step: Callable[[MemoryTransaction], T]) -> T:
        if step.__name__ == "authorization_intended" and not told:
            told.append(0)
            told.append(removes(bench, cart))
        return await honest(step)

    monkeypatch.setattr(bench.store, "atomic", overtaken)
    assert bench.ask("complete_cart", id=cart).status == 409
    assert told == [0, 400]
    assert len(bench.processor.attempts("authorize_payment")) == 1
    found = done(bench.store.read(lambda tx: tx.select(Operation, kind=OperationKind.AUTHORIZE)))
    assert [operation.state for operation in found] == [OperationState.DONE]
    assert bench.ask("complete_cart", id=cart).body["type"] == "order"


def abandoned(bench: Bench) -> str:
    """Leave a cart at the payment step for so long that it is swept."""
    cart = bench.cart()
    bench.clock.time += DAY
    return cart


def turned_from(bench: Bench) -> str:
    """Let a shopper turn from an authorization nobody heard of, which is found."""
    cart = bench.cart()
    bench.processor.script["authorize_payment"] = [says(Unknown("lost"))]
    assert bench.ask("complete_cart", id=cart).status == 409
    assert removes(bench, cart) == 400
    return cart


def payment_held(bench: Bench) -> str:
    """Let a completion fail for good after its Payment was made: it stands for what is held, and no order comes of it."""
    cart = bench.cart()
    bench.processor.script["get_payment_status"] = [says(Done({}, SessionStatus.PENDING))]
    assert bench.ask("complete_cart", id=cart).status == 409
    return cart


def session_held(bench: Bench) -> str:
    """Let a shopper turn from what was authorized, before there is a Payment: its session stands for it."""
    cart = bench.cart()
    bench.processor.script["retrieve_payment"] = [says(Unknown("lost"))]
    assert bench.ask("complete_cart", id=cart).status == 409
    assert removes(bench, cart) == 400
    return cart


STANDS: dict[str, tuple[Callable[[Bench], str], str]] = {
    "an abandoned session": (abandoned, "delete_payment"),
    "an authorization found": (turned_from, "delete_payment"),
    "a payment": (payment_held, "cancel_payment"),
    "an authorized session": (session_held, "delete_payment"),
}


def refused_for_ever(bench: Bench, situation: str) -> str:
    """Let the gateway refuse every release while the shop settles and sweeps for long; return the cart's id."""
    leave, method = STANDS[situation]
    bench.processor.script[method] = [says(NO)] * 100
    cart = leave(bench)
    for _ in range(bench.shop.settings.tries + 5):
        bench.clock.time += 60.0
        done(settle(bench.shop))
        done(sweep(bench.shop))
    return cart


def releases(bench: Bench) -> list[OperationState]:
    """Return what became of each release asked for."""
    found = done(bench.store.read(lambda tx: tx.select(Operation)))
    return [one.state for one in found if one.kind in (OperationKind.DELETE, OperationKind.CANCEL)]


@pytest.mark.parametrize("situation", STANDS)
def test_release_refused_for_ever_is_listed_after_bounded_tries(situation: str) -> None:
    """The shop asks so often by itself, under a new key each time, and then lists it, once."""
    bench = Bench()
    refused_for_ever(bench, situation)
    tries = bench.shop.settings.tries
    attempts = bench.processor.attempts(STANDS[situation][1])
    assert len({attempt.idempotency_key for attempt in attempts}) == len(attempts) == tries
    assert releases(bench) == [OperationState.REFUSED] * (tries - 1) + [OperationState.LISTED]


@pytest.mark.parametrize("situation", STANDS)
def test_somebody_who_comes_back_has_a_listed_release_asked_for(situation: str) -> None:
    """Refused once more, it is listed once still; agreed to, or not needed any more, it is listed no longer."""
    bench = Bench()
    cart = refused_for_ever(bench, situation)
    assert removes(bench, cart) == 400
    assert releases(bench).count(OperationState.LISTED) == 1
    bench.processor.script.clear()
    bench.ask("complete_cart", id=cart)
    bench.ask("create_payment_sessions", id=cart)
    assert bench.ask("complete_cart", id=cart).body["type"] == "order"
    assert OperationState.LISTED not in releases(bench)


@pytest.mark.parametrize("situation", ["a payment", "an authorized session"])
def test_news_of_a_cart_makes_its_listed_release_be_asked_for(situation: str) -> None:
    """Something happened to it at the gateway: settling that cart asks, and hears that it is let go."""
    bench = Bench()
    cart = refused_for_ever(bench, situation)
    bench.processor.script[STANDS[situation][1]] = []
    done(settle(bench.shop))
    assert OperationState.LISTED in releases(bench)
    done(settle(bench.shop, cart))
    assert set(releases(bench)) == {OperationState.REFUSED, OperationState.DONE}


def test_cancel_an_operator_asks_for_is_not_listed() -> None:
    """They hear of each refusal themselves, and decide whether to ask again."""
    bench = Bench()
    order = bench.order()
    times = bench.shop.settings.tries + 2
    bench.processor.script["cancel_payment"] = [says(NO)] * times
    assert [bench.ask("cancel_order", id=order).status for _ in range(times)] == [400] * times
    assert releases(bench) == [OperationState.REFUSED] * times
