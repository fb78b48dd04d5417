"""
The stored entities, as frozen values.

Attributes follow the seed and Medusa v1's tables. Amounts are whole minor units; times are seconds since the epoch, UTC;
`data` is JSON. Every entity knows its table and the prefix of its ids.
"""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from tillproof.domain.statuses import (
    OperationKind,
    OperationState,
    OrderStatus,
    PaymentStatus,
    RecoveryPoint,
    SessionStatus,
    SwapPaymentStatus,
)

Data = dict[str, Any]
"""A JSON object: survives `json.loads(json.dumps(...))` unchanged. Never mutated in place."""


class Entity(msgspec.Struct, frozen=True, kw_only=True):
    """A stored row: an id and nothing that can be changed in place."""

    table: ClassVar[str]
    prefix: ClassVar[str]
    id: str


class PaymentProvider(Entity, frozen=True, kw_only=True):
    """A payment processor the backend has known; `is_installed` says whether it is there now."""

    table = "payment_provider"
    prefix = "pp"
    is_installed: bool = True


class Region(Entity, frozen=True, kw_only=True):
    """
    Where a shop sells: one currency, and the processors enabled there.

    `tax_rate` is in hundredths of a percent; `shipping_options` maps a name to its price.
    """

    table = "region"
    prefix = "reg"
    name: str
    currency_code: str
    tax_rate: int = 0
    payment_providers: tuple[str, ...] = ()
    shipping_options: dict[str, int] = {}


class Variant(Entity, frozen=True, kw_only=True):
    """Something that can be bought: a price per currency, and what is left of it."""

    table = "variant"
    prefix = "variant"
    title: str
    prices: dict[str, int]
    inventory_quantity: int


class LineItem(msgspec.Struct, frozen=True, kw_only=True):
    """So many of a variant, at the price they had when they were put in the cart."""

    id: str
    variant_id: str
    title: str
    unit_price: int
    quantity: int


class ShippingMethod(msgspec.Struct, frozen=True, kw_only=True):
    """How the goods travel and what that costs."""

    name: str
    price: int


class Adjustment(msgspec.Struct, frozen=True, kw_only=True):
    """So many of an order's line are returned: `amount`, below zero, is what they cost, tax included."""

    item_id: str
    description: str
    quantity: int
    amount: int


