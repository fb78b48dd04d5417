"""Many runs summed up as they come in: one line of the log for all of them."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tillproof.history.events import RunKey
from tillproof.history.findings import Group
from tillproof.history.log_runs import Draws, Recalled, RunResult, RunVerdict, Seconds, Worst
from tillproof.history.verdicts import Harm


class Sum:
    """Sums up judged runs. Memory grows with rules, methods and causes, not with the runs."""

    def __init__(self) -> None:
        """Begin with no run."""
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

    def seconds(self, first: RunKey, *, alike: int, recovered: int) -> Seconds:
        """Return the line of the runs with this first fault, and how many second faults were not made, and why."""
        return Seconds(run=first, alike=alike, recovered=recovered, **self._shared())

    def draws(self, first: RunKey, *, batch: int, stories: int) -> Draws:
        """Return the line of a batch of drawn stories, of which this was the first run."""
        return Draws(run=first, batch=batch, stories=stories, **self._shared())

    def recalled(self, run: RunKey, *, id: str, token: str, ends: str) -> Recalled:  # noqa: A002 - the field's name
        """Return the line of a finding that was made again, by the one run of it if there still is one."""
        return Recalled(run=run, id=id, token=token, ends=ends, **self._shared())

    def _shared(self) -> dict[str, Any]:
        return {
            "runs": self._verdicts.total(),
            **{verdict.name.lower(): self._verdicts[verdict] for verdict in RunVerdict},
            "exercised": tuple(sorted(self._exercised.items())),
            "goals": tuple(sorted(self._goals.items())),
            "methods": dict(self._methods),
            "listed": dict(self._listed),
            "broken": dict(self._broken),
            "worst": tuple(
                Worst(runs=group.runs, rules=tuple(sorted(group.rules)), smallest=group.smallest)
                for group in self._groups.values()
            ),
            "errored_like": self._errored,
        }
