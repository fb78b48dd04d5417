"""Conducting a campaign: the lanes in order, the findings they merge into, the footer, line by line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic

from tillproof.campaign.header import header
from tillproof.campaign.judging import Judge
from tillproof.campaign.lanes import lanes_of
from tillproof.campaign.recalling import recalled
from tillproof.campaign.scope import scope_of
from tillproof.campaign.searching import searched
from tillproof.campaign.workers import judged
from tillproof.errors import Misuse
from tillproof.explore.way import SIMULATED, Way
from tillproof.history.footer import Tally
from tillproof.history.log import LogLine
from tillproof.history.log_footer import Footer
from tillproof.history.log_runs import Seconds
from tillproof.history.memory import Remembered
from tillproof.options import Options
from tillproof.simulation.target import Target

Emit = Callable[[LogLine], None]
"""Takes the lines of the log as they come."""

Now = Callable[[], float]
"""Gives seconds from some beginning on, which never go back."""

Progress = Callable[[int, int], None]
"""Told how many runs are made, and of how many."""


def conduct(
    target: Target,
    options: Options,
    emit: Emit,
    progress: Progress,
    way: Way = SIMULATED,
    now: Now = monotonic,
    remembered: Sequence[Remembered] = (),
) -> Footer:
    """
    Make and judge every run that way, emit the whole log line by line, and return its footer.

    What is `remembered` of this target is made again first. `now` gives seconds from some beginning on; only a search that
    was given a time asks it.

    Raises `Misuse` where a choice selects nothing, `NoVerdict` where no run of the target's code can be judged.
    """
    if options.depth not in {"none", "single"} and way is not SIMULATED:
        raise Misuse(
            f"--depth {options.depth} is made in a simulation only",
            seen=f"--depth {options.depth} with --wire",
            type_=f"tillproof run --depth {options.depth} --processor bank",
        )
    if options.depth == "random" and options.shard:
        raise Misuse("a random search has no shards", seen=f"--shard {options.shard}", type_="give each machine its --seed")
    began = now()
    scope = scope_of(target, options, way)
    head = header(target, scope, options, way)
    emit(head)
    tally = Tally(head)
    judge = Judge(target, head, way.fronts[0])
    for line in recalled(judge, remembered):
        tally.add_summed(line)
        emit(line)
    lanes = lanes_of(target, judge, scope, options, way)
    made = 0
    total = len(lanes) + sum(len(keys) for _, keys in lanes)
    progress(made, total)
    for (control, _), results in zip(lanes, judged(target, judge, head, lanes, options.workers, way), strict=True):
        for result in (control, *results):
            if isinstance(result, Seconds):
                tally.add_summed(result)
                made, total = made + result.runs, total + result.runs
            else:
                tally.add(result)
                made += 1
            emit(result)
        progress(made, total)
    if options.depth == "random":
        for draws in searched(target, judge, head, options, lambda: now() - began):
            tally.add_summed(draws)
            emit(draws)
            made += draws.runs
            progress(made, max(made, total))
    told = [judge.told(cause) for cause in tally.causes()]
    for finding in told:
        emit(finding)
    footer = tally.footer(told)
    emit(footer)
    return footer
