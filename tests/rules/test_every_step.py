"""What must hold at every step is judged at every step: wrong for a moment and right again in the end is wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from support.histories import AUTHORIZED, ORDER, PAYMENT, Tape
from support.judging import broken

from tillproof.campaign.scope import journey_of
from tillproof.domain.ledger import EntryKind
from tillproof.domain.statuses import SessionStatus
from tillproof.faults.plans import UNDISTURBED
from tillproof.history.events import RunKey
from tillproof.history.story import fold
from tillproof.rules.registry import RULES, judge
from tillproof.selftest.rows import ROWS, lied
from tillproof.simulation.world import run

AT_THE_END = frozenset({"LED-03", "LED-05"})
"""What compares the books with the gateway when all is quiet."""


@pytest.mark.parametrize(
    ("name", "journey", "rules"),
    [
        ("order-ahead", "buy", {"LED-04", "STAT-02"}),
        ("two-orders-for-a-moment", "buy", {"LED-01"}),
        ("two-holds-for-a-moment", "buy", {"VOID-03"}),
        ("captured-ahead", "buy-capture-refund", {"CAP-01"}),
        ("refunded-ahead", "buy-capture-refund", {"REF-01"}),
    ],
)
def test_a_liar_that_is_right_again_in_the_end(name: str, journey: str, rules: set[str]) -> None:
    """Undisturbed, each ends with books that agree with the gateway, and is caught at the step that was wrong."""
    (row,) = (row for row in ROWS if row.name == f"backend:{name}")
    key = RunKey(journey=journey, client="keeps-key", dialect="keep-everything", plan="", seed=7)
    with lied(row) as target:
        history = run(target, journey_of(journey), key, UNDISTURBED)
    judgement = judge(fold(history), RULES)
    found = {breach.rule for breach in judgement.breaches}
    assert rules <= found
    assert set(judgement.exercised) - found >= AT_THE_END
    quiet = fold(history).phases["faults-off"]
    assert all(breach.step < quiet for breach in judgement.breaches if breach.rule in rules)


def _captured_for_a_moment(*, taken: bool) -> Tape:
    tape = Tape().bought()
    if taken:
        tape.capture()
    tape.commit(replace(PAYMENT, order_id="order_1", captured_at=1.0))
    tape.commit(replace(PAYMENT, order_id="order_1"))
    return tape


def _ordered_for_a_moment(status: SessionStatus, *, held: bool = False) -> Tape:
    tape = Tape().opened()
    if held:
        tape.hold()
    tape.commit(replace(AUTHORIZED, status=status), PAYMENT)
    tape.commit(ORDER)
    tape.commit(gone=(ORDER, PAYMENT))
    return tape.quiet()


def _ordered_again(*, at_once: bool) -> Tape:
    tape, again = Tape().bought(), replace(ORDER, id="order_2")
    tape.commit(again, gone=() if at_once else (ORDER,))
    tape.commit(gone=(again,))
    return tape.quiet()


def _held_again(*, released: str) -> Tape:
    """Hold, and hold again for the same cart; the first is let go of before, after, by lapsing, or was never ours."""
    tape = Tape().opened()
    tape.call("authorize_payment")
    tape.hold(reference="op_1" if released != "by nobody we know" else None)
    tape.back()
    if released == "before":
        tape.void()
    tape.call("authorize_payment", 2)
    tape.hold("au_2", reference="op_2")
    tape.back()
    if released != "before":
        tape.ledger(EntryKind.LAPSE if released == "by lapsing" else EntryKind.VOID, "vo_1", parent="au_1")
    return tape.quiet()


@pytest.mark.parametrize(
    ("rule", "tape", "times"),
    [
        ("CAP-01", lambda: _captured_for_a_moment(taken=False), 1),
        ("CAP-01", lambda: _captured_for_a_moment(taken=True), 0),
        ("LED-04", lambda: _ordered_for_a_moment(SessionStatus.AUTHORIZED), 1),
        ("LED-04", lambda: _ordered_for_a_moment(SessionStatus.AUTHORIZED, held=True), 0),
        ("STAT-02", lambda: _ordered_for_a_moment(SessionStatus.PENDING, held=True), 2),
        ("STAT-02", lambda: _ordered_for_a_moment(SessionStatus.AUTHORIZED, held=True), None),
        ("LED-01", lambda: _ordered_again(at_once=True), 1),
        ("LED-01", lambda: _ordered_again(at_once=False), 0),
        ("VOID-03", lambda: _held_again(released="after"), 1),
        ("VOID-03", lambda: _held_again(released="before"), None),
        ("VOID-03", lambda: _held_again(released="by lapsing"), None),
        ("VOID-03", lambda: _held_again(released="by nobody we know"), None),
    ],
)
def test_what_was_put_right_since(rule: str, tape: Callable[[], Tape], times: int | None) -> None:
    """Each rule is broken by what was so for a moment only, and not by what merely looks like it."""
    assert broken(tape(), rule) == times
