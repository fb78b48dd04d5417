"""CAP-01, CAP-02 and CAP-04, case by case: what is taken, what is said of it, and what fails."""

from __future__ import annotations

from functools import partial

import pytest
from msgspec.structs import replace
from support.histories import ALL, PAYMENT
from support.judging import breaches, broken
from support.writes import Case, after, all_of, asks, calls, nothing, rows, takes

from tillproof.domain.ledger import EntryKind

PAID = replace(PAYMENT, order_id="order_1")
CAPTURED = replace(PAID, captured_at=9.0)
CAP, VOID = "capture_payment", "cancel_payment"
MINE = takes(reference="op_2")
IN_PARTS = all_of(takes(1, "ca_1", reference="op_2"), takes(1, "ca_2", reference="op_2"))
TAKEN: dict[str, Case] = {
    "nothing": (lambda: after(nothing), None),
    "said and taken": (lambda: after(all_of(takes(), rows(CAPTURED))), 0),
    "said and not taken": (lambda: after(rows(CAPTURED)), 1),
    "said before it was taken": (lambda: after(all_of(rows(CAPTURED), takes())), 1),
    "said twice before it was taken": (
        lambda: after(all_of(rows(CAPTURED), rows(replace(CAPTURED, amount_refunded=0, data={})), takes())), 1
    ),
    "answered and taken": (lambda: after(calls(CAP, meanwhile=MINE)), 0),
    "answered and not taken": (lambda: after(calls(CAP)), 1),
    "answered before it was taken": (lambda: after(all_of(calls(CAP), MINE)), 1),
    "answered, taken before": (lambda: after(all_of(takes(), calls(CAP))), 0),
    "answered, taken of another": (
        lambda: after(all_of(lambda t: t.hold("au_9", intent="in_9", resource="cart_9"),
                            takes(id_="ca_9", intent="in_9", parent="au_9"), calls(CAP))), 1
    ),
    "refused and not taken": (lambda: after(calls(CAP, "refused")), 0),
    "a fault said done": (lambda: after(calls(CAP, injected=True)), 0),
    "taken, called and never said": (lambda: after(calls(CAP, meanwhile=MINE), quiet=True), 1),
    "taken, called and not said yet": (lambda: after(calls(CAP, meanwhile=MINE)), 0),
}  # fmt: skip

AS_HELD: dict[str, Case] = {
    "taken": (lambda: after(calls(CAP, meanwhile=MINE)), 0),
    "nothing called": (lambda: after(takes()), None),
    "held anew": (lambda: after(calls(CAP, meanwhile=lambda t: t.hold("au_2", reference="op_2"))), 1),
    "begun anew": (lambda: after(calls(CAP, meanwhile=lambda t: t.intent("in_2", intent="in_2", reference="op_2"))), 1),
    "declined": (lambda: after(calls(CAP, meanwhile=lambda t: t.ledger(EntryKind.DECLINE, "de_1", reference="op_2"))), 0),
    "taken in two parts": (
        lambda: after(calls(CAP, meanwhile=IN_PARTS)), 1
    ),
    "taken in two parts where parts can be": (
        lambda: after(calls(CAP, meanwhile=IN_PARTS),
                       can=ALL | {"partial_capture"}), 1
    ),
    "taken by two calls": (
        lambda: after(all_of(calls(CAP, meanwhile=takes(1, "ca_1", reference="op_2")),
                            calls(CAP, number=3, meanwhile=takes(1, "ca_2", reference="op_3")))), 1
    ),
    "taken by two calls where parts can be": (
        lambda: after(all_of(calls(CAP, meanwhile=takes(1, "ca_1", reference="op_2")),
                            calls(CAP, number=3, meanwhile=takes(1, "ca_2", reference="op_3"))),
                       can=ALL | {"partial_capture"}), 0
    ),
    "refunded twice by one call": (
        lambda: after(all_of(calls(CAP, meanwhile=MINE),
                            calls("refund_payment", number=3, meanwhile=all_of(
                                lambda t: t.refund("re_1", amount=1, reference="op_3"),
                                lambda t: t.refund("re_2", amount=1, reference="op_3"))))), 0
    ),
}  # fmt: skip

SEEN_TO_FAIL: dict[str, Case] = {
    "done": (lambda: after(asks("capture", 200, calls(CAP))), None),
    **{f"refused, answered {status}": (
        partial(after, asks("capture", status, calls(CAP, "refused"))), 1 if status < 400 else 0)
        for status in (200, 202, 399, 400, 409, 500)},
    "an error object, answered 200": (lambda: after(asks("capture", 200, calls(CAP, "error-object"))), 1),
    "refused, then done, answered 200": (
        lambda: after(asks("capture", 200, all_of(calls(CAP, "refused"), calls(CAP)))), 0
    ),
    "done, then refused, answered 200": (
        lambda: after(asks("capture", 200, all_of(calls(CAP), calls(CAP, "refused")))), 1
    ),
    "refused before it was asked": (lambda: after(all_of(calls(CAP, "refused"), asks("capture", 200, nothing))), 0),
    "refused of a payment, answered 200": (lambda: after(asks("capture-payment", 200, calls(CAP, "refused"))), 1),
    "refused while refunding": (lambda: after(asks("refund", 200, calls(CAP, "refused"))), 0),
    "refused, and said": (lambda: after(all_of(calls(CAP, "refused"), rows(CAPTURED))), 1),
    "refused, and said before": (lambda: after(all_of(rows(CAPTURED), calls(CAP, "refused"))), 0),
    "refused, and said of another": (
        lambda: after(all_of(calls(CAP, "refused"), rows(replace(CAPTURED, id="pay_9", cart_id="cart_9")))), 0
    ),
    "refused, taken and said": (lambda: after(all_of(calls(CAP, "refused"), takes(), rows(CAPTURED))), 0),
    "refused, done later and said": (lambda: after(all_of(calls(CAP, "refused"), calls(CAP), rows(CAPTURED))), 0),
    "done, refused and said": (lambda: after(all_of(calls(CAP), calls(CAP, "refused"), rows(CAPTURED))), 1),
    "refused, written and said": (lambda: after(all_of(calls(CAP, "refused"), rows(PAID), rows(CAPTURED))), 0),
    "refused of no operation, and said": (lambda: after(all_of(calls(CAP, "refused", number=9), rows(CAPTURED))), 0),
}  # fmt: skip


TABLES = {"CAP-01": TAKEN, "CAP-02": AS_HELD, "CAP-04": SEEN_TO_FAIL}


@pytest.mark.parametrize(("rule", "case"), [(rule, case) for rule, table in TABLES.items() for case in table])
def test_captures(rule: str, case: str) -> None:
    """Each rule sees its breaches, lets pass what is none, and is silent where it has nothing to judge."""
    tape, times = TABLES[rule][case]
    assert broken(tape(), rule) == times


def test_a_breach_names_its_method_and_moment() -> None:
    """The second of two captures, and one that was never said."""
    tape = after(calls(CAP, meanwhile=IN_PARTS))
    (twice,) = breaches(tape, "CAP-02")
    assert (twice.step, twice.method) == (len(tape.events) - 2, CAP)
    (unsaid,) = breaches(after(calls(CAP, meanwhile=MINE), quiet=True), "CAP-01")
    assert unsaid.method == CAP
