"""
The tables of the `sql` store, derived from the entities: one table each, one column per attribute.

Scalars are columns of their own type, everything else (`data`, items, prices) is JSON text. What must never be twice is a
unique index, so that the database holds even if the code errs. `prepare` makes the tables in an empty database and refuses
one it does not know.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import inspect as shapes
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Double,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.types import TypeEngine

from tillproof.domain.entities import (
    ENTITIES,
    Entity,
    IdempotencyKey,
    Operation,
    Order,
    Payment,
    PaymentSession,
    Refund,
    Swap,
    WebhookEvent,
)
from tillproof.reference.ports import StoreError


class SchemaMismatch(StoreError):
    """
    The database holds something else than this version's tables. Nothing in it was touched.

    `found` is the version it bears, or the names of the foreign tables in it; `expected` is the version needed.
    """

    def __init__(self, *, found: str, expected: str) -> None:
        """Say what is there and what should be."""
        super().__init__(f"the database holds {found}; needed is schema {expected}")
        self.found = found
        self.expected = expected


_SCALARS: dict[type[shapes.Type], type[TypeEngine[Any]]] = {
    shapes.StrType: Text,
    shapes.EnumType: Text,
    shapes.IntType: BigInteger,
    shapes.FloatType: Double,
    shapes.BoolType: Boolean,
}

_INDEXES: tuple[tuple[type[Entity], tuple[str, ...], bool, str | None], ...] = (
    (PaymentSession, ("cart_id", "provider_id"), True, None),
    (PaymentSession, ("cart_id",), True, "is_selected"),
    (PaymentSession, ("status", "is_initiated"), False, None),
    (Payment, ("cart_id",), True, "canceled_at IS NULL"),
    (Payment, ("order_id",), False, None),
    (Payment, ("swap_id",), True, None),
    (Order, ("cart_id",), True, None),
    (Swap, ("cart_id",), True, None),
    (Swap, ("order_id",), False, None),
    (Refund, ("order_id",), False, None),
    (IdempotencyKey, ("idempotency_key",), True, None),
    (IdempotencyKey, ("cart_id",), False, None),
    (IdempotencyKey, ("recovery_point",), False, None),
    (Operation, ("cart_id",), False, None),
    (Operation, ("session_id",), False, None),
    (Operation, ("payment_id",), False, None),
    (Operation, ("batch",), False, None),
    (Operation, ("state",), False, None),
    (WebhookEvent, ("provider_id", "event_id"), True, None),
    (WebhookEvent, ("dealt_with_at",), False, None),
)
"""Entity, columns, unique, only where: what steps select by, and what may be there once."""

_LOCK = 0x7111_0001  # one process at a time makes the tables of a PostgreSQL database; any number will do


def _nullable(shape: shapes.Type) -> tuple[shapes.Type, bool]:
    if not isinstance(shape, shapes.UnionType):
        return shape, False
    (only,) = (kind for kind in shape.types if not isinstance(kind, shapes.NoneType))
    return only, True


def _fields(entity: type[msgspec.Struct]) -> tuple[shapes.Field, ...]:
    shape = shapes.type_info(entity)
    return shape.fields if isinstance(shape, shapes.StructType) else ()


def _column(field: shapes.Field) -> Column[Any]:
    shape, nullable = _nullable(field.type)
    kind = _SCALARS.get(type(shape), JSON(none_as_null=True))
    return Column(field.name, kind, nullable=nullable, unique=field.name == "id" or None)


def _references(entity: type[Entity]) -> Iterator[ForeignKeyConstraint]:
    """Refer every `<table>_id` to that table, checked at the commit, since a step may write its rows in any order."""
    tables = {f"{other.table}_id": other.table for other in ENTITIES}
    for field in _fields(entity):
        if field.name in tables:
            name = f"{entity.table}_{field.name}_fkey"
            to = f"{tables[field.name]}.id"
            yield ForeignKeyConstraint([field.name], [to], name=name, deferrable=True, initially="DEFERRED")


def _table(entity: type[Entity]) -> Table:
    sequence = Column("seq", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    columns = (_column(field) for field in _fields(entity))
    return Table(entity.table, METADATA, sequence, *columns, *_references(entity))


def _index(entity: type[Entity], columns: tuple[str, ...], unique: bool, where: str | None) -> Index:  # noqa: FBT001 - a row of the table above
    name = "_".join((entity.table, *columns, "partial" if where else "idx"))
    only = text(where) if where else None
    table = TABLES[entity]
    return Index(name, *(table.c[column] for column in columns), unique=unique, sqlite_where=only, postgresql_where=only)


METADATA = MetaData()
TABLES: dict[type[Entity], Table] = {entity: _table(entity) for entity in ENTITIES}
"""The table of each entity. `seq` numbers the rows in the order they were first put, and outlives their replacement."""
for _row in _INDEXES:
    _index(*_row)
_VERSIONS = Table("tillproof_schema", METADATA, Column("version", Text, primary_key=True))


def _outline(shape: shapes.Type) -> str:
    """Name a shape so that whatever changes what is stored changes the name, nested values included."""
    match shape:
        case shapes.StructType(fields=fields):
            return f"{{{','.join(f'{field.name}:{_outline(field.type)}' for field in fields)}}}"
        case shapes.UnionType(types=types):
            return "|".join(_outline(kind) for kind in types)
        case shapes.VarTupleType(item_type=item):
            return f"[{_outline(item)}]"
        case _:
            return type(shape).__name__


def _version() -> str:
    outlines = [f"{entity.table}{_outline(shapes.type_info(entity))}" for entity in ENTITIES]
    indexes = [f"{entity.table}{rest}" for entity, *rest in _INDEXES]
    return hashlib.blake2b("\n".join(outlines + indexes).encode(), digest_size=6).hexdigest()


VERSION = _version()
"""The fingerprint of all that is stored and constrained: nobody has to remember to raise it."""


def prepare(connection: Connection) -> None:
    """Make the tables if the database is empty, within the caller's transaction. Raises `SchemaMismatch`."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    present = inspect(connection).get_table_names()
    if _VERSIONS.name in present:
        found = connection.scalar(select(_VERSIONS.c.version))
        if found != VERSION:
            raise SchemaMismatch(found=f"schema {found}", expected=VERSION)
    elif present:
        raise SchemaMismatch(found=f"tables of something else ({', '.join(sorted(present)[:5])})", expected=VERSION)
    else:
        METADATA.create_all(connection, checkfirst=False)
        connection.execute(insert(_VERSIONS).values(version=VERSION))
