"""
The store in a database: SQLite (one file) or PostgreSQL, through SQLAlchemy Core.

One thread writes. While it waits for the disk, further steps gather; it then runs them one after another in one transaction
and commits them together, and nobody is answered before that commit. A checkout makes some fifteen commits and a disk needs
milliseconds for each, so sharing them matters more than anything else. Writers of one process never conflict with each
other; other processes are kept apart by BEGIN IMMEDIATE (SQLite) or SERIALIZABLE (PostgreSQL). Reads have threads and
connections of their own, on a snapshot, and wait for no writer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, Protocol, TypeVar, cast

import msgspec
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from tillproof.reference.ports import StoreError
from tillproof.reference.store.schema import prepare
from tillproof.reference.store.transaction import SqlTransaction

T = TypeVar("T")
Step = Callable[[SqlTransaction], Any]

_TRIES = 10
_TOGETHER = 64  # steps in one commit; bounds how long the first of them waits
_READERS = 4
_PATIENCE = 5  # seconds to wait for another process's lock, or for a connection
_CONFLICTS = frozenset({"40001", "40P01", "23505"})
"""SQLSTATEs that certainly committed nothing and may succeed when run again; PostgreSQL reports some races as 23505."""


class UnknownDatabase(StoreError):
    """The URL names no database that can be used."""


class Outcome(msgspec.Struct, frozen=True):
    """What came of one step: its value, or the error to raise."""

    value: Any = None
    error: Exception | None = None


class SqlStore:
    def __init__(self, writers: Engine, readers: Engine, inline: bool = False) -> None:
        self._writers = writers
        self._readers = readers
        self._writing = ThreadPoolExecutor(1, "store-writer")
        self._reading = ThreadPoolExecutor(_READERS, "store-reader")
        self._waiting: list[tuple[Step, asyncio.Future[Outcome]]] = []
        self._writer: asyncio.Task[None] | None = None
        self.inline = inline

    async def atomic(self, step: Callable[[SqlTransaction], T]) -> T:
        told: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((step, told))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write())
        outcome = await told
        if outcome.error is not None:
            raise outcome.error
        return cast("T", outcome.value)

    async def read(self, step: Callable[[SqlTransaction], T]) -> T:
        if self.inline:
            outcome = self._look(step)
        else:
            outcome = await asyncio.get_running_loop().run_in_executor(self._reading, self._look, step)
        if outcome.error is not None:
            raise outcome.error
        return cast("T", outcome.value)

    def close(self) -> None:
        self._writing.shutdown()
        self._reading.shutdown()
        self._writers.dispose()
        self._readers.dispose()

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_TOGETHER], self._waiting[_TOGETHER:]
            steps = [step for step, _ in batch]
            outcomes = await asyncio.get_running_loop().run_in_executor(self._writing, self._commit, steps)
            for (_, told), outcome in zip(batch, outcomes, strict=True):
                if not told.done():
                    told.set_result(outcome)
        self._writer = None

    def _commit(self, steps: Sequence[Step]) -> list[Outcome]:
        BATCH.append(len(steps))
        together = self._together(steps) if len(steps) > 1 else None
        return [self._alone(step) for step in steps] if together is None else together

    def _together(self, steps: Sequence[Step]) -> list[Outcome] | None:
        outcomes: list[Outcome] = []
        try:
            with self._writers.begin() as connection:
                for step in steps:
                    outcome, separable = _tried(step, connection)
                    if not separable:
                        APART.append(outcome)
                        connection.get_transaction().rollback()
                        return None
                    outcomes.append(outcome)
        except SQLAlchemyError as error:
            return None if _is_conflict(error) else [Outcome(error=_doubtful(error))] * len(steps)
        return outcomes

    def _alone(self, step: Step) -> Outcome:
        for _ in range(_TRIES):
            try:
                with self._writers.begin() as connection:
                    return Outcome(step(SqlTransaction(connection)))
            except SQLAlchemyError as error:
                if not _is_conflict(error):
                    return Outcome(error=_doubtful(error))
            except Exception as error:
                return Outcome(error=error)
        return Outcome(error=StoreError("in conflict with other processes too often"))

    def _look(self, step: Step) -> Outcome:
        try:
            with self._readers.begin() as connection:
                return Outcome(step(SqlTransaction(connection)))
        except SQLAlchemyError as error:
            return Outcome(error=_doubtful(error))
        except Exception as error:
            return Outcome(error=error)
BATCH=[]; APART=[]

def _tried(step, connection):
    tx = SqlTransaction(connection)
    try:
        return Outcome(step(tx)), True
    except SQLAlchemyError as error:
        return Outcome(error=error), False
    except Exception as error:
        return Outcome(error=error), not tx.wrote


def _is_conflict(error):
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _CONFLICTS


def _doubtful(error):
    told = StoreError(str(error))
    told.__cause__ = error
    return told


def engine(url, begin=None, **kw):
    e = create_engine(url, json_serializer=lambda v: msgspec.json.encode(v).decode(), json_deserializer=msgspec.json.decode, **kw)
    if e.dialect.name == "sqlite":
        @event.listens_for(e, "connect")
        def _(c, _r):
            c.isolation_level = None
            for p in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
                c.execute(f"PRAGMA {p}")
        @event.listens_for(e, "begin")
        def _(c):
            c.exec_driver_sql(begin)
    return e


def make(url, inline=False):
    lite = url.startswith("sqlite")
    w = engine(url, "BEGIN IMMEDIATE", pool_size=1, max_overflow=0, **({} if lite else {"isolation_level": "SERIALIZABLE"}))
    r = engine(url, "BEGIN", pool_size=4, max_overflow=0, **({} if lite else {"isolation_level": "REPEATABLE READ"}))
    with w.begin() as c:
        prepare(c)
    return SqlStore(w, r, inline)
