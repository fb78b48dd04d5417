"""Virtual time: it passes only when everybody waits, so an hour of patience costs nothing."""

from __future__ import annotations

import types
from collections.abc import Awaitable, Generator
from typing import Any, TypeVar, cast

from tillproof.reference.ports import DeadlineExceeded
from tillproof.simulation.driver import Until, park

T = TypeVar("T")

START = 1_767_225_600.0
"""When every run begins: 2026-01-01T00:00:00Z."""


class SimClock:
    """A clock whose `time` the driver sets."""

    def __init__(self) -> None:
        """Begin at `START`."""
        self.time = START

    def now(self) -> float:
        """Return the present time."""
        return self.time

    async def sleep(self, seconds: float, actor: str = "") -> None:
        """Let that many seconds pass. `actor`: who waits, if it is a person."""
        await park(Until(self.time + max(seconds, 0.0), actor))

    async def within(self, seconds: float, work: Awaitable[T]) -> T:
        """Return the work's result, or raise `DeadlineExceeded` once the seconds have passed; the work is closed then."""
        return await _until(self.time + seconds, work)


@types.coroutine
def _until(deadline: float, work: Awaitable[T]) -> Generator[Any, Any, T]:
    """Step the work in place; only its parks are looked at, and the first that reaches past the deadline is its last."""
    steps = work.__await__()
    try:
        waits = steps.send(None)
        while True:
            if type(waits) is Until and waits.at > deadline:
                yield Until(deadline)
                raise DeadlineExceeded
            try:
                answer = yield waits
            except BaseException as error:  # noqa: BLE001 - whatever is thrown at the wait is for the work to hear
                waits = steps.throw(error)
            else:
                waits = steps.send(answer)
    except StopIteration as end:
        return cast("T", end.value)
    finally:
        steps.close()
