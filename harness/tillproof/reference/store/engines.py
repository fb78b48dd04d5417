"""
The connections of the `sql` store: one that writes, several that read, and how each database is told to be careful.

SQLite: write-ahead log, synchronous=FULL (a commit that returned is on the disk), foreign keys on, writers begin IMMEDIATE.
PostgreSQL (psycopg 3): writers SERIALIZABLE, readers a read-only snapshot (REPEATABLE READ).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from tillproof.reference.ports import StoreError

_PATIENCE = 5  # seconds to wait for another process's lock, for a connection, or for one statement
_READERS = 4


class UnknownDatabase(StoreError):
    """The URL names no database that can be used."""


@dataclass(frozen=True, slots=True)
class Engines:
    """
    The way to one database.

    `reading` is on how many threads to read; 0 is in place, for a database whose readers wait for no lock and no network.
    """

    writers: Engine
    readers: Engine
    reading: int

    def dispose(self) -> None:
        """Close every connection."""
        self.writers.dispose()
        self.readers.dispose()


def engines(url: str) -> Engines:
    """Return the engines for an SQLAlchemy URL; nothing is connected yet. Raises `UnknownDatabase`."""
    try:
        made = make_url(url)
    except ArgumentError:
        raise UnknownDatabase("not a database URL") from None
    kind = _KINDS.get(made.get_backend_name())
    if kind is None:
        raise UnknownDatabase(f"no store for {made.get_backend_name()}")
    return kind(made)


def _sqlite(url: URL) -> Engines:
    if url.database in (None, "", ":memory:"):
        raise UnknownDatabase("a SQLite store needs a file")
    url = url.set(drivername="sqlite+pysqlite")
    writers = _engine(url, 1)
    readers = _engine(url, 1)
    _prime(writers, "BEGIN IMMEDIATE", ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"))
    _prime(readers, "BEGIN", ("query_only = ON",))
    return Engines(writers, readers, reading=0)


def _prime(engine: Engine, begin: str, pragmas: tuple[str, ...]) -> None:
    """Set every new connection up, and begin transactions ourselves: Python's sqlite3 would begin them late and deferred."""

    def connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in (f"busy_timeout = {_PATIENCE * 1000}", *pragmas):
            connection.execute(f"PRAGMA {pragma}")

    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)


def _postgresql(url: URL) -> Engines:
    url = url.set(drivername="postgresql+psycopg")
    writers = _engine(_with(url, "-c default_transaction_isolation=serializable"), 1)
    readers = _engine(
        _with(url, "-c default_transaction_isolation=repeatable\\ read -c default_transaction_read_only=on"), _READERS
    )
    return Engines(writers, readers, reading=_READERS)


def _with(url: URL, options: str) -> URL:
    """Add these server settings to those the URL asks for, and a bound on every wait unless it sets its own."""
    given = {"connect_timeout": str(_PATIENCE), **url.query}
    told = " ".join(("-c", f"statement_timeout={_PATIENCE}s", str(given.get("options", "")), options))
    return url.set(query={**given, "options": told})


def _engine(url: URL, connections: int) -> Engine:
    return create_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        hide_parameters=True,  # what is stored is nobody's business in an error
        json_serializer=_json,
        json_deserializer=msgspec.json.decode,
    )


def _json(value: Any) -> str:  # noqa: ANN401 - whatever a column holds
    return msgspec.json.encode(value).decode()


_KINDS: dict[str, Callable[[URL], Engines]] = {"sqlite": _sqlite, "postgresql": _postgresql, "postgres": _postgresql}
