"""What a processor hears from PayPal unasked: whose word a delivery is, what it tells, and how a payment stands there."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime

import msgspec

from tillproof.contract.outcomes import Unknown
from tillproof.contract.webhooks import Delivery, GivenBack, Notice, Says, Standing
from tillproof_fake_processors.paypal.amounts import NotAnAmount
from tillproof_fake_processors.paypal.amounts import read as read_amount
from tillproof_fake_processors.paypal.answers import Amount, Movement, Order
from tillproof_fake_processors.paypal.events import ALGORITHM, signed_text

TOLERANCE = 300.0
"""Seconds by which a transmission's time may differ from the receiver's, either way. PayPal names none."""

UNTIMELY = "it was signed too long ago, or in the future"
"""What is wrong with a delivery that PayPal has signed, but not lately. The receiver's clock may be what is wrong."""

IsSigned = Callable[[bytes, bytes], bool]
"""Tells whether a signature is PayPal's and of this message: by a certificate that was known before."""

_SAYS: dict[str, Says] = {
    "CHECKOUT.ORDER.APPROVED": Says.APPROVED,
    "PAYMENT.AUTHORIZATION.CREATED": Says.AUTHORIZED,
    "PAYMENT.AUTHORIZATION.VOIDED": Says.CANCELED,
    "PAYMENT.CAPTURE.COMPLETED": Says.CAPTURED,
    "PAYMENT.CAPTURE.DECLINED": Says.FAILED,
    "PAYMENT.CAPTURE.REFUNDED": Says.REFUNDED,
}
_TAKEN = frozenset({"COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"})


class _Related(msgspec.Struct, frozen=True):
    order_id: str | None = None


class _Supplement(msgspec.Struct, frozen=True):
    related_ids: _Related = _Related()


class _Resource(msgspec.Struct, frozen=True):
    id: str
    amount: Amount | None = None
    invoice_id: str | None = None
    supplementary_data: _Supplement = _Supplement()


class Event(msgspec.Struct, frozen=True):
    """An event, as far as it is understood; of one of no interest the resource may be anything."""

    id: str
    event_type: str
    resource: msgspec.Raw

    @property
    def says(self) -> Says:
        """What it says happened."""
        return _SAYS.get(self.event_type, Says.OTHER)


def flaw(delivery: Delivery, webhook_id: str, is_signed: IsSigned) -> str | None:
    """
    Say why a delivery is not PayPal's word to this webhook, sent lately; None if it is.

    The id of the webhook is part of what is signed: others' webhooks are signed by the same key. Nothing is fetched from an
    address that the delivery names.
    """
    told = delivery.headers
    time = told.get("paypal-transmission-time", "")
    if told.get("paypal-auth-algo") != ALGORITHM:
        return "it is not signed, or in a way that is not known"
    try:
        sent_at = datetime.fromisoformat(time)
        signature = base64.b64decode(told.get("paypal-transmission-sig", ""), validate=True)
    except ValueError:
        return "its time or signature cannot be read"
    message = signed_text(told.get("paypal-transmission-id", ""), time, webhook_id, delivery.body)
    if not is_signed(message, signature):
        return "the signature does not fit"
    if sent_at.tzinfo is None or abs(delivery.received_at - sent_at.timestamp()) > TOLERANCE:
        return UNTIMELY
    return None


def read_event(body: bytes) -> Event | Unknown:
    """Read an event that has been verified."""
    try:
        return msgspec.json.decode(body, type=Event)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Unknown("PayPal's event was not understood")


def order_named(event: Event) -> str | None:
    """Return the id of the order an event is about; None where it names none."""
    resource = _resource(event)
    if resource is None:
        return None
    return resource.id if event.says is Says.APPROVED else resource.supplementary_data.related_ids.order_id


def notice(event: Event, resource_id: str | None) -> Notice:
    """Say what an event tells, of an order that was made for `resource_id`."""
    resource = _resource(event)
    back = resource if event.says is Says.REFUNDED else None
    return Notice(
        event_id=event.id,
        says=event.says,
        resource_id=resource_id,
        object_id=resource.id if resource else None,
        reference=resource.invoice_id if resource else None,
        refund_id=back.id if back else None,
        amount=_minor(back.amount) if back and back.amount else None,
        currency=back.amount.currency_code.lower() if back and back.amount else None,
    )


def standing(order: Order) -> Standing | Unknown:
    """Say what has become of an order. An authorization that was voided at its end has lapsed: nobody canceled it."""
    made = order.unit.payments
    captured = [_minor(one.amount) for one in made.captures if one.status in _TAKEN]
    back = [(one, _minor(one.amount)) for one in made.refunds if one.status == "COMPLETED"]
    if None in captured or any(sum_ is None for _, sum_ in back):
        return Unknown("an amount of PayPal's was not understood")
    hold = order.authorization
    return Standing(
        captured=sum(sum_ for sum_ in captured if sum_),
        canceled=hold is not None and hold.status == "VOIDED" and not captured and not _lapsed(hold),
        refunds=tuple(GivenBack(id=one.id, amount=sum_, reference=one.invoice_id) for one, sum_ in back if sum_),
    )


def _lapsed(hold: Movement) -> bool:
    """Tell whether it ended at its end; both times are of one form (RFC 3339, UTC), so text tells which is later."""
    return bool(hold.expiration_time) and hold.update_time >= hold.expiration_time


def _resource(event: Event) -> _Resource | None:
    try:
        return msgspec.json.decode(event.resource, type=_Resource)
    except msgspec.DecodeError:
        return None


def _minor(amount: Amount) -> int | None:
    try:
        return read_amount({"currency_code": amount.currency_code, "value": amount.value}).amount
    except NotAnAmount:
        return None
