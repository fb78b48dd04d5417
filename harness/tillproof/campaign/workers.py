"""Lanes made by whoever there is: this process, several worker processes, or threads that wait for servers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import msgspec

from tillproof.campaign.crew import crew, own
from tillproof.campaign.dialects import MadeOnce
from tillproof.campaign.judging import Judge
from tillproof.campaign.lanes import Lane
from tillproof.campaign.recovering import with_seconds
from tillproof.explore.way import SIMULATED, Way
from tillproof.faults.plans import parse
from tillproof.history.events import RunKey
from tillproof.history.log_header import Header
from tillproof.history.log_runs import RunResult, Seconds
from tillproof.simulation.front import Furnish
from tillproof.simulation.target import Target
from tillproof.targets.wire.turns import in_turn

FEW = 1_000
"""Runs below which starting worker processes costs more than they save."""

Packed = tuple[RunKey, tuple[RunKey, ...]]
"""A lane as it is handed to whoever makes it: its control, and the runs that follow from it."""


def judged(
    target: Target, judge: Judge, head: Header, lanes: Sequence[Lane], workers: int, way: Way
) -> Iterator[Sequence[RunResult | Seconds]]:
    """Yield each lane's judged runs, in order, made here, by worker processes, or by servers."""
    if way is not SIMULATED:
        yield from in_turn(lambda front, lane: [_one(judge, key, front) for key in lane[1]], lanes, way.fronts)
        return
    packed = [(control.run, keys) for control, keys in lanes]
    few = sum(len(keys) for _, keys in lanes) < FEW and judge.depth != "pairs"
    if workers == 1 or few:
        yield from _told(judge, head, packed)
        return
    with crew(target, head, workers) as pool:
        tasks = [_TASK.encode(list(task)) for _, task in groupby(packed, lambda lane: (lane[0].journey, lane[0].client))]
        for results in pool.map(_in_worker, tasks):
            yield from _UNPACK_RESULTS.decode(results)


def _told(judge: Judge, head: Header, lanes: Sequence[Packed]) -> Iterator[Sequence[RunResult | Seconds]]:
    """Make and judge lanes. Those with the same journey and client, one after the other, share what is alike in them."""
    made = MadeOnce(lambda key: _one(judge, key), head.dialects)
    for control, keys in lanes:
        yield list(with_seconds(judge, control, keys)) if judge.depth == "pairs" else [made(key) for key in keys]


def _one(judge: Judge, key: RunKey, furnish: Furnish | None = None) -> RunResult:
    return judge.judged(judge.made(key, parse(key.plan), furnish))


_TASK = msgspec.msgpack.Encoder()
_UNPACK_TASK = msgspec.msgpack.Decoder(list[Packed])
_UNPACK_RESULTS = msgspec.msgpack.Decoder(list[list[RunResult | Seconds]])


def _in_worker(task: bytes) -> bytes:
    return msgspec.msgpack.encode(list(_told(*own(), _UNPACK_TASK.decode(task))))
