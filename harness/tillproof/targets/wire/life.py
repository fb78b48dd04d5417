"""One boot of a server, as the process sees it that watches: its announcements are written down, and struck by the plan."""

from __future__ import annotations

import select
import socket
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import count
from typing import Any

from tillproof.contract.gateway import GatewayFake, NoAnswer
from tillproof.contract.wire import decode_outcome, encode_outcome
from tillproof.errors import HarnessFault
from tillproof.faults.kinds import Cut, Told
from tillproof.faults.points import Seam
from tillproof.history import events
from tillproof.history.events import Change
from tillproof.reference.ports import DeadlineExceeded
from tillproof.simulation.crossing import Armed, Crossings
from tillproof.simulation.incarnation import Incarnation
from tillproof.simulation.ports import CrossingGateway
from tillproof.simulation.processors import ProcessorCrossings, ProcessorFailed
from tillproof.targets.wire import messages as m
from tillproof.targets.wire.exchange import Exchange

_AT_ONCE = 262_144  # bytes
_PATIENCE = 60_000  # milliseconds of silence after which a server counts as stuck

_REFUSED, _UNHEARD = "the database refused the commit", "the acknowledgement of the commit was lost"


class ServerGone(Exception):
    """The server process ended, and nobody had killed it."""


class Life:
    """
    Watches one server process.

    Whoever waits for something pumps: `until` takes one announcement after the other, in the order they come, and gives the
    word on each. Two requests at once nest, the later inside the earlier one.
    """

    def __init__(self, line: socket.socket, crossings: Crossings, boot: int, gateway: GatewayFake | None) -> None:
        """Watch the server at the other end of the line."""
        self.incarnation = life = Incarnation(boot)
        self.began: set[int] = set()
        self.ended: set[int] = set()
        self.before_call: Callable[[], Awaitable[None]] | None = None
        self.at_work: Callable[[], None] | None = None
        self.is_ready = False
        self._line = line
        self._crossings = crossings
        self._processors = ProcessorCrossings(crossings, life)
        self._gateway = None if gateway is None else CrossingGateway(gateway, crossings, life)
        self._numbers = count(1)
        self._inbox = m.Inbox(m.SAID)
        self._said: deque[m.Said] = deque()
        self._performed: dict[int, m.Performed] = {}
        self._committing: dict[int, tuple[m.Committing, int, Armed | None]] = {}
        self._exchanges: dict[int, Exchange] = {}
        self._poll = select.poll()
        self._poll.register(line, select.POLLIN)

    def number(self) -> int:
        """Return a fresh number for a request or task."""
        return next(self._numbers)

    def say(self, order: m.Message) -> None:
        """Give an order or a word. A server that is gone is found out when nothing comes back."""
        with suppress(ConnectionError):
            self._line.sendall(m.framed(order))

    def has_begun_to_work(self) -> None:
        """Do what was to be done once the server is at work on something that it will remember."""
        if self.at_work is not None:
            at_work, self.at_work = self.at_work, None
            at_work()

    def watch(self, exchange: Exchange) -> None:
        """Read this connection as well while waiting."""
        self._exchanges[exchange.fileno()] = exchange
        self._poll.register(exchange, select.POLLIN)

    def unwatch(self, exchange: Exchange) -> None:
        """Read this connection no more, unless it has ended and is not read already."""
        if self._exchanges.pop(exchange.fileno(), None) is not None:
            self._poll.unregister(exchange)

    async def until(self, happened: Callable[[], bool]) -> None:
        """Take announcements until that has happened. Raises `Crashed` once the server is dead."""
        while not happened():
            while not self._said and not happened():
                self._receive()
            if self._said:
                await self._take(self._said.popleft())

    def _receive(self) -> None:
        ready = self._poll.poll(_PATIENCE)
        if not ready:
            raise HarnessFault("the server has said nothing for a minute", type_="run the command again")
        for number, _ in ready:
            if number in self._exchanges:
                self._exchanges[number].receive()
                if self._exchanges[number].ended:
                    self.unwatch(self._exchanges[number])
                continue
            received = self._line.recv(_AT_ONCE)
            if not received:
                self._crossings.err("backend", ServerGone("the server process ended by itself"))
                raise self._crossings.die(self.incarnation)
            self._said.extend(self._inbox.feed(received))

    async def _take(self, said: m.Said) -> None:
        match said:
            case m.Calling():
                self.has_begun_to_work()
                await self._called(said)
            case m.Requested():
                await self._requested(said)
            case m.Sleeping():
                self._crossings.tick()
                await self._crossings.clock.sleep(said.until - self._now)
                self.say(m.Go(said.of, self._now))
            case m.Committing():
                self.has_begun_to_work()
                self._about_to_commit(said)
            case m.Committed():
                self._has_committed(said)
            case m.Performed():
                self._performed[said.of] = said
            case _:
                self._note(said)

    def _note(self, said: m.Ready | m.Unopened | m.Began | m.Ended | m.Failed) -> None:
        match said:
            case m.Began():
                self.began.add(said.of)
                self.say(m.Go(-said.of, self._now))
            case m.Ended():
                self.ended.add(said.of)
            case m.Failed():
                self._failed(said.where, said.error)
            case m.Unopened():
                raise self._crossings.die(self.incarnation)
            case m.Ready():
                self.is_ready = True

    @property
    def _now(self) -> float:
        return self._crossings.clock.time

    def _failed(self, where: str, error: str) -> None:
        happened = self._crossings.events
        happened.append(events.Erred(step=len(happened), at=self._now, where=where, error=error))

    def _about_to_commit(self, said: m.Committing) -> None:
        number, struck = self._crossings.cross(Seam.COMMIT, said.name)
        if struck is not None and struck.kind.cut is Cut.BEFORE:
            self._struck(struck, said, number, _REFUSED)
            return
        self._committing[said.of] = said, number, struck
        self.say(m.Go(said.of, self._now, held=struck is not None))

    def _has_committed(self, of: m.Committed) -> None:
        said, number, struck = self._committing.pop(of.of)
        happened = self._crossings.events
        changes = tuple(Change(row.table, row.id, m.unpacked(row)) for row in said.changes)
        boot = self.incarnation.boot
        happened.append(
            events.Committed(step=len(happened), at=self._now, boot=boot, name=said.name, number=number, changes=changes)
        )
        if struck is not None:
            self._struck(struck, said, number, _UNHEARD)

    def _struck(self, struck: Armed, said: m.Committing, number: int, says: str) -> None:
        self._crossings.strike(struck, Seam.COMMIT, said.name, number)
        if struck.kind.told is Told.DEATH:
            raise self._crossings.die(self.incarnation)
        self.say(m.Raise(said.of, self._now, "store", says))

    async def _requested(self, said: m.Requested) -> None:
        if self._gateway is None:
            self.say(m.Raise(said.of, self._now, "no-answer", "there is no gateway"))
            return
        try:
            response = await self._gateway.request(said.request)
        except NoAnswer as error:
            self.say(m.Raise(said.of, self._now, "no-answer", str(error)))
        else:
            self.say(m.Answered(said.of, self._now, response.status, response.body))

    async def _called(self, said: m.Calling) -> None:
        if self.before_call is not None:
            before, self.before_call = self.before_call, None
            await before()
        came: list[object] = []  # what the call itself brought: told as it is, it need not travel twice

        async def perform() -> object:
            self.say(m.Perform(said.of, self._now))
            await self.until(lambda: said.of in self._performed)
            try:
                answer = _outcome(self._performed.pop(said.of))
            except Exception as error:
                came.append(error)
                raise
            came.append(answer)
            return answer

        work = self._processors.cross(said.provider_id, said.method, said.arguments, said.attempt, perform)
        clock = self._crossings.clock
        try:
            told = await (work if said.deadline is None else clock.within(said.deadline - self._now, work))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the server's to hear
            heed = any(error is one for one in came)
            self.say(m.Heed(said.of, self._now) if heed else m.Raise(said.of, self._now, _kind(error), str(error)))
        else:
            heed = any(told is one for one in came)
            self.say(m.Heed(said.of, self._now) if heed else m.Told(said.of, self._now, encode_outcome(told)))


def _kind(error: Exception) -> str:
    match error:
        case DeadlineExceeded():
            return "deadline"
        case ProcessorFailed():
            return "failed"
        case _:
            return "no-answer"


def _outcome(said: m.Performed) -> Any:  # noqa: ANN401 - whatever a processor says
    """Return what the processor answered, or raise what it raised, under the same name."""
    if said.raised is None:
        return decode_outcome(said.outcome or {})
    name, text = said.raised
    kind = NoAnswer if name == NoAnswer.__name__ else type(name, (Exception,), {})
    raise kind(text)
