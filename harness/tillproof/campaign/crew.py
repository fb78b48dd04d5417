"""A crew of worker processes: each opens the target by its name and has the campaign's judge and header to hand."""

from __future__ import annotations

import gc
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack

import msgspec

from tillproof.campaign.judging import Judge
from tillproof.history.log_header import Header
from tillproof.simulation.shopfront import Shopfront
from tillproof.simulation.target import Target
from tillproof.targets.named import opened

_until_the_process_ends = ExitStack()
_own: list[tuple[Judge, Header]] = []  # of this worker process; filled once, when it starts


def crew(target: Target, head: Header, workers: int) -> ProcessPoolExecutor:
    """Return so many processes to work for this campaign. They are gone once the pool is left."""
    told = (target.name, target.gateway, msgspec.json.encode(head))
    return ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _start, told)


def own() -> tuple[Judge, Header]:
    """Return what this worker process has to hand."""
    return _own[0]


def _start(name: str, gateway: str | None, raw: bytes) -> None:
    head = msgspec.json.decode(raw, type=Header)
    target = _until_the_process_ends.enter_context(opened(name, gateway))
    gc.freeze()  # what is there by now stays: no collection need look at it again
    _own.append((Judge(target, head, Shopfront), head))
