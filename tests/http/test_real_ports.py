"""The real clock and the real ids, and the rounds a served shop makes by itself."""

from __future__ import annotations

import asyncio
import re
import time

import httpx
import pytest
from support.httpbench import ADMIN, Slow

from tillproof.contract.outcomes import Unknown
from tillproof.domain.requests import Ask
from tillproof.reference.api import serve
from tillproof.reference.demo_shop import rows
from tillproof.reference.http.app import make_app
from tillproof.reference.http.clock import RealClock, SecretIds
from tillproof.reference.ports import DeadlineExceeded
from tillproof.reference.shop import Shop
from tillproof.reference.store.memory import MemoryStore


def test_clock_tells_the_time_and_lets_it_pass() -> None:
    """It is the machine's clock, in seconds since the epoch."""
    clock = RealClock()
    assert abs(clock.now() - time.time()) < 5
    asyncio.run(clock.sleep(0))


def test_work_in_time_is_returned_and_late_work_is_cut_off() -> None:
    """Within the deadline the result, past it `DeadlineExceeded`, and the work is canceled."""
    ended: list[str] = []

    async def work(seconds: float) -> str:
        try:
            await asyncio.sleep(seconds)
        finally:
            ended.append("ended")
        return "done"

    assert asyncio.run(RealClock().within(5, work(0))) == "done"
    with pytest.raises(DeadlineExceeded):
        asyncio.run(RealClock().within(0.01, work(30)))
    assert ended == ["ended", "ended"]


def test_time_out_of_the_work_itself_is_not_the_deadline() -> None:
    """What the work raises comes through as it is."""

    async def work() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        asyncio.run(RealClock().within(5, work()))


def test_ids_are_long_and_never_the_same() -> None:
    """Prefix, underscore, 26 characters."""
    ids = {SecretIds().new("cart") for _ in range(1_000)}
    assert len(ids) == 1_000
    assert all(re.fullmatch(r"cart_[A-Z2-7]{26}", id_) for id_ in ids)


def _shop(processor: Slow) -> Shop:
    ids, store = SecretIds(), MemoryStore()
    for row in rows([processor.identifier]):
        store.tables[row.table][row.id] = row
    return Shop(store=store, clock=RealClock(), ids=ids, processors={"slow": processor}, boot_id=ids.new("boot"))


def test_interrupted_completion_is_settled_without_the_client() -> None:
    """A completion whose outcome stayed unknown becomes an order in a round, and an error in a round stops none."""
    processor = Slow()
    shop = _shop(processor)

    async def story() -> httpx.Response:
        app = make_app(shop, ADMIN, every=0.01)
        processor.script = [lambda: Unknown("lost"), lambda: Unknown("lost"), lambda: Unknown("lost")]
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # Litestar's scope is typed more closely
        async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url="http://shop.test") as client:
            items = [{"variant_id": "variant_mug", "quantity": 1}]
            made = await serve(shop, Ask(endpoint="create_cart", params={"items": items, "email": "ada@shop.example"}))
            cart = made.body["cart"]["id"]
            await client.post(f"/store/carts/{cart}/payment-sessions")
            assert (await client.post(f"/store/carts/{cart}/complete")).status_code == 409
            async with asyncio.timeout(5):
                while (answer := await client.get(f"/store/orders/cart/{cart}")).status_code != 200:  # noqa: ASYNC110 - what is waited for is the shop's
                    await asyncio.sleep(0.01)
            return answer

    assert asyncio.run(story()).status_code == 200


def test_failing_round_does_not_end_the_rounds(caplog: pytest.LogCaptureFixture) -> None:
    """What goes wrong in a round is logged, and the next one comes."""
    shop = _shop(Slow())
    failed: list[str] = []
    thrice = asyncio.Event()

    async def broken(_: object) -> None:
        failed.append("once more")
        if len(failed) == 3:
            thrice.set()
        raise RuntimeError("no rows today")

    async def story() -> None:
        app = make_app(shop, ADMIN, every=0.001)
        async with app.lifespan():
            vars(shop.store)["read"] = broken
            await thrice.wait()
            del vars(shop.store)["read"]

    asyncio.run(story())
    assert "no rows today" in caplog.text
