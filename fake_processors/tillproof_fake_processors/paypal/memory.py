"""
What PayPal remembers of a `PayPal-Request-Id`: the object it made, not the answer it gave.

"Returns the latest status of the previous request that used that same header":
https://developer.paypal.com/reference/guidelines/idempotency. A request that was refused made nothing and runs again. How
long ids are kept is in the reference of each call: 6 hours for orders, 45 days for payments.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from tillproof_fake_processors.paypal.errors import Issue
from tillproof_fake_processors.paypal.objects import Movement, Order

ORDERS_LIFE = 6 * 3_600.0
PAYMENTS_LIFE = 45 * 86_400.0

Made = Order | Movement


class _Kept(msgspec.Struct, frozen=True):
    made: Made
    until: float


class RequestIds:
    """The request ids of one PayPal. An id counts for one kind of call; what else the request said is not compared."""

    def __init__(self, now: Callable[[], float]) -> None:
        """Remember nothing yet. `now` gives seconds since the epoch."""
        self._now = now
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._at_work: set[tuple[str, str]] = set()

    def begin(self, call: str, request_id: str) -> None:
        """Start work on an id. Raises `Issue` while another request with the same id is at work."""
        if (call, request_id) in self._at_work:
            raise Issue("PREVIOUS_REQUEST_IN_PROGRESS")
        self._at_work.add((call, request_id))

    def end(self, call: str, request_id: str) -> None:
        """End work on an id, however it went."""
        self._at_work.discard((call, request_id))

    def once(self, call: str, request_id: str | None, life: float, act: Callable[[], Made]) -> tuple[Made, bool]:
        """
        Return what the id made, and whether that was just now; act only if it is not known.

        `life`: seconds for which the id is kept.
        """
        if request_id is None:
            return act(), True
        kept = self._kept.get((call, request_id))
        if kept is not None and self._now() < kept.until:
            return kept.made, False
        made = act()
        self._kept[call, request_id] = _Kept(made, self._now() + life)
        return made, True
