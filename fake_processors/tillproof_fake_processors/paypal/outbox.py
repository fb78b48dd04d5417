"""
What is to be delivered, and when again: a queue in whatever time it is told, which sends nothing itself.

A delivery that is not answered 2xx is tried again up to 25 times over three days
(https://developer.paypal.com/api/rest/webhooks/). PayPal does not say at what intervals; here they double.
"""

from __future__ import annotations

from dataclasses import dataclass

from tillproof.domain.entities import Data

MOST_RETRIES = 25

_FIRST_WAIT, _LONGEST_WAIT = 10.0, 14_400.0  # seconds; all 25 together stay within three days
_SUCCESS = range(200, 300)


@dataclass(slots=True)
class Delivery:
    """An event on its way: how often it was tried, and when it is due."""

    id: str
    event: Data
    due: float
    tried: int = 0


class Outbox:
    """The deliveries that have not succeeded yet, by event id. Those given up are in `given_up`."""

    def __init__(self) -> None:
        """Begin with nothing to deliver."""
        self.given_up: list[Delivery] = []
        self._waiting: dict[str, Delivery] = {}

    def put(self, id_: str, event: Data, now: float) -> None:
        """Add an event, due at once."""
        self._waiting[id_] = Delivery(id_, event, now)

    def due(self, now: float) -> tuple[Delivery, ...]:
        """Return what is due by now, oldest first. It stays due until its answer is told."""
        return tuple(one for one in self._waiting.values() if one.due <= now)

    def next_due(self) -> float | None:
        """Return when something is due next; None when nothing waits."""
        return min((one.due for one in self._waiting.values()), default=None)

    def answered(self, id_: str, status: int | None, now: float) -> None:
        """Say how a delivery was answered: an HTTP status, or None where no answer came."""
        delivery = self._waiting.get(id_)
        if delivery is None:
            return
        if status in _SUCCESS:
            del self._waiting[id_]
            return
        delivery.tried += 1
        if delivery.tried > MOST_RETRIES:
            self.given_up.append(self._waiting.pop(id_))
            return
        delivery.due = now + min(_FIRST_WAIT * 2 ** (delivery.tried - 1), _LONGEST_WAIT)
