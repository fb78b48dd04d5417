"""A lane with its runs with two faults: every second one inside the recovery from every first, summed up by the first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tillproof.campaign.judging import Judge
from tillproof.explore.pairs import Recoveries, Recovery
from tillproof.faults.kinds import applicable
from tillproof.faults.plans import UNDISTURBED, parse
from tillproof.history.events import RunKey
from tillproof.history.log_runs import RunResult, Seconds
from tillproof.history.summing import Sum


def with_seconds(judge: Judge, control: RunKey, firsts: Sequence[RunKey]) -> Iterator[RunResult | Seconds]:
    """Yield the judged runs of the lane with one fault, and then a line for the second faults of each that has some."""
    recoveries = Recoveries(judge.made(control, UNDISTURBED), applicable, keeps=judge.target.keeps)
    found: list[tuple[RunKey, Recovery]] = []
    for first in firsts:
        history = judge.made(first, parse(first.plan))
        yield judge.judged(history)
        found.append((first, recoveries.recovery(history)))
    for first, recovery in found:
        if recovery.seconds:
            yield _summed(judge, first, recovery)


def _summed(judge: Judge, first: RunKey, recovery: Recovery) -> Seconds:
    summed = Sum()
    for key in recovery.seconds:
        summed.add(judge.judged(judge.made(key, parse(key.plan))))
    return summed.seconds(first, alike=recovery.alike, recovered=recovery.recovered)
