"""One atomic step's reads and writes as SQL. The statements are built once per entity and then only executed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar, cast

import msgspec
from sqlalchemy import Connection, CursorResult, Executable, Select, Table, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from tillproof.domain.entities import Entity
from tillproof.reference.ports import StoreError
from tillproof.reference.store.schema import TABLES

E = TypeVar("E", bound=Entity)

_INSERTS: dict[str, Callable[[Table], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


class SqlTransaction:
    """
    Reads and writes inside a database transaction that somebody else begins and ends.

    It sees one moment and its own writes, and rows are frozen, so nothing is asked of the database twice. `writes` counts
    what was written.
    """

    def __init__(self, connection: Connection) -> None:
        """Work on this connection, on which a transaction has begun."""
        self._connection = connection
        self._rows: dict[tuple[str, str], Entity | None] = {}
        self._selections: dict[str, dict[object, list[Entity]]] = {}
        self.writes = 0

    def find(self, entity: type[E], id_: str) -> E | None:
        """Return the row with that id, or None."""
        at = (entity.table, id_)
        if at in self._rows:
            return cast("E | None", self._rows[at])
        values = self._execute(_find(entity), {"id": id_}).first()
        if values is None:
            self._rows[at] = None
            return None
        return self._read(entity, values)

    def select(self, entity: type[E], **equal: object) -> list[E]:
        """Return the rows whose attributes (scalar ones) equal these values, oldest first."""
        known = self._selections.setdefault(entity.table, {})
        asked = tuple(equal.items())
        if asked not in known:
            absent = tuple(name for name, value in asked if value is None)
            present = {name: value for name, value in asked if value is not None}
            found = self._execute(_select(entity, tuple(present), absent), present)
            known[asked] = [self._read(entity, values) for values in found]
        return cast("list[E]", known[asked][:])

    def put(self, row: Entity) -> None:
        """Insert the row, or replace the one with its id."""
        entity = type(row)
        values = {name: getattr(row, name) for name in entity.__struct_fields__}
        self._write(row, _put(entity, self._connection.dialect.name), values)
        self._rows[entity.table, row.id] = row

    def delete(self, row: Entity) -> None:
        """Remove the row with this one's id, if it is there."""
        self._write(row, _delete(type(row)), {"id": row.id})
        self._rows[row.table, row.id] = None

    def _read(self, entity: type[E], values: Sequence[object]) -> E:
        row = msgspec.convert(dict(zip(entity.__struct_fields__, values, strict=True)), entity)
        self._rows[entity.table, row.id] = row
        return row

    def _write(self, row: Entity, statement: Executable, values: Mapping[str, object]) -> None:
        self.writes += 1
        self._selections.pop(row.table, None)
        self._execute(statement, values)

    def _execute(self, statement: Executable, values: Mapping[str, object]) -> CursorResult[Any]:
        try:
            return self._connection.execute(statement, values)
        except (OverflowError, UnicodeError) as error:
            raise StoreError("a value that the database cannot hold") from error


@cache
def _find(entity: type[Entity]) -> Executable:
    return _columns(entity).where(TABLES[entity].c.id == bindparam("id"))


@cache
def _select(entity: type[Entity], present: tuple[str, ...], absent: tuple[str, ...]) -> Executable:
    table = TABLES[entity]
    same = (table.c[name] == bindparam(name) for name in present)
    return _columns(entity).where(*same, *(table.c[name].is_(None) for name in absent)).order_by(table.c.seq)


@cache
def _put(entity: type[Entity], dialect: str) -> Executable:
    new = _INSERTS[dialect](TABLES[entity]).inline()
    changed = {name: new.excluded[name] for name in entity.__struct_fields__ if name != "id"}
    return new.on_conflict_do_update(index_elements=["id"], set_=changed)


@cache
def _delete(entity: type[Entity]) -> Executable:
    table = TABLES[entity]
    return delete(table).where(table.c.id == bindparam("id"))


def _columns(entity: type[Entity]) -> Select[Any]:
    """Select the entity's attributes in the order its Struct has them."""
    return select(*(TABLES[entity].c[name] for name in entity.__struct_fields__))
