"""Where a breach is told: at the line, commit or answer that was wrong, and not at one beside it that was right."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from support.histories import ALL, CART, ITEM, KEY, ORDER, PAYMENT, REFUND, SESSION, Tape, operation
from support.judging import breaches

from tillproof.domain.entities import Swap
from tillproof.domain.ledger import EntryKind
from tillproof.domain.statuses import OperationKind, SwapPaymentStatus

A, C, R, V = OperationKind.AUTHORIZE, OperationKind.CAPTURE, OperationKind.REFUND, OperationKind.CANCEL
OWN = replace(PAYMENT, order_id="order_1")
CAPTURED = replace(OWN, captured_at=9.0)
TAKEN = replace(CAPTURED, amount_refunded=2000)

Told = tuple[Tape, int]
"""A run, and the step at which it went wrong."""


def _captured(*, booked: bool = True) -> Tape:
    tape = Tape().bought(operation(R, 3, payment_id="pay_1"))
    tape.capture("ca_0")
    if booked:
        tape.commit(CAPTURED)
    return tape


def _refunds_unbooked() -> Told:
    tape = _captured()
    for number in (1, 2, 3):
        wrong = tape.refund(f"re_{number}", amount=100)
    return tape.quiet(), wrong


def _refund_booked_ahead() -> Told:
    tape = _captured()
    wrong = tape.commit(TAKEN, REFUND)
    tape.commit(TAKEN)
    tape.refund()
    return tape, wrong


def _refund_counted_twice() -> Told:
    tape = _captured()
    tape.refund()
    tape.commit(TAKEN, REFUND)
    tape.commit(replace(REFUND, id="ref_2"))
    wrong = tape.commit(replace(REFUND, id="ref_3"), replace(CAPTURED, amount_refunded=6000))
    tape.commit(replace(CAPTURED, amount_refunded=6000))
    return tape, wrong


def _captures_unbooked() -> Told:
    tape = Tape(can=ALL | {"partial_capture"}).bought()
    tape.call("capture_payment", 2)
    wrong = tape.capture("ca_1", amount=100)
    tape.capture("ca_2", amount=100)
    tape.back("unknown", injected=True)
    return tape.quiet(), wrong


def _captured_three_times() -> Told:
    tape = Tape().bought()
    tape.call("capture_payment", 2)
    tape.capture("ca_1", amount=100)
    wrong = tape.capture("ca_2", amount=100)
    tape.capture("ca_3", amount=100)
    tape.back()
    return tape, wrong


def _one_wish_captured_three_times() -> Told:
    tape = Tape(can=ALL | {"partial_capture"}).bought(operation(C, 2, payment_id="pay_1"))
    steps: list[int] = []
    for attempt in (1, 2, 3):
        tape.call("capture_payment", 2, attempt=attempt)
        steps.append(tape.capture(f"ca_{attempt}", amount=100, reference="op_2"))
        tape.back()
    return tape, steps[1]


def _captured_after_a_cancellation() -> Told:
    tape = Tape(can=ALL | {"partial_capture"}).bought()
    tape.capture("ca_0", amount=100)
    tape.commit(replace(OWN, canceled_at=9.0))
    wrong = tape.capture("ca_1", amount=100)
    tape.capture("ca_2", amount=100)
    return tape, wrong


def _marked_canceled() -> Told:
    tape = Tape().bought()
    wrong = tape.commit(replace(OWN, canceled_at=9.0))
    tape.commit(replace(OWN, canceled_at=10.0))
    return tape, wrong


def _marked_captured() -> Told:
    tape = Tape().bought()
    wrong = tape.commit(CAPTURED)
    tape.commit(replace(CAPTURED, captured_at=10.0))
    return tape, wrong


def _books_left_behind(*last: str) -> Told:
    """Capture, refund and let go without the books knowing; what moved last is where they part."""
    tape = Tape(can=ALL | {"partial_capture"}).bought()
    tape.capture("ca_0", amount=1000)
    tape.commit(replace(CAPTURED, updated_at=1.0))
    wrong = 0
    for what in last:
        if what == "captured":
            wrong = tape.capture("ca_1", amount=100)
        elif what == "refunded":
            wrong = tape.refund("re_1", amount=100, parent="ca_0")
        elif what == "let go":
            wrong = tape.void()
        else:
            wrong = tape.commit(replace(CAPTURED, updated_at=2.0, amount_refunded=1))
    return tape.quiet(), wrong


def _canceled_and_held() -> Told:
    tape = Tape().bought()
    wrong = tape.commit(replace(OWN, canceled_at=9.0))
    return tape.quiet(), wrong


def _object_left_payable() -> Told:
    tape = Tape().opened()
    tape.ledger(EntryKind.INTENT, "in_2", intent="in_2")
    tape.ledger(EntryKind.UPDATE, "up_1", intent="in_2")
    wrong = tape.ledger(EntryKind.UPDATE, "up_2", intent="in_2")
    return tape.quiet(), wrong


def _session_over_another_sum() -> Told:
    tape = Tape()
    tape.commit(CART, replace(SESSION, amount=100, data={"intent": "in_1"}))
    tape.intent()
    wrong = tape.ledger(EntryKind.UPDATE, "up_1")
    return tape.quiet(), wrong


def _second_session() -> Told:
    tape = Tape().opened()
    wrong = tape.commit(replace(SESSION, id="ps_2", data={"intent": "in_1"}))
    tape.commit(replace(SESSION, id="ps_2", data={"intent": "in_1"}, updated_at=9.0))
    return tape.quiet(), wrong


def _key_of_another_cart() -> Told:
    tape = Tape().bought()
    tape.capture("ca_0")
    tape.ask("refund", 3, key="k1", amount=1)
    tape.call("refund_payment", 3, amount=1)
    wrong = tape.refund("re_1", reference="op_3", amount=1)
    tape.refund("re_2", reference="op_3", amount=1)
    tape.back()
    tape.hear(400, {})
    return tape, wrong


SWAP = Swap(id="swap_1", order_id="order_1", cart_id="cart_2", difference_due=2000, confirmed_at=20.0)
ITS_CART = replace(
    CART, id="cart_2", swap_id="swap_1", items=(replace(ITEM, id="li_2", unit_price=2000),), idempotency_key=None
)
ITS_OWN = replace(OWN, id="pay_2", cart_id="cart_2", swap_id="swap_1", amount=2000, data={"intent": "in_2"})


def _swapped(*, status: SwapPaymentStatus) -> Tape:
    """Tell of a captured order and of its swap, over 20.00, whose own Payment is authorized."""
    tape = _captured()
    tape.commit(ITS_CART)
    tape.ledger(EntryKind.INTENT, "in_2", intent="in_2", amount=2000, resource="cart_2")
    tape.ledger(EntryKind.AUTHORIZE, "au_2", intent="in_2", amount=2000, resource="cart_2")
    tape.commit(replace(SWAP, payment_status=status), ITS_OWN)
    return tape


def _swap_captured_in_part() -> Told:
    tape = _swapped(status=SwapPaymentStatus.CAPTURED)
    tape.ledger(EntryKind.CAPTURE, "ca_2", intent="in_2", parent="au_2", amount=100)
    wrong = tape.ledger(EntryKind.CAPTURE, "ca_3", intent="in_2", parent="au_2", amount=100)
    return tape.quiet(), wrong


def _swap_said_captured() -> Told:
    tape = _swapped(status=SwapPaymentStatus.CAPTURED)
    wrong = len(tape.events) - 1
    tape.commit(replace(SWAP, payment_status=SwapPaymentStatus.CAPTURED, updated_at=9.0))
    return tape.quiet(), wrong


def _order_damaged() -> Told:
    tape = Tape().opened()
    tape.ask()
    tape.hold()
    tape.commit(PAYMENT)
    tape.commit(ORDER, OWN)
    tape.ask(wish=2)
    tape.hear()
    tape.lose()
    tape.commit(replace(OWN, updated_at=1.0))
    wrong = tape.commit(replace(OWN, canceled_at=9.0))
    tape.commit(KEY)
    return tape, wrong


def _named_too_late() -> Told:
    tape = Tape().opened()
    wrong = tape.ledger(EntryKind.INTENT, "in_9", intent="in_9", reference="op_9")
    tape.commit(operation(OperationKind.INITIATE, 9))
    tape.commit(operation(OperationKind.INITIATE, 9, updated_at=9.0))
    return tape, wrong


TOLD: dict[str, tuple[str, Callable[[], Told]]] = {
    "refunds that are not booked, at the last of them": ("REF-01", _refunds_unbooked),
    "a refund booked ahead, when it was booked": ("REF-01", _refund_booked_ahead),
    "a refund counted again, when it was counted last": ("REF-04", _refund_counted_twice),
    "captures that are not booked, at the first of them": ("CAP-01", _captures_unbooked),
    "a capture booked ahead, when it was booked first": ("CAP-01", _marked_captured),
    "a hold captured three times, at the second": ("CAP-02", _captured_three_times),
    "a capture repeated twice, at the second effect": ("CAP-02", _one_wish_captured_three_times),
    "captures after a cancellation, at the first": ("VOID-02", _captured_after_a_cancellation),
    "a cancellation booked ahead, when it was booked first": ("VOID-01", _marked_canceled),
    "books that say nothing of a refund, at the refund": ("LED-05", lambda: _books_left_behind("refunded")),
    "books that are wrong of a refund, when they were": ("LED-05", lambda: _books_left_behind("refunded", "written")),
    "books wrong before more was captured, then": ("LED-05", lambda: _books_left_behind("refunded", "captured")),
    "books wrong before the rest was let go, then": ("LED-05", lambda: _books_left_behind("refunded", "let go")),
    "canceled and still held, when it was canceled": ("LED-05", _canceled_and_held),
    "an object left payable, at its latest sum": ("SESS-01", _object_left_payable),
    "a session over another sum, at the object's latest": ("SESS-01", _session_over_another_sum),
    "a second session, when it was made": ("SESS-01", _second_session),
    "a swap captured in part, at the last capture": ("SWAP-01", _swap_captured_in_part),
    "a swap said to be captured, when it was confirmed": ("SWAP-01", _swap_said_captured),
    "an order's Payment canceled, when it was": ("CONC-01", _order_damaged),
    "an effect that nothing leads to, at the effect": ("LED-02", _named_too_late),
}  # fmt: skip


@pytest.mark.parametrize("case", TOLD)
def test_a_breach_is_told_where_it_went_wrong(case: str) -> None:
    """There, and first there if it is told of more than one thing."""
    rule, tell = TOLD[case]
    tape, wrong = tell()
    found = breaches(tape, rule)
    assert found
    assert found[0].step == wrong, found


def test_an_effect_under_a_stranger_s_key_is_told_at_the_first() -> None:
    """Of two refunds made with the key of a purchase."""
    tape, wrong = _key_of_another_cart()
    assert [breach.step for breach in breaches(tape, "IDEM-04") if breach.method] == [wrong]
