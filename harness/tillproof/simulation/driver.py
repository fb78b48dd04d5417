"""
The driver steps plain coroutines by hand, so that nothing but the run itself decides who goes next.

A coroutine parks by yielding a frozen value. Time is virtual: it stands still while anybody can go on, and then jumps to the
earliest sleeper. There is no event loop, and whoever awaits something of one is told so.
"""

from __future__ import annotations

import types
from collections import deque
from collections.abc import Coroutine, Generator
from heapq import heappop, heappush
from typing import Any, Protocol

import msgspec


class Until(msgspec.Struct, frozen=True):
    """Parks whoever yields it until that moment, in seconds since the epoch, UTC."""

    at: float


class Timepiece(Protocol):
    """What the driver sets when time jumps."""

    time: float


@types.coroutine
def park(until: Until) -> Generator[Until, None, None]:
    """Park the running coroutine."""
    yield until


def drive(timepiece: Timepiece, *actors: Coroutine[Any, Any, None]) -> None:
    """
    Step the actors until all have ended: in the order given, and sleepers by the time they wake, then by who slept first.

    An actor's exception ends the drive and is raised from it.
    """
    ready = deque(actors)
    asleep: list[tuple[float, int, Coroutine[Any, Any, None]]] = []
    slept = 0
    try:
        while ready or asleep:
            if not ready:
                at, _, actor = heappop(asleep)
                timepiece.time = max(timepiece.time, at)
                ready.append(actor)
            actor = ready.popleft()
            until = _step(actor)
            if until is not None:
                slept += 1
                heappush(asleep, (until.at, slept, actor))
    finally:
        for actor in actors:
            actor.close()


def _step(actor: Coroutine[Any, Any, None]) -> Until | None:
    """Run the actor to its next park, or to its end (None)."""
    try:
        waits = actor.send(None)
        while type(waits) is not Until:
            waits = actor.throw(RuntimeError(f"awaited a {type(waits).__name__}, but there is no event loop here"))
    except StopIteration:
        return None
    return waits
