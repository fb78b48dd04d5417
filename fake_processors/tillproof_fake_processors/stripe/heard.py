"""What a processor hears from Stripe unasked, and how a payment stands there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from tillproof.contract.outcomes import Unknown
from tillproof.contract.webhooks import GivenBack, Notice, Says, Standing
from tillproof_fake_processors.stripe.asking import REFERENCE, RESOURCE
from tillproof_fake_processors.stripe.currencies import from_stripe
from tillproof_fake_processors.stripe.understanding import Intent, Refund

_SAYS: dict[str, Says] = {
    "charge.refunded": Says.REFUNDED,
    "payment_intent.amount_capturable_updated": Says.AUTHORIZED,
    "payment_intent.canceled": Says.CANCELED,
    "payment_intent.payment_failed": Says.FAILED,
    "payment_intent.requires_action": Says.REQUIRES_MORE,
    "payment_intent.succeeded": Says.CAPTURED,
}

_LAPSED = "automatic"  # why Stripe itself cancels an intent that nobody captured in time


class _Object(msgspec.Struct, frozen=True):
    id: str
    currency: str
    metadata: dict[str, str] = {}
    payment_intent: str | None = None
    amount_captured: int = 0
    amount_refunded: int = 0


class _Holder(msgspec.Struct, frozen=True):
    object: msgspec.Raw


class _Event(msgspec.Struct, frozen=True):
    id: str
    object: Literal["event"]
    type: str
    data: _Holder


def notice(body: bytes) -> Notice | Unknown:
    """
    Read an event that has been verified.

    A charge bears the metadata that its intent had when it was made, so it names the cart, too. Which refund it was, it does
    not say.
    """
    try:
        event = msgspec.json.decode(body, type=_Event)
        says = _SAYS.get(event.type)
        if says is None:
            return Notice(event_id=event.id, says=Says.OTHER)
        of = msgspec.json.decode(event.data.object, type=_Object)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Unknown("Stripe's event was not understood")
    if says is Says.REFUNDED and not of.amount_captured:
        says = Says.OTHER  # what was held is let go: the intent's own event tells of it
    return Notice(
        event_id=event.id,
        says=says,
        resource_id=of.metadata.get(RESOURCE),
        object_id=of.payment_intent or of.id,
        total=from_stripe(of.amount_refunded, of.currency) if says is Says.REFUNDED else None,
        currency=of.currency if says is Says.REFUNDED else None,
    )


def standing(intent: Intent, refunds: Sequence[Refund]) -> Standing:
    """Say what has become of an intent; its refunds are given as Stripe lists them, newest first."""
    return Standing(
        captured=from_stripe(intent.amount_received, intent.currency),
        canceled=intent.status == "canceled" and not intent.amount_received and intent.cancellation_reason != _LAPSED,
        refunds=tuple(
            GivenBack(id=one.id, amount=from_stripe(one.amount, one.currency), reference=one.metadata.get(REFERENCE))
            for one in reversed(refunds)
            if one.status == "succeeded"
        ),
    )
