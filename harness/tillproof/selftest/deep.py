"""
Going deeper with an honest target: two faults in one run, a fault under every schedule, and several faults at random.

The first two are hours of work for some targets, so a shard of their runs can be made: the second of twenty is every
twentieth run, from the second on, over all journeys.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from random import Random

import msgspec
from msgspec.structs import replace

from tillproof.campaign.scope import journey_of
from tillproof.explore.disturbed import Disturbed
from tillproof.explore.pairs import Recoveries
from tillproof.explore.single import Planned, controls, singles
from tillproof.faults.kinds import applicable
from tillproof.faults.plans import Plan, parse
from tillproof.history.events import History, RunKey
from tillproof.history.story import fold
from tillproof.history.tokens import token
from tillproof.rules.registry import judge
from tillproof.selftest.honest import Held
from tillproof.selftest.working import working
from tillproof.simulation.target import Target
from tillproof.simulation.world import run
from tillproof.targets.named import opened
from tillproof_scenarios import JOURNEYS

_SEED = 7
_FAULTS = (2, 3, 4)  # in one run, at random
_PREEMPTIONS = 1  # in a run that is disturbed as well; a campaign tries two where nothing is made to fail


Progress = Callable[[int, int], None]
"""Told how many parts are done, and of how many."""

Accuse = Callable[[str], None]
"""Told at once what should not be."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the work on one target: a shard of a journey's lanes, or a search from a seed for so many seconds."""

    name: str
    journey: str = ""
    shard: tuple[int, int] = (1, 1)
    seed: int = _SEED
    seconds: float = 0.0


def paired(name: str, shard: tuple[int, int], workers: int, progress: Progress, accuse: Accuse) -> Held:
    """Try every second fault inside the recovery from every first one, in the target's own dialect."""
    parts = [Part(name=name, journey=journey.name, shard=shard) for journey in JOURNEYS]
    return _held(f"{name}, two faults in one run", _paired, parts, workers, progress, accuse)


def crossed(name: str, shard: tuple[int, int], workers: int, progress: Progress, accuse: Accuse) -> Held:
    """Try every single fault under every schedule of the target's races with an interruption at most, in its own dialect."""
    parts = [Part(name=name, journey=journey.name, shard=shard) for journey in JOURNEYS if journey.races]
    return _held(f"{name}, a fault under every schedule", _crossed, parts, workers, progress, accuse)


def searched(name: str, seconds: float, workers: int, progress: Progress, accuse: Accuse) -> Held:
    """Try several faults at once, drawn at random under all of the target's dialects, for so many seconds."""
    parts = [Part(name=name, seed=_SEED + number, seconds=seconds) for number in range(workers)]
    return _held(f"{name}, {seconds:.0f} s at random", _searched, parts, workers, progress, accuse)


def _held(
    label: str,
    work: Callable[[Part], Held],
    parts: Sequence[Part],
    workers: int,
    progress: Progress,
    accuse: Accuse,
) -> Held:
    """Have the parts done by so many processes, and put what they say together."""
    done: list[Held] = []
    progress(0, len(parts))
    with working(work, parts, workers) as results:
        for one in results:
            done.append(one)
            progress(len(done), len(parts))
            for line in one.wrong:
                accuse(line)
    return Held(
        name=label,
        runs=sum(one.runs for one in done),
        alike=sum(one.alike for one in done),
        exercised=frozenset[str]().union(*(one.exercised for one in done)),
        wrong=tuple(line for one in done for line in one.wrong),
    )


def _paired(part: Part) -> Held:
    with opened(part.name, None) as target:
        make = partial(_made, target)
        lanes = [(lane, Recoveries(make(lane), applicable, keeps=target.keeps)) for lane in _lanes(target, part)]
        recoveries = [every.recovery(make(first)) for lane, every in lanes for first in singles(lane, every.control)]
        gc.freeze()  # all these plans stay: no collection need look at them again
        number, of = part.shard
        keys = islice((key for recovery in recoveries for key in recovery.seconds), number - 1, None, of)
        held = _judged(part, (make(_planned(key)) for key in keys))
        gc.unfreeze()
        return replace(held, alike=sum(recovery.alike + recovery.recovered for recovery in recoveries))


def _crossed(part: Part) -> Held:
    with opened(part.name, None) as target:
        make = partial(_made, target)
        every = [
            Disturbed(lane, make(lane), make, preemptions=_PREEMPTIONS, keeps=target.keeps, shard=part.shard)
            for lane in _lanes(target, part)
        ]
        held = _judged(part, (history for disturbed in every for _, history in disturbed))
        return replace(held, alike=sum(disturbed.alike for disturbed in every))


def _lanes(target: Target, part: Part) -> list[Planned]:
    return list(controls(target, [journey_of(part.journey)], target.dialects[:1], part.seed))


def _planned(key: RunKey) -> Planned:
    return Planned(journey=journey_of(key.journey), key=key, plan=parse(key.plan))


def _searched(part: Part) -> Held:
    with opened(part.name, None) as target:
        return _judged(part, drawn(target, part.seed, part.seconds))


def drawn(target: Target, seed: int, seconds: float) -> Iterator[History]:
    """
    Yield runs with several faults, drawn from the seed, until so many seconds have passed; at least one.

    The runs are the same every time; how many of them are made depends on the machine.
    """
    random = Random(seed)  # noqa: S311 - a seeded draw, no secret
    lanes = list(controls(target, JOURNEYS, target.dialects, seed))
    known: dict[int, tuple[Planned, ...]] = {}
    until = time.monotonic() + seconds
    while True:
        number = random.randrange(len(lanes))
        if number not in known:
            known[number] = tuple(singles(lanes[number], _made(target, lanes[number])))
        if known[number]:
            chosen = random.sample(known[number], min(random.choice(_FAULTS), len(known[number])))
            plan = Plan(tuple(fault for one in chosen for fault in one.plan.faults))
            lane = lanes[number]
            yield _made(target, replace(lane, key=replace(lane.key, plan=str(plan)), plan=plan))
        if time.monotonic() >= until:
            return


def _made(target: Target, planned: Planned) -> History:
    return run(target, planned.journey, planned.key, planned.plan)


def _judged(part: Part, histories: Iterator[History]) -> Held:
    runs = 0
    exercised: set[str] = set()
    wrong: list[str] = []
    for history in histories:
        runs += 1
        judgement = judge(fold(history))
        exercised.update(judgement.exercised)
        if judgement.breaches or not history.ended:
            broken = ", ".join(sorted({breach.rule for breach in judgement.breaches})) or "no end"
            wrong.append(f"{part.name}: {broken} in {token(history.run)}")
    return Held(name=part.name, runs=runs, exercised=frozenset(exercised), wrong=tuple(wrong))
