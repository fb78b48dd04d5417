"""VOID-01 to VOID-03, case by case: what is let go of, when, and what is said of it."""

from __future__ import annotations

from functools import partial

import pytest
from msgspec.structs import replace
from support.histories import KEY, ORDER, PAYMENT, Tape, operation
from support.judging import breaches, broken
from support.writes import Case, Write, after, all_of, asks, calls, nothing, rows, takes

from tillproof.domain.entities import Data, Entity, Swap
from tillproof.domain.ledger import EntryKind
from tillproof.domain.statuses import OperationKind, RecoveryPoint

A = OperationKind.AUTHORIZE
PAID = replace(PAYMENT, order_id="order_1")
CAPTURED = replace(PAID, captured_at=9.0)
CANCELED = replace(PAID, canceled_at=9.0)
CAP, VOID = "capture_payment", "cancel_payment"

LET_GO: dict[str, Case] = {
    "nothing": (lambda: after(nothing), None),
    "let go of, and said": (lambda: after(all_of(Tape.void, rows(CANCELED))), 0),
    "said, and held": (lambda: after(rows(CANCELED)), 1),
    "said before it was let go of": (lambda: after(all_of(rows(CANCELED), Tape.void)), 1),
    "said, all taken": (lambda: after(all_of(takes(), rows(CANCELED))), 0),
    "said, a part taken": (lambda: after(all_of(takes(4899), rows(CANCELED))), 1),
    "answered and let go of": (lambda: after(calls(VOID, number=4, meanwhile=Tape.void)), 0),
    "answered and held": (lambda: after(calls(VOID, number=4)), 1),
    "deleted and held": (lambda: after(calls("delete_payment", number=4)), 1),
    "refused and held": (lambda: after(calls(VOID, "refused", number=4)), 0),
    "a fault said done": (lambda: after(calls(VOID, number=4, injected=True)), 0),
    "answered, all taken": (lambda: after(all_of(takes(), calls(VOID, number=4))), 0),
    **{f"refused, answered {status}": (
        partial(after, asks("cancel", status, calls(VOID, "refused", number=4))), 1 if status < 400 else 0)
        for status in (200, 202, 399, 400, 409)},
    "refused of a swap, answered 200": (lambda: after(asks("cancel-swap", 200, calls(VOID, "refused", number=4))), 1),
    "refused while capturing": (lambda: after(asks("capture", 200, calls(VOID, "refused", number=4))), 0),
    "refused, then unknown, answered 200": (
        lambda: after(asks("cancel", 200, all_of(calls(VOID, "refused", number=4), calls(VOID, "unknown", number=4)))), 0
    ),
    "refused before it was asked": (
        lambda: after(all_of(calls(VOID, "refused", number=4), asks("cancel", 200, nothing))), 0
    ),
    "deletion refused, answered 200": (
        lambda: after(asks("cancel", 200, calls("delete_payment", "refused", number=4))), 0
    ),
}  # fmt: skip


def _lapses(tape: Tape) -> None:
    tape.ledger(EntryKind.LAPSE, "la_1", parent="au_1")


def _gives_back(amount: int) -> Write:
    return calls(VOID, number=4, meanwhile=lambda t: t.refund(amount=amount, reference="op_4"))


NOT_VOIDED: dict[str, Case] = {
    "nothing": (lambda: after(nothing), None),
    "taken before it was canceled": (lambda: after(all_of(takes(), rows(CANCELED))), 0),
    "taken after it was canceled": (lambda: after(all_of(rows(CANCELED), takes())), 1),
    "taken twice after it was canceled": (
        lambda: after(all_of(rows(CANCELED), takes(1), takes(1, "ca_2"))), 1
    ),
    "all taken, then voided": (lambda: after(all_of(takes(), calls(VOID, number=4, meanwhile=Tape.void))), 1),
    "more than all taken, then voided": (lambda: after(all_of(takes(4901), calls(VOID, number=4, meanwhile=Tape.void))), 1),
    "a part taken, then voided": (lambda: after(all_of(takes(4899), calls(VOID, number=4, meanwhile=Tape.void))), 0),
    "all taken, then lapsed": (lambda: after(all_of(takes(), calls(VOID, number=4, meanwhile=_lapses))), 0),
    "given back, unbooked": (lambda: after(all_of(takes(), _gives_back(4900))), 1),
    "given back, booked": (
        lambda: after(all_of(takes(), _gives_back(4900), rows(replace(CAPTURED, amount_refunded=4900)))), 0
    ),
    "given back, booked in part": (
        lambda: after(all_of(takes(), _gives_back(4900), rows(replace(CAPTURED, amount_refunded=4899)))), 1
    ),
    "given back by a refund, unbooked": (
        lambda: after(all_of(takes(), calls(VOID, number=4), lambda t: t.refund(amount=1, reference="op_9"))), 0
    ),
    "given back by a deletion, unbooked": (
        lambda: after(all_of(takes(), calls("delete_payment", number=4,
                                             meanwhile=lambda t: t.refund(amount=1, reference="op_4")))), 1
    ),
}  # fmt: skip

