"""
A server that is watched: the reference's application, as it ships, on ports that announce every crossing.

It is prepared in the zygote (everything imported, the application made) and becomes a process by a fork. It starts no
rounds of its own: settling and sweeping are the watcher's word, like time.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn
from litestar import Litestar
from litestar.exceptions import InternalServerException
from sqlalchemy.exc import SQLAlchemyError

from tillproof.domain.entities import ENTITIES
from tillproof.domain.ledger import Entry
from tillproof.reference import api
from tillproof.reference.http.app import make_app
from tillproof.reference.ports import Store, StoreError, Transaction
from tillproof.reference.shop import Shop
from tillproof.reference.store.engines import engines
from tillproof.reference.store.sql import SqlStore
from tillproof.simulation.crossing import worded
from tillproof.simulation.ids import SeededIds
from tillproof.simulation.opening import opening
from tillproof.simulation.shopfront import SETTINGS
from tillproof.simulation.target import Target
from tillproof.targets.wire.asking import ADMIN, NUMBER
from tillproof.targets.wire.line import Line
from tillproof.targets.wire.messages import Began, Do, Ended, Failed, Open, Ready, Row, Unopened, packed, unpacked
from tillproof.targets.wire.ports import WatchedCrossing, WatchedGateway, WatchedIds, WatchedStore, WatchersClock
from tillproof.targets.wire.rehearsal import StoreInPlace, prompter, rehearse

_HUNG_UP = "client disconnected prematurely"  # Litestar's words for a request that did not arrive whole

_WORK: dict[str, Callable[[Shop], Awaitable[None]]] = {"settle": api.settle, "sweep": api.sweep}


class Server:
    """A server before it is a process. `run` is called in the fork, once."""

    def __init__(self, target: Target, listener: socket.socket, database: str) -> None:
        """Prepare to serve this target's processors on a socket that already listens, from a database that is prepared."""
        self._engines = engines(database)
        self._listener = listener
        self._line = Line()
        self._store = WatchedStore(self._line)
        self._ids = WatchedIds()
        gateway = WatchedGateway(self._line) if target.make_gateway else None
        self._shop = Shop(
            store=self._store,
            clock=WatchersClock(self._line),
            ids=self._ids,
            processors=target.make_processors(gateway, WatchedCrossing(self._line), "server"),
            boot_id="",
            settings=SETTINGS,
        )
        self._app: Litestar = make_app(self._shop, ADMIN)
        self._tasks: set[asyncio.Task[None]] = set()

    def rehearse(self, target: Target) -> None:
        """Do once what is slow the first time. Leaves the database full of it, and nothing open."""
        start = opening(1, (target.provider_id, target.other))
        gateway = target.make_gateway(_forgotten, self._shop.clock.now, target.dialects[0]) if target.make_gateway else None
        if gateway is not None:
            gateway.enter_card("good")
        self._line.rehearse(prompter(gateway))
        self._store.inner = StoreInPlace(self._engines)
        asyncio.run(_furnish(self._store.inner, tuple(packed(row.table, row.id, row) for row in start.rows)))
        asyncio.run(api.boot(self._shop))
        rehearse(self._answer, self._rounds, start, target.provider_id)
        self._engines.dispose()
        self._line.rehearse(None)

    def _shorten_log(self) -> None:
        """Empty SQLite's write-ahead log: after a kill it is read back whole, and earlier runs would be in it."""
        if self._engines.writers.dialect.name == "sqlite":
            with self._engines.readers.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    async def _rounds(self) -> None:
        await api.settle(self._shop)
        await api.sweep(self._shop)

    def run(self, connected: socket.socket) -> None:
        """Serve until the line is cut or the process is killed."""
        gc.disable()  # a run is short, and collecting would copy every page shared with the zygote
        order = self._line.connect(connected)
        _report_failures(self._line)
        asyncio.run(self._live(order))

    async def _live(self, order: Open) -> None:
        self._line.listen(self._do)
        self._store.inner = SqlStore(self._engines)
        await self._open(order)
        config = uvicorn.Config(self._answer, interface="asgi3", log_config=None, access_log=False, lifespan="off")
        await uvicorn.Server(config).serve([self._listener])

    async def _open(self, order: Open) -> None:
        """Start, or start over for another run: nothing of the one before is in memory or stays in the database."""
        # Only the process knows which boot it is, and the application is older than the process.
        object.__setattr__(self._shop, "boot_id", f"boot-{order.boot}")
        self._ids.drawn = SeededIds(0, order.seed)
        try:
            if order.rows is not None and self._store.inner is not None:
                await _furnish(self._store.inner, order.rows)
                self._shorten_log()
            await api.boot(self._shop)
        except (StoreError, SQLAlchemyError) as error:
            self._line.tell(Unopened(worded(error)))
            os._exit(1)
        self._line.tell(Ready())

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's own
        """Let the application answer a request, announced before and after."""
        of = int(dict(scope["headers"])[NUMBER])
        await self._line.asked(-of, Began(of))
        try:
            await self._app(scope, receive, send)
        finally:
            self._line.tell(Ended(of))

    def _do(self, order: Do | Open) -> None:
        work = self._open(order) if isinstance(order, Open) else self._work(order)
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, order: Do) -> None:
        await self._line.asked(-order.of, Began(order.of))
        try:
            await _WORK[order.work](self._shop)
        except StoreError:
            pass  # the database failed, and the next round comes
        except Exception as error:  # noqa: BLE001 - for the watcher to write down
            self._line.tell(Failed(order.work, worded(error)))
        finally:
            self._line.tell(Ended(order.of))


def _forgotten(entry: Entry) -> None:
    del entry


async def _furnish(store: Store, rows: tuple[Row, ...]) -> None:
    """Empty the database and put these rows in, in one step."""

    def furnished(tx: Transaction) -> None:
        for entity in ENTITIES:
            for old in tx.select(entity):
                tx.delete(old)
        for row in rows:
            new = unpacked(row)
            if new is not None:
                tx.put(new)

    await store.atomic(furnished)


class _ToWatcher(logging.Handler):
    """Tells the watcher of every error that is logged, save that a client hung up."""

    def __init__(self, line: Line) -> None:
        super().__init__(logging.ERROR)
        self._line = line

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if not (isinstance(error, InternalServerException) and error.detail == _HUNG_UP):
            self._line.tell(Failed("backend", record.getMessage() if error is None else worded(error)))


def _report_failures(line: Line) -> None:
    logging.getLogger().handlers[:] = [_ToWatcher(line)]
