"""Reading the parameters of a request: each of the kind it must be, or `InvalidData` says which is not."""

from __future__ import annotations

from typing import cast

from tillproof.domain.entities import Data
from tillproof.domain.requests import Ask
from tillproof.reference.refusals import InvalidData

_PAGE = (("limit", 50), ("offset", 0))
_LONGEST_PAGE = 100


def id_of(ask: Ask) -> str:
    """Return the id in the path."""
    return text(ask.params, "id")


def text(params: Data, name: str) -> str:
    """Return a text that says something."""
    value = params.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidData(f"{name} must be a string")
    return value


def maybe(params: Data, name: str) -> str | None:
    """Return a text, or None where there is none."""
    return None if params.get(name) is None else text(params, name)


def whole(params: Data, name: str) -> int:
    """Return a whole number."""
    value = params.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidData(f"{name} must be an integer")
    return value


def quantities(params: Data, name: str, of: str) -> list[tuple[str, int]]:
    """Return a list of objects, each an id (under the name `of`) and how many of it; none where there is no list."""
    given = params.get(name, [])
    if not isinstance(given, list) or not all(isinstance(item, dict) for item in cast("list[object]", given)):
        raise InvalidData(f"{name} must be an array of objects")
    return [(text(item, of), whole(item, "quantity")) for item in cast("list[Data]", given)]


def page(ask: Ask) -> tuple[int, int]:
    """Return how many to list, and how many to leave out before them."""
    limit, offset = (whole(ask.params, name) if name in ask.params else default for name, default in _PAGE)
    if not (0 <= limit <= _LONGEST_PAGE and offset >= 0):
        raise InvalidData(f"limit must be from 0 to {_LONGEST_PAGE}, and offset not negative")
    return limit, offset
