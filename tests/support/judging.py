"""
Asking a rule about a run written by hand: as it is, amid purchases of other people, and with other names for everything.

What one customer's purchase is judged to be does not hang on what others buy before and after it, nor on what ids its rows
happen to have: so every run is judged three times, and has to break its rule in the same way.
"""

from __future__ import annotations

import re
from typing import Any, cast

import msgspec
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
    """Return how the history breaks the rule, which is the same amid other purchases, and under other names."""
    history = tape.history(**more)
    found = judge(fold(history), [BY_ID[rule]]).breaches
    first = len(strangers.before())
    amid = judge(fold(replace(history, events=_amid_others(tape))), [BY_ID[rule]]).breaches
    last = len(tape.events) - 1  # what is told at the end of the run is told at its end
    seen = [(min(breach.step - first, last), breach.method) for breach in amid]
    assert seen == [(breach.step, breach.method) for breach in found], f"amid other purchases: {amid}"
    renamed = judge(
        fold(replace(history, events=tuple(_renamed(event) for event in history.events))), [BY_ID[rule]]
    ).breaches
    seen = [(breach.step, breach.method) for breach in renamed]
    assert seen == [(breach.step, breach.method) for breach in found], f"under other names: {renamed}"
    return found


_NUMBERED = re.compile(r"(?<=_)\d+\b")
_TURNED = str.maketrans("0123456789", "9876543210")
_OTHERS = {"manual": "a-manual"}
"""Processors that are not under test, whose name sorts after that of the bank, and one that sorts before it."""


def _renamed(value: Any) -> Any:  # noqa: ANN401 - events, and whatever is in them
    """Return the same with other numbers in all ids and another processor: what sorted before something sorts after it."""
    if type(value) is str:
        return _OTHERS.get(value) or _NUMBERED.sub(lambda number: number[0].translate(_TURNED), value)
    if isinstance(value, msgspec.Struct):
        return replace(value, **{name: _renamed(getattr(value, name)) for name in value.__struct_fields__})
    if isinstance(value, dict):
        given = cast("dict[object, object]", value)
        made = {_renamed(name): _renamed(each) for name, each in given.items()}
        return made if made != given else given  # data handed on are one object, if they can be
    if type(value) in (list, tuple):
        return type(value)(_renamed(each) for each in value)
    return value


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
