"""Points as they are crossed: counted, written down, and struck by the plan's faults."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol

from tillproof.domain.ledger import Entry
from tillproof.faults.kinds import KINDS, Kind
from tillproof.faults.plans import Fault, Plan
from tillproof.faults.points import Point, Seam
from tillproof.history.events import Acted, AnyEvent, Died, Erred, Faulted, Ledgered, Phase
from tillproof.simulation.clock import SimClock
from tillproof.simulation.driver import PAUSE, park
from tillproof.simulation.incarnation import Crashed, Incarnation

MOST_POINTS = 2_000
"""How many points a run may cross (and sleeps its shop may take) before it counts as endless."""


_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{4,}\b")
_LONGEST = 500  # characters of an error that are kept


class Endless(BaseException):
    """The run crossed too many points. Not an `Exception`: the target must not be able to catch it."""


def worded(error: BaseException) -> str:
    """Return an error's type and message, without the memory addresses that would differ from run to run."""
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return _ADDRESS.sub("0x...", text)[:_LONGEST]


class Armed:
    """A fault of the plan in wait: how many crossings of its point's name it has seen."""

    __slots__ = ("fault", "kind", "point", "seen")

    def __init__(self, fault: Fault) -> None:
        """Wait for the fault's point."""
        self.fault = fault
        self.kind: Kind = KINDS[fault.kind]
        self.point: Point = fault.point
        self.seen = 0

    def strikes(self, actor: str) -> bool:
        """Count one crossing, if it is by the actor waited for, and tell whether the fault strikes there."""
        fault, point = self.fault, self.point
        if point.actor is not None and point.actor != actor:
            return False
        self.seen += 1
        return self.seen >= point.number and (fault.times == 0 or self.seen < point.number + fault.times)


class Carrier(Protocol):
    """Brings the gateway's webhooks to the shop."""

    async def collect(self) -> None:
        """Take in what the gateway has to tell."""
        ...

    async def deliver_due(self, *, hurried: bool = False) -> None:
        """Deliver what is due by now; `hurried`: whatever is on its way and no fault makes late."""
        ...


class Crossings:
    """
    What happened so far, and what is still to go wrong: the events, the counters, the faults in wait; and the post.

    `actor` is who crosses at present: the client sets it before each request, and whoever decides whose turn it is.

    While `crowded`, several are at work, and points are places where the turn may pass (`give_way`). `touched`: since it
    could pass last, something was read or changed that others share; else to let it pass again would make no difference.
    `skew` is by how many seconds the shop's clock is wrong.

    `performed` are the references of the effects that a processor was let at: one of these may be there already.
    """

    def __init__(self, plan: Plan, clock: SimClock) -> None:
        """Begin with nothing crossed and every fault in wait."""
        self.clock = clock
        self.events: list[AnyEvent] = []
        self.actor = ""
        self.crowded = False
        self.touched = False
        self._several = False
        self._undivided = False
        self.performed: set[str] = set()
        self._counts: dict[tuple[Seam, str], int] = {}
        self._left = MOST_POINTS
        self._waiting: dict[tuple[Seam, str], list[Armed]] = {}
        for fault in plan.faults:
            self._waiting.setdefault((fault.point.seam, fault.point.name), []).append(Armed(fault))
        self.faults_on = True
        self.skew = 0.0
        self.post: Carrier | None = None

    def at_work(self, several: bool) -> None:  # noqa: FBT001 - told by position, as the driver tells it
        """Be told whether several actors are at work from now on."""
        self._several = several
        self.crowded = several and not self._undivided

    @contextmanager
    def undivided(self) -> Generator[None]:
        """Let the turn pass at no point of this block."""
        self._undivided, self.crowded = True, False
        try:
            yield
        finally:
            self._undivided, self.crowded = False, self._several

    async def give_way(self, life: Incarnation) -> None:
        """
        Let the turn pass, if others can go on and it makes a difference.

        Asked only while `crowded`, so that a single actor pays nothing for it. Raises `Crashed` if this incarnation has died
        meanwhile.
        """
        if self.touched:
            await park(PAUSE)
            self.touched = False
            life.must_live()

    def cross(self, seam: Seam, name: str) -> tuple[int, Armed | None]:
        """Count the crossing of a point; return its number in the run and the fault that strikes there, if any."""
        self.tick()
        at = (seam, name)
        number = self._counts[at] = self._counts.get(at, 0) + 1
        struck = None
        if at in self._waiting and self.faults_on:
            for waiting in self._waiting[at]:
                if waiting.strikes(self.actor) and struck is None:
                    struck = waiting
        return number, struck

    def tick(self) -> None:
        """Count something a run may not do for ever. Raises `Endless`."""
        self._left -= 1
        if self._left < 0:
            raise Endless

    async def gateway_acted(self) -> None:
        """Let the post take in what the gateway has to tell."""
        if self.post is not None:
            await self.post.collect()

    async def time_passed(self) -> None:
        """Let the post deliver what is due, unless several are at work: then it is one of them."""
        if self.post is not None and not self.crowded:
            await self.post.deliver_due()

    def strike(self, struck: Armed, seam: Seam, name: str, number: int, *, endless: bool = False) -> None:
        """Write down that the fault struck at this crossing; `endless`: somebody now waits who set himself no deadline."""
        self.events.append(
            Faulted(
                step=len(self.events),
                at=self.clock.time,
                point=str(Point(seam, name, number)),
                kind=struck.kind.name,
                fault=str(struck.fault),
                endless=endless,
            )
        )

    def acted(self, actor: str, what: str, detail: str) -> None:
        """Write down what somebody does on the gateway's own pages."""
        self.events.append(Acted(step=len(self.events), at=self.clock.time, actor=actor, what=what, detail=detail))

    def ledgered(self, entry: Entry) -> None:
        """Write down a line of the gateway's ledger."""
        self.events.append(Ledgered(step=len(self.events), at=self.clock.time, entry=entry))

    def err(self, where: str, error: BaseException) -> None:
        """Write down that the target's own code failed."""
        self.events.append(Erred(step=len(self.events), at=self.clock.time, where=where, error=worded(error)))

    def die(self, life: Incarnation) -> Crashed:
        """Mark the incarnation dead, write that down once, and return what its code is to be unwound with."""
        if life.alive:
            life.alive = False
            self.events.append(Died(step=len(self.events), at=self.clock.time, boot=life.boot))
        return Crashed()

    def faults_off(self) -> None:
        """Turn the faults off for good, and set the shop's clock right; nothing happens if they are."""
        if self.faults_on:
            self.faults_on, self.skew = False, 0.0
            self.enter("faults-off")

    def enter(self, phase: str) -> None:
        """Write down that the run enters a phase."""
        self.events.append(Phase(step=len(self.events), at=self.clock.time, name=phase))
