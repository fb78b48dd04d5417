"""
What PayPal tells of itself: signed webhooks.

Each is signed over `transmission id|time|webhook id|CRC-32 of the body`, and can be verified in both documented ways:
by the certificate at `PAYPAL-CERT-URL`, offline, with any RSA library; or by asking `verify-webhook-signature`
(https://developer.paypal.com/api/rest/webhooks/rest).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import cast
from zlib import crc32

import msgspec

from tillproof.contract.gateway import Response
from tillproof.contract.webhooks import Announcement
from tillproof.domain.entities import Data
from tillproof_fake_processors.paypal.certificate import CERTIFICATE, is_signed, sign
from tillproof_fake_processors.paypal.face import BASE, movement_body, order_body
from tillproof_fake_processors.paypal.objects import Kind, Movement, Order, moment, named
from tillproof_fake_processors.paypal.outbox import Delivery, Outbox

WEBHOOK_ID = "8PT597110X687430L"
"""The id of the one webhook there is: part of what is signed, and known to its listener beforehand."""

_SOMEBODY_ELSES = "2WP46208NM1190311"
"""The id of a webhook that a forger has at PayPal: what is sent there is signed as well, but not for us."""

LISTENED = frozenset(
    {
        "CHECKOUT.ORDER.APPROVED",
        "PAYMENT.AUTHORIZATION.CREATED",
        "PAYMENT.AUTHORIZATION.VOIDED",
        "PAYMENT.CAPTURE.COMPLETED",
        "PAYMENT.CAPTURE.DECLINED",
        "PAYMENT.CAPTURE.REFUNDED",
    }
)
"""The types that a shop listens to."""

CERT_URL = f"{BASE}/v1/notifications/certs/CERT-360caa42-tillproof"
ALGORITHM = "SHA256withRSA"

_RESOURCE = {Kind.AUTHORIZATION: "authorization", Kind.CAPTURE: "capture", Kind.REFUND: "refund"}
_SIGNED_FIELDS = ("transmission_id", "transmission_time", "webhook_id")


class Events:
    """The events of one PayPal: told to the outbox, signed when they are sent. Implements `Outbox` of the contract."""

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

    def take(self) -> Sequence[Announcement]:
        """Return what happened since this was last asked and a shop listens to; the tries are then the taker's."""
        now = self._now()
        taken = [one for one in self.outbox.due(now) if not one.tried]
        for one in taken:
            self.outbox.answered(one.id, 200, now)
        told = [_announcement(one.event) for one in taken]
        return [event for event in told if event.type in LISTENED]

    def signed(self, event: Announcement, at: float, *, forged: bool = False) -> dict[str, str]:
        """Return the headers of a delivery sent at that time; a forger has PayPal sign it for a webhook of their own."""
        return _headers(event.body, f"{event.id}-1", moment(at), _SOMEBODY_ELSES if forged else WEBHOOK_ID)

    def stranger(self) -> Announcement:
        """Return an event of a type that no reader can know."""
        return _announcement(self._event("RISK.MODEL.RETRAINED", "risk-model", "1.0", {"id": "model"}))

    def verify(self, body: Data) -> Response:
        """Answer `verify-webhook-signature`."""
        signed = [body.get(field) for field in _SIGNED_FIELDS]
        event, signature = body.get("webhook_event"), body.get("transmission_sig")
        good = all(isinstance(part, str) for part in signed) and isinstance(signature, str) and isinstance(event, dict)
        ours = body.get("auth_algo") == ALGORITHM and body.get("cert_url") == CERT_URL and signed[2] == WEBHOOK_ID
        if good and ours:
            transmission_id, time, webhook_id = cast("list[str]", signed)
            message = signed_text(transmission_id, time, webhook_id, msgspec.json.encode(event))
            good = is_signed(message, _decoded(cast("str", signature)))
        return Response(status=200, body={"verification_status": "SUCCESS" if good and ours else "FAILURE"})

    def certificate(self) -> Response:
        """Answer with the certificate, as text."""
        return Response(status=200, body=CERTIFICATE)

    def _tell(self, event_type: str, resource_type: str, version: str, resource: Data) -> None:
        event = self._event(event_type, resource_type, version, resource)
        self.outbox.put(event["id"], event, self._now())

    def _event(self, event_type: str, resource_type: str, version: str, resource: Data) -> Data:
        self._count += 1
        id_ = f"WH-{named('events', self._count)}"
        return {
            "id": id_,
            "event_version": "1.0",
            "create_time": moment(self._now()),
            "resource_type": resource_type,
            "resource_version": version,
            "event_type": event_type,
            "summary": event_type.replace(".", " ").lower(),
            "resource": resource,
            "links": [{"href": f"{BASE}/v1/notifications/webhooks-events/{id_}", "rel": "self", "method": "GET"}],
        }

    def _signed(self, delivery: Delivery, now: float) -> Signed:
        body = msgspec.json.encode(delivery.event)
        headers = _headers(body, f"{delivery.id}-{delivery.tried + 1}", moment(now), WEBHOOK_ID)
        return Signed(id=delivery.id, headers=headers, body=body)


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook as it goes over the wire: the event's id, headers with lower-case names, and the body."""

    id: str
    headers: dict[str, str]
    body: bytes


def _announcement(event: Data) -> Announcement:
    return Announcement(id=event["id"], type=event["event_type"], body=msgspec.json.encode(event))


def _headers(body: bytes, transmission_id: str, time: str, webhook_id: str) -> dict[str, str]:
    signature = sign(signed_text(transmission_id, time, webhook_id, body))
    return {
        "content-type": "application/json",
        "paypal-auth-algo": ALGORITHM,
        "paypal-cert-url": CERT_URL,
        "paypal-transmission-id": transmission_id,
        "paypal-transmission-sig": base64.b64encode(signature).decode(),
        "paypal-transmission-time": time,
    }


def signed_text(transmission_id: str, time: str, webhook_id: str, body: bytes) -> bytes:
    """Return what PayPal signs of a delivery."""
    return f"{transmission_id}|{time}|{webhook_id}|{crc32(body)}".encode()


def _decoded(signature: str) -> bytes:
    try:
        return base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return b""
