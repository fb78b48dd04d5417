"""
Where a run stands between two requests: a fingerprint of everything that decides how it goes on.

Between two requests nothing of the shop is under way, so what is still to come is decided by what somebody remembers
(`remembered.py`). Two runs that stand alike, and in which the same fault strikes the same crossing from there, go on alike
and are judged alike, save that a rule asked only where a certain kind of fault struck (a crash, a clock set wrong) may be
silent in one of them about what other rules tell of both; and save a fault that gives an answer once more: which answer was
the last is told apart, since nothing else depends on it.

What that rests on: nobody reads a meaning into an id, or into the wording of why an outcome is unknown; reading at the
gateway leaves nothing behind, nor does a request that is answered as before and moves nothing; how often a settled effect
was asked for is of no interest any more; and no limit of time lies between the shortest story and the longest (leases are
shorter and kept exactly; keys, authorizations, access tokens and abandonment live longer).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from tillproof.explore.remembered import Memory
from tillproof.history.events import (
    Acknowledged,
    Acted,
    AnyEvent,
    Asked,
    GaveUp,
    Heard,
    History,
    Phase,
    Unheard,
)

LASTING = "endless-retry"
"""The kind of fault that goes on to strike, which no event tells before it does: who met it stands like nobody else."""

_IDLE = (Heard, Unheard, GaveUp, Acted, Phase, Acknowledged)


class Standing(msgspec.Struct, frozen=True):
    """
    That a run stood between two requests before the event at `step`, and its fingerprint there.

    `last` is the fingerprint of the last answer that came from the gateway to the processors there are now.
    """

    step: int
    mark: bytes
    last: bytes


def standings(history: History, *, keeps: frozenset[str] | None) -> Iterator[Standing]:
    """
    Yield where the run stood before each request that was made while faults could strike, in order.

    `keeps`: the gateway points whose answers processors keep in memory from one request to the next; None: nobody knows
    what they keep.
    """
    before = dict(_rests(history.events))
    memory = Memory(history.events, keeps=keeps)
    for event in history.events:
        if event.step in before:
            yield Standing(event.step, memory.mark(before[event.step]), memory.last())
        memory.take(event)


def asked_alone(history: History) -> dict[int, bool]:
    """Return for each request, by its step, whether nothing else was under way."""
    under_way: set[int] = set()
    told: dict[int, bool] = {}
    for event in history.events:
        if isinstance(event, Heard | Unheard):
            under_way.discard(event.asked)
        elif isinstance(event, Asked):
            told[event.step] = not under_way
            under_way.add(event.step)
    return told


def _rests(events: Iterable[AnyEvent]) -> Iterator[tuple[int, Asked]]:
    """Yield the step before which nothing was under way, and the request that was made next, boots before it included."""
    rest = 0
    for event in events:
        if isinstance(event, Asked):
            yield rest, event
        elif isinstance(event, Phase) and event.name == "faults-off":
            return
        elif isinstance(event, _IDLE):
            rest = event.step + 1
