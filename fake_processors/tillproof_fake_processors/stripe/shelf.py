"""Where objects of one kind are kept: found by id at once, and listed from the newest, however many there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar


class Identified(Protocol):
    """What can be kept."""

    @property
    def id(self) -> str:
        """Its name."""
        ...

    @property
    def created(self) -> int:
        """When it was made, in whole seconds since the epoch."""
        ...


T = TypeVar("T", bound=Identified)


class Shelf(Generic[T]):
    """Objects in the order they were made."""

    def __init__(self) -> None:
        """Begin empty."""
        self._items: list[T] = []
        self._places: dict[str, int] = {}

    def put(self, item: T) -> T:
        """Keep a new object, and return it."""
        self._places[item.id] = len(self._items)
        self._items.append(item)
        return item

    def get(self, id_: str) -> T | None:
        """Return the object with that id, or None."""
        place = self._places.get(id_)
        return None if place is None else self._items[place]

    def older(self, than: str | None = None) -> Iterator[T]:
        """Go from the newest (or the one before the object with that id) to the oldest. Raises `KeyError`."""
        start = len(self._items) if than is None else self._places[than]
        for place in range(start - 1, -1, -1):
            yield self._items[place]

    def newer(self, than: str) -> Iterator[T]:
        """Go from the one after the object with that id to the newest. Raises `KeyError`."""
        for place in range(self._places[than] + 1, len(self._items)):
            yield self._items[place]
