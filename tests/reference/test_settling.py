"""Coming to rest without a client: settling what is unfinished, sweeping what was abandoned, and whose leases count."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, NoReturn, TypeVar

import pytest
from msgspec.structs import replace
from support.shopbench import Answering, Bench, Scripted, done

from tillproof.contract.capabilities import Capabilities
from tillproof.contract.outcomes import Done, Outcome, Refused, Unknown
from tillproof.domain.entities import Cart, Entity, IdempotencyKey, Operation, Order, Payment, PaymentSession
from tillproof.domain.statuses import OperationKind, OperationState, RecoveryPoint, SessionStatus
from tillproof.reference.settling import settle, sweep

E = TypeVar("E", bound=Entity)

UNKNOWN = Unknown("lost")
DAY = 24 * 3600.0


class Died(BaseException):
    """The process ended in the middle of a call."""


def says(outcome: Outcome) -> Answering:
    return lambda: outcome


def dies() -> NoReturn:
    raise Died


def rows(bench: Bench, entity: type[E]) -> list[E]:
    return done(bench.store.read(lambda tx: tx.select(entity)))


def the(bench: Bench, kind: OperationKind) -> Operation:
    """Return the only operation of that kind."""
    (found,) = (operation for operation in rows(bench, Operation) if operation.kind is kind)
    return found


def interrupted(bench: Bench, **script: Outcome) -> str:
    """Complete a cart that is answered so once, by method; the shopper hears a conflict and never comes back."""
    cart = bench.cart()
    for method, outcome in script.items():
        bench.processor.script[method] = [says(outcome)]
    assert bench.ask("complete_cart", id=cart).status == 409
    return cart


def mid_authorization(bench: Bench) -> str:
    return interrupted(bench, authorize_payment=UNKNOWN)


def authorized(bench: Bench) -> str:
    return interrupted(bench, retrieve_payment=UNKNOWN)


def payment_created(bench: Bench) -> str:
    return interrupted(bench, get_payment_status=UNKNOWN)


def releasing(bench: Bench) -> str:
    return interrupted(bench, get_payment_status=Done({}, SessionStatus.CANCELED), cancel_payment=UNKNOWN)


LEFT_AT: dict[str, tuple[Callable[[Bench], str], RecoveryPoint, int]] = {
    "mid-authorization": (mid_authorization, RecoveryPoint.STARTED, 1),
    "authorized": (authorized, RecoveryPoint.AUTHORIZED, 1),
    "payment-created": (payment_created, RecoveryPoint.PAYMENT_CREATED, 1),
    "releasing": (releasing, RecoveryPoint.RELEASING, 0),
}


@pytest.mark.parametrize("situation", LEFT_AT)
def test_attempt_left_past_its_first_effect_is_brought_to_its_end(situation: str) -> None:
    """From each recovery point `settle` goes on alone: to the order, or to the release that was owed."""
    bench = Bench()
    interrupt, left_at, orders = LEFT_AT[situation]
    interrupt(bench)
    assert [key.recovery_point for key in rows(bench, IdempotencyKey)] == [left_at]
    done(settle(bench.shop))
    assert len(rows(bench, Order)) == orders
    settled_at = RecoveryPoint.FINISHED if orders else RecoveryPoint.STARTED
    assert [key.recovery_point for key in rows(bench, IdempotencyKey)] == [settled_at]
    assert [operation.state for operation in rows(bench, Operation)] == [OperationState.DONE] * len(rows(bench, Operation))


@pytest.mark.parametrize("situation", LEFT_AT)
def test_settling_again_changes_nothing(situation: str) -> None:
    """What is settled is settled: a second round calls nobody and writes nothing but what the first left open."""
    bench = Bench()
    LEFT_AT[situation][0](bench)
    done(settle(bench.shop))
    calls, tables = list(bench.processor.calls), {name: dict(table) for name, table in bench.store.tables.items()}
    done(settle(bench.shop))
    assert bench.processor.calls == calls
    assert bench.store.tables == tables


def test_settling_asks_with_the_same_key() -> None:
    """The question is the repeated call: same gateway key, same reference, counted on."""
    bench = Bench()
    mid_authorization(bench)
    done(settle(bench.shop))
    first, second = bench.processor.attempts("authorize_payment")
    assert (first.idempotency_key, first.reference) == (second.idempotency_key, second.reference)
    assert (first.number, second.number) == (1, 2)


@pytest.mark.parametrize("outcome", [Refused("card_declined", "No."), Done({}, SessionStatus.REQUIRES_MORE)])
def test_attempt_that_waits_for_its_shopper_is_let_be(outcome: Outcome) -> None:
    """After a decline or a challenge nothing is open at the gateway, so `settle` does not buy for the shopper."""
    bench = Bench()
    cart = bench.cart()
    bench.processor.script["authorize_payment"] = [says(outcome)]
    bench.ask("complete_cart", id=cart)
    done(settle(bench.shop))
    assert len(bench.processor.attempts("authorize_payment")) == 1
    assert rows(bench, Order) == []


@pytest.mark.parametrize("status", [s for s in SessionStatus if s is not SessionStatus.AUTHORIZED])
def test_only_what_is_still_authorized_is_placed(status: SessionStatus) -> None:
    """Asked just before the order is placed, any other status releases what was held, and nothing is bought."""
    bench = Bench()
    cart = bench.cart()
    bench.processor.script["get_payment_status"] = [says(Done({}, status))]
    assert bench.ask("complete_cart", id=cart).status == 400
    assert rows(bench, Order) == []
    assert len(bench.processor.attempts("cancel_payment")) == 1


def edited(bench: Bench, cart: str) -> None:
    """Put two more in the cart; whether that is answered or not, nobody presses the button for it."""
    (line,) = bench.ask("get_cart", id=cart).body["cart"]["items"]
    bench.ask("update_line_item", id=cart, line_id=line["id"], quantity=3)


@pytest.mark.parametrize("situation", LEFT_AT)
def test_contents_nobody_asked_for_are_not_bought(situation: str) -> None:
    """The cart was changed after the interruption: what was authorized is let go of, and nothing in its place."""
    bench = Bench()
    cart = LEFT_AT[situation][0](bench)
    bench.processor.script["find_effect"] = [says(UNKNOWN)]  # asked for by the change itself, which is not answered
    edited(bench, cart)
    for _ in range(3):
        done(settle(bench.shop))
    assert rows(bench, Order) == []
    assert len(bench.processor.attempts("authorize_payment")) == 1
    assert [key.recovery_point for key in rows(bench, IdempotencyKey)] == [RecoveryPoint.STARTED]


def test_method_nobody_chooses_any_more_is_not_paid_with() -> None:
    """An authorization of unknown outcome by a processor that left the region is looked for, not repeated."""
    bench = Bench()
    mid_authorization(bench)
    bench.ask("remove_region_provider", id="home", provider_id="scripted")
    done(settle(bench.shop))
    assert [len(bench.processor.attempts(m)) for m in ("authorize_payment", "find_effect")] == [1, 1]
    assert rows(bench, Order) == []


def test_authorization_that_stays_unknown_is_listed_after_bounded_tries() -> None:
    """Settling an attempt counts as trying its authorization: it is listed as any other operation is."""
    bench = Bench()
    cart = bench.cart()
    tries = bench.shop.settings.tries
    bench.processor.script["authorize_payment"] = [says(UNKNOWN)] * (tries + 5)
    bench.ask("complete_cart", id=cart)
    for _ in range(tries + 3):
        done(settle(bench.shop))
    assert len(bench.processor.attempts("authorize_payment")) == tries
    assert the(bench, OperationKind.AUTHORIZE).state is OperationState.LISTED
    assert rows(bench, Order) == []


def test_authorization_a_person_asked_about_in_vain_is_listed_again() -> None:
    """The shopper presses the button once more, and that is lost too: settling does not take it for a new one."""
    bench = Bench()
    cart = bench.cart()
    tries = bench.shop.settings.tries
    bench.processor.script["authorize_payment"] = [says(UNKNOWN)] * (tries + 5)
    bench.ask("complete_cart", id=cart)
    for _ in range(tries):
        done(settle(bench.shop))
    assert bench.ask("complete_cart", id=cart).status == 409
    assert the(bench, OperationKind.AUTHORIZE).state is OperationState.UNKNOWN
    for _ in range(3):
        done(settle(bench.shop))
    assert len(bench.processor.attempts("authorize_payment")) == tries + 1
    assert the(bench, OperationKind.AUTHORIZE).state is OperationState.LISTED


def test_operation_after_the_order_is_asked_about() -> None:
    """A capture of unknown outcome is settled without the operator, and booked once."""
    bench = Bench()
    order = bench.order()
    bench.processor.script["capture_payment"] = [says(UNKNOWN)]
    assert bench.ask("capture_order", id=order).status == 409
    done(settle(bench.shop))
    assert [payment.captured_at is not None for payment in rows(bench, Payment)] == [True]
    assert len(bench.processor.attempts("capture_payment")) == 2


def test_what_stays_unknown_is_listed_after_bounded_tries() -> None:
    """After so many tries an operation is listed for a person: not asked again, and neither done nor refused."""
    bench = Bench()
    order = bench.order()
    tries = bench.shop.settings.tries
    bench.processor.script["capture_payment"] = [says(UNKNOWN)] * (tries + 5)
    bench.ask("capture_order", id=order)
    for _ in range(tries + 3):
        done(settle(bench.shop))
    assert len(bench.processor.attempts("capture_payment")) == tries
    assert the(bench, OperationKind.CAPTURE).state is OperationState.LISTED
    assert [payment.captured_at for payment in rows(bench, Payment)] == [None]


def test_person_who_asks_settles_what_was_listed() -> None:
    """A listed operation is still the one a retry asks about, under its old key."""
    bench = Bench()
    order = bench.order()
    bench.processor.script["capture_payment"] = [says(UNKNOWN)] * bench.shop.settings.tries
    bench.ask("capture_order", id=order)
    for _ in range(bench.shop.settings.tries):
        done(settle(bench.shop))
    assert bench.ask("capture_order", id=order).body["order"]["payment_status"] == "captured"
    assert len({attempt.idempotency_key for attempt in bench.processor.attempts("capture_payment")}) == 1


def left_behind(bench: Bench, seconds: float = DAY) -> str:
    """Leave a cart at the payment step for so long."""
    cart = bench.cart()
    bench.clock.time += seconds
    return cart


def test_abandoned_session_is_made_unpayable() -> None:
    """A session nobody came back for is deleted at the gateway and canceled here; the next sweep leaves it alone."""
    bench = Bench()
    left_behind(bench)
    done(sweep(bench.shop))
    done(sweep(bench.shop))
    assert len(bench.processor.attempts("delete_payment")) == 1
    assert [(s.status, s.is_initiated) for s in rows(bench, PaymentSession)] == [(SessionStatus.CANCELED, False)]


def test_young_session_is_not_swept() -> None:
    """Before the stated age a shopper may still come back."""
    bench = Bench()
    left_behind(bench, DAY - 1)
    done(sweep(bench.shop))
    assert bench.processor.attempts("delete_payment") == []


def test_session_of_an_order_is_not_swept() -> None:
    """The gateway object behind an order is its payment, however old the cart is."""
    bench = Bench()
    bench.order()
    bench.clock.time += 10 * DAY
    done(sweep(bench.shop))
    assert bench.processor.attempts("delete_payment") == []


@pytest.mark.parametrize("outcome", [UNKNOWN, Refused("busy", "No.")])
def test_deletion_that_fails_is_tried_by_the_next_sweep(outcome: Outcome) -> None:
    """The session stays what it is until the gateway has confirmed that its object cannot be paid."""
    bench = Bench()
    left_behind(bench)
    bench.processor.script["delete_payment"] = [says(outcome)]
    done(sweep(bench.shop))
    assert [session.is_initiated for session in rows(bench, PaymentSession)] == [True]
    done(sweep(bench.shop))
    assert [session.is_initiated for session in rows(bench, PaymentSession)] == [False]


@pytest.mark.parametrize(
    "found", [Done({"of": "cart", "held": "yes"}), Refused("absent", "Not there.")], ids=["authorized", "absent"]
)
def test_abandoned_authorization_of_unknown_outcome_is_looked_for_and_undone(found: Outcome) -> None:
    """Nobody wants it any more: it is looked for, never repeated, and its session is deleted, found or not."""
    bench = Bench()
    mid_authorization(bench)
    bench.clock.time += DAY
    bench.processor.script["find_effect"] = [says(found)]
    done(sweep(bench.shop))
    assert [len(bench.processor.attempts(m)) for m in ("authorize_payment", "find_effect", "delete_payment")] == [1, 1, 1]
    assert [session.status for session in rows(bench, PaymentSession)] == [SessionStatus.CANCELED]
    assert the(bench, OperationKind.AUTHORIZE).state in (OperationState.DONE, OperationState.REFUSED)


def test_authorization_that_a_look_does_not_settle_is_looked_for_again() -> None:
    """Still unknown after the look, it stays unwanted; settling looks as well, and the next sweep deletes the session."""
    bench = Bench()
    mid_authorization(bench)
    bench.clock.time += DAY
    bench.processor.script["find_effect"] = [says(UNKNOWN), says(UNKNOWN)]
    done(sweep(bench.shop))
    assert the(bench, OperationKind.AUTHORIZE).state is OperationState.UNWANTED
    assert [session.is_initiated for session in rows(bench, PaymentSession)] == [True]
    done(settle(bench.shop))
    assert the(bench, OperationKind.AUTHORIZE).state is OperationState.DONE
    done(sweep(bench.shop))
    assert [len(bench.processor.attempts(m)) for m in ("authorize_payment", "delete_payment")] == [1, 1]
    assert rows(bench, Order) == []


class CannotLook(Scripted):
    """A processor without look-up."""

    capabilities: ClassVar[Capabilities] = Capabilities()


def test_authorization_that_cannot_be_looked_for_is_undone_with_its_session() -> None:
    """Where a processor cannot look, the sweep deletes the session all the same: what it may hold goes with it."""
    bench = Bench()
    bench.processor = CannotLook()
    bench.restart()
    mid_authorization(bench)
    bench.clock.time += DAY
    done(sweep(bench.shop))
    calls = [len(bench.processor.attempts(m)) for m in ("authorize_payment", "find_effect", "delete_payment")]
    assert calls == [1, 0, 1]
    assert the(bench, OperationKind.AUTHORIZE).state is OperationState.DONE
    assert [(s.status, s.is_initiated) for s in rows(bench, PaymentSession)] == [(SessionStatus.CANCELED, False)]


def died_capturing(bench: Bench) -> str:
    """Let the process die in the middle of a capture, and return the order's id."""
    order = bench.order()
    bench.processor.script["capture_payment"] = [dies]
    with pytest.raises(Died):
        bench.ask("capture_order", id=order)
    return order


