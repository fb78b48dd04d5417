"""The shop of one run where it is a process of its own: started, asked over TCP, killed, and started again."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager, suppress

from tillproof.domain.entities import Entity
from tillproof.domain.requests import Answer, Ask
from tillproof.errors import HarnessFault
from tillproof.history.events import Booted
from tillproof.simulation.crossing import Crossings
from tillproof.simulation.front import note_opening
from tillproof.simulation.ids import SeededIds
from tillproof.simulation.incarnation import Crashed
from tillproof.simulation.target import Target
from tillproof.targets.wire.asking import request_of
from tillproof.targets.wire.life import Life
from tillproof.targets.wire.messages import Do, Open, packed
from tillproof.targets.wire.nursery import Nursery

_BOOTS = 5  # in a row that fail, before whoever waits for the shop is told that it is dead


class WireFront:
    """
    A `Front` over a real socket and a real database.

    A crash of the plan is a SIGKILL; a lost request or answer is a connection that is reset. The next server starts on what
    the database holds then.
    """

    def __init__(
        self, nursery: Nursery, target: Target, dialect: str, rows: tuple[Entity, ...], ids: SeededIds, crossings: Crossings
    ) -> None:
        """Furnish a shop with these rows; it is not running yet."""
        self.gateway = target.make_gateway(crossings.ledgered, crossings.clock.now, dialect) if target.make_gateway else None
        self._nursery = nursery
        self._crossings = crossings
        self._ids = ids
        self._rows: tuple[Entity, ...] | None = rows
        self._boot = 0
        self._life: Life | None = None
        note_opening(rows, crossings)

    async def runs(self) -> bool:
        """Start the server if it is not running, a bounded number of times; tell whether it runs."""
        for _ in range(_BOOTS):
            if self._life is not None:
                return True
            await self._start()
        return self._life is not None

    async def serve(self, ask: Ask) -> Answer:
        """Send the request and read its answer. Raises `Crashed`."""
        with self._life_at_stake() as life:
            return await self._served(life, ask)

    async def serve_twice(self, ask: Ask) -> Answer:
        """Send the request, and again, on another connection, when the first is about to call a processor."""
        with self._life_at_stake() as life:

            async def send_again() -> None:
                await self._served(life, ask)

            life.before_call = send_again
            answer = await self._served(life, ask)
            if life.before_call is not None:
                life.before_call = None
                await send_again()
            return answer

    async def serve_unheard(self, ask: Ask) -> None:
        """Send the request, reset the connection once the server is at work, and let it work on. Raises `Crashed`."""
        with self._life_at_stake() as life:
            number, exchange = life.number(), self._nursery.connections.take(fresh=True)
            exchange.send(request_of(ask), number)
            life.at_work = exchange.cut
            await life.until(lambda: number in life.ended)
            life.has_begun_to_work()
            self._nursery.connections.give_back(exchange)

    async def lose(self, ask: Ask) -> None:
        """Send a part of the request and reset the connection. Raises `Crashed`."""
        with self._life_at_stake() as life:
            number, exchange = life.number(), self._nursery.connections.take(fresh=True)
            is_noticed = exchange.send_part(request_of(ask), number)
            await life.until(lambda: number in life.began or not is_noticed)
            self._nursery.connections.give_back(exchange)
            await life.until(lambda: number in life.ended or not is_noticed)

    async def settle(self) -> None:
        """Tell the server to settle, started first if need be."""
        await self._do("settle")

    async def sweep(self) -> None:
        """Tell the server to sweep, started first if need be."""
        await self._do("sweep")

    async def _do(self, work: str) -> None:
        if not await self.runs():
            return
        with self._life_at_stake() as life:
            number = life.number()
            life.say(Do(number, work))
            await life.until(lambda: number in life.ended)
        self._nursery.is_resting = True

    async def _served(self, life: Life, ask: Ask) -> Answer:
        number = life.number()
        exchange = self._nursery.connections.take()
        life.watch(exchange)
        exchange.send(request_of(ask), number)
        await life.until(lambda: number in life.ended and (exchange.answer is not None or exchange.ended))
        if exchange.answer is None:
            raise HarnessFault("the server closed a connection without an answer", seen=ask.endpoint)
        life.unwatch(exchange)
        self._nursery.connections.give_back(exchange)
        return exchange.answer

    async def _start(self) -> None:
        self._boot += 1
        crossings = self._crossings
        events, at = crossings.events, crossings.clock.time
        events.append(Booted(step=len(events), at=at, boot=self._boot))
        line = self._nursery.fork() if self._boot > 1 else self._nursery.first()
        life = self._life = Life(line, crossings, self._boot, self.gateway)
        rows = None if self._rows is None else tuple(packed(row.table, row.id, row) for row in self._rows)
        self._rows = None
        life.say(Open(self._boot, self._ids.new("seed"), at, rows))
        with suppress(Crashed), self._life_at_stake():
            await life.until(lambda: life.is_ready)

    @contextmanager
    def _life_at_stake(self) -> Generator[Life]:
        """Give the running server's life; if that ends, kill the process and wait until it is dead: it must not act."""
        if self._life is None:
            raise Crashed
        self._nursery.is_resting = False
        try:
            yield self._life
        except Crashed:
            self._nursery.kill()
            self._life = None
            raise