SOLD_OUT: Data = {"errors": [{"code": "other"}, {"code": "insufficient_inventory"}]}


def _fails(
    status: int,
    body: Data | None = None,
    *,
    said: str | None = "authorized",
    hold: str = "held",
    first: Write = nothing,
    rows: tuple[Entity, ...] = (),
    late: bool = False,
    point: RecoveryPoint | None = None,
) -> Tape:
    """Answer a completion so that was authorized, whose money is held, or let go of before or after the answer."""
    tape = Tape().opened(operation(A, 1))
    tape.ask()
    tape.call("authorize_payment", 1)
    if hold:
        of = {"intent": "in_9", "resource": "cart_0"} if hold == "another" else {}
        tape.hold(reference="op_1", **of)
    if late:
        tape.hear(status, {} if body is None else body)
    tape.back("done" if said else "unknown", status=said)
    if hold == "let go":
        tape.void()
    if hold == "taken":
        tape.capture()
    tape.commit(*rows, *([replace(KEY, recovery_point=point)] if point else []))
    first(tape)
    if not late:
        tape.hear(status, {} if body is None else body)
    if hold == "let go later":
        tape.void()
    return tape


FAILS: dict[str, Case] = {
    "no for good": (lambda: _fails(400), 1),
    "to be tried again": (lambda: _fails(409), None),
    "the shop broke": (lambda: _fails(500), None),
    "yes": (lambda: _fails(200), None),
    "out of stock": (lambda: _fails(409, SOLD_OUT), 1),
    "out of stock, told plainly": (lambda: _fails(409, {"code": "insufficient_inventory"}), 1),
    "out of something else": (lambda: _fails(409, {"errors": [{"code": "other"}]}), None),
    "out of stock, let go": (lambda: _fails(409, SOLD_OUT, hold="let go"), 0),
    "out of stock, let go later": (lambda: _fails(409, SOLD_OUT, hold="let go later"), 1),
    "out of stock, taken": (lambda: _fails(409, SOLD_OUT, hold="taken"), 0),
    "out of stock, never held": (lambda: _fails(409, SOLD_OUT, hold=""), 0),
    "out of stock, another's held": (lambda: _fails(409, SOLD_OUT, hold="another"), 0),
    "no for good, let go": (lambda: _fails(400, hold="let go"), None),
    "no for good, let go later": (lambda: _fails(400, hold="let go later"), 1),
    "no for good, not known of": (lambda: _fails(400, said=None), None),
    "no for good, known to wait": (lambda: _fails(400, said="requires_more"), None),
    "no for good, known of later": (lambda: _fails(400, late=True), None),
    "no for good, ordered": (lambda: _fails(400, rows=(ORDER,)), None),
    "no for good, another ordered": (lambda: _fails(400, rows=(replace(ORDER, cart_id="cart_0"),)), 1),
    "no for good, a swap confirmed": (
        lambda: _fails(400, rows=(Swap(id="s", order_id="o", cart_id="cart_1", confirmed_at=1.0),)), None
    ),
    "no for good, letting go refused": (lambda: _fails(400, first=calls(VOID, "refused", number=4)), None),
    "no for good, deleting refused": (lambda: _fails(400, first=calls("delete_payment", "refused", number=4)), None),
    "no for good, letting go unknown": (lambda: _fails(400, first=calls(VOID, "unknown", number=4)), 1),
    "no for good, letting go of another refused": (
        lambda: _fails(400, first=calls(VOID, "refused", number=4, data={"intent": "in_9"})), None
    ),
    "releasing": (lambda: _fails(409, point=RecoveryPoint.RELEASING), 0),
    "paid": (lambda: _fails(409, point=RecoveryPoint.PAYMENT_CREATED), None),
    "authorized anew while releasing": (
        lambda: _fails(409, point=RecoveryPoint.RELEASING, first=calls("authorize_payment", number=3)), 1
    ),
    "captured while releasing": (
        lambda: _fails(409, point=RecoveryPoint.RELEASING, first=calls(CAP, number=3)), 0
    ),
    "authorized anew while started": (
        lambda: _fails(409, point=RecoveryPoint.STARTED, first=calls("authorize_payment", number=3)), None
    ),
}  # fmt: skip


TABLES = {"VOID-01": LET_GO, "VOID-02": NOT_VOIDED, "VOID-03": FAILS}


@pytest.mark.parametrize(("rule", "case"), [(rule, case) for rule, table in TABLES.items() for case in table])
def test_cancellations(rule: str, case: str) -> None:
    """Each rule sees its breaches, lets pass what is none, and is silent where it has nothing to judge."""
    tape, times = TABLES[rule][case]
    assert broken(tape(), rule) == times


def test_what_was_captured_first_after_a_cancellation_is_told() -> None:
    """With its sum and its method."""
    tape = after(all_of(rows(CANCELED), takes(1), takes(2, "ca_2")))
    (late,) = breaches(tape, "VOID-02")
    assert (late.step, late.method, "0.01 EUR" in late.says) == (len(tape.events) - 2, CAP, True)
