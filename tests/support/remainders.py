"""What is left of a run from a step on, in terms that two runs that go on alike have in common."""

from __future__ import annotations

import re
from datetime import datetime
from typing import cast

import msgspec

from tillproof.domain.entities import Data
from tillproof.history.events import History

_ID = re.compile(r"boot-\d+|\b(?:[a-z]+_[0-9a-f]{24}|[a-z]{2,3}_\d+(?=\b|_)|A21AAtillproof\d{6}|(?=\w*\d)[0-9A-Z]{13,17})\b")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_SECONDS = re.compile(r"\b1[67]\d{8}\b")
_LONG_AGO = 1.6e9  # seconds since the epoch; no amount of ours is as large
_COUNTED = frozenset({"step", "number", "asked", "called", "announced", "delivered", "intent", "boot"}) | frozenset(
    {"attempt", "attempts", "fault", "point", "message"}
)


def remainder(history: History, step: int) -> list[str]:
    """
    Return the events from the step on, each as text.

    Ids are named by their order, moments are relative to the step (those past are just past), and what counts from the
    beginning of the run (crossings, steps, boots) is left out.
    """
    names: dict[str, str] = {}
    start = history.events[step].at
    told: list[str] = []
    for event in history.events[step:]:
        raw = msgspec.to_builtins(event)
        text = msgspec.json.encode(_relative(raw, start), order="deterministic").decode()
        told.append(_ID.sub(lambda found: names.setdefault(found[0], f"id{len(names)}"), text))
    return told


def _relative(value: object, start: float) -> object:
    if isinstance(value, dict):
        told = cast("Data", value)
        return {name: _relative(inner, start) for name, inner in told.items() if name not in _COUNTED}
    if isinstance(value, list | tuple):
        return [_relative(inner, start) for inner in cast("list[object]", value)]
    if isinstance(value, float | int) and value > _LONG_AGO:
        return max(round(value - start, 3), 0.0)
    if isinstance(value, str):
        return _SECONDS.sub(
            lambda found: _told(float(found[0]), start),
            _TIME.sub(lambda found: _told(datetime.fromisoformat(found[0]).timestamp(), start), value),
        )
    return value


def _told(moment: float, start: float) -> str:
    return f"<{max(moment - start, 0.0):.0f} s on>"
