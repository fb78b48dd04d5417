"""
Webhooks: events signed as Stripe signs them, in an outbox with retry and back-off, and the check of a signature.

The outbox is a queue in virtual time. It sends nothing: whoever holds it asks what is due, sends it, and says how it went;
or takes what happened and keeps the tries itself.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from heapq import heappop, heappush

import msgspec

from tillproof.contract.webhooks import Announcement
from tillproof_fake_processors.stripe import shapes
from tillproof_fake_processors.stripe.objects import Event

SIGNATURE = "stripe-signature"
"""The header that bears time and signatures."""

WEBHOOK_SECRET = "whsec_tillproof"  # noqa: S105 - known to everybody, and good for nothing else
"""What Stripe's webhooks are signed with, unless another secret is given."""

_NOT_THE_SECRET = "whsec_of_somebody_else"  # noqa: S105 - what a forger has instead

TOLERANCE = 300.0
"""Seconds a signature's time may differ from the receiver's (https://docs.stripe.com/webhooks#replay-attacks)."""

_HOUR = 3600.0
BACK_OFF = (300.0, 1800.0, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR, 12 * _HOUR, 12 * _HOUR, 12 * _HOUR, 12 * _HOUR)
"""Seconds before each further try: growing, and three days in all, as documented; the steps are ours."""

_SUCCESS = range(200, 300)


class BadSignature(Exception):
    """The payload is not what was signed, or not signed at all, or too long ago."""


class Untimely(BadSignature):
    """The payload is what was signed, but not lately. The receiver's clock may be what is wrong."""


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where events go: an address, the secret shared with it (`whsec_...`), and the types it wants (`*`: all)."""

    url: str
    secret: str
    types: frozenset[str] = frozenset({"*"})


SHOP = Endpoint(
    url="https://shop.example/stripe/hooks",
    secret=WEBHOOK_SECRET,
    types=frozenset(
        {
            "charge.refunded",
            "payment_intent.amount_capturable_updated",
            "payment_intent.canceled",
            "payment_intent.payment_failed",
            "payment_intent.requires_action",
            "payment_intent.succeeded",
        }
    ),
)
"""A shop's endpoint, and the types that a shop listens to."""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One try to deliver one event: a POST of `body` with `headers` to `url`. `attempt` counts from 1."""

    event: Event
    endpoint: Endpoint
    attempt: int
    headers: dict[str, str]
    body: bytes

    @property
    def url(self) -> str:
        """Where it goes."""
        return self.endpoint.url


class Outbox:
    """The deliveries still to be made. Implements `Outbox` of the contract for the first endpoint."""

    def __init__(self, endpoints: tuple[Endpoint, ...], now: Callable[[], float]) -> None:
        """Begin empty, for these endpoints."""
        self._endpoints = endpoints
        self._now = now
        self._count = 0
        self._waiting: list[tuple[float, int, Event, Endpoint, int]] = []

    def put(self, event: Event) -> None:
        """Take an event in for every endpoint that wants its type; it is due at once."""
        for endpoint in self._endpoints:
            if "*" in endpoint.types or event.type in endpoint.types:
                self._wait(self._now(), event, endpoint, 1)

    def due(self, now: float) -> list[Delivery]:
        """
        Take out what is due by `now`, oldest first, signed with that time.

        Each is this outbox's no longer: tell it how each was `answered`, or none is tried again.
        """
        found: list[Delivery] = []
        while self._waiting and self._waiting[0][0] <= now:
            _, _, event, endpoint, attempt = heappop(self._waiting)
            body = _body(event)
            headers = _headers(body, endpoint.secret, now)
            found.append(Delivery(event=event, endpoint=endpoint, attempt=attempt, headers=headers, body=body))
        return found

    def answered(self, delivery: Delivery, status: int | None) -> None:
        """Take note of the answer (None: there was none): unless it is a 2xx, try again, until the tries are used up."""
        if status in _SUCCESS or delivery.attempt > len(BACK_OFF):
            return
        at = self._now() + BACK_OFF[delivery.attempt - 1]
        self._wait(at, delivery.event, delivery.endpoint, delivery.attempt + 1)

    def take(self) -> Sequence[Announcement]:
        """Return what happened since this was last asked, in order; the tries are then the taker's."""
        taken, self._waiting = sorted(self._waiting, key=lambda one: one[:2]), []
        return [Announcement(id=event.id, type=event.type, body=_body(event)) for _, _, event, _, _ in taken]

    def signed(self, event: Announcement, at: float, *, forged: bool = False) -> dict[str, str]:
        """Return the headers of a delivery sent at that time."""
        return _headers(event.body, _NOT_THE_SECRET if forged else self._endpoints[0].secret, at)

    def stranger(self) -> Announcement:
        """Return an event of a type that no reader can know."""
        self._count += 1
        event = Event(
            id=f"evt_unheard_of_{self._count}",
            created=int(self._now()),
            type="radar.model_retrained",
            object={"object": "radar.model"},
            previous=None,
            request=None,
            key=None,
        )
        return Announcement(id=event.id, type=event.type, body=_body(event))

    def _wait(self, at: float, event: Event, endpoint: Endpoint, attempt: int) -> None:
        self._count += 1
        heappush(self._waiting, (at, self._count, event, endpoint, attempt))


def signature(body: bytes, secret: str, at: int) -> str:
    """Return the `Stripe-Signature` header of a payload sent at that second (scheme `v1`: HMAC-SHA256)."""
    return f"t={at},v1={_mac(body, secret, at)}"


def verify(body: bytes, header: str, secret: str, now: float, tolerance: float = TOLERANCE) -> None:
    """Check a `Stripe-Signature` header as a receiver must. Raises `BadSignature`."""
    fields = [item.partition("=") for item in header.split(",")]
    times = [value for name, _, value in fields if name.strip() == "t"]
    macs = [value for name, _, value in fields if name.strip() == "v1"]
    if len(times) != 1 or not times[0].isdecimal() or not macs:
        raise BadSignature("the header names no time, or no signature of a known scheme")
    at = int(times[0])
    if not any(hmac.compare_digest(_mac(body, secret, at).encode(), mac.encode()) for mac in macs):
        raise BadSignature("no signature fits the payload")
    if abs(now - at) > tolerance:
        raise Untimely("the signature is too old, or from the future")


def _body(event: Event) -> bytes:
    return msgspec.json.encode(shapes.event(event))


def _headers(body: bytes, secret: str, at: float) -> dict[str, str]:
    return {"content-type": "application/json; charset=utf-8", SIGNATURE: signature(body, secret, int(at))}


def _mac(body: bytes, secret: str, at: int) -> str:
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
