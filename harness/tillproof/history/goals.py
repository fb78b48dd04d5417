"""
Goals: what a campaign should come to at least once, or its good verdict rests on less than it seems to.

Each is a predicate over a run's story, asked of every run, so each begins with the cheapest thing that says no. Reaching
none of them is no failure of the target; a report says which were missed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from inspect import cleandoc

import msgspec

from tillproof.domain.entities import Refund
from tillproof.domain.statuses import SessionStatus
from tillproof.history.coverage import GoalLine
from tillproof.history.story import Story, order_in
from tillproof.history.witnesses import REFUSALS, Try, Wish

_CONFLICT, _FAILED = 409, 400

Reached = Callable[[Story], bool]


class Goal(msgspec.Struct, frozen=True, kw_only=True):
    """
    One goal: its name, what it is in a sentence, and the question.

    `journeys` are those on which it can be reached (none named: any). `undisturbed`: it can be without any fault.
    """

    name: str
    title: str
    reached: Reached
    journeys: frozenset[str]
    undisturbed: bool


def _goal(name: str, *, journeys: str = "", undisturbed: bool = False) -> Callable[[Reached], Goal]:
    def made(reached: Reached) -> Goal:
        title = cleandoc(reached.__doc__ or "")
        return Goal(name=name, title=title, reached=reached, journeys=frozenset(journeys.split()), undisturbed=undisturbed)

    return made


def _settled_by_asking(story: Story, method: str, outcomes: Collection[str]) -> bool:
    """Tell whether a call of unknown outcome was repeated, and that told one of these outcomes."""
    calls = story.called(method)
    if len(calls) < 2:  # noqa: PLR2004  (one call repeats nothing)
        return False
    for call in calls:
        if call.outcome in outcomes and call.called.attempt > 1:
            before = [c for c in story.by_reference.get(call.called.reference or "", ()) if c.called.step < call.called.step]
            if before and not before[-1].definite:
                return True
    return False


@_goal("refund-settled-by-asking", journeys="buy-capture-refund refund-limits")
def _refund_settled(story: Story) -> bool:
    """A refund of unknown outcome is asked about again, and told done, with one refund at the gateway."""
    return _settled_by_asking(story, "refund_payment", {"done"})


@_goal("authorization-settled-by-asking")
def _authorization_settled(story: Story) -> bool:
    """An authorization of unknown outcome is asked about again, and told done."""
    return _settled_by_asking(story, "authorize_payment", {"done"})


@_goal("refusal-asked-again", journeys="decline-then-other-method")
def _refusal_asked_again(story: Story) -> bool:
    """A refusal that nobody heard is asked about again, and heard."""
    return _settled_by_asking(story, "authorize_payment", REFUSALS)


@_goal("unwanted-effect-found", journeys="edit-after-interruption")
def _unwanted_found(story: Story) -> bool:
    """A look-up finds an effect that nobody wants any more."""
    return any(call.outcome == "done" for call in story.called("find_effect"))


@_goal("released-after-authorization", journeys="out-of-stock region-without-processor", undisturbed=True)
def _released(story: Story) -> bool:
    """What was authorized for a purchase that then came to nothing is let go of."""
    if story.wanted("cancel"):
        return False
    if not story.can("gateway"):
        return _let_go(story)
    return any(hold.ended is not None and not hold.lapsed and not hold.captures for hold in story.holds)


def _let_go(story: Story) -> bool:
    """Tell by the processor's own word, where there is no gateway to ask, whether it let go of what it had authorized."""
    authorized = [
        c for c in story.called("authorize_payment") if c.returned and c.returned.status == SessionStatus.AUTHORIZED
    ]
    if not authorized:
        return False
    since = authorized[0].called.step
    return any(c.outcome == "done" and c.called.step > since for c in story.called("cancel_payment", "delete_payment"))


@_goal("ended-by-the-shop-alone")
def _ended_alone(story: Story) -> bool:
    """A shopper who is gone gets the order that was paid for, or the money back, by the shop alone."""
    settling = story.phases.get("settle")
    if settling is None or all(wish.gave_up is None for wish in story.wishes):
        return False
    if any(story.since(order) > settling for order in story.orders):
        return True
    return any(hold.ended is not None and not hold.lapsed and hold.ended > settling for hold in story.holds)


@_goal("challenge-completed-without-its-key", journeys="three-d-secure", undisturbed=True)
def _completed_elsewhere(story: Story) -> bool:
    """A challenge is passed, and the purchase completed by a client that does not hold its key."""
    passed = next((act.step for act in story.acts if act.what == "challenge-passed"), None)
    if passed is None:
        return False
    for wish in story.wanted("complete"):
        final = wish.final
        if final is not None and wish.start > passed and order_in(final.body) is not None:
            return wish.tries[-1].asked.key is None
    return False


