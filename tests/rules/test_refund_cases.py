"""REF-05, case by case: what is left of an order when a refund is asked for, and who turned it away."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from support.histories import ALL, PAYMENT, Tape, operation
from support.judging import breaches, broken
from support.writes import Case

from tillproof.domain.entities import Entity
from tillproof.domain.ledger import EntryKind
from tillproof.domain.statuses import OperationKind, OperationState

R = OperationKind.REFUND
OWN = replace(PAYMENT, order_id="order_1", captured_at=9.0)
EXTRA = replace(OWN, id="pay_2", swap_id="swap_1", amount=1000, data={"intent": "in_2"})
ONCE = ALL - {"several_refunds"}


def _sold(*rows: Entity, back: int = 0, extra: bool = False, taken: int = 4900, can: frozenset[str] = ALL) -> Tape:
    """Tell of a captured order of 49.00, of which so much is back; `extra`: and of 10.00 that a swap of it cost."""
    tape = Tape(can=can).bought()
    tape.capture("ca_0", amount=taken)
    tape.commit(OWN, *rows)
    if back:
        tape.refund("re_0", amount=back, parent="ca_0")
    if extra:
        tape.ledger(EntryKind.AUTHORIZE, "au_2", intent="in_2", amount=1000)
        tape.ledger(EntryKind.CAPTURE, "ca_2", intent="in_2", parent="au_2", amount=1000)
        tape.commit(EXTRA)
    return tape


def _turned_away(tape: Tape, amount: object, *, key: str | None = "k3", status: int = 400, tries: int = 1) -> Tape:
    """Ask for a refund, and be refused by the shop itself (at the last of so many tries)."""
    for number in range(tries):
        tape.ask("refund", 3, key=key, amount=amount)
        if number + 1 == tries:
            tape.hear(status, {})
        else:
            tape.lose()
    return tape


def _while_it_was_asked(write: Callable[[Tape], object], amount: int) -> Tape:
    tape = _sold()
    tape.ask("refund", 3, key="k3", amount=amount)
    write(tape)
    tape.hear(400, {})
    return tape


def _with_a_key_of(start: str) -> Tape:
    """Be refused with a key that another wish bore before this one began, or only after."""
    tape = _sold()
    other = 2 if start == "before" else 4
    if start == "before":
        tape.ask("capture", other, key="k3")
        tape.hear(200, {})
    _turned_away(tape, 100)
    if start == "after":
        tape.ask("capture", other, key="k3")
        tape.hear(200, {})
    return tape


def _asked_the_processor(number: int) -> Tape:
    """Be refused at the second of two tries; the processor was asked at this one of them, and no answer came of it."""
    tape = _sold()
    for attempt in (1, 2):
        tape.ask("refund", 3, key="k3", amount=100)
        if attempt == number:
            tape.call("refund_payment", 3, amount=100)
            tape.back("unknown", injected=True)
        if attempt == 1:
            tape.lose()
    tape.hear(400, {})
    return tape


def _open(state: OperationState, payment: str = "pay_1") -> Entity:
    return operation(R, 5, state, payment_id=payment, amount=1)


OTHERS = replace(OWN, id="pay_9", order_id="order_9")
UNDONE = replace(OWN, canceled_at=9.5)
TURNED_AWAY: dict[str, Case] = {
    "all of it": (lambda: _turned_away(_sold(), 4900), 1),
    "a cent more": (lambda: _turned_away(_sold(), 4901), None),
    "nothing": (lambda: _turned_away(_sold(), 0), None),
    "less than nothing": (lambda: _turned_away(_sold(), -1), None),
    "a sum that is none": (lambda: _turned_away(_sold(), "100"), None),
    "to be tried again": (lambda: _turned_away(_sold(), 100, status=409), None),
    "what the gateway has given back": (lambda: _turned_away(_sold(back=2000), 2901), None),
    "the rest of that": (lambda: _turned_away(_sold(back=2000), 2900), 1),
    "the rest, where one refund is all there may be": (lambda: _turned_away(_sold(back=2000, can=ONCE), 2900), None),
    "what the books say is given back": (lambda: _turned_away(_sold(replace(OWN, amount_refunded=2000)), 2901), None),
    "the rest of that by the books": (lambda: _turned_away(_sold(replace(OWN, amount_refunded=2000)), 2900), 1),
    "what was never captured": (lambda: _turned_away(_sold(taken=2000), 2001), None),
    "what was captured of it": (lambda: _turned_away(_sold(taken=2000), 2000), 1),
    "of two payments, all": (lambda: _turned_away(_sold(extra=True), 5900), 1),
    "of two payments, a cent more": (lambda: _turned_away(_sold(extra=True), 5901), None),
    "of two payments, the rest": (lambda: _turned_away(_sold(back=2000, extra=True), 3900), 1),
    "of two payments, more than the rest": (lambda: _turned_away(_sold(back=2000, extra=True), 3901), None),
    "of a canceled payment": (lambda: _turned_away(_sold(UNDONE), 100), None),
    "of another order's": (lambda: _turned_away(_sold(OTHERS), 4901), None),
    "with an open one in the way": (lambda: _turned_away(_sold(_open(OperationState.UNKNOWN)), 100), None),
    "with a listed one in the way": (lambda: _turned_away(_sold(_open(OperationState.LISTED)), 100), None),
    "with a refused one before": (lambda: _turned_away(_sold(_open(OperationState.REFUSED)), 100), 1),
    "with an open one of another payment": (lambda: _turned_away(_sold(_open(OperationState.UNKNOWN, "pay_9")), 100), 1),
    "given back before it was answered": (lambda: _while_it_was_asked(lambda t: t.refund(amount=4900), 100), None),
    "given back in part before it was answered": (lambda: _while_it_was_asked(lambda t: t.refund(amount=4000), 900), 1),
    "with a key that was taken": (lambda: _with_a_key_of("before"), None),
    "with a key that was taken later": (lambda: _with_a_key_of("after"), 1),
    "without a key": (lambda: _turned_away(_sold(), 100, key=None), 1),
    "at the second try": (lambda: _turned_away(_sold(), 100, tries=2), 1),
    "after asking the processor": (lambda: _asked_the_processor(2), 0),
    "after asking the processor in an earlier try": (lambda: _asked_the_processor(1), 0),
}  # fmt: skip


@pytest.mark.parametrize("case", TURNED_AWAY)
def test_a_refund_of_what_is_left_is_not_turned_away(case: str) -> None:
    """By books and gateway, over all of the order's payments, when it was asked for and still when it was answered."""
    tape, times = TURNED_AWAY[case]
    assert broken(tape(), "REF-05") == times


