"""The fault space of a campaign, counted from its runs: what was open, how often it was exercised, and what could not be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from tillproof.domain.recovery import PERMITTED
from tillproof.history.coverage import CUT_OF, CUTS, NO_KEY, FaultLine, Hole, Moment, Space, SpaceLine, kind_of
from tillproof.history.log_header import Header
from tillproof.history.log_runs import RunResult

CLIENTS: dict[str, str] = {
    "keeps-key": "a client that keeps its key",
    "no-key": "a client that has no key",
    "walks-away": "a client that walks away",
}
"""How a client retries, in words."""

KEYS: tuple[str, ...] = (NO_KEY, *(point.value for point in PERMITTED))
"""How far a cart's key can have come."""

_SAID = {
    "gateway": "it sends nothing to the gateway there",
    "commit": "no commit follows it",
    "client": "no answer to a client follows it",
}


class _Cell(NamedTuple):
    """One cell of the space."""

    method: str
    cut: str
    fault: str  # with its seam: the same fault is another one elsewhere
    client: str
    key: str


class SpaceTally:
    """Counts cells as runs come in. Memory grows with the cells, not with the runs."""

    def __init__(self, header: Header) -> None:
        """Begin with nothing open."""
        self._header = header
        self._faults = [(seam, fault) for fault in header.faults for seam in fault.seams if (seam, fault.cut) in CUT_OF]
        self._crossed: dict[tuple[Moment, str], None] = {}
        self._struck: Counter[_Cell] = Counter()

    def add(self, result: RunResult) -> None:
        """Count one run: what an undisturbed one opens, or what another exercises."""
        client = result.run.client
        if result.run.is_control:
            self._crossed.update(dict.fromkeys((moment, client) for moment in result.moments))
        elif result.moments and result.run.plan:
            cell = self._cell(result.moments[0], result.run.plan, client)
            if cell is not None:
                self._struck[cell] += 1

    def space(self, methods: Sequence[str]) -> Space:
        """Close the account for these methods."""
        opened = {cell for (moment, client) in self._crossed for cell in self._opened(moment, client)} | self._struck.keys()
        holes = (*self._closed(opened, methods), *self._missed(opened))
        return Space(
            open=len(opened),
            exercised=len(self._struck),
            closed=sum(hole.cells for hole in holes if hole.closed),
            lines=tuple(self._lines(opened, methods)),
            holes=holes,
        )

    def _cell(self, moment: Moment, plan: str, client: str) -> _Cell | None:
        name = kind_of(plan)
        fault = next((f for seam, f in self._faults if seam == moment.seam and f.name == name), None)
        if fault is None or not moment.method:
            return None
        return _Cell(moment.method, CUT_OF[moment.seam, fault.cut], f"{moment.seam}:{fault.name}", client, moment.key)

    def _opened(self, moment: Moment, client: str) -> Iterator[_Cell]:
        for seam, fault in self._faults:
            if seam == moment.seam and _strikes(fault, moment):
                yield _Cell(moment.method, CUT_OF[seam, fault.cut], f"{seam}:{fault.name}", client, moment.key)

    def _lines(self, opened: Iterable[_Cell], methods: Sequence[str]) -> Iterator[SpaceLine]:
        cells = Counter((cell.method, cell.cut) for cell in opened)
        for method in methods:
            for cut in CUTS:
                struck = {c: n for c, n in self._struck.items() if (c.method, c.cut) == (method, cut)}
                if cells[method, cut]:
                    yield SpaceLine(
                        method=method,
                        cut=cut,
                        open=cells[method, cut],
                        exercised=len(struck),
                        runs=sum(struck.values()),
                        faults=_by(struck, "fault"),
                        clients=_by(struck, "client"),
                        keys=_by(struck, "key"),
                    )

    def _missed(self, opened: Iterable[_Cell]) -> Iterator[Hole]:
        missed = Counter((cell.method, cell.cut) for cell in opened if cell not in self._struck)
        why = "the fault never struck"
        if self._header.choices.depth == "none":
            why = "nothing was made to fail"
        elif self._header.choices.depth == "random":
            why = "what strikes drawn stories is not counted here"
        elif self._header.shard:
            why = "another shard's"
        for (method, cut), cells in sorted(missed.items()):
            yield Hole(cells=cells, what=f"{method} cut at {cut}", reason=why, closed=False)

    def _closed(self, opened: Iterable[_Cell], methods: Sequence[str]) -> Iterator[Hole]:
        """Yield what no run could exercise, method by method, each cell under the first reason that holds."""
        there = {method: [cell for cell in opened if cell.method == method] for method in methods}
        beside = len(CLIENTS) * len(KEYS)
        for method in methods:
            cells = there[method]
            if not cells:
                yield Hole(cells=len(self._faults) * beside, what=method, reason="no journey that was made calls it")
                continue
            reached = {cell.fault for cell in cells}
            for seam, why in _SAID.items():
                lost = [f for s, f in self._faults if s == seam and f"{s}:{f.name}" not in reached]
                if lost and seam == "gateway" and any(fault.startswith(f"{seam}:") for fault in reached):
                    yield Hole(
                        cells=len(lost) * beside, what=f"{method}, {_named(lost)}", reason="it only reads the gateway"
                    )
                elif lost:
                    yield Hole(cells=len(lost) * beside, what=f"{method}, faults at the {seam}", reason=why)
            for fault in (f for s, f in self._faults if s == "processor" and f"{s}:{f.name}" not in reached):
                why = f"strikes only at {', '.join(fault.only)}" if fault.only else "never in its way"
                yield Hole(cells=beside, what=f"{method}, {fault.name}", reason=why)
            clients, keys = {cell.client for cell in cells}, {cell.key for cell in cells}
            for client in (c for c in CLIENTS if c not in clients):
                yield Hole(
                    cells=len(reached) * len(KEYS),
                    what=f"{method} with {CLIENTS[client]}",
                    reason="no journey that calls it is made with such a client",
                )
            closed = len(reached) * len(clients) * len(KEYS) - len(cells)
            if closed:
                told = ", ".join(key for key in KEYS if key in keys)
                yield Hole(cells=closed, what=f"{method} at other times", reason=f"it is called with the key at: {told}")


def _named(faults: Iterable[FaultLine]) -> str:
    return ", ".join(fault.name for fault in faults)


def _strikes(fault: FaultLine, moment: Moment) -> bool:
    if moment.seam == "gateway":
        return moment.acts or not fault.acts
    return moment.seam != "processor" or not fault.only or moment.method in fault.only


def _by(struck: Mapping[_Cell, int], axis: str) -> dict[str, int]:
    """Return in how many runs cells with each value of an axis were exercised."""
    runs: Counter[str] = Counter()
    for cell, times in struck.items():
        runs[getattr(cell, axis)] += times
    return dict(runs)
