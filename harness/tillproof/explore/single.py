"""
The undisturbed run of each journey, and then every single fault at every point it crossed.

The number of runs is the number of controls plus, for each of them, the sum over its points of the faults applicable there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec
from msgspec.structs import replace

from tillproof.contract.processor import EFFECTS
from tillproof.faults.kinds import Kind, applicable
from tillproof.faults.plans import UNDISTURBED, Fault, Plan
from tillproof.faults.points import Point, Seam
from tillproof.history.events import Announced, AnyEvent, Asked, Called, Committed, GatewayAsked, History, Phase, RunKey
from tillproof.simulation.journey import Journey
from tillproof.simulation.ports import gateway_point
from tillproof.simulation.target import Target

Strikes = Callable[[Seam, str], tuple[Kind, ...]]
"""Which kinds of fault can strike at points of a seam and name."""


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A run to be made: the arguments of `world.run`, save the target."""

    journey: Journey
    key: RunKey
    plan: Plan


def controls(target: Target, journeys: Iterable[Journey], dialects: Iterable[str], seed: int) -> Iterator[Planned]:
    """
    Yield the undisturbed run of each journey, with each client that makes sense, under each dialect, in the order given.

    Journeys that need a capability which the target does not declare are left out.
    """
    spoken = tuple(dialects)
    for journey in journeys:
        if journey.needs <= target.capabilities:
            for client in journey.clients:
                for dialect in spoken:
                    key = RunKey(journey=journey.name, client=client.value, dialect=dialect, plan="", seed=seed)
                    yield Planned(journey=journey, key=key, plan=UNDISTURBED)


def singles(control: Planned, history: History, strikes: Strikes = applicable) -> Iterator[Planned]:
    """Yield, for the control and its history, a run for every fault that can strike at a point it crossed, in order."""
    for point in points(history):
        for kind in strikes(point.seam, point.name):
            plan = Plan((Fault(point, kind.name),))
            yield Planned(journey=control.journey, key=replace(control.key, plan=str(plan)), plan=plan)


def points(history: History) -> Iterator[Point]:
    """Yield the points that were crossed while faults could strike, in the order they were crossed."""
    for _, point in crossed(history):
        yield point


def crossed(history: History) -> Iterator[tuple[AnyEvent, Point]]:
    """Yield the same, each with the event that tells of it."""
    for event in history.events:
        match event:
            case Asked(call=call, number=number):
                yield event, Point(Seam.CLIENT, call, number)
            case Called(method=method, number=number):
                yield event, Point(Seam.PROCESSOR, method, number)
                if method in EFFECTS:
                    yield event, Point(Seam.CLOCK, method, number)
            case GatewayAsked(method=method, path=path, number=number):
                yield event, Point(Seam.GATEWAY, gateway_point(method, path), number)
            case Announced(name=name, number=number):
                yield event, Point(Seam.WEBHOOK, name, number)
            case Committed(name=name, number=number, boot=boot) if boot > 0:
                yield event, Point(Seam.COMMIT, name, number)
            case Phase(name="faults-off"):
                return
            case _:
                pass
