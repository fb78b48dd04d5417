"""A log by lanes: one journey with one client under one dialect, its runs first, then its runs with two faults."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

import msgspec

from tillproof.history.events import RunKey
from tillproof.history.log import Log, LogLine
from tillproof.history.log_runs import RunResult, Seconds, Summed


class Lane(msgspec.Struct, frozen=True):
    """The runs of one journey with one client under one dialect, its undisturbed run first."""

    runs: tuple[RunResult, ...]
    seconds: tuple[Seconds, ...] = ()


def lane_of(run: RunKey) -> tuple[str, str, str]:
    """Return what the runs of a lane have in common."""
    return run.journey, run.client, run.dialect


def lanes(log: Log) -> Iterator[Lane]:
    """Yield the log's lanes, in its order."""
    seconds: dict[tuple[str, str, str], list[Seconds]] = {}
    for line in log.seconds:
        seconds.setdefault(lane_of(line.run), []).append(line)
    for key, runs in groupby(log.runs, lambda told: lane_of(told.run)):
        yield Lane(tuple(runs), tuple(seconds.get(key, ())))


def lines(log: Log) -> Iterator[LogLine]:
    """Yield the log's lines as they are written."""
    yield log.header
    yield from log.recalled
    for lane in lanes(log):
        yield from lane.runs
        yield from lane.seconds
    yield from log.draws
    yield from log.findings
    yield log.footer


def told_runs(log: Log) -> Iterator[RunResult]:
    """
    Yield the runs of which the log tells more than that they were made.

    That is every run with less than two faults, and of those that are summed up the smallest that went wrong in each way.
    """
    for lane in lanes(log):
        yield from lane.runs
        yield from _told(lane.seconds)
    yield from _told(log.draws)
    yield from _told(log.recalled)


def _told(summed: Iterable[Summed]) -> Iterator[RunResult]:
    for line in summed:
        yield from (worst.smallest for worst in line.worst)
        if line.errored_like is not None:
            yield line.errored_like
