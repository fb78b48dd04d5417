"""Lanes made by whoever there is: this process, several worker processes, or threads that wait for servers."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack

import msgspec

from tillproof.campaign.judging import Judge
from tillproof.campaign.lanes import Lane
from tillproof.campaign.recovering import with_seconds
from tillproof.explore.way import SIMULATED, Way
from tillproof.faults.plans import parse
from tillproof.history.events import RunKey
from tillproof.history.log import Header, RunResult, Seconds
from tillproof.simulation.front import Furnish
from tillproof.simulation.shopfront import Shopfront
from tillproof.simulation.target import Target
from tillproof.targets.named import opened
from tillproof.targets.wire.turns import in_turn

FEW = 1_000
"""Runs below which starting worker processes costs more than they save."""


def judged(
    target: Target, judge: Judge, head: Header, lanes: Sequence[Lane], workers: int, way: Way
) -> Iterator[Sequence[RunResult | Seconds]]:
    """Yield each lane's judged runs, in order, made here, by worker processes, or by servers."""
    if way is not SIMULATED:
        yield from in_turn(lambda front, lane: list(_run_all(judge, lane[1], front)), lanes, way.fronts)
        return
    few = sum(len(keys) for _, keys in lanes) < FEW and judge.depth != "pairs"
    if workers == 1 or few:
        for control, keys in lanes:
            yield list(_lane(judge, control.run, keys))
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        workers, context, _start_worker, (target.name, target.gateway, msgspec.json.encode(head))
    ) as pool:
        packed = [msgspec.msgpack.encode((control.run, keys)) for control, keys in lanes]
        for results in pool.map(_lane_in_worker, packed):
            yield _UNPACK_RESULTS.decode(results)


def _lane(judge: Judge, control: RunKey, keys: Sequence[RunKey]) -> Iterator[RunResult | Seconds]:
    return with_seconds(judge, control, keys) if judge.depth == "pairs" else _run_all(judge, keys)


def _run_all(judge: Judge, keys: Iterable[RunKey], furnish: Furnish | None = None) -> Iterator[RunResult]:
    for key in keys:
        yield judge.judged(judge.made(key, parse(key.plan), furnish))


_UNPACK_RESULTS = msgspec.msgpack.Decoder(list[RunResult | Seconds])
_UNPACK_LANE = msgspec.msgpack.Decoder(tuple[RunKey, tuple[RunKey, ...]])
_until_the_process_ends = ExitStack()
_worker: list[Judge] = []  # the judge of this worker process; filled once, when it starts


def _start_worker(name: str, gateway: str | None, head: bytes) -> None:
    target = _until_the_process_ends.enter_context(opened(name, gateway))
    _worker.append(Judge(target, msgspec.json.decode(head, type=Header), Shopfront))


def _lane_in_worker(lane: bytes) -> bytes:
    return msgspec.msgpack.encode(list(_lane(_worker[0], *_UNPACK_LANE.decode(lane))))
