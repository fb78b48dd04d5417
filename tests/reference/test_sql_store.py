"""What the `sql` store promises beyond the contract: rows as they were, one-time things once, failures told as such."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, event
from support.shopbench import Bench

from tillproof.domain.entities import (
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
    Variant,
)
from tillproof.domain.statuses import OperationKind, OperationState, OrderStatus, RecoveryPoint, SessionStatus
from tillproof.reference.ports import StoreError, Transaction
from tillproof.reference.store.engines import UnknownDatabase, engines
from tillproof.reference.store.schema import VERSION, SchemaMismatch
from tillproof.reference.store.sql import SqlStore, open_store

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
    Refund(id="ref_1", order_id="order_1", payment_id="pay_1", amount=1),
)


def putting(*rows: Entity) -> Callable[[Transaction], None]:
    def step(tx: Transaction) -> None:
        for row in rows:
            tx.put(row)

    return step


def finding(row: Entity) -> Callable[[Transaction], Entity | None]:
    return lambda tx: tx.find(type(row), row.id)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/shop.db"


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    with closing(open_store(url)) as opened:
        asyncio.run(opened.atomic(putting(REGION, CART)))
        yield opened


@contextmanager
def connections_told(pragma: str) -> Iterator[None]:
    """Say this to every SQLite connection made meanwhile."""

    def connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA {pragma}")

    event.listen(Engine, "connect", connected)
    yield
    event.remove(Engine, "connect", connected)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: type(row).__name__)
def test_row_of_every_entity(store: SqlStore, row: Entity) -> None:
    """A row comes back equal: enums, tuples of values, JSON and floats included. Order within a step does not matter."""
    asyncio.run(store.atomic(putting(*reversed(ROWS))))
    found = asyncio.run(store.read(finding(row)))
    assert found == row
    assert repr(found) == repr(row)


_examples = count()
_texts = st.text(st.characters(exclude_categories=["Cs"]))
_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStore]:
    with closing(open_store(f"sqlite:///{tmp_path_factory.mktemp('law')}/shop.db")) as opened:
        asyncio.run(opened.atomic(putting(REGION)))
        yield opened


@given(context=st.dictionaries(_texts, _json, max_size=3), email=_texts, at=st.floats(allow_nan=False))
def test_anything_the_types_allow(lasting: SqlStore, context: dict[str, object], email: str, at: float) -> None:
    """JSON, text and times survive the way to the disk and back unchanged."""
    cart = Cart(
        id=f"cart_{next(_examples)}",
        region_id="home",
        currency_code="eur",
        tax_rate=0,
        context=context,
        email=email,
        created_at=at,
    )

    async def scenario() -> Entity | None:
        await lasting.atomic(putting(cart))
        return await lasting.read(finding(cart))

    assert asyncio.run(scenario()) == cart


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (ORDER, Order(**{**{f: getattr(ORDER, f) for f in ORDER.__struct_fields__}, "id": "order_2"})),
    ],
)
def test_placeholder(first: Entity, second: Entity) -> None:
    assert first != second
