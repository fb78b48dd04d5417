"""Making runs, as planned or by their keys."""

from __future__ import annotations

from tillproof.explore.single import Planned
from tillproof.faults.plans import parse
from tillproof.history.events import History, RunKey
from tillproof.simulation.target import Target
from tillproof.simulation.world import run
from tillproof_scenarios import JOURNEYS

NAMED = {journey.name: journey for journey in JOURNEYS}
"""Every written journey, by name."""


def made(target: Target, planned: Planned) -> History:
    """Make a run as it is planned."""
    return run(target, planned.journey, planned.key, planned.plan)


def made_by(target: Target, key: RunKey) -> History:
    """Make the run that has this key."""
    return run(target, NAMED[key.journey], key, parse(key.plan))
