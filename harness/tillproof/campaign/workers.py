"""Lanes made by whoever there is: this process, several worker processes, or threads that wait for servers."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack

import msgspec

from tillproof.campaign.judging import Judge
from tillproof.campaign.lanes import Lane
from tillproof.explore.way import SIMULATED, Way
from tillproof.faults.plans import parse
from tillproof.history.events import RunKey
from tillproof.history.log import Header, RunResult
from tillproof.simulation.front import Furnish
from tillproof.simulation.shopfront import Shopfront
from tillproof.simulation.target import Target
from tillproof.targets.named import opened
from tillproof.targets.wire.turns import in_turn

FEW = 1_000
"""Runs below which starting worker processes costs more than they save."""


def judged(
    target: Target, judge: Judge, head: Header, lanes: Sequence[Lane], workers: int, way: Way
) -> Iterator[Sequence[RunResult]]:
    """Yield each lane's judged runs, in order, made here, by worker processes, or by servers."""
    if way is not SIMULATED:
        yield from in_turn(lambda front, keys: list(_run_all(judge, keys, front)), [keys for _, keys in lanes], way.fronts)
        return
    if workers == 1 or sum(len(keys) for _, keys in lanes) < FEW:
        for _, keys in lanes:
            yield list(_run_all(judge, keys))
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        workers, context, _start_worker, (target.name, target.gateway, msgspec.json.encode(head))
    ) as pool:
        for packed in pool.map(_run_in_worker, [msgspec.msgpack.encode(keys) for _, keys in lanes]):
            yield _UNPACK_RESULTS.decode(packed)


def _run_all(judge: Judge, keys: Iterable[RunKey], furnish: Furnish | None = None) -> Iterator[RunResult]:
    for key in keys:
        yield judge.judged(judge.made(key, parse(key.plan), furnish))


_UNPACK_RESULTS = msgspec.msgpack.Decoder(list[RunResult])
_UNPACK_KEYS = msgspec.msgpack.Decoder(tuple[RunKey, ...])
_until_the_process_ends = ExitStack()
_worker: list[Judge] = []  # the judge of this worker process; filled once, when it starts


def _start_worker(name: str, gateway: str | None, head: bytes) -> None:
    target = _until_the_process_ends.enter_context(opened(name, gateway))
    _worker.append(Judge(target, msgspec.json.decode(head, type=Header), Shopfront))


def _run_in_worker(keys: bytes) -> bytes:
    return msgspec.msgpack.encode(list(_run_all(_worker[0], _UNPACK_KEYS.decode(keys))))
