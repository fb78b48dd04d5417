"""Many at once, on real asyncio with a processor that takes its time: one order, one effect, and nobody hears a 500."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from support.httpbench import Wire, wired

CONFLICT = {
    "code": "invalid_state_error",
    "type": "conflict",
    "message": "The request conflicted with another request. You may retry the request with the provided Idempotency-Key.",
}
MANY = 16


@pytest.mark.parametrize("keys", ["same", "different", "none"])
def test_simultaneous_completions_make_one_order(keys: str) -> None:
    """One authorization and one order, whatever keys the requests bear; the losers hear the original's 409 and may retry."""

    async def story(wire: Wire) -> None:
        cart = await wire.cart()
        named = [{"same": "buy-1", "different": f"buy-{n}", "none": ""}[keys] for n in range(MANY)]
        path = f"/store/carts/{cart}/complete"
        answers = await asyncio.gather(*(wire.post(path, idempotency_key=key) for key in named))
        assert Counter(answer.status_code for answer in answers) == {200: 1, 409: MANY - 1}
        assert all(answer.json() == CONFLICT for answer in answers if answer.status_code == 409)
        assert all(answer.headers["idempotency-key"] for answer in answers)
        retried = await asyncio.gather(*(wire.post(path, idempotency_key=key) for key in named))
        assert len({answer.json()["data"]["id"] for answer in retried}) == 1
        assert wire.processor.calls["authorize"] == 1
        assert (await wire.get("/admin/orders")).json()["count"] == 1

    wired(story, pause=0.02)


def test_simultaneous_captures_take_the_money_once() -> None:
    """Captures of one order at once are one call of the processor."""

    async def story(wire: Wire) -> None:
        path = f"/admin/orders/{(await wire.order())['id']}/capture"
        answers = await asyncio.gather(*(wire.post(path) for _ in range(MANY)))
        assert {answer.status_code for answer in answers} <= {200, 409}
        assert wire.processor.calls["capture"] == 1

    wired(story, pause=0.02)


@pytest.mark.parametrize("keys", ["same", "different", "none"])
def test_simultaneous_refunds_never_exceed_what_was_captured(keys: str) -> None:
    """Refunds of the whole sum at once give it back once."""

    async def story(wire: Wire) -> None:
        order = await wire.order()
        path = f"/admin/orders/{order['id']}"
        await wire.post(f"{path}/capture")
        named = [{"same": "back-1", "different": f"back-{n}", "none": ""}[keys] for n in range(MANY)]
        body = {"amount": order["total"], "reason": "other"}
        answers = await asyncio.gather(*(wire.post(f"{path}/refund", body, idempotency_key=key) for key in named))
        assert {answer.status_code for answer in answers} <= {200, 400, 409}
        assert wire.processor.calls["refund"] == 1
        assert (await wire.get(path)).json()["order"]["refundable_amount"] == 0

    wired(story, pause=0.02)
