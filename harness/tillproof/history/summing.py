"""The runs with one first fault and every second one, summed up as they come in: one line of the log for all of them."""

from __future__ import annotations

from collections import Counter

from tillproof.history.events import RunKey
from tillproof.history.findings import Group
from tillproof.history.log import RunResult, RunVerdict, Seconds, Worst
from tillproof.history.verdicts import Harm


class Sum:
    """Sums up judged runs. Memory grows with rules, methods and causes, not with the runs."""

    def __init__(self, first: RunKey) -> None:
        """Begin with no run; `first` is the run with the first fault alone."""
        self._first = first
        self._verdicts: Counter[RunVerdict] = Counter()
        self._exercised: Counter[int] = Counter()
        self._goals: Counter[int] = Counter()
        self._methods: Counter[str] = Counter()
        self._listed: Counter[str] = Counter()
        self._broken: Counter[str] = Counter()
        self._groups: dict[tuple[Harm, str | None], Group] = {}
        self._errored: RunResult | None = None

    def add(self, result: RunResult) -> None:
        """Take one run in."""
        self._verdicts[result.verdict] += 1
        if result.verdict is RunVerdict.NOT_APPLICABLE:
            return
        self._exercised.update(result.exercised)
        self._goals.update(result.goals)
        self._methods.update(result.methods)
        self._listed.update(result.listed)
        self._broken.update({breach.rule for breach in result.breaches})
        if result.verdict is RunVerdict.ERRORED and self._errored is None:
            self._errored = result
        if result.verdict is RunVerdict.FAILED and result.harm is not None:
            self._groups.setdefault((result.harm, result.method), Group(result)).add(result)

    def line(self, *, alike: int, recovered: int) -> Seconds:
        """Return the line, given how many second faults need not be made, and why."""
        return Seconds(
            run=self._first,
            runs=self._verdicts.total(),
            passed=self._verdicts[RunVerdict.PASSED],
            failed=self._verdicts[RunVerdict.FAILED],
            errored=self._verdicts[RunVerdict.ERRORED],
            not_applicable=self._verdicts[RunVerdict.NOT_APPLICABLE],
            alike=alike,
            recovered=recovered,
            exercised=tuple(sorted(self._exercised.items())),
            goals=tuple(sorted(self._goals.items())),
            methods=dict(self._methods),
            listed=dict(self._listed),
            broken=dict(self._broken),
            worst=tuple(
                Worst(runs=group.runs, rules=tuple(sorted(group.rules)), smallest=group.smallest)
                for group in self._groups.values()
            ),
            errored_like=self._errored,
        )
