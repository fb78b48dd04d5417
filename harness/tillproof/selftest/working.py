"""Work shared out among processes, or done by this one."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

P = TypeVar("P")
R = TypeVar("R")


@contextmanager
def working(work: Callable[[P], R], parts: Sequence[P], workers: int) -> Generator[Iterator[R]]:
    """Give what becomes of each part, in order, as so many processes do them."""
    if workers == 1:
        yield map(work, parts)
    else:
        with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
            yield pool.map(work, parts)
