"""
What PayPal keeps: orders, and the authorizations, captures and refunds made on them.

The money itself is in the ledger. What is here is what PayPal says of it, and each status is read off the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from typing import Literal

from tillproof_fake_processors.ledger import Authorization, Caller, Capture, Intent

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_LENGTH = 17


class Kind(StrEnum):
    """The three kinds of movement, as the Payments API names them in its paths."""

    AUTHORIZATION = "authorizations"
    CAPTURE = "captures"
    REFUND = "refunds"


@dataclass(slots=True, eq=False)
class Order:
    """
    An order with one purchase unit; its id is that of the ledger's intent.

    `approved`: the payer has said yes on PayPal's page. Times are seconds since the epoch.
    """

    id: str
    purpose: Literal["AUTHORIZE", "CAPTURE"]
    intent: Intent
    reference_id: str
    custom_id: str | None
    invoice_id: str | None
    created: float
    updated: float
    approved: bool = False
    movements: list[Movement] = field(default_factory=list["Movement"])

    @property
    def status(self) -> str:
        """Say how the order stands."""
        if self.movements:
            return "COMPLETED"
        if self.intent.challenge == "open":
            return "PAYER_ACTION_REQUIRED"
        return "APPROVED" if self.approved else "CREATED"

    def of(self, kind: Kind) -> list[Movement]:
        """Return the movements of one kind, oldest first."""
        return [one for one in self.movements if one.kind is kind]


@dataclass(slots=True, eq=False)
class Movement:
    """
    An authorization, a capture or a refund. `parent`: the authorization captured, the capture refunded.

    `stage`: not decided yet, carried out, or denied; `entry` is the ledger's entry once it is carried out, and `caller` how
    it was asked for. `landing` is when a pending one is decided by itself (None: somebody must). `final`: a capture that
    lets go of the rest. `replaced`: an authorization in whose place another stands.
    """

    kind: Kind
    id: str
    order: Order
    amount: int
    created: float
    updated: float
    parent: Movement | None = None
    stage: Literal["pending", "done", "denied"] = "pending"
    entry: str | None = None
    caller: Caller = field(default_factory=Caller)
    landing: float | None = None
    custom_id: str | None = None
    invoice_id: str | None = None
    note: str | None = None
    final: bool = False
    honored_until: float = 0.0
    expires: float = 0.0
    replaced: bool = False

    @property
    def hold(self) -> Authorization | None:
        """What the ledger holds for this authorization."""
        return next((one for one in self.order.intent.authorizations if one.id == self.entry), None)

    @property
    def taken(self) -> Capture | None:
        """What the ledger took for this capture."""
        return next((one for one in self.order.intent.captures if one.id == self.entry), None)

    @property
    def children(self) -> list[Movement]:
        """What was made of it and not denied: captures of an authorization, refunds of a capture."""
        return [one for one in self.order.movements if one.parent is self and one.stage != "denied"]

    @property
    def left(self) -> int:
        """What of it neither was taken or given back nor is about to be."""
        return self.amount - sum(one.amount for one in self.children if one.kind is not Kind.AUTHORIZATION)

    @property
    def status(self) -> str:
        """Say how the movement stands, in PayPal's words for its kind."""
        if self.stage != "done":
            return _UNFINISHED[self.kind][self.stage]
        if self.kind is Kind.REFUND:
            return "COMPLETED"
        if self.kind is Kind.CAPTURE:
            given = self.taken.refunded if self.taken else 0
            return "COMPLETED" if not given else "REFUNDED" if given == self.amount else "PARTIALLY_REFUNDED"
        hold = self.hold
        if hold is None or (not hold.live and not hold.captured):
            return "VOIDED"
        return "CAPTURED" if not hold.live else "PARTIALLY_CAPTURED" if hold.captured else "CREATED"


_UNFINISHED: dict[Kind, dict[str, str]] = {
    Kind.AUTHORIZATION: {"pending": "PENDING", "denied": "DENIED"},
    Kind.CAPTURE: {"pending": "PENDING", "denied": "DECLINED"},
    Kind.REFUND: {"pending": "PENDING", "denied": "FAILED"},
}


@lru_cache(maxsize=1024)  # every run begins to count anew
def named(what: str, number: int) -> str:
    """Make the id of the n-th thing: 17 digits and capital letters, the first a digit, the same in every run."""
    value = int.from_bytes(sha256(f"{what}/{number}".encode()).digest())
    letters = [_ALPHABET[value % 10]]
    for _ in range(_LENGTH - 1):
        value, rest = divmod(value, len(_ALPHABET))
        letters.append(_ALPHABET[rest])
    return "".join(letters)


def moment(seconds: float) -> str:
    """Write a time as PayPal does: RFC 3339, UTC, whole seconds."""
    return _written(int(seconds))


@lru_cache(maxsize=1024)  # an order bears the same few times in each of its answers
def _written(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
