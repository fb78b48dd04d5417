"""The store in memory: optimistic transactions over dictionaries of frozen rows, first committer wins."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar, cast

from tillproof.domain.entities import ENTITIES, Entity
from tillproof.reference.ports import StoreError

E = TypeVar("E", bound=Entity)
T = TypeVar("T")

Tables = dict[str, dict[str, Entity]]
"""The committed rows, by table and id, oldest first."""

_TRIES = 10


class Conflict(StoreError):
    """Something the transaction read was changed by another before it could commit."""


class MemoryTransaction:
    """Reads from the committed rows, keeps its writes to itself until the commit, and remembers what it read."""

    def __init__(self, tables: Tables, version: int) -> None:
        """Begin on these committed rows, which are of that version."""
        self._tables = tables
        self.version = version
        self._rows: dict[tuple[str, str], Entity | None] = {}
        self._scans: list[tuple[type[Entity], dict[str, Any], list[Entity]]] = []
        self.writes: dict[tuple[str, str], Entity | None] = {}

    def find(self, entity: type[E], id_: str) -> E | None:
        """Return the row with that id, or None."""
        at = (entity.table, id_)
        if at in self.writes:
            return cast("E | None", self.writes[at])
        row = self._tables[entity.table].get(id_)
        self._rows[at] = row
        return cast("E | None", row)

    def select(self, entity: type[E], **equal: object) -> list[E]:
        """Return the rows whose attributes equal these values, oldest first."""
        found = self._scan(entity, equal)
        self._scans.append((entity, equal, found))
        if not self.writes:
            return cast("list[E]", found[:])
        table = entity.table
        kept = {row.id: row for row in found if (table, row.id) not in self.writes}
        for (of, id_), row in self.writes.items():
            if of == table and row is not None and all(getattr(row, k) == v for k, v in equal.items()):
                kept[id_] = row
        order = {id_: n for n, id_ in enumerate(self._tables[table])}
        return cast("list[E]", sorted(kept.values(), key=lambda row: order.get(row.id, len(order))))

    def put(self, row: Entity) -> None:
        """Insert the row, or replace the one with its id."""
        self.writes[row.table, row.id] = row

    def delete(self, row: Entity) -> None:
        """Remove the row with this one's id, if it is there."""
        self.writes[row.table, row.id] = None

    def _scan(self, entity: type[Entity], equal: dict[str, Any]) -> list[Entity]:
        rows: Iterable[Entity] = self._tables[entity.table].values()
        for name, value in equal.items():
            rows = [row for row in rows if getattr(row, name) == value]
        return list(rows)

    def still_true(self) -> bool:
        """Tell whether everything read is as it was: rows by identity, scans by what they found."""
        return all(self._tables[table].get(id_) is row for (table, id_), row in self._rows.items()) and all(
            len(now := self._scan(entity, equal)) == len(found) and all(a is b for a, b in zip(now, found, strict=True))
            for entity, equal, found in self._scans
        )


class MemoryStore:
    """Holds the rows. `begin` and `commit` are public so that another committer can be built around them."""

    def __init__(self, tables: Tables | None = None) -> None:
        """Start from these rows (copied table by table), or from none."""
        given = tables or {}
        self._version = 0
        self.tables: Tables = {entity.table: dict(given.get(entity.table, {})) for entity in ENTITIES}

    def begin(self) -> MemoryTransaction:
        """Begin a transaction on the rows committed so far."""
        return MemoryTransaction(self.tables, self._version)

    def fits(self, transaction: MemoryTransaction) -> bool:
        """Tell whether what the transaction read still stands, so that it can be committed."""
        return transaction.version == self._version or transaction.still_true()

    def commit(self, transaction: MemoryTransaction) -> None:
        """Apply the transaction's writes at once. Raises `Conflict` when something it read has changed."""
        if not self.fits(transaction):
            raise Conflict("what the transaction read was changed by another")
        self._version += 1
        for (table, id_), row in transaction.writes.items():
            if row is None:
                self.tables[table].pop(id_, None)
            else:
                self.tables[table][id_] = row

    async def atomic(self, step: Callable[[MemoryTransaction], T]) -> T:
        """Run the step and commit it; run it again on a conflict, a bounded number of times."""
        for _ in range(_TRIES):
            transaction = self.begin()
            result = step(transaction)
            try:
                self.commit(transaction)
            except Conflict:
                continue
            return result
        raise Conflict("what the transaction read was changed by others, again and again")

    async def read(self, step: Callable[[MemoryTransaction], T]) -> T:
        """Run the step on the rows as they are."""
        return step(self.begin())
