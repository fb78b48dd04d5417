"""The reference behind HTTP, in this process and on real asyncio: for tests of the wire."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, ClassVar, TypeVar

import httpx
from litestar import Litestar

from tillproof.contract.capabilities import Capabilities
from tillproof.contract.outcomes import Done, Outcome, Unknown
from tillproof.contract.processor import Attempt, PaymentContext
from tillproof.contract.webhooks import Delivery, Notice, Rejected, Says
from tillproof.domain.entities import Data
from tillproof.domain.statuses import SessionStatus
from tillproof.reference.demo_shop import rows
from tillproof.reference.http.app import make_app
from tillproof.reference.http.clock import RealClock, SecretIds
from tillproof.reference.http.signing_in import Admin
from tillproof.reference.shop import Shop
from tillproof.reference.store.memory import MemoryStore
from tillproof_fake_processors.manual import ManualProcessor

T = TypeVar("T")

ADMIN = Admin(email="admin@shop.example", token="test-token-0123456789")  # noqa: S106 - made up
TOKEN = {"x-medusa-access-token": ADMIN.token}


class Slow(ManualProcessor):
    """Says yes after a while, counts what it was asked, and answers authorizations from a script where there is one."""

    identifier = "slow"
    capabilities: ClassVar[Capabilities] = Capabilities(look_up=True, webhooks=True)

    def __init__(self, pause: float = 0.0) -> None:
        self.pause = pause
        self.calls: Counter[str] = Counter()
        self.script: list[Callable[[], Outcome]] = []

    async def authorize_payment(self, data: Data, context: PaymentContext, attempt: Attempt) -> Outcome:
        del context, attempt
        self.calls["authorize"] += 1
        await asyncio.sleep(self.pause)
        return self.script.pop(0)() if self.script else Done(data, SessionStatus.AUTHORIZED)

    async def read_webhook(self, delivery: Delivery) -> Notice | Rejected | Unknown:
        """Take for signed what bears the raw body itself as its signature."""
        if delivery.headers.get("signature", delivery.body.decode("latin-1")) != delivery.body.decode("latin-1"):
            return Rejected("the signature does not fit")
        return Notice(event_id=delivery.body.decode("latin-1"), says=Says.OTHER)

    async def refund_payment(self, data: Data, amount: object, attempt: Attempt) -> Outcome:
        del amount, attempt
        self.calls["refund"] += 1
        await asyncio.sleep(self.pause)
        return Done(data)

    async def capture_payment(self, data: Data, amount: object, attempt: Attempt) -> Outcome:
        del amount, attempt
        self.calls["capture"] += 1
        await asyncio.sleep(self.pause)
        return Done(data)


class Wire:
    """A served demo shop and a client of it."""

    def __init__(self, client: httpx.AsyncClient, app: Litestar, shop: Shop, processor: Slow) -> None:
        self.client = client
        self.app = app
        self.shop = shop
        self.processor = processor

    async def post(self, path: str, body: object = None, **headers: str) -> httpx.Response:
        """Send a POST; `idempotency_key` is its key."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post(path, json=body, headers={**TOKEN, **named})

    async def get(self, path: str) -> httpx.Response:
        """Send a GET as the administrator."""
        return await self.client.get(path, headers=TOKEN)

    async def cart(self) -> str:
        """Make a cart with a mug, ready to be completed, and return its id."""
        items = [{"variant_id": "variant_mug", "quantity": 1}]
        made = await self.post("/store/carts", {"region_id": "reg_europe", "email": "ada@shop.example", "items": items})
        cart_id: str = made.json()["cart"]["id"]
        await self.post(f"/store/carts/{cart_id}/payment-sessions")
        return cart_id

    async def order(self) -> Data:
        """Buy a mug and return the order."""
        order: Data = (await self.post(f"/store/carts/{await self.cart()}/complete")).json()["data"]
        return order


@asynccontextmanager
async def opened(pause: float = 0.0) -> AsyncGenerator[Wire]:
    """Serve a demo shop whose one processor takes so many seconds."""
    processor, ids = Slow(pause), SecretIds()
    store = MemoryStore()
    for row in rows([processor.identifier]):
        store.tables[row.table][row.id] = row
    shop = Shop(store=store, clock=RealClock(), ids=ids, processors={"slow": processor}, boot_id=ids.new("boot"))
    app = make_app(shop, ADMIN)
    async with app.lifespan():
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]  # Litestar's scope is typed more closely
        async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as client:
            yield Wire(client, app, shop, processor)


def wired(story: Callable[[Wire], Coroutine[Any, Any, T]], pause: float = 0.0) -> T:
    """Tell the story on a freshly served shop."""

    async def told() -> T:
        async with opened(pause) as wire:
            return await story(wire)

    return asyncio.run(told())