def test_lease_of_a_living_boot_keeps_others_out() -> None:
    """While the request may be at work, neither `settle` nor another request touches its operation."""
    bench = Bench()
    order = died_capturing(bench)
    done(settle(bench.shop))
    assert bench.ask("capture_order", id=order).status == 409
    assert len(bench.processor.attempts("capture_payment")) == 1


def test_lease_lapses() -> None:
    """After its time a lease counts no more, also in the same boot."""
    bench = Bench()
    died_capturing(bench)
    bench.clock.time += bench.shop.settings.lease
    done(settle(bench.shop))
    assert the(bench, OperationKind.CAPTURE).state is OperationState.DONE


def test_lease_of_a_dead_boot_does_not_count() -> None:
    """After a restart nothing of the dead process is at work, so its operations are free at once."""
    bench = Bench()
    died_capturing(bench)
    bench.restart()
    done(settle(bench.shop))
    assert the(bench, OperationKind.CAPTURE).state is OperationState.DONE


def test_key_locked_by_a_dead_boot_is_free() -> None:
    """A shopper who comes back after a restart need not wait for the dead request's lock."""
    bench = Bench()
    cart = mid_authorization(bench)
    (key,) = rows(bench, IdempotencyKey)
    holder, until = bench.shop.lease()
    bench.store.tables[IdempotencyKey.table][key.id] = replace(key, locked_by=holder, locked_until=until)
    assert bench.ask("complete_cart", id=cart).status == 409
    bench.restart()
    assert bench.ask("complete_cart", id=cart).body["type"] == "order"


def test_uninstalled_processor_leaves_its_operation_open() -> None:
    """What cannot be asked is not guessed; once the processor is back, it is settled."""
    bench = Bench()
    order = bench.order()
    bench.processor.script["capture_payment"] = [says(UNKNOWN)]
    bench.ask("capture_order", id=order)
    bench.restart(processors={})
    done(settle(bench.shop))
    assert the(bench, OperationKind.CAPTURE).state is OperationState.UNKNOWN
    bench.restart()
    done(settle(bench.shop))
    assert the(bench, OperationKind.CAPTURE).state is OperationState.DONE


def test_shopper_who_touches_the_cart_is_not_swept() -> None:
    """The age that counts is the cart's last change, not its first."""
    bench = Bench()
    cart = left_behind(bench, DAY - 1)
    bench.ask("update_cart", id=cart, email="eve@shop.example")
    bench.clock.time += 2
    done(sweep(bench.shop))
    assert [row.email for row in rows(bench, Cart)] == ["eve@shop.example"]
    assert bench.processor.attempts("delete_payment") == []