class Cart(Entity, frozen=True, kw_only=True):
    """
    What a shopper is about to buy. `idempotency_key` is that of its open attempt, once there is one.

    A swap's cart names its swap, and has an adjustment for each line that is returned.
    """

    table = "cart"
    prefix = "cart"
    region_id: str
    currency_code: str
    tax_rate: int
    email: str | None = None
    customer: str | None = None
    swap_id: str | None = None
    items: tuple[LineItem, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    shipping_methods: tuple[ShippingMethod, ...] = ()
    shipping_address: Data | None = None
    billing_address: Data | None = None
    context: Data = {}
    idempotency_key: str | None = None
    payment_id: str | None = None
    payment_authorized_at: float | None = None
    completed_at: float | None = None
    created_at: float = 0.0
    updated_at: float = 0.0


class PaymentSession(Entity, frozen=True, kw_only=True):
    """A processor's part of one cart's checkout. `is_initiated`: the gateway holds an object for it, known by `data`."""

    table = "payment_session"
    prefix = "ps"
    cart_id: str
    provider_id: str
    status: SessionStatus = SessionStatus.PENDING
    data: Data = {}
    is_selected: bool = False
    is_initiated: bool = False
    amount: int
    currency_code: str
    payment_authorized_at: float | None = None
    created_at: float = 0.0
    updated_at: float = 0.0


class Payment(Entity, frozen=True, kw_only=True):
    """What was authorized for a purchase, and what became of it. `swap_id`: it is that swap's own, beside its order's."""

    table = "payment"
    prefix = "pay"
    cart_id: str
    order_id: str | None = None
    swap_id: str | None = None
    provider_id: str
    amount: int
    currency_code: str
    amount_refunded: int = 0
    data: Data = {}
    captured_at: float | None = None
    canceled_at: float | None = None
    created_at: float = 0.0
    updated_at: float = 0.0


class Order(Entity, frozen=True, kw_only=True):
    """A purchase that stands, made from a completed cart."""

    table = "order"
    prefix = "order"
    cart_id: str
    region_id: str
    currency_code: str
    email: str
    items: tuple[LineItem, ...]
    total: int
    status: OrderStatus = OrderStatus.PENDING
    payment_status: PaymentStatus = PaymentStatus.AWAITING
    canceled_at: float | None = None
    created_at: float = 0.0
    updated_at: float = 0.0


class Swap(Entity, frozen=True, kw_only=True):
    """
    Goods of an order returned for others. What is returned, and what is bought instead, is in its cart.

    `difference_due` is the cart's total when it was completed: above zero it is paid by the swap's own Payment, below zero
    it is refunded from the order's Payments.
    """

    table = "swap"
    prefix = "swap"
    order_id: str
    cart_id: str
    payment_status: SwapPaymentStatus = SwapPaymentStatus.NOT_PAID
    difference_due: int | None = None
    confirmed_at: float | None = None
    canceled_at: float | None = None
    created_at: float = 0.0
    updated_at: float = 0.0


class Refund(Entity, frozen=True, kw_only=True):
    """One confirmed refund of one payment."""

    table = "refund"
    prefix = "ref"
    order_id: str
    payment_id: str
    amount: int
    reason: str = "other"
    note: str | None = None
    idempotency_key: str | None = None
    created_at: float = 0.0


class IdempotencyKey(Entity, frozen=True, kw_only=True):
    """
    A request that may be sent again: what it was, how far it came, who is at work on it, and its final answer.

    Bound to a cart (completions) or to a path (capture, refund, cancel, swap); `operation_id` is then the first operation it
    caused. `locked_by` names the request at work; a lock counts until `locked_until`, read off a clock of its boot's own,
    and not past a restart.
    """

    table = "idempotency_key"
    prefix = "ikey"
    idempotency_key: str
    request_method: str
    request_path: str
    request_params: Data = {}
    cart_id: str | None = None
    recovery_point: RecoveryPoint = RecoveryPoint.STARTED
    contents: str | None = None
    operation_id: str | None = None
    locked_at: float | None = None
    locked_until: float | None = None
    locked_by: str | None = None
    response_code: int | None = None
    response_body: Data | None = None
    created_at: float = 0.0
    updated_at: float = 0.0


class Operation(Entity, frozen=True, kw_only=True):
    """
    One intended effect at the gateway, with everything needed to ask for it again.

    `idempotency_key` goes to the gateway and is the same on every try; `reference` is our name for the effect there;
    `contents` is the fingerprint of what was being paid for; `note` and `reason` are those of a refund, or say what a
    deletion is for. `batch` is shared by the operations that one request comes to, one for each Payment; that of a swap's
    refund is the swap's id. It was last tried at `sent_at`, and first at `first_sent_at` as the clock of that last try
    has it; by the steady clock of the boot `sent_in` the last was at `sent_steady`.
    """

    table = "operation"
    prefix = "op"
    kind: OperationKind
    state: OperationState = OperationState.WANTED
    idempotency_key: str
    reference: str
    provider_id: str
    cart_id: str
    session_id: str | None = None
    payment_id: str | None = None
    order_id: str | None = None
    amount: int = 0
    currency_code: str = ""
    data: Data = {}
    contents: str | None = None
    batch: str | None = None
    note: str | None = None
    reason: str | None = None
    attempts: int = 0
    first_sent_at: float | None = None
    sent_at: float | None = None
    sent_steady: float | None = None
    sent_in: str | None = None
    locked_by: str | None = None
    locked_until: float | None = None
    code: str | None = None
    message: str | None = None
    created_at: float = 0.0
    updated_at: float = 0.0


class WebhookEvent(Entity, frozen=True, kw_only=True):
    """
    An event a gateway told of, verified: stored before it is acknowledged, and kept so that it counts once.

    `resource` is what the gateway's object was made for, which need not be a cart of ours; `refund` the gateway's name of a
    refund; `says` and `reference` are the notice's. It is done with at `dealt_with_at`.
    """

    table = "webhook_event"
    prefix = "whe"
    event_id: str
    provider_id: str
    says: str
    resource: str | None = None
    reference: str | None = None
    refund: str | None = None
    received_at: float = 0.0
    dealt_with_at: float | None = None


ENTITIES: tuple[type[Entity], ...] = (
    PaymentProvider,
    Region,
    Variant,
    Cart,
    PaymentSession,
    Payment,
    Order,
    Swap,
    Refund,
    IdempotencyKey,
    Operation,
    WebhookEvent,
)
