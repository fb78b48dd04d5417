"""
The bank's webhooks: events as JSON, signed like Stripe's (HMAC-SHA256 over time and raw body), and the check of it.

    Bank-Signature: t=<seconds since the epoch>,v1=<hex>
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Sequence

import msgspec

from tillproof.contract.webhooks import Announcement
from tillproof.domain.entities import Data
from tillproof.domain.ledger import Entry, EntryKind
from tillproof_fake_processors.bank.face import effect
from tillproof_fake_processors.ledger import Intent

SIGNATURE = "bank-signature"
"""The header that bears time and signature."""

WEBHOOK_SECRET = "bwh_4f0c2b61d9"  # noqa: S105 - shared between the fake and its processor; it guards nothing
"""What both sides sign with, unless another is given."""

TOLERANCE = 300.0
"""Seconds by which a signature's time may differ from the receiver's, either way."""

UNTIMELY = "it was signed too long ago, or in the future"
"""What is wrong with a body that the bank has signed, but not lately. The receiver's clock may be what is wrong."""

_NOT_THE_SECRET = "bwh_of_somebody_else"  # noqa: S105 - what a forger has instead

_TYPES: dict[EntryKind, str] = {
    EntryKind.AUTHORIZE: "intent.authorized",
    EntryKind.CAPTURE: "intent.captured",
    EntryKind.REFUND: "intent.refunded",
    EntryKind.VOID: "intent.canceled",
    EntryKind.DECLINE: "intent.declined",
}
"""What the bank tells of; of anything else its answer tells all there is."""


class BankOutbox:
    """The events of one bank. Implements `Outbox`."""

    def __init__(self, now: Callable[[], float]) -> None:
        """Nothing has happened yet. `now` gives seconds since the epoch."""
        self._now = now
        self._count = 0
        self._waiting: list[Announcement] = []
        self._refunded: Counter[str] = Counter()

    def written(self, entry: Entry) -> None:
        """Tell of a line in the ledger."""
        if entry.kind is EntryKind.REFUND:
            self._refunded[entry.intent] += entry.amount
        if entry.kind in _TYPES:
            self._waiting.append(self._event(_TYPES[entry.kind], entry.intent, entry.resource, effect(entry)))

    def approved(self, intent: Intent) -> None:
        """Tell that the customer has passed the challenge."""
        self._waiting.append(self._event("intent.approved", intent.id, intent.resource))

    def take(self) -> Sequence[Announcement]:
        """Return what happened since this was last asked, in order."""
        taken, self._waiting = self._waiting, []
        return taken

    def signed(self, event: Announcement, at: float, *, forged: bool = False) -> dict[str, str]:
        """Return the headers of a delivery sent at that time."""
        header = signature(event.body, _NOT_THE_SECRET if forged else WEBHOOK_SECRET, int(at))
        return {"content-type": "application/json", SIGNATURE: header}

    def stranger(self) -> Announcement:
        """Return an event of a type that no reader can know."""
        return self._event("risk.model_retrained")

    def _event(
        self, type_: str, intent: str | None = None, resource: str | None = None, of: Data | None = None
    ) -> Announcement:
        self._count += 1
        body: Data = {"id": f"ev_{self._count}", "type": type_, "created": int(self._now())}
        if intent is not None:
            body |= {"intent": intent, "resource": resource, "refunded": self._refunded[intent], "effect": of}
        return Announcement(id=body["id"], type=type_, body=msgspec.json.encode(body))


def signature(body: bytes, secret: str, at: int) -> str:
    """Return the signature header of a body sent at that second."""
    return f"t={at},v1={_mac(body, secret, at)}"


def flaw(body: bytes, header: str, secret: str, now: float, tolerance: float = TOLERANCE) -> str | None:
    """Say why a body under this signature header is not the bank's, sent lately; None if it is."""
    at, given = signed_at(header), _fields(header).get("v1")
    if at is None or given is None:
        return "it is not signed"
    if not hmac.compare_digest(_mac(body, secret, at).encode(), given.encode()):
        return "the signature does not fit"
    if abs(now - at) > tolerance:
        return UNTIMELY
    return None


def signed_at(header: str) -> int | None:
    """Return the second a signature header names; None if it names none."""
    at = _fields(header).get("t", "")
    return int(at) if at.isascii() and at.isdecimal() else None


def _fields(header: str) -> dict[str, str]:
    return dict(part.strip().split("=", 1) for part in header.split(",") if "=" in part)


def _mac(body: bytes, secret: str, at: int) -> str:
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
