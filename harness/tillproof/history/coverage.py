"""
The values that tell how much was tried: moments a fault can strike in, the fault space, and goals.

The fault space has five axes: the processor's method, where its call is cut, the fault, how the client retries, and how
far the cart's key had come. A cell of it is *open* if some journey comes to that method, with that client and that key.
"""

from __future__ import annotations

import re

from tillproof.history.parts import Part

CUTS: dict[str, str] = {
    "P0": "before the gateway acted",
    "P1": "it acted, and its answer is lost",
    "P2": "it answered, and what it said is not committed",
    "P3": "it is committed, and nobody hears of it",
}
"""Where a call can be cut, by name."""

CUT_OF: dict[tuple[str, str], str] = {
    ("processor", "before"): "P0",
    ("processor", "after"): "P1",
    ("gateway", "before"): "P0",
    ("gateway", "after"): "P1",
    ("commit", "before"): "P2",
    ("commit", "after"): "P3",
    ("client", "after"): "P3",
}
"""Which cut a fault at a seam is, by whether the crossing still took place."""

NO_KEY = "no key yet"
"""The state of a cart's key before there is one; afterwards it is the key's recovery point."""


_TIMES = re.compile(r"x(\*|\d+)$")


def kind_of(plan: str) -> str:
    """Return the kind of a plan's first fault."""
    return _TIMES.sub("", plan.partition(" + ")[0].rpartition("=")[2])


class FaultLine(Part, frozen=True, kw_only=True):
    """
    A kind of fault that may strike: at which seams, `before` or `after` the crossing, and (or all) at which names.

    `acts`: at the gateway it strikes only requests that act.
    """

    name: str
    says: str
    cut: str
    seams: tuple[str, ...]
    only: tuple[str, ...] = ()
    acts: bool = False


class Moment(Part, frozen=True, kw_only=True):
    """
    A crossing that belongs to a processor's call: at which seam, of which method, and how far the cart's key had come.

    The commit after a call and the answer after that belong to it as well. `method` is empty where none is concerned.
    `acts`: what crossed is a request to the gateway that is more than a read.
    """

    seam: str
    method: str
    key: str
    acts: bool = False


class SpaceLine(Part, frozen=True, kw_only=True):
    """One method cut at one place: its open cells, how many were exercised, in how many runs, and those by each axis."""

    method: str
    cut: str
    open: int
    exercised: int
    runs: int
    faults: dict[str, int]
    clients: dict[str, int]
    keys: dict[str, int]


class Hole(Part, frozen=True, kw_only=True):
    """Cells that were not exercised: how many, which, and why. `closed`: they could not be."""

    cells: int
    what: str
    reason: str
    closed: bool = True


class Space(Part, frozen=True, kw_only=True):
    """The fault space: its open cells, how many were exercised, line by line, and what was not."""

    open: int = 0
    exercised: int = 0
    closed: int = 0
    lines: tuple[SpaceLine, ...] = ()
    holes: tuple[Hole, ...] = ()


class GoalLine(Part, frozen=True, kw_only=True):
    """Something a campaign should come to at least once. `skipped` is the reason why its choices rule that out."""

    name: str
    title: str
    skipped: str = ""


class GoalTally(Part, frozen=True, kw_only=True):
    """In how many runs a goal was reached."""

    goal: str
    runs: int
