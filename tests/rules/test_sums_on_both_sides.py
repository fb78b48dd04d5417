"""Sums that are too small and too large, or just right: whatever compares two sums is asked about both sides of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from support.histories import ALL, AUTHORIZED, CART, ITEM, ORDER, PAYMENT, REFUND, SESSION, Tape, operation
from support.judging import breaches, broken

from tillproof.domain.entities import Entity
from tillproof.domain.ledger import EntryKind
from tillproof.domain.statuses import OperationKind, OperationState

C, R = OperationKind.CAPTURE, OperationKind.REFUND
PAID = replace(PAYMENT, order_id="order_1")
CAPTURED = replace(PAID, captured_at=9.0)
FREE = replace(CART, items=())


def _placed(*rows: Entity, total: int = 4900) -> Tape:
    """Place an order of so much beside these rows."""
    tape = Tape()
    tape.commit(*rows)
    tape.commit(replace(ORDER, total=total))
    return tape


def _asked(method: str, amount: object, *, currency: str = "eur", of: str | None = None) -> Tape:
    """Have the processor do something of so much, on a cart of 49.00 EUR; `of`: for that payment."""
    tape = Tape().opened(PAYMENT, *([operation(C, 2, payment_id=of)] if of else []))
    tape.call(method, 2, amount=amount, currency=currency)
    tape.back()
    return tape


def _entry(method: str, kind: EntryKind, amount: int, asked: object = 4900) -> Tape:
    tape = Tape().opened()
    tape.hold()
    tape.call(method, 2, amount=asked)
    tape.ledger(kind, "x_1", parent="au_1", reference="op_2", amount=amount)
    tape.back()
    return tape


def _differing(payment: int, hold: int) -> Tape:
    """Have a Payment of one sum on an authorization of another."""
    tape = Tape().opened()
    tape.hold(amount=hold)
    tape.commit(replace(PAID, amount=payment))
    return tape.quiet()


def _moved(*, captured: int = 0, refunded: int = 0, says: int = 0, booked: bool = True) -> Tape:
    """Capture and refund so much, and have the books say something of it."""
    tape = Tape().bought()
    if captured:
        tape.capture(amount=captured)
    if refunded:
        tape.refund(amount=refunded)
    tape.commit(replace(CAPTURED if booked else PAID, amount_refunded=says))
    return tape.quiet()


SUMS: list[tuple[str, Callable[[], Tape], int | None]] = [
    *(("AMT-01", lambda sum_=sum_: _entry("capture_payment", EntryKind.CAPTURE, sum_), times)
      for sum_, times in ((4899, 1), (4900, 0), (4901, 1))),
    ("AMT-01", lambda: _entry("capture_payment", EntryKind.VOID, 1), None),
    ("AMT-01", lambda: _entry("capture_payment", EntryKind.CAPTURE, 1, asked=None), None),
    *(("AMT-02", lambda sum_=sum_: _entry("capture_payment", EntryKind.CAPTURE, sum_), times)
      for sum_, times in ((4899, 1), (4900, 0), (4901, 1))),
    ("AMT-02", lambda: _asked("authorize_payment", 0), 1),
    ("AMT-02", lambda: _asked("authorize_payment", 1), 0),
    ("AMT-02", lambda: _asked("update_payment", 0), 0),
    ("AMT-02", lambda: _asked("capture_payment", 49.5), 1),
    ("AMT-02", lambda: _asked("capture_payment", None), 0),
    ("AMT-02", lambda: _asked("cancel_payment", 49.5), None),
    *(("AMT-02", lambda sum_=sum_: _placed(CART, total=sum_), times) for sum_, times in ((4899, 1), (4900, 0), (4901, 1))),
    *(("AMT-02", lambda sum_=sum_: _placed(replace(SESSION, amount=sum_)), times)
      for sum_, times in ((4899, 1), (4900, 0), (4901, 1))),
    *(("AMT-02", lambda sum_=sum_: _placed(replace(PAYMENT, amount=sum_)), times)
      for sum_, times in ((4899, 1), (4900, 0), (4901, 1))),
    ("AMT-02", lambda: _placed(replace(PAYMENT, amount=1, canceled_at=1.0)), 0),
    ("AMT-02", lambda: _placed(replace(PAYMENT, amount=1, cart_id="cart_0")), 0),
    ("AMT-02", lambda: _placed(replace(SESSION, amount=1, is_selected=False)), 0),
    ("AMT-02", lambda: _placed(FREE, SESSION, total=0), 0),
    ("AMT-02", lambda: _placed(FREE, replace(PAYMENT, amount=1), total=0), 1),
    ("AMT-03", lambda: _asked("authorize_payment", 4900, currency="usd"), 1),
    ("AMT-03", lambda: _asked("authorize_payment", 4900, currency="chf"), 1),
    ("AMT-03", lambda: _asked("capture_payment", 4900, currency="usd", of="pay_1"), 1),
    ("AMT-03", lambda: _asked("capture_payment", 4900, of="pay_1"), 0),
    ("AMT-03", lambda: _asked("capture_payment", 4900, currency="usd"), 0),
    ("AMT-03", lambda: _asked("capture_payment", 4900, currency="usd", of="pay_x"), 0),
    ("AMT-03", lambda: _asked("retrieve_payment", 4900, currency="usd"), None),
    ("AMT-03", lambda: _asked("capture_payment", 4900, currency=""), None),
    *(("LED-05", lambda payment=payment, hold=hold: _differing(payment, hold), times)
      for payment, hold, times in ((4900, 4900, 0), (4899, 4900, 1), (4901, 4900, 1))),
    ("LED-05", lambda: _moved(captured=4900), 0),
    ("LED-05", lambda: _moved(captured=4900, booked=False), 1),
    ("LED-05", _moved, 1),
    ("LED-05", lambda: _moved(captured=4900, refunded=100, says=100), 0),
    ("LED-05", lambda: _moved(captured=4900, refunded=100, says=99), 1),
    ("LED-05", lambda: _moved(captured=4900, refunded=100, says=101), 1),
    ("LED-05", lambda: _moved(captured=4901), 1),
    ("LED-05", lambda: _moved(captured=4900, refunded=4900, says=4900), 0),
    ("LED-05", lambda: _moved(captured=4900, refunded=4901, says=4901), 1),
    ("CAP-03", lambda: _entry("capture_payment", EntryKind.CAPTURE, 4899), 1),
    ("CAP-03", lambda: _entry("capture_payment", EntryKind.CAPTURE, 4901), 1),
    ("CAP-03", lambda: _entry("capture_payment", EntryKind.CAPTURE, 4900), 0),
    ("CAP-03", lambda: _entry("capture_payment", EntryKind.VOID, 4899), None),
    ("REF-01", lambda: _moved(captured=4900, refunded=100, says=100), None),
    ("REF-01", lambda: _moved(captured=4900, refunded=100, says=101), 1),
    ("REF-01", lambda: _moved(captured=4900, refunded=100, says=99), 1),
    ("REF-04", lambda: _counted((2000,), 2000), 0),
    ("REF-04", lambda: _counted((2000,), 1999), 1),
    ("REF-04", lambda: _counted((2000,), 2001), 1),
    ("REF-04", lambda: _counted((), 0), None),
    ("REF-04", lambda: _counted((500, 1500), 2000, gave=(500, 1500)), 0),
    ("REF-04", lambda: _counted((500, 1500), 2000, gave=(2000,)), 1),
    ("REF-04", lambda: _counted((2000,), 2000, gave=(500, 1500)), 0),
]  # fmt: skip


def _counted(refunds: tuple[int, ...], says: int, *, gave: tuple[int, ...] = (2000,)) -> Tape:
    """Have the books count these refunds, the Payment say so much, and the gateway give back these sums."""
    tape = Tape().bought()
    tape.capture()
    for number, amount in enumerate(gave, 1):
        tape.refund(f"re_{number}", amount=amount)
    rows = [replace(REFUND, id=f"ref_{number}", amount=amount) for number, amount in enumerate(refunds, 1)]
    tape.commit(replace(CAPTURED, amount_refunded=says), *rows)
    return tape


@pytest.mark.parametrize(("rule", "tape", "times"), SUMS)
def test_a_sum_is_right_or_wrong_on_either_side(rule: str, tape: Callable[[], Tape], times: int | None) -> None:
    """One minor unit less and one more are breaches where the very sum is none."""
    assert broken(tape(), rule) == times


def _refunds(*before: tuple[int, str], ask: object = 1000, own: int = 0, booked: bool = True, taken: int = 4900) -> Tape:
    """
    Ask for a refund of a payment captured by so much, after others: of each its sum, and what the books say of it.

    A sum that is `made` is at the gateway as well; of the refund asked for itself so much was made by an earlier try.
    """
    tape = Tape().bought(operation(R, 9, payment_id="pay_1", amount=1000))
    if taken:
        tape.capture(amount=taken)
    tape.commit(CAPTURED if booked else PAID)
    for number, (amount, state) in enumerate(before, 2):
        known = OperationState.UNKNOWN if state.startswith("made") else OperationState(state)
        tape.commit(operation(R, number, known, payment_id="pay_1", amount=amount))
        if state.startswith("made"):
            tape.refund(f"re_{number}", amount=amount, reference=f"op_{number}")
    if own:
        tape.refund("re_own", amount=own, reference="op_9")
    tape.call("refund_payment", 9, amount=ask)
    tape.back("unknown")
    return tape


TOO_MUCH: dict[str, tuple[Callable[[], Tape], int]] = {
    "all of it": (lambda: _refunds(ask=4900), 0),
    "one more": (lambda: _refunds(ask=4901), 1),
    "the rest": (lambda: _refunds((3900, "made")), 0),
    "more than the rest": (lambda: _refunds((3901, "made")), 1),
    "the rest of what is wanted": (lambda: _refunds((3900, "wanted")), 0),
    "more than what is wanted leaves": (lambda: _refunds((3901, "wanted")), 1),
    "more than what is unknown leaves": (lambda: _refunds((3901, "unknown")), 1),
    "more, but that was refused": (lambda: _refunds((3901, "refused")), 0),
    "more, but that is done and nowhere": (lambda: _refunds((3901, "done")), 0),
    "two others": (lambda: _refunds((1950, "made"), (1950, "unknown")), 0),
    "two others, and more": (lambda: _refunds((1950, "made"), (1951, "unknown")), 1),
    "its own try is not another": (lambda: _refunds(ask=4900, own=4900), 0),
    "nothing": (lambda: _refunds(ask=0), 1),
    "less than nothing": (lambda: _refunds(ask=-1), 1),
    "the least there is": (lambda: _refunds(ask=1), 0),
    "no number": (lambda: _refunds(ask="10"), 1),
    "yes": (lambda: _refunds(ask=True), 1),
    "more than was captured": (lambda: _refunds(ask=1000, taken=999), 1),
    "what was captured": (lambda: _refunds(ask=1000, taken=1000), 0),
}


@pytest.mark.parametrize("case", TOO_MUCH)
def test_never_more_than_is_left(case: str) -> None:
    """Captured less what others gave back, or may have given back, is the most that may be asked for; and something is."""
    tape, times = TOO_MUCH[case]
    assert broken(tape(), "REF-02") == times
    assert all(breach.method == "refund_payment" for breach in breaches(tape(), "REF-02"))


@pytest.mark.parametrize(
    ("booked", "taken", "times"), [(True, 4900, 0), (True, 0, 0), (False, 4900, 0), (False, 0, 1), (False, 1, 0)]
)
def test_what_the_books_or_the_gateway_say_is_captured_may_be_refunded(booked: bool, taken: int, times: int) -> None:  # noqa: FBT001
    """Captured at neither, a refund is a breach."""
    assert broken(_refunds(booked=booked, taken=taken), "REF-03") == times


def test_a_refund_of_an_order_that_was_never_sent_has_the_rule_asked() -> None:
    """REF-03 is asked where somebody wanted a refund, or the processor was asked for one."""
    tape = Tape().bought()
    assert broken(tape, "REF-03") is None
    tape.ask("refund", 2, key="k2", amount=100)
    tape.hear(400, {})
    assert broken(tape, "REF-03") == 0


def _turned_away(
    amount: object = 1000, status: int = 400, *, taken: tuple[int, ...] = (4900,), given: tuple[int, ...] = (0,),
    canceled: bool = False, order: str = "order_1", state: OperationState = OperationState.DONE, reached: bool = False,
    key: str = "k3", can: frozenset[str] = ALL,
) -> Tape:  # fmt: skip
    """Refuse a refund of so much of an order of which each Payment was captured and refunded by that much."""
    tape = Tape(can=can).bought()
    for number, (sum_, back) in enumerate(zip(taken, given, strict=True), 1):
        names = {"intent": f"in_{number}"}
        if number > 1:
            tape.intent(f"in_{number}", **names)
            tape.hold(f"au_{number}", parent=f"in_{number}", **names)
        tape.capture(f"ca_{number}", parent=f"au_{number}", amount=sum_, **names)
        if back:
            tape.refund(f"re_{number}", parent=f"ca_{number}", amount=back, **names)
        paid = replace(CAPTURED, id=f"pay_{number}", data=names, amount=sum_, amount_refunded=back)
        tape.commit(replace(paid, canceled_at=9.0 if canceled else None))
    tape.commit(operation(R, 3, state, payment_id="pay_1", amount=100))
    tape.ask("refund", 3, key=key, amount=amount, id=order)
    if reached:
        tape.call("refund_payment", 4, amount=amount)
        tape.back("unknown")
    tape.hear(status, {})
    return tape


LEFT: dict[str, tuple[Callable[[], Tape], int]] = {
    "all": (lambda: _turned_away(4900), 1),
    "more than all": (lambda: _turned_away(4901), 0),
    "the least": (lambda: _turned_away(1), 1),
    "nothing": (lambda: _turned_away(0), 0),
    "the rest": (lambda: _turned_away(900, given=(4000,)), 1),
    "more than the rest": (lambda: _turned_away(901, given=(4000,)), 0),
    "over two payments": (lambda: _turned_away(6000, taken=(4900, 4900), given=(0, 3800)), 1),
    "more than two have": (lambda: _turned_away(6001, taken=(4900, 4900), given=(0, 3800)), 0),
    "of another order": (lambda: _turned_away(order="order_0"), 0),
    "of a canceled payment": (lambda: _turned_away(canceled=True), 0),
    "done all the same": (lambda: _turned_away(status=200), 0),
    "may be tried again": (lambda: _turned_away(status=409), 0),
    "no such thing": (lambda: _turned_away(status=404), 1),
    "no number": (lambda: _turned_away("1000"), 0),
    "one is wanted": (lambda: _turned_away(state=OperationState.WANTED), 0),
    "one is left to a person": (lambda: _turned_away(state=OperationState.LISTED), 0),
    "one was refused": (lambda: _turned_away(state=OperationState.REFUSED), 1),
    "the processor was asked": (lambda: _turned_away(reached=True), 0),
    "with a key that was used": (lambda: _turned_away(key="k1"), 0),
    "in part, where parts cannot be": (lambda: _turned_away(can=ALL - {"partial_refund"}), 0),
    "whole, where parts cannot be": (lambda: _turned_away(4900, can=ALL - {"partial_refund"}), 1),
    "further, where once is all": (lambda: _turned_away(900, given=(4000,), can=ALL - {"several_refunds"}), 0),
    "first, where once is all": (lambda: _turned_away(4900, can=ALL - {"several_refunds"}), 1),
}


@pytest.mark.parametrize("case", LEFT)
def test_a_refund_of_what_is_left_is_not_turned_away(case: str) -> None:
    """The shop alone refuses no sum that all the order's captured Payments have left, as far as the processor can do it."""
    tape, times = LEFT[case]
    assert (broken(tape(), "REF-05") or 0) == times


