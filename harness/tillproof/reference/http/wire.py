"""
From an answer of the business code to JSON as Medusa v1 writes it.

Rows are joined with what a storefront shows beside them (the region, an order's shipping and addresses), times become text,
rates percent, and what the original has and the reference has no use for is there and empty.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from tillproof.domain.entities import Cart, Data
from tillproof.domain.totals import shipping_total, subtotal, tax_total
from tillproof.reference import views
from tillproof.reference.ports import Transaction
from tillproof.reference.shop import Shop

_TIMES = frozenset(
    {"created_at", "updated_at", "completed_at", "confirmed_at", "captured_at", "canceled_at", "payment_authorized_at"},
)
_PERCENT = 100  # a stored tax rate is in hundredths of a percent


async def shaped(shop: Shop, body: Data) -> Data:
    """Return a successful answer's body as it goes out. Bodies of errors go out as they are."""

    def joined(tx: Transaction) -> Data:
        if body.get("type") in ("cart", "order", "swap"):
            return {**body, "data": _OBJECTS[body["type"]](tx, body["data"])}
        return {name: _shape_of(name)(tx, value) for name, value in body.items()}

    return await shop.store.read(joined)


def _shape_of(name: str) -> Callable[[Transaction, Any], object]:
    return _OBJECTS.get(name) or _LISTS.get(name) or _as_it_is


def _as_it_is(tx: Transaction, value: object) -> object:
    del tx
    return value


def _cart(tx: Transaction, body: Data) -> Data:
    sessions = [_session(session) for session in body["payment_sessions"]]
    left_out = {"tax_rate", "swap_id", "payment_session", "payment_sessions"}
    return {
        **_timed({name: value for name, value in body.items() if name not in left_out}),
        **_priced(tx, body, cart_id=body["id"], order_id=None),
        "type": "default" if body["swap_id"] is None else "swap",
        "metadata": None if body["swap_id"] is None else {"swap_id": body["swap_id"]},
        "payment_sessions": sessions,
        "payment_session": next((session for session in sessions if session["is_selected"]), None),
    }


def _order(tx: Transaction, body: Data) -> Data:
    cart = tx.find(Cart, body["cart_id"])
    bought: Data = {}
    if cart is not None:  # its cart: complete, so it cannot change any more
        bought = {
            "shipping_methods": [msgspec.to_builtins(method) for method in cart.shipping_methods],
            "shipping_address": cart.shipping_address,
            "billing_address": cart.billing_address,
            "subtotal": subtotal(cart),
            "shipping_total": shipping_total(cart),
            "tax_total": tax_total(cart),
        }
    joined = {**body, **bought}
    return {
        **_timed(joined),
        **_priced(tx, joined, cart_id=body["cart_id"], order_id=body["id"]),
        "fulfillment_status": "canceled" if body["status"] == "canceled" else "not_fulfilled",
        "payments": [_payment(tx, payment) for payment in body["payments"]],
        "refunds": [_refund(tx, refund) for refund in body["refunds"]],
        "swaps": [_swap(tx, swap) for swap in body["swaps"]],
        "metadata": None,
    }


def _swap(tx: Transaction, body: Data) -> Data:
    return {
        **_timed(body),
        "fulfillment_status": "canceled" if body["canceled_at"] is not None else "not_fulfilled",
        "additional_items": _items(body["additional_items"], cart_id=body["cart_id"], order_id=body["order_id"]),
        "payment": None if body["payment"] is None else _payment(tx, body["payment"]),
        "metadata": None,
    }


def _priced(tx: Transaction, body: Data, *, cart_id: str, order_id: str | None) -> Data:
    return {
        "region": _region(tx, views.region(tx, body["region_id"])),
        "items": _items(body["items"], cart_id=cart_id, order_id=order_id),
        "shipping_methods": [
            {"shipping_option_id": method["name"], "price": method["price"], "data": {}}
            for method in body["shipping_methods"]
        ],
        "discounts": [],
        "gift_cards": [],
        "discount_total": 0,
        "gift_card_total": 0,
    }


def _items(bodies: list[Data], *, cart_id: str, order_id: str | None) -> list[Data]:
    return [
        {**item, "cart_id": cart_id, "order_id": order_id, "subtotal": item["unit_price"] * item["quantity"]}
        for item in bodies
    ]


def _session(body: Data) -> Data:
    return {**_timed(body), "is_selected": body["is_selected"] or None, "idempotency_key": None}


def _payment(tx: Transaction, body: Data) -> Data:
    del tx
    return {**_timed(body), "idempotency_key": None, "metadata": None}


def _refund(tx: Transaction, body: Data) -> Data:
    del tx
    return {**_timed(body), "idempotency_key": None, "metadata": None}


def _region(tx: Transaction, body: Data) -> Data:
    del tx
    kept = {name: value for name, value in body.items() if name != "shipping_options"}
    rate = body["tax_rate"] / _PERCENT
    return {**kept, "tax_rate": rate, "countries": [], "fulfillment_providers": [], "metadata": None}


def _timed(body: Data) -> Data:
    return {name: _instant(value) if name in _TIMES and value is not None else value for name, value in body.items()}


def _instant(seconds: float) -> str:
    """Write a time as the original does: ISO-8601, UTC, milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _each(
    shape: Callable[[Transaction, Data], Data],
) -> Callable[[Transaction, list[Data]], list[Data]]:
    return lambda tx, bodies: [shape(tx, body) for body in bodies]


_OBJECTS: dict[str, Callable[[Transaction, Data], Data]] = {
    "cart": _cart,
    "order": _order,
    "payment": _payment,
    "refund": _refund,
    "swap": _swap,
    "region": _region,
}
_LISTS: dict[str, Callable[[Transaction, list[Data]], list[Data]]] = {"regions": _each(_region), "orders": _each(_order)}
