"""
Which processor calls were tries of one effect, although they went out under several names.

A call's reference usually says so. A backend that makes up a new reference, or begins a new operation, while nobody knows
what became of the first is trying the same thing again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tillproof.domain.statuses import OperationKind, OperationState
from tillproof.history.witnesses import Call

if TYPE_CHECKING:
    from tillproof.history.folded import Story

_WANTED_ONCE = frozenset({"authorize_payment", "capture_payment"})
_PER_WISH = frozenset({"initiate_payment", "refund_payment"})  # two of them may both be meant


def efforts(story: Story) -> list[list[Call]]:
    """
    Return the calls with an effect to the processor under test, tries of one effect together, in order.

    Under another reference it is the same effect where the backend's row is the same one; or where the one before is of
    unknown outcome, was not looked for or undone since, and is of the same method on the same session or payment (by
    the rows), or for the same sum on the same gateway object (where no row tells).
    """
    found: list[list[Call]] = []
    if not story.unclear:
        return list(story.by_reference.values())
    for calls in story.by_reference.values():
        first = calls[0]
        earlier = next((e for e in reversed(found) if _same(story, e, first)), None)
        if earlier is None:
            found.append(list(calls))
        else:
            earlier.extend(calls)
            earlier.sort(key=lambda call: call.called.step)
    return found


def _same(story: Story, earlier: list[Call], call: Call) -> bool:
    """Tell whether this call, the first under its name, is another try of what those were for."""
    was, now = earlier[0].called, call.called
    if was.method != now.method or now.method not in _WANTED_ONCE | _PER_WISH:
        return False
    before = [c for c in earlier if c.called.step < now.step]
    if not before or before[-1].definite or _settled(story, before[-1], now.step):
        return False
    old = story.operation(was.reference, now.step) or story.operation(was.key, now.step)
    new = story.operation(now.reference, now.step) or story.operation(now.key, now.step)
    if old is not None and new is not None:
        if old.id == new.id:
            return True
        if old.kind is OperationKind.REFUND or old.state is OperationState.UNWANTED or old.amount != new.amount:
            return False
        same = (old.kind, old.cart_id, old.session_id, old.payment_id)
        return same == (new.kind, new.cart_id, new.session_id, new.payment_id)
    sums = [(a.get("amount"), a.get("currency"), a.get("resource_id")) for a in (was.arguments, now.arguments)]
    if sums[0] != sums[1] or story.intents_in(was.arguments.get("data")) != story.intents_in(now.arguments.get("data")):
        return False
    return now.method in _WANTED_ONCE or _wish_at(story, now.step) in (None, _wish_at(story, was.step))


def _settled(story: Story, call: Call, step: int) -> bool:
    """Tell whether somebody looked for the effect, or had it undone, after the call and before that step."""
    for other in story.called("find_effect", "delete_payment", "cancel_payment"):
        if call.called.step < other.called.step < step and other.definite:
            looked = other.called.method == "find_effect"
            if not looked or other.called.reference == call.called.reference:
                return True
    return False


def _wish_at(story: Story, step: int) -> int | None:
    """Return whose try was being served at that step: the number of the wish, or None between requests."""
    for wish in story.wishes:
        for attempt in wish.tries:
            if attempt.asked.step <= step and (attempt.end is None or step <= attempt.end):
                return wish.intent
    return None
