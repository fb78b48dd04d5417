"""
What a gateway tells of its own accord: a delivery, what a processor reads in it, and how a payment stands there.

A delivery is a reason to ask, never a proof: who wants to know what happened asks the gateway (`read_standing`). What is
in a notice serves to find the payment, and to see that nothing new is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

import msgspec


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """
    One request to the address for webhooks, as it arrived.

    `headers` by lower-case name; `body` byte for byte, since that is what is signed; `received_at` in seconds since the
    epoch, UTC.
    """

    headers: dict[str, str]
    body: bytes
    received_at: float


class Says(StrEnum):
    """
    What an event says happened.

    `approved`: the customer has acted, nothing is held yet. `other`: of no interest to a checkout, or of a type that the
    processor does not know.
    """

    APPROVED = "approved"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    REFUNDED = "refunded"
    CANCELED = "canceled"
    FAILED = "failed"
    REQUIRES_MORE = "requires_more"
    OTHER = "other"


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """
    An event that the gateway certainly sent, lately, and exactly so.

    `event_id` is the same whenever the event is delivered. `resource_id` is what the gateway's object was made for (our
    cart), `object_id` its name at the gateway, `reference` ours for the effect. Of a refund `refund_id` is the gateway's
    name, `amount` its sum and `total` all that was given back until then, in minor units of `currency`.
    """

    event_id: str
    says: Says
    resource_id: str | None = None
    object_id: str | None = None
    reference: str | None = None
    refund_id: str | None = None
    amount: int | None = None
    total: int | None = None
    currency: str | None = None


class Rejected(msgspec.Struct, frozen=True):
    """
    Not the gateway's word, definitely: unsigned, wrongly signed, altered, too old, or dated ahead.

    `reason` is for our own log; whoever sent it is not told.
    """

    reason: str


class GivenBack(msgspec.Struct, frozen=True, kw_only=True):
    """A refund the gateway has made: its name there, its sum in minor units, our reference if we asked for it."""

    id: str
    amount: int
    reference: str | None = None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """
    What has become of a payment, by the gateway's own word. Amounts are minor units of the payment's currency.

    `canceled`: what was held has been let go, and nothing was captured; a hold that lapsed is not canceled. `refunds` are
    all that were made, oldest first.
    """

    captured: int = 0
    canceled: bool = False
    refunds: tuple[GivenBack, ...] = ()


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """An event as a gateway writes it down: its id, its type in the gateway's words, the body it is delivered with."""

    id: str
    type: str
    body: bytes


class Outbox(Protocol):
    """What a gateway fake has to tell. It delivers nothing itself: the harness does, well or badly."""

    def take(self) -> Sequence[Announcement]:
        """Return what happened since this was last asked, in order."""
        ...

    def signed(self, event: Announcement, at: float, *, forged: bool = False) -> dict[str, str]:
        """Return the headers of a delivery sent at that time; `forged`: by somebody who cannot sign."""
        ...

    def stranger(self) -> Announcement:
        """Return an event of a type that no reader can know."""
        ...


class Dashboard(Protocol):
    """
    The gateway's own pages for the shop's people, who act there without the shop.

    `resource` is what the gateway's object was made for. What the gateway refuses there does not happen.
    """

    def capture(self, resource: str, amount: int | None = None) -> None:
        """Take so many minor units of what is held, and let go of the rest; None: take all of it."""
        ...

    def refund(self, resource: str, amount: int) -> None:
        """Give so many minor units back."""
        ...

    def cancel(self, resource: str) -> None:
        """Let go of what is held."""
        ...
