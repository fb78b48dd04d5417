"""The bodies of answers, in Medusa v1's shape. The only place where rows become what a client may see."""

from __future__ import annotations

import msgspec

from tillproof.domain.entities import Cart, Data, Order, Payment, PaymentSession, Refund, Region, Swap, Variant
from tillproof.domain.requests import Answer
from tillproof.domain.totals import adjustment_total, shipping_total, subtotal, tax_total, total
from tillproof.reference.follows import taken
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
        "adjustment_total": adjustment_total(row),
        "total": total(row),
        "payment_sessions": sessions,
        "payment_session": next((session for session in sessions if session["is_selected"]), None),
    }


def awaiting(shop: Shop, tx: Transaction, cart_id: str) -> Answer:
    """Return the answer to a completion that waits for the customer or the gateway."""
    body = cart(shop, tx, cart_id)
    status = body["payment_session"]["status"] if body["payment_session"] else "pending"
    return Answer(status=200, body={"type": "cart", "data": body, "payment_status": status})


def completed(tx: Transaction, *, order_id: str = "", swap_id: str = "") -> Answer:
    """Return the answer to a completion that placed this order, or confirmed this swap."""
    if swap_id:
        return Answer(status=200, body={"type": "swap", "data": swap(tx, swap_id)})
    return Answer(status=200, body={"type": "order", "data": order(tx, order_id)})


def ordered(tx: Transaction, order_id: str) -> Answer:
    """Return the answer that shows an order."""
    return Answer(status=200, body={"order": order(tx, order_id)})


def order(tx: Transaction, order_id: str) -> Data:
    """
    Return the order with its payments, refunds and swaps, and what can still be refunded.

    The payments of its swaps are among its own; all come without `data`.
    """
    row = tx.find(Order, order_id)
    if row is None:
        raise NotFound(f"Order with {order_id} was not found")
    payments = tx.select(Payment, order_id=order_id)
    refunded = sum(one.amount_refunded for one in payments)
    captured = sum(taken(tx, one) for one in payments)
    return {
        **_plain(row),
        "object": "order",
        "payments": [payment(one) for one in payments],
        "refunds": [refund(one) for one in tx.select(Refund, order_id=order_id)],
        "swaps": [swap(tx, one.id) for one in tx.select(Swap, order_id=order_id)],
        "paid_total": sum(one.amount for one in payments if one.canceled_at is None),
        "refunded_total": refunded,
        "refundable_amount": captured - refunded,
    }


def swap(tx: Transaction, swap_id: str) -> Data:
    """Return the swap with what is returned, what is bought instead, and its own payment."""
    row = tx.find(Swap, swap_id)
    if row is None:
        raise NotFound(f"Swap with {swap_id} was not found")
    basket = tx.find(Cart, row.cart_id)
    paid = tx.select(Payment, swap_id=swap_id)
    return {
        **_plain(row),
        "object": "swap",
        "additional_items": [] if basket is None else [_plain(item) for item in basket.items],
        "return_items": [] if basket is None else [_plain(adjustment) for adjustment in basket.adjustments],
        "payment": payment(paid[0]) if paid else None,
    }


def payment(row: Payment) -> Data:
    """Return the payment, without its `data`: that is between processor and gateway."""
    return {name: value for name, value in _plain(row).items() if name != "data"}


def refund(row: Refund) -> Data:
    """Return the refund."""
    return _plain(row)


def region(tx: Transaction, region_id: str) -> Data:
    """Return the region with its payment providers."""
    row = tx.find(Region, region_id)
    if row is None:
        raise NotFound(f"Region with {region_id} was not found")
    return {**_plain(row), "payment_providers": [{"id": id_} for id_ in row.payment_providers]}


def product(row: Variant, currency: str | None) -> Data:
    """Return a product with its one variant, whose id is the product's too; with the price in a currency, if asked for."""
    variant = {
        "id": row.id,
        "product_id": row.id,
        "title": row.title,
        "inventory_quantity": row.inventory_quantity,
        "prices": [{"currency_code": code, "amount": amount} for code, amount in row.prices.items()],
        "calculated_price": None if currency is None else row.prices.get(currency),
    }
    return {"id": row.id, "title": row.title, "variants": [variant]}


def shipping(row: Region) -> list[Data]:
    """Return the region's shipping options; an option's id is its name."""
    return [
        {"id": name, "name": name, "region_id": row.id, "price_type": "flat_rate", "amount": price}
        for name, price in row.shipping_options.items()
    ]


def _session(shop: Shop, session: PaymentSession) -> Data:
    processor = shop.processors.get(session.provider_id)
    public = processor.capabilities.public if processor is not None else frozenset[str]()
    return {**_plain(session), "data": {k: v for k, v in session.data.items() if k in public}}


def _plain(row: msgspec.Struct) -> Data:
    plain: Data = msgspec.to_builtins(row)
    return plain
