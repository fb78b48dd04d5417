"""The whole selftest: every liar caught, no honest target accused, no rule that nothing exercises or breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import msgspec

from tillproof.options import Options
from tillproof.rules.registry import RULES
from tillproof.selftest.catching import Caught, catch
from tillproof.selftest.deep import Accuse, crossed, paired, searched
from tillproof.selftest.honest import HONEST, Held, hold
from tillproof.selftest.rows import ROWS, Row
from tillproof.selftest.working import working

Progress = Callable[[str, int, int], None]
"""Told what is under way, how much of it is done, and of how much."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was tried, and what is off, one line each. Nothing off: tillproof says what it should."""

    caught: tuple[Caught, ...]
    held: tuple[Held, ...]
    off: tuple[str, ...]

    @property
    def runs(self) -> int:
        """How many runs were made and judged."""
        return sum(one.runs for one in self.caught) + sum(one.runs for one in self.held)


SEARCH = 600.0
"""Seconds of random search in a long selftest, all honest targets together."""


class Depth(msgspec.Struct, frozen=True, kw_only=True):
    """How much of the long selftest is made: a shard of its runs, of so many, for these honest targets."""

    shard: tuple[int, int] = (1, 1)
    processors: tuple[str, ...] = HONEST


def selftest(workers: int, progress: Progress, accuse: Accuse, *, long: Depth | None = None) -> Outcome:
    """
    Try every liar and every honest target, with so many processes; `long`: so much of the depth, too.

    What the depth finds wrong is told to `accuse` at once, and again in what is returned.
    """
    caught = tuple(_caught(ROWS, workers, progress))
    options = Options(dialects=("all",), workers=workers)
    held = tuple(hold(name, options, partial(progress, name)) for name in HONEST)
    if long is not None:
        names = [one.name for one in held if not one.left_out and one.name in long.processors]
        held += tuple(_in_depth(names, long.shard, workers, progress, accuse))
    return Outcome(caught=caught, held=held, off=tuple(off(ROWS, caught, held)))


def _in_depth(
    names: Sequence[str], shard: tuple[int, int], workers: int, progress: Progress, accuse: Accuse
) -> Iterator[Held]:
    """Hold the honest targets to two faults in one run, to faults under every schedule, and to a random search."""
    for name in names:
        yield paired(name, shard, workers, partial(progress, f"{name}, pairs"), accuse)
    for name in names:
        yield crossed(name, shard, workers, partial(progress, f"{name}, schedules"), accuse)
    for name in names:
        yield searched(name, SEARCH / len(names), workers, partial(progress, f"{name}, at random"), accuse)


def off(rows: Sequence[Row], caught: Sequence[Caught], held: Sequence[Held]) -> Iterator[str]:
    """Say what is not as it should be."""
    yield from (f"{one.name} is not caught by {', '.join(one.missing)}" for one in caught if one.missing)
    for target in held:
        yield from target.wrong
    exercised = frozenset[str]().union(*(target.exercised for target in held))
    breakable = {id_ for row in rows for id_ in row.caught_by}
    for rule in RULES:
        if rule.id not in exercised:
            yield f"{rule.id} is exercised by no honest target"
        if rule.id not in breakable:
            yield f"{rule.id} has no liar that breaks it"


def _caught(rows: Sequence[Row], workers: int, progress: Progress) -> Iterator[Caught]:
    progress("liars", 0, len(rows))
    with working(catch, rows, workers) as results:
        for done, one in enumerate(results, start=1):
            yield one
            progress("liars", done, len(rows))
