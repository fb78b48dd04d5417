"""Lanes conducted by threads: while one waits for its server, another goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import TypeVar

from tillproof.simulation.front import Furnish

L = TypeVar("L")
R = TypeVar("R")


def in_turn(work: Callable[[Furnish, L], R], lanes: Iterable[L], fronts: Sequence[Furnish]) -> Iterator[R]:
    """Yield what the work makes of each lane, in the order of the lanes; as many are at work as there are fronts."""
    free: SimpleQueue[Furnish] = SimpleQueue()
    for front in fronts:
        free.put(front)

    def one(lane: L) -> R:
        front = free.get()
        try:
            return work(front, lane)
        finally:
            free.put(front)

    with ThreadPoolExecutor(len(fronts), "server") as pool:
        yield from pool.map(one, lanes)
