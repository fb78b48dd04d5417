"""
The post between gateway and shop: webhooks come due in virtual time and are delivered, tampered with as the plan has it.

Every event is one crossing of the `webhook` seam, at the moment the gateway announces it; the fault that strikes there
decides how it will be delivered. A delivery that is not answered 2xx is made again, a bounded number of times.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from msgspec.structs import replace

from tillproof.contract.gateway import telling
from tillproof.contract.webhooks import Announcement, Outbox
from tillproof.domain.requests import Ask
from tillproof.faults.points import Seam
from tillproof.history.events import Acknowledged, Announced, Delivered
from tillproof.simulation.crossing import Armed, Crossings
from tillproof.simulation.front import Front
from tillproof.simulation.incarnation import Crashed

ACTOR = "gateway"
"""Who crosses points while a delivery is served."""

BACK_OFF = (5.0, 30.0, 120.0, 600.0)
"""Seconds before each further try. Beyond the last the gateway gives the event up, until faults are off."""

_TRAVELS = 12.0  # seconds from the event to its first delivery: time for a person to do a thing or two in between
_LATE = 900.0
_DAY = 86_400.0
_SUCCESS = range(200, 300)

_FALSE: dict[str, float] = {"forged": 0.0, "altered": 0.0, "stale": -_DAY, "future-dated": _DAY}
"""Faults by which a false copy arrives first, and by how much the time it was signed at is off."""


@dataclass(slots=True, eq=False)
class _Letter:
    """An event on its way: the step and number of its crossing, when it is due, how often it was tried, what is wrong."""

    event: Announcement
    step: int
    number: int
    due: float
    struck: Armed | None
    tries: int = 0

    @property
    def way(self) -> str:
        """The kind of fault that decides how it is delivered; empty for none."""
        return self.struck.kind.name if self.struck is not None else ""


@dataclass(slots=True)
class Post:
    """The post of one run. Where nobody takes webhooks (`provider_id` is None) nothing is delivered."""

    front: Front
    provider_id: str | None
    crossings: Crossings
    _waiting: list[_Letter] = field(default_factory=list[_Letter])
    _held: list[_Letter] = field(default_factory=list[_Letter])  # until another has overtaken them
    _given_up: list[_Letter] = field(default_factory=list[_Letter])
    _outbox: Outbox | None = None

    def __post_init__(self) -> None:
        """Find out whether the gateway has anything to tell, and anybody to tell it to."""
        teller = telling(self.front.gateway)
        self._outbox = teller.outbox if self.provider_id is not None and teller is not None else None

    async def collect(self) -> None:
        """Take in what the gateway has to tell; what is to come early is delivered at once."""
        for event in self._outbox.take() if self._outbox is not None else ():
            letter = self._announced(event)
            if letter.way == "early":
                await self._deliver(letter)
            else:
                (self._held if letter.way == "shuffled" else self._waiting).append(letter)

    async def deliver_due(self, *, hurried: bool = False) -> None:
        """Deliver what is due by now, in the order it fell due; `hurried`: all that no fault makes late."""
        now = self.crossings.clock.time
        due = [one for one in self._waiting if one.due <= now or (hurried and not one.tries and one.way != "late")]
        for letter in sorted(due, key=lambda one: one.due):
            if letter in self._waiting:  # nobody else has taken it meanwhile
                self._waiting.remove(letter)
                await self._deliver(letter)
                while self._held:
                    await self._deliver(self._held.pop(0))

    async def rest(self) -> None:
        """Let time pass until nothing is left to be delivered. With faults off, what had been given up is tried anew."""
        if not self.crossings.faults_on:
            self._waiting += [self._renewed(letter) for letter in self._given_up]
            self._given_up.clear()
        while self._waiting or self._held:
            if not self._waiting:
                held = self._held.pop(0)
                held.struck = None  # no other came that could have overtaken it
                self._waiting.append(held)
            soonest = min(letter.due for letter in self._waiting)
            await self.crossings.clock.sleep(soonest - self.crossings.clock.time)
            await self.deliver_due()

    def _announced(self, event: Announcement) -> _Letter:
        crossings = self.crossings
        number, struck = crossings.cross(Seam.WEBHOOK, event.type)
        step, now = len(crossings.events), crossings.clock.time
        crossings.events.append(Announced(step=step, at=now, event=event.id, name=event.type, number=number))
        late = _LATE if struck is not None and struck.kind.name == "late" else 0.0
        return _Letter(event, step, number, now + _TRAVELS + late, struck)

    def _renewed(self, letter: _Letter) -> _Letter:
        return _Letter(letter.event, letter.step, letter.number, self.crossings.clock.time, None)

    async def _deliver(self, letter: _Letter) -> None:
        """Make one delivery of an event, and whatever its fault adds to it; if it was not acknowledged, plan the next."""
        outbox, first = self._outbox, not letter.tries
        if outbox is None:
            return
        letter.tries += 1
        way = letter.way if first or letter.way == "endless-retry" else ""
        if letter.struck is not None and first:
            self.crossings.strike(letter.struck, Seam.WEBHOOK, letter.event.type, letter.number)
        if way in _FALSE:
            await self._send(letter, self._false(outbox, letter.event, way), twist=way)
        if way == "unknown-event":
            await self._deliver(_Letter(outbox.stranger(), letter.step, letter.number, letter.due, None))
        lost = {"request-lost": "request", "answer-lost": "answer", "endless-retry": "answer"}.get(way, "")
        ask = self._ask(outbox, letter.event)
        status = await self._send(letter, ask, lost=lost)
        if way == "doubled":
            await self._send(letter, ask)
        if status not in _SUCCESS:
            self._plan_next(letter)

    def _plan_next(self, letter: _Letter) -> None:
        if letter.tries > len(BACK_OFF):
            self._given_up.append(letter)
            return
        letter.due = self.crossings.clock.time + BACK_OFF[letter.tries - 1]
        self._waiting.append(letter)

    async def _send(self, letter: _Letter, ask: Ask, *, lost: str = "", twist: str = "") -> int | None:
        """Send it; return the status the gateway hears, None where it hears nothing."""
        crossings, events = self.crossings, self.crossings.events
        crossings.tick()
        before, crossings.actor = crossings.actor, ACTOR
        is_up = await self.front.runs()
        delivered = len(events)
        events.append(
            Delivered(
                step=delivered,
                at=crossings.clock.time,
                announced=letter.step,
                event=letter.event.id,
                attempt=letter.tries,
                twist=twist,
                arrives=is_up and lost != "request",
            )
        )
        status = await self._answered(ask, lost) if is_up else None
        at = crossings.clock.time
        heard = None if lost else status
        events.append(Acknowledged(step=len(events), at=at, delivered=delivered, status=status, heard=heard is not None))
        crossings.actor = before
        return heard

    async def _answered(self, ask: Ask, lost: str) -> int | None:
        try:
            if lost == "request":
                await self.front.lose(ask)
                return None
            return (await self.front.serve(ask)).status
        except Crashed:
            return None

    def _ask(self, outbox: Outbox, event: Announcement) -> Ask:
        headers = outbox.signed(event, self.crossings.clock.time)
        return Ask(endpoint="receive_webhook", params={"provider_id": self.provider_id}, headers=headers, raw=event.body)

    def _false(self, outbox: Outbox, event: Announcement, way: str) -> Ask:
        """Return a delivery that must not be believed: what its signature says is not so, or not so now."""
        ask = self._ask(outbox, event)
        if way == "altered":
            return replace(ask, raw=event.body[:-1] + b',"altered":true}')
        at = self.crossings.clock.time + _FALSE[way]
        return replace(ask, headers=outbox.signed(event, at, forged=way == "forged"))
