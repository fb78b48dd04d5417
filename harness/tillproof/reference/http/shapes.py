"""
What clients get, as closed forms: names and nulls as Medusa v1 writes them, amounts in minor units, times ISO-8601 UTC.

Documentation that is checked: the OpenAPI document shows these forms, and a test reads every answer back through them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from tillproof.domain.statuses import OrderStatus, PaymentStatus, SessionStatus, SwapPaymentStatus

Instant = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", description="ISO-8601 UTC.")]
Object = dict[str, Any]


class Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A closed form."""


class Error(Shape, frozen=True, kw_only=True, omit_defaults=True):
    """Why not. `code` is there where the original has one, or the processor gave one."""

    type: str
    message: str
    code: str | None = None


class Errors(Shape, frozen=True, kw_only=True):
    """What cannot be had any more (`insufficient_inventory`), as the original lists it."""

    errors: list[Error]


class ProcessorName(Shape, frozen=True, kw_only=True):
    """A payment processor, by its identifier."""

    id: str


class Processor(Shape, frozen=True, kw_only=True):
    """A payment processor the shop has known, and whether it is there now."""

    id: str
    is_installed: bool


class Region(Shape, frozen=True, kw_only=True):
    """Where the shop sells. `tax_rate` is in percent."""

    id: str
    name: str
    currency_code: str
    tax_rate: float
    payment_providers: list[ProcessorName]
    countries: list[Object]
    fulfillment_providers: list[Object]
    metadata: None


class ShippingOption(Shape, frozen=True, kw_only=True):
    """A way for goods to travel."""

    id: str
    name: str
    region_id: str
    price_type: str
    amount: int


class Price(Shape, frozen=True, kw_only=True):
    """A price in one currency."""

    currency_code: str
    amount: int


class Variant(Shape, frozen=True, kw_only=True):
    """What is bought. `calculated_price` is that of the region asked about."""

    id: str
    product_id: str
    title: str
    inventory_quantity: int
    prices: list[Price]
    calculated_price: int | None


class Product(Shape, frozen=True, kw_only=True):
    """What is shown; it has one variant."""

    id: str
    title: str
    variants: list[Variant]


class Item(Shape, frozen=True, kw_only=True):
    """A line of a cart or an order."""

    id: str
    cart_id: str
    order_id: str | None
    variant_id: str
    title: str
    unit_price: int
    quantity: int
    subtotal: int


class ShippingMethod(Shape, frozen=True, kw_only=True):
    """How the goods travel."""

    shipping_option_id: str
    price: int
    data: Object


class Session(Shape, frozen=True, kw_only=True):
    """A processor's part of the checkout. Of `data` only what the processor declared public."""

    id: str
    cart_id: str
    provider_id: str
    status: SessionStatus
    data: Object
    is_selected: bool | None
    is_initiated: bool
    amount: int
    currency_code: str
    idempotency_key: None
    payment_authorized_at: Instant | None
    created_at: Instant
    updated_at: Instant


class Priced(Shape, frozen=True, kw_only=True):
    """What a cart and the order made from it have in common."""

    id: str
    region_id: str
    region: Region
    currency_code: str
    items: list[Item]
    shipping_methods: list[ShippingMethod]
    shipping_address: Object | None
    billing_address: Object | None
    discounts: list[Object]
    gift_cards: list[Object]
    subtotal: int
    discount_total: int
    shipping_total: int
    tax_total: int
    gift_card_total: int
    total: int
    created_at: Instant
    updated_at: Instant


class Adjustment(Shape, frozen=True, kw_only=True):
    """What is returned of an order's line: `amount`, below zero, is what it cost, tax included."""

    item_id: str
    description: str
    quantity: int
    amount: int


class OfSwap(Shape, frozen=True, kw_only=True):
    """Which swap a cart is for."""

    swap_id: str


class Cart(Priced, frozen=True, kw_only=True):
    """A cart. `idempotency_key` is that of its open attempt. The total of a swap's may be below zero."""

    object: Literal["cart"]
    type: Literal["default", "swap"]
    metadata: OfSwap | None
    adjustments: list[Adjustment]
    adjustment_total: int
    email: str | None
    customer: str | None
    context: Object
    payment_id: str | None
    payment_session: Session | None
    payment_sessions: list[Session]
    idempotency_key: str | None
    payment_authorized_at: Instant | None
    completed_at: Instant | None


class Payment(Shape, frozen=True, kw_only=True):
    """What was authorized. Its `data` is between the processor and the gateway, and never served."""

    id: str
    cart_id: str
    order_id: str | None
    swap_id: str | None
    provider_id: str
    amount: int
    currency_code: str
    amount_refunded: int
    idempotency_key: None
    metadata: None
    captured_at: Instant | None
    canceled_at: Instant | None
    created_at: Instant
    updated_at: Instant


class Refund(Shape, frozen=True, kw_only=True):
    """A confirmed refund."""

    id: str
    order_id: str
    payment_id: str
    amount: int
    reason: str
    note: str | None
    idempotency_key: None
    metadata: None
    created_at: Instant


class Swap(Shape, frozen=True, kw_only=True):
    """A swap. `difference_due` is there once its cart is completed; below zero it is owed to the customer."""

    id: str
    object: Literal["swap"]
    order_id: str
    cart_id: str
    payment_status: SwapPaymentStatus
    fulfillment_status: Literal["not_fulfilled", "canceled"]
    difference_due: int | None
    additional_items: list[Item]
    return_items: list[Adjustment]
    payment: Payment | None
    metadata: None
    confirmed_at: Instant | None
    canceled_at: Instant | None
    created_at: Instant
    updated_at: Instant


class Order(Priced, frozen=True, kw_only=True):
    """An order. The payments of its swaps are among its own."""

    object: Literal["order"]
    metadata: None
    cart_id: str
    email: str
    status: OrderStatus
    payment_status: PaymentStatus
    fulfillment_status: Literal["not_fulfilled", "canceled"]
    payments: list[Payment]
    refunds: list[Refund]
    swaps: list[Swap]
    paid_total: int
    refunded_total: int
    refundable_amount: int
    canceled_at: Instant | None


class Stocked(Shape, frozen=True, kw_only=True):
    """A variant, and how many are left."""

    id: str
    inventory_quantity: int


class User(Shape, frozen=True, kw_only=True):
    """Who is signed in."""

    id: str
    email: str
    role: Literal["admin"]
