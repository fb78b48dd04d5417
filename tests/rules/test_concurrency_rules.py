"""CONC and IDEM-06: two requests under way at the same time."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from support.histories import AUTHORIZED, CART, ORDER, PAYMENT, Tape, operation
from support.judging import broken

from tillproof.domain.entities import Entity, Payment
from tillproof.domain.statuses import OperationKind, OrderStatus, SessionStatus
from tillproof.history.events import Asked, Heard, Returned

C, R = OperationKind.CAPTURE, OperationKind.REFUND
CAPTURED = replace(PAYMENT, order_id="order_1", captured_at=9.0)
CANCELED = replace(PAYMENT, order_id="order_1", canceled_at=9.0)
NO_ORDER: dict[str, object] = {"code": "not_allowed", "type": "not_allowed", "message": "no"}


def _asked(tape: Tape, wish: int, call: str = "complete", key: str | None = "k1", actor: str = "shopper-2") -> int:
    id_ = "order_1" if call in ("capture", "refund", "cancel") else "cart_1"
    return tape.put(Asked, actor=actor, call=call, number=1, intent=wish, key=key, request={"id": id_})


def _heard(tape: Tape, asked: int, status: int = 200, body: dict[str, object] | None = None) -> None:
    first = tape.events[asked]
    assert isinstance(first, Asked)
    told = {"type": "order", "data": {"id": "order_1"}} if body is None else body
    told_as = {"actor": first.actor, "call": first.call, "intent": first.intent}
    tape.put(Heard, asked=asked, status=status, body=told, headers={}, **told_as)


def _second(tape: Tape, status: int, body: dict[str, object] | None = None, *, early: bool = True) -> Tape:
    """Let a second completion be under way at the end of the first, or come only after it."""
    if not early:
        _heard(tape, _asked(tape, 9), status, body)
        return tape
    asked = _asked(tape, 9)
    first = next(event for event in tape.events if isinstance(event, Asked))
    _heard(tape, first.step)
    _heard(tape, asked, status, body)
    return tape


def _bought() -> Tape:
    """Return a purchase that went well, its answer still on its way."""
    tape = Tape().bought()
    del tape.events[-1]
    return tape


def _then(tape: Tape, then: Callable[[Tape], object]) -> Tape:
    then(tape)
    return tape.quiet()


@pytest.mark.parametrize(
    ("tape", "times"),
    [
        (lambda: Tape().bought().quiet(), None),
        (lambda: _second(Tape().bought(), 200, early=False).quiet(), None),
        (lambda: _second(_bought(), 200).quiet(), 0),
        (lambda: _second(_bought(), 409, {"code": "invalid_state_error", "type": "conflict"}).quiet(), 0),
        (lambda: _second(_bought(), 400, NO_ORDER).quiet(), 1),
        (lambda: _second(_bought(), 200, {"type": "order", "data": {"id": "order_2"}}).quiet(), 1),
        (lambda: _then(_second(_bought(), 200), lambda t: t.commit(replace(ORDER, id="order_2"))), 1),
        (
            lambda: _then(
                _second(_bought(), 200), lambda t: t.commit(replace(PAYMENT, order_id="order_1", canceled_at=9.0))
            ),
            1,
        ),
        (lambda: _then(_second(_bought(), 200), lambda t: t.commit(replace(AUTHORIZED, status=SessionStatus.ERROR))), 1),
    ],
    ids=[
        "one",
        "one after the other",
        "both the order",
        "the other a conflict",
        "the other refused",
        "the other another order",
        "two orders",
        "the Payment canceled",
        "the session in error",
    ],
)
def test_two_completions_at_once(tape: Callable[[], Tape], times: int | None) -> None:
    """One order, for both; a conflict is as good; nothing of it is taken back. One after the other is not asked."""
    assert broken(tape(), "CONC-01") == times


def _desk(second: str, *, sent: bool, payment: Payment = CAPTURED, early: bool = True, refused: bool = False) -> Tape:
    """Let the order be captured while a second request of that kind is under way, which sends something as well, or not."""
    tape = Tape().bought(operation(C, 2, payment_id="pay_1"), operation(C, 3, payment_id="pay_1"))
    first = _asked(tape, 2, "capture", "k2", "operator")
    other = _asked(tape, 3, second, "k3", "operator-2") if early else 0
    tape.call("capture_payment", 2)
    if refused:
        tape.back("refused", code="no")
    if sent:
        tape.call("capture_payment", 3)
    tape.capture(reference="op_2")
    tape.commit(payment)
    _heard(tape, first, 200, {"order": {"id": "order_1"}})
    _heard(tape, other or _asked(tape, 3, second, "k3", "operator-2"), 400, NO_ORDER)
    return tape.quiet()


@pytest.mark.parametrize(
    ("tape", "times"),
    [
        (lambda: _desk("capture", sent=False, early=False), None),
        (lambda: _desk("capture", sent=False), 0),
        (lambda: _desk("capture", sent=True), 1),
        (lambda: _desk("cancel", sent=False), 0),
        (lambda: _desk("cancel", sent=False, payment=replace(CAPTURED, canceled_at=9.0)), 1),
        (lambda: _then(_desk("cancel", sent=False), lambda t: t.commit(replace(ORDER, status=OrderStatus.CANCELED))), 1),
    ],
    ids=["one after the other", "one sent", "both sent", "one won", "both won", "order canceled all the same"],
)
def test_two_at_the_desk_at_once(tape: Callable[[], Tape], times: int | None) -> None:
    """What is sent to the gateway is never more than there is; of capture and cancel one wins."""
    assert broken(tape(), "CONC-03") == times


def _refunds(*, refused: bool) -> Tape:
    tape = Tape().bought(operation(R, 2, payment_id="pay_1", amount=3000), operation(R, 3, payment_id="pay_1", amount=3000))
    tape.capture()
    tape.commit(CAPTURED)
    first = _asked(tape, 2, "refund", "k2", "operator")
    other = _asked(tape, 3, "refund", "k3", "operator-2")
    tape.call("refund_payment", 2, amount=3000)
    if refused:
        tape.back("refused", code="no")
    tape.call("refund_payment", 3, amount=3000)
    tape.refund(amount=3000, reference="op_3")
    _heard(tape, first, 400, NO_ORDER)
    _heard(tape, other, 200, {"order": {"id": "order_1"}})
    return tape.quiet()


@pytest.mark.parametrize(("refused", "times"), [(False, 1), (True, 0)])
def test_two_refunds_at_once(refused: bool, times: int) -> None:  # noqa: FBT001 - told by the table
    """Together they may not be more than what was captured, unless the first was refused before the second was sent."""
    assert broken(_refunds(refused=refused), "CONC-03") == times


def _edited(*rows: Entity, hold: int = 4900, order: bool = True) -> Tape:
    tape = Tape().opened(operation(OperationKind.AUTHORIZE, 1))
    first = _asked(tape, 1, actor="shopper")
    edit = _asked(tape, 2, "update-line-item", None)
    tape.hold(reference="op_1", key="gk_1", amount=hold)
    tape.commit(PAYMENT)
    if order:
        tape.commit(ORDER, replace(PAYMENT, order_id="order_1"), *rows)
    _heard(tape, first)
    _heard(tape, edit, 200, {})
    return tape.quiet()


@pytest.mark.parametrize(
    ("tape", "times"),
    [
        (lambda: Tape().bought().quiet(), None),
        (_edited, 0),
        (lambda: _edited(replace(CART, items=())), 1),
        (lambda: _edited(hold=4800), 1),
        (lambda: _edited(order=False), 1),
    ],
    ids=["no change", "same total", "cart of another total", "other sum authorized", "held, and no order"],
)
def test_a_change_during_a_completion(tape: Callable[[], Tape], times: int | None) -> None:
    """The order is of what was authorized and of what the cart holds; without an order nothing is held."""
    assert broken(tape(), "CONC-04") == times


def _same_key(*, both: bool, other: str = "k1", status: int = 200) -> Tape:
    tape = Tape().opened(operation(OperationKind.AUTHORIZE, 1))
    first = _asked(tape, 1, actor="shopper")
    second = _asked(tape, 2, key=other)
    one = tape.call("authorize_payment", 1)
    if not both:
        tape.back(status="authorized")
    tape.call("authorize_payment", 1, attempt=2)
    tape.back(status="authorized")
    if both:
        tape.put(Returned, called=one, method="authorize_payment", outcome="done", status="authorized")
    tape.commit(ORDER)
    _heard(tape, first)
    _heard(tape, second, status, None if status == 200 else NO_ORDER)
    return tape


@pytest.mark.parametrize(
    ("tape", "times"),
    [
        (lambda: _same_key(both=True, other="k2"), None),
        (lambda: _same_key(both=False), 0),
        (lambda: _same_key(both=True), 1),
        (lambda: _same_key(both=False, status=409), 0),
        (lambda: _same_key(both=False, status=400), 1),
    ],
    ids=["other key", "one after the other", "both at work", "a conflict", "refused"],
)
def test_the_same_key_twice_at_once(tape: Callable[[], Tape], times: int | None) -> None:
    """One request works at a time, and none is told no once there is an order."""
    assert broken(tape(), "IDEM-06") == times
