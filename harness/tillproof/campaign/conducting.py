"""Conducting a campaign: the lanes in order, the findings they merge into, the footer, line by line."""

from __future__ import annotations

from collections.abc import Callable

from tillproof.campaign.header import header
from tillproof.campaign.judging import Judge
from tillproof.campaign.lanes import lanes_of
from tillproof.campaign.scope import scope_of
from tillproof.campaign.workers import judged
from tillproof.explore.way import SIMULATED, Way
from tillproof.history.footer import Tally
from tillproof.history.log import Footer, LogLine
from tillproof.options import Options
from tillproof.simulation.target import Target

Emit = Callable[[LogLine], None]
"""Takes the lines of the log as they come."""

Progress = Callable[[int, int], None]
"""Told how many runs are made, and of how many."""


def conduct(target: Target, options: Options, emit: Emit, progress: Progress, way: Way = SIMULATED) -> Footer:
    """
    Make and judge every run that way, emit the whole log line by line, and return its footer.

    Raises `Misuse` where a choice selects nothing, `NoVerdict` where no run of the target's code can be judged.
    """
    scope = scope_of(target, options, way)
    head = header(target, scope, options, way)
    emit(head)
    tally = Tally(head)
    judge = Judge(target, head, way.fronts[0])
    lanes = lanes_of(target, judge, scope, options, way)
    made = len(lanes)
    total = made + sum(len(keys) for _, keys in lanes)
    progress(made, total)
    for (control, _), results in zip(lanes, judged(target, judge, head, lanes, options.workers, way), strict=True):
        for judged_run in (control, *results):
            tally.add(judged_run)
            emit(judged_run)
        made += len(results)
        progress(made, total)
    told = [judge.told(cause) for cause in tally.causes()]
    for line in told:
        emit(line)
    footer = tally.footer(told)
    emit(footer)
    return footer
