"""Every liar there is, processors and backends alike, as rows of one table."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import msgspec

from tillproof.selftest.backend_liars import LIARS, TWO_FAULTS, lying
from tillproof.simulation.target import Target
from tillproof.targets.named import opened
from tillproof_fake_processors.liars import LIARS as PROCESSORS

TARGET = "bank"
"""The honest target that a lying backend is tried with."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """
    One liar. `name` is `liar:...` for a processor, which can be typed after `--processor`, and `backend:...` for a backend.

    `mutant`: its number in the table of mutants, if it has one; `failures`: those of the catalogue it rebuilds. `caught_by`:
    the rules that must each catch it, on these journeys and under one of these dialects (empty: the target's own).
    `two_faults`: it takes a second fault while the first is recovered from.
    """

    name: str
    says: str
    mutant: str | None
    failures: tuple[str, ...]
    caught_by: tuple[str, ...]
    journeys: tuple[str, ...]
    dialects: tuple[str, ...] = ()
    two_faults: bool = False


_BACKENDS = {**LIARS, **TWO_FAULTS}


ROWS: tuple[Row, ...] = (
    *(
        Row(
            name=f"liar:{liar.name}",
            says=liar.says,
            mutant=liar.mutant,
            failures=liar.failures,
            caught_by=liar.caught_by,
            journeys=liar.journeys,
            dialects=liar.dialects,
        )
        for liar in PROCESSORS.values()
    ),
    *(
        Row(
            name=f"backend:{liar.name}",
            says=liar.says,
            mutant=liar.mutant,
            failures=liar.failures,
            caught_by=liar.caught_by,
            journeys=liar.journeys,
            two_faults=liar.name in TWO_FAULTS,
        )
        for liar in _BACKENDS.values()
    ),
)
"""Every liar, the processors first."""


@contextmanager
def lied(row: Row) -> Generator[Target]:
    """Give the liar as a target; a lying backend lies, in this process, until the block ends."""
    kind, _, name = row.name.partition(":")
    if kind == "liar":
        with opened(row.name, None) as target:
            yield target
        return
    with lying(_BACKENDS[name].patches), opened(TARGET, None) as target:
        yield target
