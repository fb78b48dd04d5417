"""
Schedules: whose turn it is where several actors are at work at once, as text. Parsing what was written gives the same back.

A run with two actors at work has numbered *decisions*: the moments at which more than one of them can go on. A schedule
names those at which the turn does not go where it would by itself: `3>operator + 7>shopper-2`. The empty one interrupts
nobody.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NoReturn

import msgspec

from tillproof.errors import Misuse

_TURN = re.compile(r"(?P<decision>[1-9]\d{0,5})>(?P<actor>[a-z][a-z0-9-]{0,39})")


class Turn(msgspec.Struct, frozen=True, order=True):
    """At the run's `decision`-th decision the turn goes to `actor`."""

    decision: int
    actor: str

    def __str__(self) -> str:
        """Write the turn as schedules do."""
        return f"{self.decision}>{self.actor}"


class Schedule(msgspec.Struct, frozen=True):
    """The turns given out of order, by decision. The empty schedule is the order in which everybody began."""

    turns: tuple[Turn, ...] = ()

    def __str__(self) -> str:
        """Write the schedule so that `parse` gives it back."""
        return " + ".join(str(turn) for turn in self.turns)


IN_ORDER = Schedule()


def parse(text: str) -> Schedule:
    """
    Read a schedule from its text; the empty text is the schedule in which nobody is interrupted.

    Raises `Misuse` naming the part that is not a turn, or that does not come after the one before it.
    """
    if not text.strip():
        return IN_ORDER
    turns = tuple(_turn(part.strip()) for part in text.split("+"))
    for before, after in pairwise(turns):
        if before.decision >= after.decision:
            _refuse(text, f"{after} stands after {before}; decisions are told in order, each once")
    return Schedule(turns)


def _turn(text: str) -> Turn:
    found = _TURN.fullmatch(text)
    if found is None:
        _refuse(text, "a schedule is written decision>actor, and more of them after a +")
    return Turn(int(found["decision"]), found["actor"])


def _refuse(text: str, seen: str) -> NoReturn:
    raise Misuse(f"not a schedule: {text[:80]!r}", seen=seen, type_="for example: 3>operator + 7>shopper-2")
