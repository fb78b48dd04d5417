"""
Asking a rule about a run written by hand: as it is, and amid purchases of other people.

What one customer's purchase is judged to be does not hang on what others buy before and after it: so every run is judged
twice, and has to break its rule in the same way.
"""

from __future__ import annotations

from msgspec.structs import replace
from support import strangers
from support.histories import Tape

from tillproof.history.events import AnyEvent, Asked, Called, Committed, Heard, Returned, Unheard
from tillproof.history.story import fold
from tillproof.history.verdicts import Breach
from tillproof.rules.registry import BY_ID, judge

_POINTERS = ("asked", "called", "announced", "delivered")
"""The fields of events that hold the step of another event."""


def broken(tape: Tape, rule: str, **more: object) -> int | None:
    """Return how often the history breaks the rule; None if it does not exercise it."""
    said = judge(fold(tape.history(**more)), [BY_ID[rule]])
    found = breaches(tape, rule, **more)
    return len(found) if said.exercised else None


def breaches(tape: Tape, rule: str, **more: object) -> tuple[Breach, ...]:
    """Return how the history breaks the rule, which is the same amid other purchases."""
    history = tape.history(**more)
    found = judge(fold(history), [BY_ID[rule]]).breaches
    first = len(strangers.before())
    amid = judge(fold(replace(history, events=_amid_others(tape))), [BY_ID[rule]]).breaches
    last = len(tape.events) - 1  # what is told at the end of the run is told at its end
    seen = [(min(breach.step - first, last), breach.method) for breach in amid]
    assert seen == [(breach.step, breach.method) for breach in found], f"amid other purchases: {amid}"
    return found


def _amid_others(tape: Tape) -> tuple[AnyEvent, ...]:
    """Return the tape's events between those of other people, who come later only if it leaves nothing under way."""
    first = strangers.before()
    events = (*first, *(_moved(event, len(first)) for event in tape.events))
    if _open(tape):
        return events
    boot = max((event.boot for event in events if isinstance(event, Called)), default=1)
    return (*events, *(_moved(event, len(events), boot) for event in strangers.after()))


def _moved(event: AnyEvent, by: int, boot: int | None = None) -> AnyEvent:
    """Return the event as it is when so many come before its tape, and in another boot if one is given."""
    if boot is not None and isinstance(event, Called | Committed):
        event = replace(event, boot=boot)
    pointers = {name: getattr(event, name) + by for name in _POINTERS if isinstance(getattr(event, name, None), int)}
    return replace(event, step=event.step + by, **pointers)


def _open(tape: Tape) -> bool:
    """Tell whether a request or a call is still under way when the tape ends: then what comes later would be laid to it."""
    asked = {event.step for event in tape.events if isinstance(event, Asked)}
    called = {event.step for event in tape.events if isinstance(event, Called)}
    answered = {event.asked for event in tape.events if isinstance(event, Heard | Unheard)}
    return not (asked <= answered and called <= {e.called for e in tape.events if isinstance(e, Returned)})