def _answered(outcome: str = "done", asked: object = 2000, made: tuple[int, ...] = (2000,), *, late: bool = False) -> Tape:
    """Answer a refund of so much, of which the gateway has made these parts; or makes them only after the answer."""
    tape = Tape().bought(operation(R, 9, payment_id="pay_1"))
    tape.capture()
    tape.commit(CAPTURED)
    tape.call("refund_payment", 9, amount=asked)
    if late:
        tape.back(outcome)
    for number, amount in enumerate(made):
        tape.refund(f"re_{number}", amount=amount, reference="op_9")
    if not late:
        tape.back(outcome)
    return tape


@pytest.mark.parametrize(
    ("tape", "times"),
    [
        (_answered, 0),
        (lambda: _answered(made=(1999,)), 1),
        (lambda: _answered(made=(2001,)), 0),
        (lambda: _answered(made=(500, 1500)), 0),
        (lambda: _answered(made=(500, 1499)), 1),
        (lambda: _answered(late=True), 1),
        (lambda: _answered("unknown", made=()), 0),
        (lambda: _answered("refused", made=()), 1),
        (lambda: _answered("error-object", made=()), 1),
        (lambda: _answered("refused", asked=4901, made=()), 0),
        (lambda: _answered("refused", asked=4900, made=()), 1),
        (lambda: _answered("refused", asked="2000", made=()), 0),
        (lambda: _answered("unknown", made=()).quiet(), 1),
        (lambda: _answered("unknown").quiet(), 0),
        (lambda: _answered("unknown", asked=4901, made=()).quiet(), 0),
        (lambda: _answered("unknown", asked=0, made=()).quiet(), 0),
    ],
)
def test_a_refund_gives_back_what_was_asked(tape: Callable[[], Tape], times: int) -> None:
    """Done gave back all of it by then; within what is left it is neither refused nor never made."""
    assert broken(tape(), "REF-05") == times


def test_an_order_of_another_sum_than_its_session_is_told_once() -> None:
    """Its session's status and choice do not matter to AMT-02, its sum does."""
    assert broken(_placed(replace(AUTHORIZED, amount=1), replace(CART, items=(replace(ITEM, quantity=1),))), "AMT-02") == 1
