"""What the choices of a campaign select of the rules, journeys and dialects there are."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import TypeVar

import msgspec

from tillproof.explore.stories import PREFIX, drawn
from tillproof.explore.way import SIMULATED, Way
from tillproof.history.verdicts import Level
from tillproof.options import Options
from tillproof.rules.registry import RULES, missing
from tillproof.rules.rule import Rule
from tillproof.simulation.journey import Journey
from tillproof.simulation.target import Target
from tillproof.suggestions import unknown
from tillproof_scenarios import JOURNEYS

T = TypeVar("T")

JOURNEY_NAMED = {journey.name: journey for journey in JOURNEYS}
"""Every journey by its name."""


def journey_of(name: str) -> Journey:
    """Return the journey of that name, one that was drawn included. Raises `Misuse` for a name that is none."""
    journey = drawn(name) if name.startswith(PREFIX.strip()) else JOURNEY_NAMED.get(name)
    if journey is None:
        raise unknown("journey", name, JOURNEY_NAMED, list_with="tillproof list journeys")
    return journey


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What the choices select of what there is. `skipped` gives the reason for each rule or journey that is left out."""

    rules: tuple[Rule, ...]
    journeys: tuple[Journey, ...]
    dialects: tuple[str, ...]
    skipped: dict[str, str]


def scope_of(target: Target, options: Options, way: Way = SIMULATED) -> Scope:
    """Return what the options select for this target, made that way. Raises `Misuse` for what selects nothing."""
    skipped: dict[str, str] = {}
    rules = _selected("rule", options.rules, {rule.id: rule for rule in RULES})
    for rule in rules:
        lacks = missing(rule, target.capabilities)
        if lacks is not None:
            skipped[rule.id] = lacks
        elif options.level is Level.MUST and rule.level is not Level.MUST:
            skipped[rule.id] = "left out by --level must"
    journeys = _selected("journey", options.journeys, JOURNEY_NAMED)
    for journey in journeys:
        lacking = sorted(journey.needs - target.capabilities)
        if lacking:
            skipped[journey.name] = f"the processor does not declare {' or '.join(lacking)}"
        elif journey.races and not way.interleaves:
            skipped[journey.name] = "requests at once are scheduled in one process only"
    return Scope(rules=rules, journeys=journeys, dialects=_dialects(target, options.dialects), skipped=skipped)


def _dialects(target: Target, wanted: Sequence[str]) -> tuple[str, ...]:
    if tuple(wanted) == ("default",):
        return target.dialects[:1]
    if tuple(wanted) == ("all",):
        return target.dialects
    for name in wanted:
        if name not in target.dialects:
            raise unknown("dialect", name, target.dialects, list_with="tillproof list dialects")
    return tuple(name for name in target.dialects if name in wanted)


def _selected(what: str, globs: Sequence[str], there: dict[str, T]) -> tuple[T, ...]:
    for glob in globs:
        if not any(fnmatchcase(name, glob) for name in there):
            raise unknown(what, glob, there, list_with=f"tillproof list {what}s")
    return tuple(value for name, value in there.items() if any(fnmatchcase(name, glob) for glob in globs))