@_goal("answer-given-again")
def _given_again(story: Story) -> bool:
    """A purchase whose answer was lost is asked for again, and answered with the order that was already there."""
    return any(_repeated(story, wish) for wish in story.wanted("complete") if len(wish.tries) > 1)


def _repeated(story: Story, wish: Wish) -> bool:
    final = wish.final
    if final is None or order_in(final.body) is None:
        return False
    placed = min((story.since(order) for order in story.orders), default=final.step)
    return placed < wish.tries[-1].asked.step and any(attempt.unheard is not None for attempt in wish.tries)


@_goal("conflict-then-answer")
def _conflict_then_answer(story: Story) -> bool:
    """A client is told 409, tries again, and is answered."""
    repeated = [wish for wish in story.wishes if len(wish.tries) > 1]
    return any(w.final is not None and w.final.status < _FAILED and any(map(_conflict, w.tries)) for w in repeated)


def _conflict(attempt: Try) -> bool:
    return attempt.heard is not None and attempt.heard.status == _CONFLICT


@_goal("death-survived")
def _death_survived(story: Story) -> bool:
    """The shop dies while a call of the processor is under way, and the purchase still becomes one order."""
    if not story.deaths or len(story.orders) != 1:
        return False
    died = story.deaths[0].step
    return any(c.called.step < died and c.outcome == "nothing" for c in story.called("authorize_payment"))


@_goal("paid-after-a-decline", journeys="decline-then-other-method", undisturbed=True)
def _paid_after_decline(story: Story) -> bool:
    """A payment is declined, and the cart becomes an order with another."""
    if not story.orders:
        return False
    return any(call.claim is not None and call.claim.outcome in REFUSALS for call in story.called("authorize_payment"))


@_goal("refunded-in-parts-to-the-end", journeys="buy-capture-refund refund-limits", undisturbed=True)
def _refunded_in_parts(story: Story) -> bool:
    """All that was captured is paid back, in more than one part, to the last minor unit."""
    if not story.can("gateway"):
        return _booked_in_parts(story)
    return any(len(hold.refunds) > 1 and hold.refunded == hold.captured for hold in story.holds)


def _booked_in_parts(story: Story) -> bool:
    """Tell by the books, where there is no gateway to ask, whether a whole Payment was paid back in more than one part."""
    parts = Counter(refund.payment_id for refund in story.rows(Refund))
    return any(parts[p.id] > 1 and p.captured_at is not None and p.amount_refunded == p.amount for p in story.payments)


@_goal("loser-told-to-wait", undisturbed=True)
def _loser_waits(story: Story) -> bool:
    """Of two requests at once for one thing, one is told 409 while the other is still at work, which succeeds."""
    tries = [attempt for wish in story.wishes for attempt in wish.tries]
    return any(_beside(loser, other) for loser in tries if _conflict(loser) for other in tries)


def _beside(loser: Try, other: Try) -> bool:
    """Tell whether the other was under way when the loser was told, and succeeded."""
    told, answer = loser.heard, other.heard
    if told is None or answer is None or other is loser or other.asked.call != loser.asked.call:
        return False
    return other.asked.step < told.step < answer.step and answer.status < _FAILED


GOALS: tuple[Goal, ...] = (
    _authorization_settled,
    _refund_settled,
    _refusal_asked_again,
    _unwanted_found,
    _released,
    _ended_alone,
    _completed_elsewhere,
    _given_again,
    _conflict_then_answer,
    _loser_waits,
    _death_survived,
    _paid_after_decline,
    _refunded_in_parts,
)
"""Every goal, in the order they are told. A run's line names those it reached by their index here."""


def reached(story: Story) -> tuple[int, ...]:
    """Return the indices of the goals that this run reached."""
    return tuple(n for n, goal in enumerate(GOALS) if goal.reached(story))


def goal_lines(journeys: Collection[str], *, disturbed: bool, at_once: bool) -> tuple[GoalLine, ...]:
    """
    Return the goals as a header tells them, with the reason why these choices rule some out.

    `journeys` are those that are made, `disturbed` whether anything is made to fail, `at_once` whether any of the journeys
    has several clients at work at once.
    """
    return tuple(
        GoalLine(name=goal.name, title=goal.title, skipped=_ruled_out(goal, journeys, disturbed, at_once)) for goal in GOALS
    )


def _ruled_out(goal: Goal, journeys: Collection[str], disturbed: bool, at_once: bool) -> str:  # noqa: FBT001  (see above)
    if goal is _loser_waits and not at_once:
        return "no journey made has several clients at work at once"
    if goal.journeys and goal.journeys.isdisjoint(journeys):
        return f"not made: {', '.join(sorted(goal.journeys))}"
    return "" if disturbed or goal.undisturbed else "nothing was made to fail"
