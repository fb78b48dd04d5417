"""Deadlines in virtual time."""

from __future__ import annotations

import pytest

from tillproof.reference.ports import DeadlineExceeded
from tillproof.simulation.clock import START, SimClock
from tillproof.simulation.driver import drive


def outcome(clock: SimClock, seconds: float, work_takes: tuple[float, ...]) -> tuple[str, float]:
    """Return how work of these naps ends within the seconds, and when."""
    told: list[str] = []

    async def work() -> str:
        for nap in work_takes:
            await clock.sleep(nap)
        return "done"

    async def caller() -> None:
        try:
            told.append(await clock.within(seconds, work()))
        except DeadlineExceeded:
            told.append("too late")

    drive(clock, caller())
    return told[0], clock.now() - START


@pytest.mark.parametrize(
    ("seconds", "work_takes", "expected"),
    [
        (30.0, (), ("done", 0)),
        (30.0, (10.0, 10.0), ("done", 20)),
        (30.0, (10.0, 20.0), ("done", 30)),
        (30.0, (10.0, 20.1), ("too late", 30)),
        (30.0, (86_400.0,), ("too late", 30)),
        (30.0, (-5.0,), ("done", 0)),
    ],
)
def test_work_ends_by_itself_or_at_the_deadline(
    seconds: float, work_takes: tuple[float, ...], expected: tuple[str, float]
) -> None:
    """Work that ends in time is returned when it ends; the rest is cut off exactly at the deadline."""
    assert outcome(SimClock(), seconds, work_takes) == expected


def test_the_nearer_of_two_deadlines_strikes() -> None:
    """A deadline inside another strikes first if it is nearer, and its caller may go on."""
    clock, told = SimClock(), list[str]()

    async def slow() -> str:
        await clock.sleep(60.0)
        return "slept"

    async def inner() -> str:
        try:
            return await clock.within(5.0, slow())
        except DeadlineExceeded:
            await clock.sleep(1.0)
            return "inner too late"

    async def outer() -> None:
        told.append(await clock.within(10.0, inner()))

    drive(clock, outer())

    assert (told, clock.now() - START) == (["inner too late"], 6.0)


def test_work_that_is_cut_off_is_closed() -> None:
    """At the deadline the work's clean-up runs, and what it raised before is the caller's to hear."""
    clock, told = SimClock(), list[str]()

    async def work() -> None:
        try:
            await clock.sleep(60.0)
        finally:
            told.append("closed")

    async def failing() -> None:
        await clock.sleep(1.0)
        raise LookupError

    async def caller() -> None:
        with pytest.raises(DeadlineExceeded):
            await clock.within(5.0, work())
        with pytest.raises(LookupError):
            await clock.within(5.0, failing())

    drive(clock, caller())

    assert (told, clock.now() - START) == (["closed"], 6.0)
