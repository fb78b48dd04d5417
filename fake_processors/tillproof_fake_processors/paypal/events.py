"""
What PayPal tells of itself: signed webhooks.

Each is signed over `transmission id|time|webhook id|CRC-32 of the body`, and can be verified in both documented ways:
by the certificate at `PAYPAL-CERT-URL`, offline, with any RSA library; or by asking `verify-webhook-signature`
(https://developer.paypal.com/api/rest/webhooks/rest).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import cast
from zlib import crc32

import msgspec

from tillproof.contract.gateway import Response
from tillproof.domain.entities import Data
from tillproof_fake_processors.paypal.certificate import CERTIFICATE, is_signed, sign
from tillproof_fake_processors.paypal.face import BASE, movement_body, order_body
from tillproof_fake_processors.paypal.objects import Kind, Movement, Order, moment, named
from tillproof_fake_processors.paypal.outbox import Delivery, Outbox

WEBHOOK_ID = "8PT597110X687430L"
"""The id of the one webhook there is: part of what is signed, and known to its listener beforehand."""

CERT_URL = f"{BASE}/v1/notifications/certs/CERT-360caa42-tillproof"
ALGORITHM = "SHA256withRSA"

_RESOURCE = {Kind.AUTHORIZATION: "authorization", Kind.CAPTURE: "capture", Kind.REFUND: "refund"}
_SIGNED_FIELDS = ("transmission_id", "transmission_time", "webhook_id")


class Events:
    """The events of one PayPal: told to the outbox, signed when they are sent."""

    def __init__(self, now: Callable[[], float]) -> None:
        """Nothing has happened yet. `now` gives seconds since the epoch."""
        self.outbox = Outbox()
        self._now = now
        self._count = 0

    def ordered(self, event_type: str, order: Order) -> None:
        """Tell of an order."""
        self._tell(event_type, "checkout-order", "2.0", order_body(order, minimal=False))

    def moved(self, event_type: str, movement: Movement) -> None:
        """Tell of an authorization, a capture or a refund."""
        self._tell(event_type, _RESOURCE[movement.kind], "2.0", movement_body(movement, minimal=False))

    def due(self) -> tuple[Signed, ...]:
        """Return what is to be sent now, signed. Say of each how it was answered: `outbox.answered`."""
        now = self._now()
        return tuple(self._signed(delivery, now) for delivery in self.outbox.due(now))

    def verify(self, body: Data) -> Response:
        """Answer `verify-webhook-signature`."""
        signed = [body.get(field) for field in _SIGNED_FIELDS]
        event, signature = body.get("webhook_event"), body.get("transmission_sig")
        good = all(isinstance(part, str) for part in signed) and isinstance(signature, str) and isinstance(event, dict)
        ours = body.get("auth_algo") == ALGORITHM and body.get("cert_url") == CERT_URL and signed[2] == WEBHOOK_ID
        if good and ours:
            transmission_id, time, webhook_id = cast("list[str]", signed)
            message = _message(transmission_id, time, webhook_id, msgspec.json.encode(event))
            good = is_signed(message, _decoded(cast("str", signature)))
        return Response(status=200, body={"verification_status": "SUCCESS" if good and ours else "FAILURE"})

    def certificate(self) -> Response:
        """Answer with the certificate, as text."""
        return Response(status=200, body=CERTIFICATE)

    def _tell(self, event_type: str, resource_type: str, version: str, resource: Data) -> None:
        self._count += 1
        now = self._now()
        id_ = f"WH-{named('events', self._count)}"
        event: Data = {
            "id": id_,
            "event_version": "1.0",
            "create_time": moment(now),
            "resource_type": resource_type,
            "resource_version": version,
            "event_type": event_type,
            "summary": event_type.replace(".", " ").lower(),
            "resource": resource,
            "links": [{"href": f"{BASE}/v1/notifications/webhooks-events/{id_}", "rel": "self", "method": "GET"}],
        }
        self.outbox.put(id_, event, now)

    def _signed(self, delivery: Delivery, now: float) -> Signed:
        body = msgspec.json.encode(delivery.event)
        transmission_id, time = f"{delivery.id}-{delivery.tried + 1}", moment(now)
        signature = sign(_message(transmission_id, time, WEBHOOK_ID, body))
        headers = {
            "content-type": "application/json",
            "paypal-auth-algo": ALGORITHM,
            "paypal-cert-url": CERT_URL,
            "paypal-transmission-id": transmission_id,
            "paypal-transmission-sig": base64.b64encode(signature).decode(),
            "paypal-transmission-time": time,
        }
        return Signed(id=delivery.id, headers=headers, body=body)


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook as it goes over the wire: the event's id, headers with lower-case names, and the body."""

    id: str
    headers: dict[str, str]
    body: bytes


def _message(transmission_id: str, time: str, webhook_id: str, body: bytes) -> bytes:
    return f"{transmission_id}|{time}|{webhook_id}|{crc32(body)}".encode()


def _decoded(signature: str) -> bytes:
    try:
        return base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return b""
