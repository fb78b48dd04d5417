"""What lands at the gateway, or is heard, only after somebody said so: a word is judged by what was so when it was said."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from support.histories import AUTHORIZED, ORDER, PAYMENT, REFUND, SESSION, Tape, operation
from support.judging import breaches, broken

from tillproof.domain.ledger import EntryKind
from tillproof.domain.statuses import OperationKind
from tillproof.history.events import Called, Returned

A, C, R, X = OperationKind.AUTHORIZE, OperationKind.CAPTURE, OperationKind.REFUND, OperationKind.CANCEL
OWN = replace(PAYMENT, order_id="order_1")
CAPTURED = replace(OWN, captured_at=9.0)

Write = Callable[[Tape], object]


def _captures(tape: Tape) -> None:
    tape.capture(reference="op_2")


def _refunds(tape: Tape) -> None:
    tape.refund(reference="op_3")


def _voids(tape: Tape) -> None:
    tape.void(reference="op_4")


def _updates(tape: Tape) -> None:
    tape.ledger(EntryKind.UPDATE, "up_1", amount=9800, reference="op_5")


_METHODS: dict[Write, tuple[str, int, int]] = {
    _captures: ("capture_payment", 2, 4900),
    _refunds: ("refund_payment", 3, 2000),
    _voids: ("cancel_payment", 4, 4900),
    _updates: ("update_payment", 5, 9800),
}


def _said(effect: Write, outcome: str, when: str, *, struck: str = "", booked: bool = False) -> Tape:
    """Have a processor say something of an effect that lands in time, late, or never."""
    method, number, amount = _METHODS[effect]
    tape = Tape()
    if effect is _updates:
        tape.opened()
    else:
        tape.bought(*(operation(kind, n, payment_id="pay_1") for kind, n in ((C, 2), (R, 3), (X, 4))))
    if effect is _refunds:
        tape.capture("ca_0")
        tape.commit(CAPTURED)
    tape.call(method, number, amount=amount)
    if when == "in time":
        effect(tape)
    if struck:
        tape.strike("gateway.POST:/x#1", struck)
    tape.back(outcome)
    if booked:
        tape.commit(CAPTURED if effect is _captures else replace(CAPTURED, amount_refunded=2000), REFUND)
    if when == "late":
        effect(tape)
    if effect is _updates:
        tape.commit(replace(SESSION, amount=9800, data={"intent": "in_1"}))
        tape.quiet()
    return tape


LOST, PAGE = "timeout-after", "html-502-after"
SAID: list[tuple[str, Write, str, str, str, int | None]] = [
    ("CAP-01", _captures, "done", "in time", "", 0),
    ("CAP-01", _captures, "done", "late", "", 1),
    ("CAP-01", _captures, "done", "never", "", 1),
    ("REF-05", _refunds, "done", "in time", "", 0),
    ("REF-05", _refunds, "done", "late", "", 1),
    ("REF-05", _refunds, "done", "never", "", 1),
    ("VOID-01", _voids, "done", "in time", "", 0),
    ("VOID-01", _voids, "done", "late", "", 1),
    ("VOID-01", _voids, "done", "never", "", 1),
    ("SESS-01", _updates, "done", "in time", "", 0),
    ("SESS-01", _updates, "done", "late", "", 1),
    ("SESS-01", _updates, "done", "never", "", 2),
    ("STAT-04", _captures, "refused", "in time", "", 1),
    ("STAT-04", _captures, "refused", "late", "", None),
    ("STAT-04", _captures, "refused", "never", "", None),
    ("STAT-04", _refunds, "refused", "in time", "", 1),
    ("STAT-04", _refunds, "refused", "late", "", None),
    ("STAT-04", _updates, "refused", "in time", "", None),
    ("CRASH-02", _captures, "refused", "in time", LOST, 1),
    ("CRASH-02", _captures, "refused", "late", LOST, None),
    ("CRASH-02", _captures, "refused", "in time", "", None),
    ("CRASH-02", _refunds, "refused", "in time", LOST, 1),
    ("CRASH-02", _refunds, "refused", "late", LOST, None),
]


@pytest.mark.parametrize(("rule", "effect", "outcome", "when", "struck", "times"), SAID)
def test_what_a_processor_says_is_judged_by_what_was_so(
    rule: str, effect: Write, outcome: str, when: str, struck: str, times: int | None
) -> None:
    """What lands later makes nothing true that was said before, and nothing false."""
    assert broken(_said(effect, outcome, when, struck=struck), rule) == times


@pytest.mark.parametrize(
    ("rule", "effect", "when", "times"),
    [
        ("CAP-01", _captures, "in time", 0),
        ("CAP-01", _captures, "late", 2),
        ("REF-01", _refunds, "in time", 0),
        ("REF-01", _refunds, "late", 1),
    ],
)
def test_what_is_booked_is_judged_by_what_was_so(rule: str, effect: Write, when: str, times: int) -> None:
    """Books that were ahead of the gateway were wrong, whatever landed since."""
    assert broken(_said(effect, "done", when, booked=True), rule) == times


def _together(*, ended: str, outcome: str = "refused") -> Tape:
    """Send two captures of all there is at once; the first ends before the second is sent, or after that."""
    tape = Tape().bought(*(operation(C, n, payment_id="pay_1") for n in (2, 3)))
    tape.ask("capture", 2, key="k2")
    tape.ask("capture", 3, key="k3")
    first = tape.call("capture_payment", 2)
    if ended == "before":
        tape.back(outcome)
    tape.call("capture_payment", 3)
    if ended == "after":
        tape.put(Returned, called=first, method="capture_payment", outcome=outcome)
    return tape


@pytest.mark.parametrize(
    ("ended", "outcome", "times"),
    [("before", "refused", 0), ("after", "refused", 1), ("before", "unknown", 1), ("after", "unknown", 1), ("never", "", 1)],
)
def test_a_refusal_frees_what_it_was_for_only_once_it_is_heard(ended: str, outcome: str, times: int) -> None:
    """Until then what was sent counts."""
    assert broken(_together(ended=ended, outcome=outcome), "CONC-03") == times


def _sold_out(*, knew: str, said: str = "authorized") -> Tape:
    """Refuse a completion for good, of which the shop heard before, or only later, that money is held for it."""
    tape = Tape().opened(operation(A, 1))
    tape.ask()
    tape.call("authorize_payment", 1)
    tape.hold(reference="op_1")
    if knew == "before":
        tape.back(status=said)
    tape.hear(400, {"type": "not_allowed"})
    if knew == "later":
        called = next(e for e in tape.events if isinstance(e, Called))
        tape.put(Returned, called=called.step, method="authorize_payment", outcome="done", status=said, data={})
    return tape


@pytest.mark.parametrize(
    ("knew", "said", "times"),
    [("before", "authorized", 1), ("later", "authorized", None), ("before", "pending", None), ("never", "", None)],
)
def test_a_final_no_is_judged_by_what_the_shop_knew_by_then(knew: str, said: str, times: int | None) -> None:
    """Money whose hold it had not heard of yet it could not let go."""
    assert broken(_sold_out(knew=knew, said=said), "VOID-03") == times


def test_why_the_money_should_have_been_let_go_is_told() -> None:
    """It is out of stock, or the shop says no for good."""
    (no,) = breaches(_sold_out(knew="before"), "VOID-03")
    assert no.says == "told no for good, the shopper's money is still held"
    tape = Tape().opened()
    tape.hold()
    tape.ask()
    tape.hear(400, {"code": "insufficient_inventory"})
    (sold,) = breaches(tape, "VOID-03")
    assert sold.says == "told that it is out of stock, the shopper's money is still held"


def _asked_for(amount: int, *, back: str) -> Tape:
    """Ask the gateway for a refund, before or after another of 20.00 is given back."""
    tape = Tape().bought(*(operation(R, n, payment_id="pay_1") for n in (3,)))
    tape.capture("ca_0")
    tape.commit(CAPTURED)
    if back == "before":
        tape.refund("re_9", parent="ca_0")
    tape.call("refund_payment", 3, amount=amount)
    if back == "after":
        tape.refund("re_9", parent="ca_0")
    return tape


@pytest.mark.parametrize(
    ("amount", "back", "times"), [(2900, "before", 0), (2901, "before", 1), (2901, "after", 0), (4900, "after", 0)]
)
def test_what_is_asked_for_is_judged_by_what_was_left_then(amount: int, back: str, times: int) -> None:
    """What somebody gives back after it was sent takes nothing away from it."""
    assert broken(_asked_for(amount, back=back), "REF-02") == times


def _ordered(*, held: str) -> Tape:
    """Place an order on money that is held before that, or only after."""
    tape = Tape().opened()
    if held == "before":
        tape.hold()
    tape.commit(AUTHORIZED, PAYMENT)
    tape.commit(OWN, ORDER)
    if held == "after":
        tape.hold()
    return tape.quiet()


@pytest.mark.parametrize(("held", "times"), [("before", 0), ("after", 1), ("never", 1)])
def test_an_order_is_judged_by_what_was_held_when_it_was_placed(held: str, times: int) -> None:
    """Money that comes later was not there."""
    assert broken(_ordered(held=held), "LED-04") == times
