"""The bodies of answers, in Medusa v1's shape. The only place where rows become what a client may see."""

from __future__ import annotations

import msgspec

from tillproof.domain.entities import Cart, Data, Order, Payment, PaymentSession, Refund, Region
from tillproof.domain.requests import Answer
from tillproof.domain.totals import shipping_total, subtotal, tax_total, total
from tillproof.reference.ports import Transaction
from tillproof.reference.refusals import NotFound
from tillproof.reference.shop import Shop


def cart(shop: Shop, tx: Transaction, cart_id: str) -> Data:
    """Return the cart with its totals and sessions; of a session's data only what the processor declared public."""
    row = tx.find(Cart, cart_id)
    if row is None:
        raise NotFound(f"Cart with {cart_id} was not found")
    sessions = [_session(shop, session) for session in tx.select(PaymentSession, cart_id=cart_id)]
    return {
        **_plain(row),
        "object": "cart",
        "subtotal": subtotal(row),
        "shipping_total": shipping_total(row),
        "tax_total": tax_total(row),
        "total": total(row),
        "payment_sessions": sessions,
        "payment_session": next((session for session in sessions if session["is_selected"]), None),
    }


def awaiting(shop: Shop, tx: Transaction, cart_id: str) -> Answer:
    """Return the answer to a completion that waits for the customer or the gateway."""
    body = cart(shop, tx, cart_id)
    status = body["payment_session"]["status"] if body["payment_session"] else "pending"
    return Answer(status=200, body={"type": "cart", "data": body, "payment_status": status})


def completed(tx: Transaction, order_id: str) -> Answer:
    """Return the answer to a completion that placed an order."""
    return Answer(status=200, body={"type": "order", "data": order(tx, order_id)})


def ordered(tx: Transaction, order_id: str) -> Answer:
    """Return the answer that shows an order."""
    return Answer(status=200, body={"order": order(tx, order_id)})


def order(tx: Transaction, order_id: str) -> Data:
    """Return the order with its payments and refunds, and what can still be refunded. Payments come without `data`."""
    row = tx.find(Order, order_id)
    if row is None:
        raise NotFound(f"Order with {order_id} was not found")
    payments = tx.select(Payment, order_id=order_id)
    refunded = sum(payment.amount_refunded for payment in payments)
    captured = sum(payment.amount for payment in payments if payment.captured_at is not None)
    return {
        **_plain(row),
        "object": "order",
        "payments": [{k: v for k, v in _plain(payment).items() if k != "data"} for payment in payments],
        "refunds": [_plain(refund) for refund in tx.select(Refund, order_id=order_id)],
        "paid_total": sum(payment.amount for payment in payments if payment.canceled_at is None),
        "refunded_total": refunded,
        "refundable_amount": captured - refunded,
    }


def region(tx: Transaction, region_id: str) -> Data:
    """Return the region with its payment providers."""
    row = tx.find(Region, region_id)
    if row is None:
        raise NotFound(f"Region with {region_id} was not found")
    return {**_plain(row), "payment_providers": [{"id": id_} for id_ in row.payment_providers]}


def _session(shop: Shop, session: PaymentSession) -> Data:
    processor = shop.processors.get(session.provider_id)
    public = processor.capabilities.public if processor is not None else frozenset[str]()
    return {**_plain(session), "data": {k: v for k, v in session.data.items() if k in public}}


def _plain(row: msgspec.Struct) -> Data:
    plain: Data = msgspec.to_builtins(row)
    return plain
