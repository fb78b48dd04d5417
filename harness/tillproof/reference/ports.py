"""What the reference needs from outside: a store, a clock, ids. Business code sees only these."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from tillproof.domain.entities import Entity

E = TypeVar("E", bound=Entity)
T = TypeVar("T")


class StoreError(Exception):
    """A transaction did not certainly commit: refused, in conflict too often, or its acknowledgement was lost."""


class DeadlineExceeded(Exception):
    """The awaited call did not end in the seconds it was given. It may still act."""


class Transaction(Protocol):
    """Reads and writes of one atomic step. What was read is validated at the commit: the step sees one moment."""

    def find(self, entity: type[E], id_: str) -> E | None:
        """Return the row with that id, or None."""
        ...

    def select(self, entity: type[E], **equal: object) -> list[E]:
        """Return the rows whose attributes equal these values, oldest first."""
        ...

    def put(self, row: Entity) -> None:
        """Insert the row, or replace the one with its id."""
        ...

    def delete(self, row: Entity) -> None:
        """Remove the row with this one's id, if it is there."""
        ...


class Store(Protocol):
    """Where the backend's state is."""

    async def atomic(self, step: Callable[[Transaction], T]) -> T:
        """
        Run the step and commit it whole or not at all, and return its result. Raises `StoreError`.

        A step is a synchronous function of the transaction, so no gateway call can be written inside; it may run again
        after a conflict. Its `__name__` names the commit point. An exception from the step itself commits nothing.
        """
        ...

    async def read(self, step: Callable[[Transaction], T]) -> T:
        """Run the step on one moment's state, for reading only, and return its result."""
        ...


class Clock(Protocol):
    """Time. Seconds since the epoch, UTC."""

    def now(self) -> float:
        """Return the present time, as whoever sets the machine's clock has it: it may jump either way."""
        ...

    def steady(self) -> float:
        """Return seconds since some beginning of this boot's own, which nobody sets and which only ever go forward."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let that many seconds pass."""
        ...

    async def within(self, seconds: float, work: Awaitable[T]) -> T:
        """Return the work's result, or raise `DeadlineExceeded` once the seconds have passed."""
        ...


class Ids(Protocol):
    """Unguessable names that are never repeated."""

    def new(self, prefix: str) -> str:
        """Return a fresh id, `prefix` + `_` + something opaque."""
        ...
