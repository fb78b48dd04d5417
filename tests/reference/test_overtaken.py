"""Two at work on one thing: who was overtaken does no more, undoes nothing of the other, and answers with a conflict."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest
from msgspec.structs import replace
from support.shopbench import Bench, done
from support.swapbench import SwapBench

from tillproof.contract.outcomes import Done, Outcome, Refused, Unknown
from tillproof.domain.entities import Cart, IdempotencyKey, Operation, Order, Payment
from tillproof.domain.statuses import OperationKind, OperationState, SessionStatus
from tillproof.reference.ports import StoreError
from tillproof.reference.refusals import Conflict
from tillproof.reference.settling import settle
from tillproof.reference.store.memory import MemoryTransaction

T = TypeVar("T")

HELD = Done({"kept": "y"}, SessionStatus.AUTHORIZED)
LOST = Unknown("lost")


def _answers(outcome: Outcome, meanwhile: Callable[[], object]) -> Callable[[], Outcome]:
    """Let something happen while the gateway is asked, which then answers so."""

    def answer() -> Outcome:
        meanwhile()
        return outcome

    return answer


def _orders(bench: Bench) -> list[Order]:
    return done(bench.store.read(lambda tx: tx.select(Order)))


def _taken_over(bench: Bench) -> None:
    """Give the lock of the only key to another request, as after its lease had lapsed."""
    (key,) = done(bench.store.read(lambda tx: tx.select(IdempotencyKey)))
    holder, until = bench.shop.lease()
    bench.store.tables[IdempotencyKey.table][key.id] = replace(key, locked_by=holder, locked_until=until)


@pytest.mark.parametrize("method", ["authorize_payment", "retrieve_payment", "get_payment_status"])
def test_a_completion_whose_lock_another_has_goes_no_further(method: str) -> None:
    """It places nothing, and leaves the other its lock: until that ends, or lapses, nobody else is let in."""
    bench = Bench()
    cart = bench.cart()
    bench.processor.script[method] = [_answers(HELD, lambda: _taken_over(bench))]
    assert bench.ask("complete_cart", id=cart).status == 409
    assert _orders(bench) == []
    assert bench.ask("complete_cart", id=cart).status == 409
    bench.clock.time += bench.shop.settings.lease
    assert bench.ask("complete_cart", id=cart).body["type"] == "order"
    assert len({attempt.idempotency_key for attempt in bench.processor.attempts("authorize_payment")}) == 1


def test_a_completion_that_another_finished_meanwhile_is_a_conflict() -> None:
    """The slow one held its lock too long; its retry is told of the order that the other placed."""
    bench = Bench()
    cart = bench.cart()

    def another() -> None:
        bench.clock.time += bench.shop.settings.lease
        assert bench.ask("complete_cart", id=cart).body["type"] == "order"

    bench.processor.script["authorize_payment"] = [_answers(HELD, another)]
    assert bench.ask("complete_cart", id=cart).status == 409
    (order,) = _orders(bench)
    assert bench.ask("complete_cart", id=cart).body["data"]["id"] == order.id


def test_a_cart_that_changes_while_it_is_authorized_is_authorized_afresh() -> None:
    """What was authorized for less is let go of first; the shopper who is there buys what the cart holds now."""
    bench = Bench()
    cart = bench.cart()
    bench.processor.script["authorize_payment"] = [
        _answers(HELD, lambda: bench.ask("add_line_item", id=cart, variant_id="mug", quantity=1)),
    ]
    order = bench.ask("complete_cart", id=cart).body["data"]
    assert (order["total"], [payment["amount"] for payment in order["payments"]]) == (6000, [6000])
    effects = [method for method, attempt in bench.processor.calls if attempt is not None]
    assert effects == ["initiate_payment", "authorize_payment", "delete_payment", "initiate_payment", "authorize_payment"]


def test_a_part_of_a_batch_that_another_settled_is_not_sent_again() -> None:
    """While one Payment of an order is captured somebody captures the other by itself: each is captured once."""
    bench = SwapBench()
    order_id = bench.bought(2)
    first, second = (bench.confirmed(order_id, shirt=1)["payment"]["id"] for _ in range(2))
    bench.processor.script["capture_payment"] = [
        _answers(Done({}), lambda: bench.ask("capture_payment", id=second)),
    ]
    assert bench.ask("capture_order", id=order_id).status == 200
    assert all(row.captured_at is not None for row in bench.rows(Payment) if row.id in (first, second))
    captures = [row for row in bench.rows(Operation) if row.kind is OperationKind.CAPTURE]
    assert [(row.state, row.attempts) for row in captures] == [(OperationState.DONE, 1)] * 3
    assert len(bench.processor.attempts("capture_payment")) == 3


def _just_before(bench: Bench, monkeypatch: pytest.MonkeyPatch, step: str, happens: Callable[[], object]) -> None:
    """Let something happen just before the first atomic step of that name."""
    honest = bench.store.atomic
    seen: list[str] = []

    async def overtaken(work: Callable[[MemoryTransaction], T]) -> T:
        if work.__name__ == step and not seen:
            seen.append(step)
            happens()
        return await honest(work)

    monkeypatch.setattr(bench.store, "atomic", overtaken)


def _holding(bench: Bench, cart_id: str, **changes: object) -> Callable[[], None]:
    """Change the lines of a cart as another process does that dies before it has brought the sessions along."""

    def change() -> None:
        cart = bench.store.tables[Cart.table][cart_id]
        assert isinstance(cart, Cart)
        bench.store.tables[Cart.table][cart_id] = replace(cart, items=(replace(cart.items[0], **changes),))

    return change


@pytest.mark.parametrize("changes", [{"quantity": 2}, {"unit_price": 2999}, {"unit_price": 3001}])
def test_a_cart_that_changes_just_before_it_is_authorized_is_not_authorized(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, int]
) -> None:
    """Its session is over another sum: the client tries again, and pays for what the cart holds by then."""
    bench = Bench()
    cart = bench.cart()
    _just_before(bench, monkeypatch, "authorization_intended", _holding(bench, cart, **changes))
    assert bench.ask("complete_cart", id=cart).status == 409
    assert bench.processor.attempts("authorize_payment") == []
    order = bench.ask("complete_cart", id=cart).body["data"]
    assert order["total"] == changes.get("quantity", 1) * changes.get("unit_price", 3000)
    assert order["payments"][0]["amount"] == order["total"]


@pytest.mark.parametrize(
    ("price", "session_left", "status"), [(1, False, 400), (1, True, 409), (0, False, 200), (0, True, 200)]
)
def test_a_cart_that_comes_to_cost_something_is_not_given_away(
    monkeypatch: pytest.MonkeyPatch,
    price: int,
    session_left: bool,  # noqa: FBT001 - told by the table
    status: int,
) -> None:
    """It cost nothing when it was looked at, and a cent when the order is placed; whether its session is left or not."""
    bench = Bench()
    cart = bench.cart()
    _holding(bench, cart, unit_price=0)()
    if session_left:
        bench.processor.script["delete_payment"] = [lambda: Refused("busy", "Not now.")]
    _just_before(bench, monkeypatch, "order_placed", _holding(bench, cart, unit_price=price))
    assert bench.ask("complete_cart", id=cart).status == status
    assert len(_orders(bench)) == (1 if status == 200 else 0)


@pytest.mark.parametrize("step", ["operation_taken", "capture_recorded"])
@pytest.mark.parametrize("error", [StoreError("the disk is full"), Conflict()])
def test_what_cannot_be_settled_now_keeps_nothing_else_from_it(
    monkeypatch: pytest.MonkeyPatch, step: str, error: Exception
) -> None:
    """The database fails, or another request is there first: its turn comes again, and the others have theirs now."""
    bench = Bench()
    bench.processor.script["capture_payment"] = [lambda: LOST, lambda: LOST]
    for _ in range(2):
        assert bench.ask("capture_order", id=bench.order()).status == 409
    honest = bench.store.atomic
    failed: list[str] = []

    async def failing(work: Callable[[MemoryTransaction], T]) -> T:
        if work.__name__ == step and not failed:
            failed.append(step)
            raise error
        return await honest(work)

    with monkeypatch.context() as patched:
        patched.setattr(bench.store, "atomic", failing)
        done(settle(bench.shop))
    assert failed == [step]

    def captured() -> list[bool]:
        return [row.captured_at is not None for row in done(bench.store.read(lambda tx: tx.select(Payment)))]

    assert captured() == [False, True]
    bench.clock.time += bench.shop.settings.lease
    done(settle(bench.shop))
    assert captured() == [True, True]
