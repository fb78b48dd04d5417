"""Lanes: an undisturbed run, and what follows from the points and decisions it met: runs with a fault, and schedules."""

from __future__ import annotations

from itertools import chain

from tillproof.campaign.dialects import MadeOnce
from tillproof.campaign.judging import Judge
from tillproof.campaign.scope import JOURNEY_NAMED, Scope
from tillproof.errors import Misuse, NoVerdict
from tillproof.explore.schedules import sample, schedules
from tillproof.explore.single import Planned, controls, singles
from tillproof.explore.way import SIMULATED, Way
from tillproof.faults.plans import UNDISTURBED
from tillproof.history.events import History, RunKey
from tillproof.history.log_runs import RunResult, RunVerdict
from tillproof.history.merging import read_shard
from tillproof.options import Options
from tillproof.simulation.target import Target

FAULTS = frozenset({"single", "pairs"})
"""The depths at which every single fault is made."""

_SHOWN = 300  # characters of what was refused

Lane = tuple[RunResult, tuple[RunKey, ...]]
"""A judged control, and the runs that follow from it: every single fault, then every schedule where several act at once."""


def lanes_of(target: Target, judge: Judge, scope: Scope, options: Options, way: Way) -> list[Lane]:
    """
    Make and judge the control of every lane of this shard, in order, and say what follows from it.

    Raises `Misuse` where the shard is left without lanes, `NoVerdict` where there are none at all.
    """
    lanes: list[Lane] = []
    number, of = read_shard(options.shard) if options.shard else (1, 1)
    journeys = [journey for journey in scope.journeys if journey.name not in scope.skipped]
    planned_all = list(controls(target, journeys, scope.dialects, options.seed))
    made = MadeOnce(lambda key: judge.made(key, UNDISTURBED), scope.dialects if way is SIMULATED else ())
    for planned in planned_all[number - 1 :: of]:
        history = made(planned.key)
        target.check()
        control = judge.judged(history)
        wanted = options.depth in FAULTS and control.verdict is not RunVerdict.ERRORED and history.ended
        keys = tuple(s.key for s in singles(planned, history, way.strikes)) if wanted else ()
        lanes.append((control, keys + _scheduled(planned, history, made, options) if wanted else ()))
    if planned_all and not lanes:
        seen = f"this campaign has {len(planned_all)} lanes"
        raise Misuse(f"nothing is left for shard {options.shard}", seen=seen, type_="make fewer shards")
    if not lanes:
        raise NoVerdict(
            "no journey makes sense for this processor, so nothing was exercised",
            seen="; ".join(f"{name}: {why}" for name, why in scope.skipped.items() if name in JOURNEY_NAMED)[:_SHOWN],
            type_="tillproof list journeys",
        )
    return lanes


def _scheduled(control: Planned, history: History, made: MadeOnce[History], options: Options) -> tuple[RunKey, ...]:
    """Say in which other orders the control is made: every schedule up to the bound, and a sample beyond it."""
    if not history.decisions:
        return ()

    def make(planned: Planned) -> History:
        return made(planned.key)

    bound = options.preemptions
    every = schedules(control, history, make, bound)
    some = sample(control, history, make, options.schedules, bound)
    return tuple(planned.key for planned, _ in chain(every, some))
