"""One row of every entity, with something in every kind of column; each refers only to rows that are here."""

from __future__ import annotations

from tillproof.domain.entities import (
    Adjustment,
    Cart,
    Entity,
    IdempotencyKey,
    LineItem,
    Operation,
    Order,
    Payment,
    PaymentProvider,
    PaymentSession,
    Refund,
    Region,
    ShippingMethod,
    Swap,
    Variant,
    WebhookEvent,
)
from tillproof.domain.statuses import OperationKind, OperationState, OrderStatus, RecoveryPoint, SessionStatus

DATA = {"nested": [1, 2.5, None, True, "ü"], "big": 1e300}
LINE = LineItem(id="item_1", variant_id="mug", title="Mug", unit_price=3000, quantity=2)

REGION = Region(id="home", name="Home", currency_code="eur", tax_rate=1900, payment_providers=("a", "b"))
CART = Cart(
    id="cart_1",
    region_id="home",
    currency_code="eur",
    tax_rate=1900,
    email="ada@shop.example",
    items=(LINE, LINE),
    adjustments=(Adjustment(item_id="item_1", description="Mug", quantity=1, amount=-3570),),
    shipping_methods=(ShippingMethod(name="post", price=500),),
    context=DATA,
    payment_authorized_at=1.1,
    created_at=1e9 + 1 / 3,
)
PAYMENT = Payment(id="pay_1", cart_id="cart_1", provider_id="a", amount=10**15, currency_code="eur", data=DATA)
ORDER = Order(
    id="order_1",
    cart_id="cart_1",
    region_id="home",
    currency_code="eur",
    email="ada@shop.example",
    items=(LINE,),
    total=7,
    status=OrderStatus.CANCELED,
)
SESSION = PaymentSession(
    id="ps_1",
    cart_id="cart_1",
    provider_id="a",
    status=SessionStatus.REQUIRES_MORE,
    data=DATA,
    is_selected=True,
    amount=7,
    currency_code="eur",
)
OPERATION = Operation(
    id="op_1",
    kind=OperationKind.REFUND,
    state=OperationState.UNKNOWN,
    idempotency_key="key_1",
    reference="op_1",
    provider_id="a",
    cart_id="cart_1",
    payment_id="pay_1",
    first_sent_at=0.1,
    sent_at=0.2,
    sent_steady=0.3,
    sent_in="boot_1",
)
KEY = IdempotencyKey(
    id="ikey_1",
    idempotency_key="key_2",
    request_method="POST",
    request_path="/",
    cart_id="cart_1",
    recovery_point=RecoveryPoint.RELEASING,
    response_code=200,
    response_body={},
)
EVENT = WebhookEvent(  # of whose names none is a row's: they are the gateway's
    id="whe_1",
    event_id="evt_1",
    provider_id="a",
    says="refunded",
    resource="cart_of_another",
    reference="op_of_another",
    refund="re_1",
    received_at=1.5,
)
ROWS: tuple[Entity, ...] = (
    PaymentProvider(id="a", is_installed=False),
    REGION,
    Variant(id="mug", title="Mug", prices={"eur": 3000, "jpy": 400}, inventory_quantity=5),
    CART,
    PAYMENT,
    ORDER,
    SESSION,
    OPERATION,
    KEY,
    Swap(id="swap_1", order_id="order_1", cart_id="cart_1", difference_due=-7, confirmed_at=0.1),
    Refund(id="ref_1", order_id="order_1", payment_id="pay_1", amount=1),
    EVENT,
)
