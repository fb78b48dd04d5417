"""
Measures checkouts per second of any server with Medusa v1's Store API: the same six requests through eight connections.

    python tests/speed/checkouts.py ADDRESS REGION VARIANT SHIPPING-OPTION PROVIDER [CHECKOUTS]

A measurement, not a test. Every answer must be 200 and every checkout an order, or it says how many were not.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Iterator

import httpx
import msgspec

CONNECTIONS = 8


class Shop(msgspec.Struct, frozen=True):
    """Where to buy what: the ids a checkout needs."""

    address: str
    region: str
    variant: str
    option: str
    provider: str


async def check_out(client: httpx.AsyncClient, shop: Shop, heard: Counter[str]) -> None:
    """Buy one thing: create the cart, name the shopper, choose shipping, make and choose the session, complete."""

    async def post(path: str, body: dict[str, object] | None = None) -> dict[str, dict[str, str]]:
        response = await client.post(path, json=body or {})
        heard[str(response.status_code)] += 1
        answer: dict[str, dict[str, str]] = response.json()
        return answer

    items = [{"variant_id": shop.variant, "quantity": 1}]
    cart = f"/store/carts/{(await post('/store/carts', {'region_id': shop.region, 'items': items}))['cart']['id']}"
    await post(cart, {"email": "ada@shop.example"})
    await post(f"{cart}/shipping-methods", {"option_id": shop.option})
    await post(f"{cart}/payment-sessions")
    await post(f"{cart}/payment-session", {"provider_id": shop.provider})
    heard[f"type {(await post(f'{cart}/complete')).get('type')}"] += 1


async def measure(shop: Shop, checkouts: int) -> str:
    """Buy so often, and tell the figures in one line."""
    heard: Counter[str] = Counter()
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS, keepalive_expiry=2)
    async with httpx.AsyncClient(base_url=shop.address, limits=limits, timeout=60) as client:
        await check_out(client, shop, Counter())  # the first one warms the server up
        numbers: Iterator[int] = iter(range(checkouts))

        async def worker() -> None:
            for _ in numbers:
                await check_out(client, shop, heard)

        began = time.perf_counter()
        await asyncio.gather(*(worker() for _ in range(CONNECTIONS)))
        seconds = time.perf_counter() - began
    return f"{checkouts} checkouts in {seconds:.2f} s: {checkouts / seconds:.1f} per second; heard {dict(heard)}"


def main(arguments: list[str]) -> None:
    """Read the arguments and print the figures."""
    shop, many = Shop(*arguments[:5]), int(arguments[5]) if len(arguments) > len(Shop.__struct_fields__) else 200
    sys.stdout.write(asyncio.run(measure(shop, many)) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
