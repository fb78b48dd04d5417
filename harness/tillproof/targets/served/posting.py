"""The bank's webhooks as mail: its outbox knows no retries, so they are kept here."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from heapq import heappop, heappush

from tillproof.contract.webhooks import Announcement, Outbox

BACK_OFF = (10.0, 60.0, 600.0, 3_600.0, 21_600.0)
"""Seconds before each further try. After the last the event is given up."""

_SUCCESS = range(200, 300)


class Retries:
    """What an outbox announces, until it was heard or given up."""

    def __init__(self, outbox: Outbox, now: Callable[[], float]) -> None:
        """Have taken nothing yet."""
        self._outbox = outbox
        self._now = now
        self._count = 0
        self._waiting: list[tuple[float, int, Announcement, int]] = []

    def due(self) -> list[tuple[Announcement, int, Callable[[int | None], None]]]:
        """Take out what is due now, in its order: the event, which try this is, and what is to be told of its answer."""
        for event in self._outbox.take():
            self._wait(self._now(), event, 1)
        found: list[tuple[Announcement, int, Callable[[int | None], None]]] = []
        while self._waiting and self._waiting[0][0] <= self._now():
            _, _, event, attempt = heappop(self._waiting)
            found.append((event, attempt, partial(self._answered, event, attempt)))
        return found

    def _answered(self, event: Announcement, attempt: int, status: int | None) -> None:
        if status not in _SUCCESS and attempt <= len(BACK_OFF):
            self._wait(self._now() + BACK_OFF[attempt - 1], event, attempt + 1)

    def _wait(self, at: float, event: Announcement, attempt: int) -> None:
        self._count += 1
        heappush(self._waiting, (at, self._count, event, attempt))
