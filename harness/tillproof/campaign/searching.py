"""Random search in batches: each draws its stories from the seed and its own number, whoever makes it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future

import msgspec

from tillproof.campaign.crew import crew, own
from tillproof.campaign.judging import Judge
from tillproof.explore.drawing import Drawer, search
from tillproof.faults.kinds import applicable
from tillproof.faults.plans import parse
from tillproof.history.events import History, RunKey
from tillproof.history.log_header import Header
from tillproof.history.log_runs import Draws, RunResult
from tillproof.history.summing import Sum
from tillproof.options import Options
from tillproof.simulation.target import Target

BATCH = 100
"""Stories that are drawn together."""

STORIES = 1_000
"""How many are drawn where neither a number nor a time is chosen."""

Batch = tuple[int, int]
"""Its number, and how many stories to draw."""


def searched(target: Target, judge: Judge, head: Header, options: Options, elapsed: Callable[[], float]) -> Iterator[Draws]:
    """
    Yield a line for each batch, in order, until all stories are drawn or the time chosen is over.

    `elapsed` gives the seconds since the campaign began.
    """
    batches = _timed(options.time, elapsed) if options.time else _counted(options.runs or STORIES)
    if options.workers == 1:
        yield from (_batch(judge, head, batch) for batch in batches)
        return
    under_way: deque[Future[bytes]] = deque()
    with crew(target, head, options.workers) as pool:
        for batch in batches:
            under_way.append(pool.submit(_batch_in_worker, batch))
            if len(under_way) > options.workers:
                yield _UNPACK.decode(under_way.popleft().result())
        for future in under_way:
            yield _UNPACK.decode(future.result())


def _timed(time: float, elapsed: Callable[[], float]) -> Iterator[Batch]:
    number = 0
    while elapsed() < time:
        yield number, BATCH
        number += 1


def _counted(stories: int) -> Iterator[Batch]:
    for number, first in enumerate(range(0, stories, BATCH)):
        yield number, min(BATCH, stories - first)


def _batch(judge: Judge, head: Header, batch: Batch) -> Draws:
    number, stories = batch
    summed, first = Sum(), list[RunKey]()

    def make(run: RunKey) -> tuple[History, RunResult]:
        history = judge.made(run, parse(run.plan))
        return history, judge.judged(history)

    def count(result: RunResult) -> None:
        if not first:
            first.append(result.run)
        summed.add(result)

    drawer = Drawer(
        seed=head.choices.seed,
        dialects=head.dialects,
        capabilities=frozenset(head.target.capabilities),
        strikes=applicable,
        make=make,
        count=count,
    )
    search(drawer, number, stories)
    return summed.draws(first[0], batch=number, stories=stories)


_UNPACK = msgspec.msgpack.Decoder(Draws)


def _batch_in_worker(batch: Batch) -> bytes:
    return msgspec.msgpack.encode(_batch(*own(), batch))
