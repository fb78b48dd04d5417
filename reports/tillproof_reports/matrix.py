"""
The matrix: moment of the journey by fault, and what became of the money, computed from a log's run lines.

One board for each seam, because each has its own faults. A cell counts its runs by outcome and shows the worst.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum

import msgspec

from tillproof.history.lanes import told_runs
from tillproof.history.log import Log
from tillproof.history.log_runs import RunResult, RunVerdict
from tillproof.history.verdicts import Harm
from tillproof_reports.words import TIMES


class Outcome(IntEnum):
    """What became of a run, from good to bad: the worst of a cell is its largest."""

    NOT_REACHED = 0
    RIGHT = 1
    REFUSED = 2
    PERSON = 3
    ERRORED = 4
    BROKEN = 5
    STUCK = 6
    WRONG = 7


class Sign(msgspec.Struct, frozen=True):
    """How an outcome is shown: a mark that needs no colour, and words."""

    mark: str
    words: str


SIGNS: dict[Outcome, Sign] = {
    Outcome.RIGHT: Sign("✓", "right"),
    Outcome.REFUSED: Sign("s", "safely refused"),
    Outcome.PERSON: Sign("!", "for a person"),
    Outcome.ERRORED: Sign("E", "errored: the run could not end"),
    Outcome.BROKEN: Sign("~", "a rule broken, money right"),
    Outcome.STUCK: Sign("#", "stuck"),
    Outcome.WRONG: Sign("✗", "money wrong"),
    Outcome.NOT_REACHED: Sign("?", "not reached"),
}
"""In the order of the legend."""

_OF_HARM: dict[Harm, Outcome] = {
    Harm.CUSTOMER_LOSES: Outcome.WRONG,
    Harm.SHOP_LOSES: Outcome.WRONG,
    Harm.HELD: Outcome.WRONG,
    Harm.STUCK: Outcome.STUCK,
    Harm.LEAK: Outcome.BROKEN,
    Harm.BOOKS: Outcome.BROKEN,
    Harm.UNSAFE: Outcome.BROKEN,
}

UNDISTURBED = "none"
"""The column of the runs in which nothing was made to fail."""

Cell = Mapping[Outcome, int]
"""How many runs ended how. Empty: no such fault can strike there."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One moment of the journey: its cells, one for each of the board's faults."""

    name: str
    cells: tuple[Cell, ...]

    @property
    def total(self) -> Counter[Outcome]:
        """All its runs by outcome."""
        return summed(self.cells)


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """The matrix of one seam: a line for each moment, a column for each fault."""

    seam: str
    title: str
    faults: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def total(self) -> Counter[Outcome]:
        """All its runs with a fault, by outcome."""
        told = (pair for line in self.lines for pair in zip(line.cells, self.faults, strict=True))
        return summed(cell for cell, fault in told if fault != UNDISTURBED)


_TITLES: dict[str, str] = {
    "processor": "Calls of the processor",
    "client": "Requests of the client",
    "commit": "Commits to the database",
    "gateway": "Requests to the gateway",
    "webhook": "Webhooks",
    "clock": "The clock",
}


def summed(cells: Iterable[Cell]) -> Counter[Outcome]:
    """Add cells up."""
    total: Counter[Outcome] = Counter()
    for cell in cells:
        total.update(cell)
    return total


def worst(cell: Cell) -> Outcome | None:
    """Return the worst outcome of a cell, None for one without runs."""
    return max(cell, default=None)


Place = tuple[str, str, str]
"""Where a run belongs: seam, moment, fault. Empty seam: the undisturbed runs."""


def place(plan: str) -> Place:
    """Return where a run with this plan belongs; of several faults the first decides."""
    if not plan:
        return "", "", UNDISTURBED
    point, _, kind = plan.partition(" + ")[0].partition("=")
    seam, _, rest = point.partition(".")
    return seam, rest.partition("#")[0], TIMES.sub("", kind)


def outcomes(runs: Sequence[RunResult]) -> list[Outcome]:
    """
    Return what became of each run, in their order.

    *Safely refused* is a run in which more was refused to the client than in the undisturbed run of its lane: some journeys
    are refused something although nothing fails.
    """
    usual: dict[tuple[str, str, str], int] = {}
    for run in runs:
        if run.run.is_control:
            usual[run.run.journey, run.run.client, run.run.dialect] = run.refused
    return [_outcome(run, usual.get((run.run.journey, run.run.client, run.run.dialect), 0)) for run in runs]


def _outcome(run: RunResult, usual: int) -> Outcome:
    match run.verdict:
        case RunVerdict.NOT_APPLICABLE:
            return Outcome.NOT_REACHED
        case RunVerdict.ERRORED:
            return Outcome.ERRORED
        case RunVerdict.FAILED:
            return _OF_HARM.get(run.harm, Outcome.BROKEN) if run.harm is not None else Outcome.BROKEN
        case RunVerdict.PASSED:
            if run.listed:
                return Outcome.PERSON
            return Outcome.REFUSED if run.refused > usual else Outcome.RIGHT


def boards(log: Log, told: Sequence[Outcome]) -> tuple[Board, ...]:
    """Return the matrix of a log whose runs have these outcomes, a board for each seam that was disturbed."""
    cells: dict[str, dict[str, dict[str, Counter[Outcome]]]] = {
        "processor": {safety.method: {} for safety in log.footer.methods}
    }
    faults: dict[str, dict[str, None]] = {"processor": {UNDISTURBED: None}}
    for run, outcome in zip(told_runs(log), told, strict=True):
        seam, moment, fault = place(run.run.plan)
        for where in (moment,) if seam else run.methods:
            line = cells.setdefault(seam or "processor", {}).setdefault(where, {})
            line.setdefault(fault, Counter())[outcome] += 1
            faults.setdefault(seam or "processor", {})[fault] = None
    return tuple(
        Board(
            seam=seam,
            title=_TITLES.get(seam, seam),
            faults=tuple(faults[seam]),
            lines=tuple(_line(name, line, tuple(faults[seam])) for name, line in lines.items()),
        )
        for seam, lines in cells.items()
    )


def _line(name: str, line: Mapping[str, Counter[Outcome]], faults: Sequence[str]) -> Line:
    """Return a moment's line. One that was never reached has no run; where it was, a fault without runs cannot strike."""
    if not line:
        return Line(name=name, cells=tuple({Outcome.NOT_REACHED: 0} for _ in faults))
    return Line(name=name, cells=tuple(dict(line.get(fault, {})) for fault in faults))