def test_what_is_too_much_is_told_as_a_sum() -> None:
    """What was given back, what may have been, and what is asked for now, of what was taken."""
    tape = _sold(_open(OperationState.UNKNOWN), operation(R, 3, payment_id="pay_1"), back=2000)
    tape.call("refund_payment", 3, amount=2900)
    (breach,) = breaches(tape, "REF-02")
    assert breach.says == "49.01 EUR to be given back of 49.00 EUR captured"


def _refused(
    status: int | None = None, *, method: str = "POST", struck: str = "", amount: int = 2000, back: int = 0
) -> Tape:  # fmt: skip
    """Have the processor refuse a refund after the gateway answered so; so much was given back before."""
    tape = _sold(back=back)
    tape.call("refund_payment", 3, amount=amount)
    if status is not None:
        tape.exchange("/intents/in_1/refunds", "gk_3", status, method=method)
    if struck:
        tape.strike(struck, "error-500-before")
    tape.back("refused")
    return tape


@pytest.mark.parametrize(
    ("tape", "times"),
    [
        (_refused, 1),
        (lambda: _refused(400), 1),
        (lambda: _refused(499), 1),
        (lambda: _refused(500), 0),
        (lambda: _refused(503), 0),
        (lambda: _refused(500, method="GET"), 1),
        (lambda: _refused(struck="gateway.POST:/intents/{id}/refunds#1"), 0),
        (lambda: _refused(struck="gateway.GET:/intents/{id}#1"), 1),
    ],
)
def test_a_refund_that_the_gateway_failed_to_do_may_be_refused(tape: Callable[[], Tape], times: int) -> None:
    """Only where what was to act broke: an answer of 500 or above, or a fault in its place, and not a mere look."""
    assert broken(tape(), "REF-05") == times


@pytest.mark.parametrize(("amount", "back", "times"), [
    (0, 0, 0), (1, 0, 1), (4900, 0, 1), (4901, 0, 0), (2900, 2000, 1), (2901, 2000, 0), (4900, 2000, 0), (1, 4900, 0),
])  # fmt: skip
def test_only_what_is_left_may_not_be_refused(amount: int, back: int, times: int) -> None:
    """To the cent: what was captured, less what was given back."""
    assert broken(_refused(amount=amount, back=back), "REF-05") == times


def _never_answered(*outcomes: str, gave: int = 0, amount: object = 2000, quiet: bool = True) -> Tape:
    """Try one refund again and again; the gateway did it at the try told."""
    tape = _sold()
    for attempt, outcome in enumerate(outcomes, 1):
        tape.call("refund_payment", 3, attempt=attempt, amount=amount)
        if attempt == gave:
            tape.refund(reference="op_3")
        tape.back(outcome, injected=True)
    return tape.quiet() if quiet else tape


UNANSWERED: dict[str, Case] = {
    "never": (lambda: _never_answered("unknown", "unknown"), 1),
    "never, not quiet yet": (lambda: _never_answered("unknown", "unknown", quiet=False), 0),
    "at last": (lambda: _never_answered("unknown", "done", gave=2), 0),
    "at first": (lambda: _never_answered("done", "unknown", gave=1), 0),
    "no at first": (lambda: _never_answered("refused", "unknown"), 0),
    "though done": (lambda: _never_answered("unknown", "unknown", gave=1), 0),
    "of too much": (lambda: _never_answered("unknown", amount=4901), 0),
    "of no sum": (lambda: _never_answered("unknown", amount="2000"), 0),
}


@pytest.mark.parametrize("case", UNANSWERED)
def test_a_refund_of_what_is_left_is_answered_in_the_end(case: str) -> None:
    """Tried again and again, it is made or refused once all is quiet."""
    tape, times = UNANSWERED[case]
    assert broken(tape(), "REF-05") == times


def test_where_a_refund_went_wrong_is_told() -> None:
    """At the last try that came to nothing, at the answer that turned it away, and in the order's own currency."""
    tape = _never_answered("unknown", "unknown", "unknown")
    (never,) = breaches(tape, "REF-05")
    assert (never.step, never.method) == (len(tape.events) - 6, "refund_payment")
    tape = _turned_away(_sold(OTHERS), 100, tries=2)
    (away,) = breaches(tape, "REF-05")
    assert (away.step, away.method, "1.00 EUR" in away.says) == (len(tape.events) - 1, None, True)
