"""
Runs that go alike under every dialect, made once.

A gateway's dialect is how it treats a key that comes to it a second time (`tillproof_fake_processors.dialects`). A run in
which none does is the same under each of them, event by event, so what was made under one is told of the others. What is
told of a run says whether a key came twice (`repeats`), and that is all there is to decide it by.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from msgspec.structs import replace

from tillproof.history.events import History, RunKey
from tillproof.history.log_runs import RunResult

R = TypeVar("R", bound=History | RunResult)


class MadeOnce(Generic[R]):
    """Makes runs; one that goes alike under every dialect only once, as long as its journey and client are the same."""

    def __init__(self, make: Callable[[RunKey], R], dialects: Sequence[str]) -> None:
        """Make runs that way, under these dialects."""
        self._make = make
        self._several = len(dialects) > 1
        self._of: tuple[str, str] | None = None
        self._alike: dict[tuple[str, str], R] = {}

    def __call__(self, key: RunKey) -> R:
        """Return the run of that key, made or as it went under another dialect."""
        of = (key.journey, key.client)
        if of != self._of:
            self._of = of
            self._alike.clear()
        disturbed = (key.plan, key.schedule)
        alike = self._alike.get(disturbed)
        if alike is not None:
            return replace(alike, run=key)
        made = self._make(key)
        if self._several and not made.repeats:
            self._alike[disturbed] = made
        return made
