"""Putting a lie in an honest function's place, wherever the reference keeps it, and taking it out again."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from typing import Any, cast

Honest = Callable[..., Any]
"""The function a lie stands in for; a lie takes it as its first argument and may call it."""

_REFERENCE = "tillproof.reference"


@contextmanager
def lying(patches: Mapping[str, Honest]) -> Generator[None]:
    """
    Let the reference lie, in this process, until the block ends.

    `patches` maps `module.function` (of the reference) to the lie. Modules that imported the function and tables it is in
    are patched as well.
    """
    spots: list[tuple[dict[Any, Any], Any, Honest]] = []
    try:
        for path, lie in patches.items():
            module, _, name = path.partition(".")
            honest: Honest = getattr(import_module(f"{_REFERENCE}.{module}"), name)
            found, instead = list(_spots(honest)), partial(lie, honest)
            spots.extend((*spot, honest) for spot in found)
            for holder, at in found:
                holder[at] = instead
        yield
    finally:
        for holder, at, honest in reversed(spots):
            holder[at] = honest


def _spots(honest: Honest) -> Iterator[tuple[dict[Any, Any], Any]]:
    """Find where the reference keeps the function: in the names of its modules, and in the tables among them."""
    modules = [module for name, module in sorted(sys.modules.items()) if name.startswith(_REFERENCE)]
    for names in map(vars, modules):
        for name, value in list(names.items()):
            if value is honest:
                yield names, name
            elif isinstance(value, dict) and not name.startswith("__"):
                table = cast("dict[object, object]", value)
                yield from ((table, key) for key, row in table.items() if row is honest)
