"""The lines of a log that tell of findings: the cause, whose it is, and the run that shows it, row by row."""

from __future__ import annotations

from enum import StrEnum

from tillproof.history.events import RunKey
from tillproof.history.parts import Line, Part
from tillproof.history.verdicts import Column, Harm, Level, Money3


class Row(Part, frozen=True, kw_only=True):
    """
    One row of a run's timeline, after step `step`, `at` seconds from the run's start.

    `point` is the point crossed, or empty. `gateway` and `shop` are that witness's money after this step, None while there
    is none; `heard` the last status the client heard, or `...` while it waits. `marks` are lines to be shown below the
    row: a fault that struck, faults off, a rule first broken here. `actor` is whose turn it is, where several are at work
    in the run.
    """

    step: int
    at: float
    point: str
    what: str
    gateway: Column | None = None
    shop: Column | None = None
    heard: str = ""
    marks: tuple[str, ...] = ()
    actor: str = ""


class Swapped(StrEnum):
    """What became of a finding when one party of its smallest run was swapped for the reference one."""

    GONE = "finding gone"
    STAYS = "finding stays"
    ALREADY = "it was the reference already"
    IMPOSSIBLE = "not possible"


class Swap(Part, frozen=True, kw_only=True):
    """One party swapped (`the processor`, `the backend`, `the client`), what became of the finding, and why or how."""

    party: str
    ends: Swapped
    reason: str = ""


class Finding(Line, frozen=True, kw_only=True, tag="finding"):
    """
    One cause: what it costs whom, who is guilty, the smallest run that shows it, and how to mend it.

    `id` leaves the plan out: the same cause has the same id tomorrow. `runs` of the `of` runs that called `method` show it
    (`of` all judged runs where no method is to blame). `rules` are in the header's order. `money` and `timeline` are those
    of the smallest run, `swaps` what swapping each party of it did.
    """

    id: str
    harm: Harm
    level: Level
    guilty: str
    method: str | None
    sentence: str
    why: str
    mend: str
    rules: tuple[str, ...]
    runs: int
    of: int
    dialects: tuple[str, ...]
    run: RunKey
    token: str
    swaps: tuple[Swap, ...] = ()
    money: Money3 | None = None
    timeline: tuple[Row, ...] = ()
