"""What earlier campaigns found, made again before anything else: FIXED, STILL THERE, or CHANGED."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tillproof.campaign.judging import Judge
from tillproof.campaign.scope import journey_of
from tillproof.errors import Misuse
from tillproof.faults.plans import parse
from tillproof.history.events import RunKey
from tillproof.history.log_runs import Recalled, RunResult, RunVerdict
from tillproof.history.memory import Remembered
from tillproof.history.summing import Sum
from tillproof.history.tokens import read_token

FIXED, STILL_THERE, CHANGED = "FIXED", "STILL THERE", "CHANGED"


def recalled(judge: Judge, remembered: Iterable[Remembered]) -> Iterator[Recalled]:
    """Yield a line for each finding that is remembered of this target, in the order of its memory."""
    for entry in remembered:
        if entry.target == judge.target.name:
            run = read_token(entry.token)
            result = _made(judge, run)
            yield _line(entry, run, result)


def _made(judge: Judge, run: RunKey) -> RunResult | None:
    """Make the run and judge it; None if there is no such run any more."""
    try:
        journey_of(run.journey)
        plan = parse(run.plan)
    except Misuse:
        return None
    if run.dialect not in judge.target.dialects:
        return None
    return judge.judged(judge.made(run, plan))


def _line(entry: Remembered, run: RunKey, result: RunResult | None) -> Recalled:
    summed = Sum()
    if result is None:
        return summed.recalled(run, id=entry.id, token=entry.token, ends=CHANGED)
    summed.add(result)
    ends = {RunVerdict.FAILED: STILL_THERE, RunVerdict.PASSED: FIXED}.get(result.verdict, CHANGED)
    return summed.recalled(run, id=entry.id, token=entry.token, ends=ends)
