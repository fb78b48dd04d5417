"""Checkouts over HTTP against a real server, many at once: what a storefront sends, and what is counted of the answers."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, Self

import httpx
from support.shopserver import TOKEN

from tillproof.domain.ledger import Entry, EntryKind

Answers = Counter[int]
"""How often each HTTP status was heard."""

_OPERATOR = {"x-medusa-access-token": TOKEN}


class Till:
    """Speaks to one server through so many connections, and counts every answer."""

    def __init__(self, address: str, connections: int) -> None:
        """Open the till."""
        # shorter than the server keeps an idle connection: one that it closes meanwhile would fail the next request
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=2)
        self.answers: Answers = Counter()
        self._client = httpx.AsyncClient(base_url=address, limits=limits, timeout=60)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def post(self, path: str, body: dict[str, Any] | None = None, key: str | None = None) -> httpx.Response:
        """Send a request as shopper or operator, by its path."""
        headers = {"idempotency-key": key} if key else {}
        headers |= _OPERATOR if path.startswith("/admin/") else {}
        response = await self._client.post(path, json=body, headers=headers)
        self.answers[response.status_code] += 1
        return response

    async def fill(self, method: str) -> str:
        """Bring a cart to the payment step and return its id: three requests."""
        mug = [{"variant_id": "variant_mug", "quantity": 1}]
        made = await self.post("/store/carts", {"region_id": "reg_europe", "email": "ada@shop.example", "items": mug})
        cart = str(made.json()["cart"]["id"])
        await self.post(f"/store/carts/{cart}/payment-sessions")
        await self.post(f"/store/carts/{cart}/payment-session", {"provider_id": method})
        return cart

    async def complete(self, cart: str, key: str | None = None) -> httpx.Response:
        """Complete the cart."""
        return await self.post(f"/store/carts/{cart}/complete", key=key)

    async def check_out(self, method: str) -> str:
        """Buy and have the money captured, and return the order's id: six requests."""
        cart = await self.fill(method)
        await self.post(f"/store/carts/{cart}/shipping-methods", {"option_id": "standard"})
        order = str((await self.complete(cart, f"buy-{cart}")).json()["data"]["id"])
        await self.post(f"/admin/orders/{order}/capture", key=f"take-{cart}")
        return order

    async def each(self, times: int, at_once: int, do: Callable[[int], Awaitable[object]]) -> None:
        """Do it so many times, so many at once."""
        numbers = iter(range(times))

        async def worker() -> None:
            for number in numbers:
                await do(number)

        await asyncio.gather(*(worker() for _ in range(at_once)))


def sums(entries: list[Entry], resource: str | None = None) -> dict[EntryKind, list[int]]:
    """Return the amounts of each kind of ledger entry, of one cart's or of all."""
    intents = {entry.intent for entry in entries if resource is None or entry.resource == resource}
    amounts: dict[EntryKind, list[int]] = {kind: [] for kind in EntryKind}
    for entry in entries:
        if entry.intent in intents:
            amounts[entry.kind].append(entry.amount)
    return amounts
