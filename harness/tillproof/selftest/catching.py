"""Catching one liar: runs are made and judged until every rule that is there for it has broken."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial

import msgspec

from tillproof.explore.pairs import Recoveries
from tillproof.explore.schedules import schedules
from tillproof.explore.single import Planned, controls, singles
from tillproof.faults.kinds import applicable
from tillproof.faults.plans import parse
from tillproof.history.events import History
from tillproof.history.story import fold
from tillproof.rules.registry import BY_ID, judge
from tillproof.selftest.rows import Row, lied
from tillproof.simulation.target import Target
from tillproof.simulation.world import run
from tillproof_scenarios import JOURNEYS

SEED = 7
"""The seed of every run that is there to catch a liar."""


class Caught(msgspec.Struct, frozen=True, kw_only=True):
    """
    What became of one liar: the run in which each rule first broke, in words, and how long that took.

    `first` is the seconds until the first of them broke (None: none did), `runs` how many runs were made and judged.
    """

    name: str
    broken: dict[str, str]
    missing: tuple[str, ...]
    first: float | None
    runs: int


def catch(row: Row) -> Caught:
    """Make the liar's runs, undisturbed, in every order, and with every single fault, until each of its rules has broken."""
    rules = [BY_ID[id_] for id_ in row.caught_by]
    broken: dict[str, str] = {}
    began, first, made = time.perf_counter(), None, 0
    with lied(row) as target:
        for planned, history in _histories(target, row):
            made += 1
            left = [rule for rule in rules if rule.id not in broken]
            for breach in judge(fold(history), left).breaches:
                key = planned.key
                where = f"{key.journey}, {key.client}, {key.dialect}, {key.disturbed_by}"
                broken.setdefault(breach.rule, f"{where}: {breach.says}")
            if broken and first is None:
                first = time.perf_counter() - began
            if len(broken) == len(rules):
                break
    missing = tuple(id_ for id_ in row.caught_by if id_ not in broken)
    return Caught(name=row.name, broken=broken, missing=missing, first=first, runs=made)


def _histories(target: Target, row: Row) -> Iterator[tuple[Planned, History]]:
    """Yield the liar's runs as they are made. A control is kept for the faults that follow from its points."""
    journeys = [journey for journey in JOURNEYS if journey.name in row.journeys]
    kept: list[tuple[Planned, History]] = []
    for control in controls(target, journeys, row.dialects or target.dialects[:1], SEED):
        history = _made(target, control)
        kept.append((control, history))
        yield control, history
    for control, history in kept:
        yield from schedules(control, history, partial(_made, target))
    for control, history in kept:
        if row.two_faults:
            yield from _disturbed_twice(target, control, history)
            continue
        for single in singles(control, history):
            yield single, _made(target, single)


def _disturbed_twice(target: Target, control: Planned, history: History) -> Iterator[tuple[Planned, History]]:
    """Yield the lane's runs with a second fault inside the recovery from the first."""
    recoveries = Recoveries(history, applicable, keeps=target.keeps)
    for single in singles(control, history):
        for key in recoveries.recovery(_made(target, single)).seconds:
            planned = Planned(journey=control.journey, key=key, plan=parse(key.plan))
            yield planned, _made(target, planned)


def _made(target: Target, planned: Planned) -> History:
    return run(target, planned.journey, planned.key, planned.plan)
