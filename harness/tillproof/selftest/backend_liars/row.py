"""One wrong backend, as a row: what it patches, what shows it, and which rules must catch it."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass

from tillproof.selftest.backend_liars.patching import Honest


@dataclass(frozen=True, slots=True)
class BackendLiar:
    """
    One wrong backend.

    `mutant`: its number in the table of mutants, if it has one; `failures`: those of the catalogue it rebuilds. `patches`:
    what it replaces in the reference, the lie that gives it its name first; the others remove what would mask it.
    `journeys`: the fewest that show it. `caught_by`: the rules that must each catch it.
    """

    name: str
    mutant: str | None
    patches: Mapping[str, Honest]
    journeys: tuple[str, ...]
    caught_by: tuple[str, ...]
    failures: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        """Say in one sentence what it does wrong."""
        return inspect.getdoc(next(iter(self.patches.values()))) or ""


def liar(
    name: str, mutant: str | None, patches: Mapping[str, Honest], journeys: str, caught_by: str, like: str = ""
) -> BackendLiar:
    """Make a row; journeys, rules and the failures it is `like` are given as words in one string."""
    return BackendLiar(name, mutant, patches, tuple(journeys.split()), tuple(caught_by.split()), tuple(like.split()))
