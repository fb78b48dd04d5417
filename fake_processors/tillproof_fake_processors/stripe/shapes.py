"""Stripe's JSON: how each object looks in an answer or an event (https://docs.stripe.com/api)."""

from __future__ import annotations

from tillproof.domain.entities import Data
from tillproof_fake_processors.stripe.cards import Card
from tillproof_fake_processors.stripe.objects import (
    Charge,
    Customer,
    Event,
    Kept,
    PaymentIntent,
    PaymentMethod,
    Refund,
)

SECRET = "fp_internal_51c09e7ad2"  # noqa: S105 - a planted marker, private to nobody
"""The planted marker: the card's fingerprint, which is the shop's and Stripe's business and no storefront's (SEC-01)."""

API_VERSION = "2025-03-31.basil"
"""The version an account has that asks for none."""

_PAYABLE = ("requires_payment_method", "requires_confirmation", "requires_action")


def shape(item: Kept) -> Data:
    """Write an object."""
    match item:
        case PaymentIntent():
            return intent(item)
        case Charge():
            return charge(item)
        case Refund():
            return refund(item)
        case PaymentMethod():
            return method(item)
        case Customer():
            return customer(item)
        case Event():
            return event(item)


def intent(item: PaymentIntent) -> Data:
    """Write a payment intent."""
    books = item.books
    return {
        "id": item.id,
        "object": "payment_intent",
        "amount": books.amount,
        "amount_capturable": books.held if item.status == "requires_capture" else 0,
        "amount_received": books.captured,
        "automatic_payment_methods": {"allow_redirects": "always", "enabled": True} if item.chosen_automatically else None,
        "canceled_at": item.canceled_at,
        "cancellation_reason": item.cancellation_reason,
        "capture_method": item.capture_method,
        "client_secret": f"{item.id}_secret_for_the_browser",
        "confirmation_method": item.confirmation_method,
        "created": item.created,
        "currency": books.currency,
        "customer": item.customer,
        "description": item.description,
        "last_payment_error": item.last_error,
        "latest_charge": item.latest.id if item.latest else None,
        "livemode": False,
        "metadata": dict(item.metadata),
        "next_action": _next_action(item) if item.status == "requires_action" else None,
        "payment_method": item.method,
        "payment_method_types": list(item.method_types),
        "processing": None,
        "receipt_email": item.receipt_email,
        "setup_future_usage": item.setup_future_usage,
        "shipping": item.shipping,
        "statement_descriptor": item.statement_descriptor,
        "status": item.status,
        "transfer_group": item.transfer_group,
    }


def charge(item: Charge) -> Data:
    """Write a charge."""
    of = item.intent
    back = item.given_back + (item.amount - item.captured if item.released or item.captured else 0)
    return {
        "id": item.id,
        "object": "charge",
        "amount": item.amount,
        "amount_captured": item.captured,
        "amount_refunded": back,
        "balance_transaction": f"txn_{item.id[3:]}" if item.captured else None,
        "billing_details": _NOBODY,
        "captured": item.captured > 0,
        "created": item.created,
        "currency": of.books.currency,
        "customer": of.customer,
        "description": of.description,
        "disputed": False,
        "failure_code": item.declined["code"] if item.declined else None,
        "failure_message": item.declined["message"] if item.declined else None,
        "livemode": False,
        "metadata": dict(item.metadata),
        "outcome": _outcome(item),
        "paid": item.declined is None,
        "payment_intent": of.id,
        "payment_method": item.method.id,
        "payment_method_details": {"type": "card", "card": _card(item.method.card)},
        "refunded": item.declined is None and back == item.amount,
        "status": "failed" if item.declined or item.expired else "succeeded",
    }


def refund(item: Refund) -> Data:
    """Write a refund."""
    shown: Data = {
        "id": item.id,
        "object": "refund",
        "amount": item.amount,
        "balance_transaction": f"txn_{item.id[3:]}",
        "charge": item.charge.id,
        "created": item.created,
        "currency": item.charge.intent.books.currency,
        "metadata": dict(item.metadata),
        "payment_intent": item.charge.intent.id,
        "reason": item.reason,
        "status": item.status,
    }
    if item.failure_reason is not None:
        shown["failure_reason"] = item.failure_reason
    return shown


def method(item: PaymentMethod) -> Data:
    """Write a payment method."""
    return {
        "id": item.id,
        "object": "payment_method",
        "billing_details": _NOBODY,
        "card": _card(item.card),
        "created": item.created,
        "customer": item.customer,
        "livemode": False,
        "metadata": dict(item.metadata),
        "type": "card",
    }


def customer(item: Customer) -> Data:
    """Write a customer; of a deleted one only that it was."""
    if item.deleted:
        return {"id": item.id, "object": "customer", "deleted": True}
    return {
        "id": item.id,
        "object": "customer",
        "created": item.created,
        "description": item.description,
        "email": item.email,
        "livemode": False,
        "metadata": dict(item.metadata),
        "name": item.name,
        "phone": item.phone,
    }


def event(item: Event) -> Data:
    """Write an event."""
    data: Data = {"object": item.object}
    if item.previous is not None:
        data["previous_attributes"] = item.previous
    return {
        "id": item.id,
        "object": "event",
        "api_version": API_VERSION,
        "created": item.created,
        "data": data,
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": item.request, "idempotency_key": item.key},
        "type": item.type,
    }


def payable(item: PaymentIntent) -> bool:
    """Tell whether a payment intent can still be confirmed."""
    return item.status in _PAYABLE


_NOBODY: Data = {"address": None, "email": None, "name": None, "phone": None}


def _card(card: Card) -> Data:
    return {
        "brand": card.brand,
        "country": "US",
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": SECRET,
        "funding": card.funding,
        "last4": card.number[-4:],
        "three_d_secure_usage": {"supported": True},
    }


def _next_action(item: PaymentIntent) -> Data:
    page = f"https://hooks.stripe.com/3d_secure_2/{item.id}"
    if item.return_url is not None:
        return {"type": "redirect_to_url", "redirect_to_url": {"url": page, "return_url": item.return_url}}
    return {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect", "stripe_js": page}}


def _outcome(item: Charge) -> Data:
    if item.declined is None:
        return {"network_status": "approved_by_network", "reason": None, "risk_level": "normal", "type": "authorized"}
    reason = item.declined.get("decline_code")
    return {"network_status": "declined_by_network", "reason": reason, "risk_level": "normal", "type": "issuer_declined"}
