"""The shop as whoever comes finds it: started when it is not running, dead once it has died, and never a crash of ours."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from tillproof.domain.entities import Entity
from tillproof.domain.requests import Answer, Ask
from tillproof.errors import TillproofError
from tillproof.history.events import Booted
from tillproof.reference.ports import StoreError
from tillproof.reference.shop import Settings, Shop
from tillproof.reference.store.memory import MemoryStore
from tillproof.simulation.crossing import Crossings
from tillproof.simulation.front import note_opening
from tillproof.simulation.ids import SeededIds
from tillproof.simulation.incarnation import Crashed, Incarnation
from tillproof.simulation.ports import CrossingGateway, CrossingStore, LivingClock
from tillproof.simulation.processors import ProcessorCrossings
from tillproof.simulation.target import Target

T = TypeVar("T")

SETTINGS = Settings()
"""How patient the shops of all runs are."""

_BOOTS = 5  # in a row that fail, before whoever waits for the shop is told that it is dead

_CODE_FAILED = Answer(
    status=500, body={"code": "unknown_error", "type": "unknown_error", "message": "An unknown error occurred."}
)


class Shopfront:
    """
    One run's shop through all its boots: its rows and its gateway last, everything else is made anew at every boot.

    `gateway` is the gateway's own page, for the shopper; None where money is nobody's but the shop's.
    """

    def __init__(self, target: Target, dialect: str, rows: tuple[Entity, ...], ids: SeededIds, crossings: Crossings) -> None:
        """Furnish the shop with these rows; it is not running yet."""
        self._target = target
        self._backend = target.backend
        self._crossings = crossings
        self._ids = ids
        self._rows = MemoryStore()
        self._life = Incarnation(0)
        self._life.alive = False
        self._shop: Shop | None = None
        self.gateway = target.make_gateway(crossings.ledgered, crossings.clock.now, dialect) if target.make_gateway else None
        for row in rows:
            self._rows.tables[row.table][row.id] = row
        note_opening(rows, crossings)

    async def runs(self) -> bool:
        """Start the shop if it is not running, a bounded number of times; tell whether it runs."""
        for _ in range(_BOOTS):
            if self._life.alive:
                return True
            await self._boot()
        return self._life.alive

    async def serve(self, ask: Ask) -> Answer:
        """Let the running shop answer. Code that fails is a 500, as any server would make of it. Raises `Crashed`."""
        answer = await self._guarded("backend", lambda shop: self._backend.serve(shop, ask))
        return _CODE_FAILED if answer is None else answer

    async def serve_twice(self, ask: Ask) -> Answer:
        """Let the running shop answer, and then the same again; the first answer is the one that is heard."""
        answer = await self.serve(ask)
        await self.serve(ask)
        return answer

    async def serve_unheard(self, ask: Ask) -> None:
        """Let the running shop answer nobody."""
        await self.serve(ask)

    async def lose(self, ask: Ask) -> None:
        """Do nothing: what is lost in this process never left the client."""

    async def settle(self) -> None:
        """Let the shop settle what is unfinished, started first if need be."""
        if await self.runs():
            await self._guarded("settle", self._backend.settle)

    async def sweep(self) -> None:
        """Let the shop sweep what is abandoned, started first if need be."""
        if await self.runs():
            await self._guarded("sweep", self._backend.sweep)

    async def _boot(self) -> None:
        """Start the shop, undivided: whoever finds it dead first starts it, and nobody reaches one that is half started."""
        with self._crossings.undivided():
            await self._start()

    async def _start(self) -> None:
        crossings, target = self._crossings, self._target
        life = self._life = Incarnation(self._life.boot + 1)
        crossings.events.append(Booted(step=len(crossings.events), at=crossings.clock.time, boot=life.boot))
        gateway = (
            None
            if self.gateway is None
            else CrossingGateway(self.gateway, crossings, life, gives_way=not target.whole_calls)
        )
        try:
            self._shop = Shop(
                store=CrossingStore(self._rows, crossings, life),
                clock=LivingClock(crossings, life),
                ids=self._ids,
                processors=target.make_processors(gateway, ProcessorCrossings(crossings, life), self._ids.new("seed")),
                boot_id=f"boot-{life.boot}",
                settings=SETTINGS,
            )
            await self._backend.boot(self._shop)
        except Crashed:
            return
        except StoreError:
            crossings.die(life)
        except TillproofError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever the target's code raises is an event, never our crash
            crossings.err("boot", error)
            crossings.die(life)

    async def _guarded(self, where: str, work: Callable[[Shop], Awaitable[T]]) -> T | None:
        """Run the backend's code; None if it failed. Raises `Crashed` if the shop died, whatever its code made of that."""
        life, shop = self._life, self._shop
        if shop is None:
            raise Crashed
        done = None
        try:
            done = await work(shop)
        except StoreError:
            pass  # the contract's own: the database failed, and nobody caught it
        except Exception as error:  # noqa: BLE001 - whatever the target's code raises is an event, never our crash
            if life.alive:
                self._crossings.err(where, error)
        life.must_live()
        return done
