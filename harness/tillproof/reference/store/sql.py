"""
The store in a database: SQLite (one file) or PostgreSQL, through SQLAlchemy Core.

One thread writes. While it waits for the disk, further steps gather; it then runs them one after another in one transaction
and commits them together, and nobody is answered before that commit. A checkout makes 11 commits and a disk may need
milliseconds for each, so sharing them matters more than anything else: eight checkouts at a time went 2 to 3 times as fast
on SQLite, and on PostgreSQL 1.6 times as fast as on four connections that ran into each other's conflicts. Steps of one
process never conflict; others are kept apart by BEGIN IMMEDIATE (SQLite) or SERIALIZABLE (PostgreSQL).

Why threads: a transaction of four reads took 0.3 ms on a thread of our own and 0.9 ms through aiosqlite, which changes
threads at every statement; on psycopg it was 0.6 against 1.0 ms.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

import msgspec
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from tillproof.reference.ports import StoreError
from tillproof.reference.store.engines import Engines, engines
from tillproof.reference.store.schema import prepare
from tillproof.reference.store.transaction import SqlTransaction

T = TypeVar("T")
Step = Callable[[SqlTransaction], Any]

_TRIES = 10
_TOGETHER = 64  # steps in one commit; bounds how long the first of them waits
_CONFLICTS = frozenset({"40001", "40P01", "23505"})
"""SQLSTATEs that certainly committed nothing and may do better when run again; some races are reported as 23505."""


class _Outcome(msgspec.Struct, frozen=True):
    value: Any = None
    error: Exception | None = None

    def told(self) -> Any:  # noqa: ANN401 - whatever the step returned
        if self.error is not None:
            raise self.error
        return self.value


class _Apart(Exception):
    """A step failed in a way that undoes the others of its transaction; each has to be run by itself."""


class SqlStore:
    """
    The rows in a database, shared by all tasks of one event loop. `open_store` makes it.

    A step runs on another thread, so what it reaches besides the transaction (clock, ids) must bear that. Whoever stops
    waiting for `atomic` must take the step for committed or not, like after a crash.
    """

    def __init__(self, opened: Engines) -> None:
        """Work on these engines, whose database is prepared."""
        self._engines = opened
        self._writing = ThreadPoolExecutor(1, "store-writer")
        self._reading = ThreadPoolExecutor(opened.reading, "store-reader") if opened.reading else None
        self._waiting: list[tuple[Step, asyncio.Future[_Outcome]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def atomic(self, step: Callable[[SqlTransaction], T]) -> T:
        """
        Run the step and commit it, whole or not at all; run it again on a conflict, a bounded number of times.

        Raises `StoreError` when it did not certainly commit: connection lost, disk full, database locked or read-only, a
        constraint broken, or a commit that was sent and not answered.
        """
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[_Outcome] = loop.create_future()
        self._waiting.append((step, outcome))
        if self._writer is None:
            self._writer = loop.create_task(self._write())
        return cast("T", (await outcome).told())

    async def read(self, step: Callable[[SqlTransaction], T]) -> T:
        """Run the step on a snapshot of what is committed. It waits for no writer. Raises `StoreError`."""
        if self._reading is None:
            return cast("T", self._look(step).told())
        outcome = await asyncio.get_running_loop().run_in_executor(self._reading, self._look, step)
        return cast("T", outcome.told())

    def close(self) -> None:
        """Let the steps at work end, and close every connection."""
        self._writing.shutdown()
        if self._reading is not None:
            self._reading.shutdown()
        self._engines.dispose()

    async def _write(self) -> None:
        """Commit what is waiting, batch after batch, until nothing is."""
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                batch = [(step, outcome) for step, outcome in self._waiting[:_TOGETHER] if not outcome.done()]
                del self._waiting[:_TOGETHER]
                try:
                    outcomes = await loop.run_in_executor(self._writing, self._commit, [step for step, _ in batch])
                except RuntimeError:
                    outcomes = [_Outcome(error=StoreError("the store is closed")) for _ in batch]
                for (_, outcome), result in zip(batch, outcomes, strict=True):
                    if not outcome.done():
                        outcome.set_result(result)
        finally:
            self._writer = None

    def _commit(self, steps: Sequence[Step]) -> list[_Outcome]:
        together = self._together(steps) if len(steps) > 1 else None
        return [self._alone(step) for step in steps] if together is None else together

    def _together(self, steps: Sequence[Step]) -> list[_Outcome] | None:
        """Run the steps in one transaction. None: they did not commit, for a reason that need not concern all of them."""
        outcomes: list[_Outcome] = []
        try:
            with self._engines.writers.begin() as connection:
                transaction = SqlTransaction(connection)
                outcomes += [_tried(step, transaction) for step in steps]
        except _Apart:
            return None
        except SQLAlchemyError as error:
            return None if _is_conflict(error) else [_Outcome(error=_doubtful(error)) for _ in steps]
        return outcomes

    def _alone(self, step: Step) -> _Outcome:
        for _ in range(_TRIES):
            try:
                with self._engines.writers.begin() as connection:
                    value = step(SqlTransaction(connection))
            except SQLAlchemyError as error:
                if not _is_conflict(error):
                    return _Outcome(error=_doubtful(error))
            except Exception as error:  # noqa: BLE001 - whatever the step raises is for its caller
                return _Outcome(error=error)
            else:
                return _Outcome(value)
        return _Outcome(error=StoreError("in conflict with other processes too often"))

    def _look(self, step: Step) -> _Outcome:
        try:
            with self._engines.readers.begin() as connection:
                return _Outcome(step(SqlTransaction(connection)))
        except SQLAlchemyError as error:
            return _Outcome(error=_doubtful(error))
        except Exception as error:  # noqa: BLE001 - whatever the step raises is for its caller
            return _Outcome(error=error)


def open_store(url: str) -> SqlStore:
    """
    Open the database at an SQLAlchemy URL (`sqlite:///shop.db`, `postgresql://user@host/name`), and make its tables if new.

    Raises `UnknownDatabase` for another kind of URL, `SchemaMismatch` if it holds anything but this version's tables, and
    `StoreError` if it cannot be reached or its tables cannot be made.
    """
    opened = engines(url)
    try:
        with opened.writers.begin() as connection:
            prepare(connection)
    except SQLAlchemyError as error:
        opened.dispose()
        raise _doubtful(error) from error
    except StoreError:
        opened.dispose()
        raise
    return SqlStore(opened)


def _tried(step: Step, transaction: SqlTransaction) -> _Outcome:
    """Run one step of several. What it raises is its outcome if it wrote nothing that would have to be undone."""
    before = transaction.writes
    try:
        return _Outcome(step(transaction))
    except SQLAlchemyError as error:
        raise _Apart from error
    except Exception as error:
        if transaction.writes > before:
            raise _Apart from error
        return _Outcome(error=error)


def _is_conflict(error: SQLAlchemyError) -> bool:
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _CONFLICTS


def _doubtful(error: SQLAlchemyError) -> StoreError:
    """Return what a database's error means to the backend. Only its first line: the others may quote stored values."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    first, _, _ = str(cause).partition("\n")
    doubtful = StoreError(f"{type(cause).__name__}: {first}")
    doubtful.__cause__ = error
    return doubtful
