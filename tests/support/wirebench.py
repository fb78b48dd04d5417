"""Samples of a campaign's single faults, and what the rules find in a run however it was made."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import islice

from tillproof.explore.single import Planned, Strikes, controls, singles
from tillproof.faults.plans import UNDISTURBED
from tillproof.history.events import History
from tillproof.history.story import fold
from tillproof.rules.registry import RULES, judge
from tillproof.simulation.front import Furnish
from tillproof.simulation.shopfront import Shopfront
from tillproof.simulation.target import Target
from tillproof.simulation.world import run
from tillproof.targets.named import opened
from tillproof_scenarios import JOURNEYS

Findings = tuple[tuple[str, str | None], ...]
"""The rules broken and the methods they blame, sorted."""


@contextmanager
def target(name: str) -> Generator[Target]:
    """Open a built-in target."""
    with opened(name, None) as there:
        yield there


def sample(of: Target, strikes: Strikes, first: int, every: int, most: int) -> list[Planned]:
    """Return at most so many of all single faults of all journeys: one in `every`, from the `first` on."""
    return list(islice(_all(of, strikes), first, first + every * most, every))


def made(of: Target, planned: Planned, furnish: Furnish = Shopfront) -> History:
    """Make the run."""
    return run(of, planned.journey, planned.key, planned.plan, furnish)


def found(history: History) -> Findings:
    """Judge a run by every rule."""
    breaches = judge(fold(history), RULES).breaches
    return tuple(sorted({(breach.rule, breach.method) for breach in breaches}, key=str))


def _all(of: Target, strikes: Strikes) -> Iterator[Planned]:
    for control in controls(of, JOURNEYS, of.dialects[:1], 7):
        yield from singles(control, run(of, control.journey, control.key, UNDISTURBED), strikes)
