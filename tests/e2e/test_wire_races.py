"""Many at once, for real: completions, captures and refunds of one cart over as many connections."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from support.shopserver import ledger, shop_server
from support.till import Till, sums

from tillproof.domain.ledger import EntryKind

pytestmark = pytest.mark.e2e

AT_ONCE = 64
ROUNDS = 50

KEYS: tuple[Callable[[str, int], str | None], ...] = (
    lambda cart, _: f"same-{cart}",
    lambda cart, number: f"own-{number}-{cart}",
    lambda _cart, _number: None,
)


def test_sixty_four_completions_at_once_make_one_order_and_one_authorization(database: str) -> None:
    """With the same key, with different ones and with none: one order and one hold each round, and losers hear a 409."""

    async def raced(address: str) -> tuple[list[str], list[str], Till]:
        carts: list[str] = []
        orders: list[str] = []
        async with Till(address, AT_ONCE) as till:
            for number in range(ROUNDS):
                carts.append(cart := await till.fill("bank"))
                key = KEYS[number % len(KEYS)]
                answers = await asyncio.gather(*(till.complete(cart, key(cart, n)) for n in range(AT_ONCE)))
                heard = {answer.json()["data"]["id"] for answer in answers if answer.status_code == 200}
                losers = {answer.json()["code"] for answer in answers if answer.status_code == 409}
                assert len(heard) == 1
                assert losers <= {"invalid_state_error"}
                assert all("idempotency-key" in answer.headers for answer in answers)
                orders += heard
            return carts, orders, till

    with shop_server(database) as address:
        carts, orders, till = asyncio.run(raced(address))
        entries = ledger(address)
    print(f"{ROUNDS} rounds of {AT_ONCE}, {len(orders)} orders, answers {dict(till.answers)}")  # noqa: T201 - the figure
    assert len(set(orders)) == ROUNDS
    assert set(till.answers) <= {200, 409}
    for cart in carts:
        assert [len(sums(entries, cart)[kind]) for kind in (EntryKind.AUTHORIZE, EntryKind.VOID)] == [1, 0]


def test_captures_and_refunds_at_once_never_exceed(database: str) -> None:
    """Sixteen captures take the sum once; sixteen refunds of a third, each with its own key, give back no more than it."""

    async def raced(address: str) -> tuple[str, int, Till]:
        async with Till(address, AT_ONCE) as till:
            cart = await till.fill("bank")
            order = (await till.complete(cart)).json()["data"]
            path = f"/admin/orders/{order['id']}"
            await asyncio.gather(*(till.post(f"{path}/capture", key=f"take-{n}") for n in range(16)))
            third = {"amount": order["total"] // 3, "reason": "other"}
            await asyncio.gather(*(till.post(f"{path}/refund", third, key=f"give-{n}") for n in range(16)))
            return cart, int(order["total"]), till

    with shop_server(database) as address:
        cart, total, till = asyncio.run(raced(address))
        amounts = sums(ledger(address), cart)
    assert amounts[EntryKind.CAPTURE] == [total]
    assert sum(amounts[EntryKind.REFUND]) <= total
    assert 1 <= len(amounts[EntryKind.REFUND]) <= 3
    assert set(till.answers) <= {200, 400, 409}
