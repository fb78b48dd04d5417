"""Who goes next, and what time it is then."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillproof.simulation.clock import START, SimClock
from tillproof.simulation.driver import drive


def test_sleepers_wake_by_their_time_and_then_by_who_slept_first() -> None:
    """Everybody starts in the order given; then the earliest sleeper goes on, and of two the one who slept first."""
    clock, seen = SimClock(), list[tuple[str, float]]()

    async def actor(name: str, *sleeps: float) -> None:
        for seconds in sleeps:
            seen.append((name, clock.now() - START))
            await clock.sleep(seconds)
        seen.append((name, clock.now() - START))

    drive(clock, actor("a", 5.0, 5.0), actor("b", 3.0, 2.0), actor("c", 10.0))

    assert seen == [("a", 0), ("b", 0), ("c", 0), ("b", 3), ("a", 5), ("b", 5), ("c", 10), ("a", 10)]


@given(st.lists(st.lists(st.floats(0, 1e6), max_size=5), max_size=5))
def test_time_never_runs_backwards_and_nobody_oversleeps(naps: list[list[float]]) -> None:
    """Whatever everybody sleeps, each wakes exactly when they wanted, and the times seen only grow."""
    clock, seen = SimClock(), list[float]()

    async def actor(seconds: list[float]) -> None:
        for nap in seconds:
            wanted = clock.now() + nap
            await clock.sleep(nap)
            assert clock.now() == wanted
            seen.append(clock.now())

    drive(clock, *(actor(seconds) for seconds in naps))

    assert seen == sorted(seen)


def test_an_exception_ends_the_drive_and_nobody_is_left_suspended() -> None:
    """What an actor raises is raised from the drive, and the others are closed."""
    clock, closed = SimClock(), list[str]()

    async def sleeper() -> None:
        try:
            await clock.sleep(60.0)
        finally:
            closed.append("sleeper")

    async def failing() -> None:
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        drive(clock, sleeper(), failing())
    assert closed == ["sleeper"]


def test_awaiting_something_of_an_event_loop_is_told_so() -> None:
    """There is no event loop: who awaits a future hears that, and may go on."""
    clock, heard = SimClock(), list[str]()

    async def actor() -> None:
        loop = asyncio.new_event_loop()
        try:
            await loop.create_future()
        except RuntimeError as error:
            heard.append(str(error))
        finally:
            loop.close()

    drive(clock, actor())

    assert heard == ["awaited a Future, but there is no event loop here"]
