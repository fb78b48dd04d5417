"""
A rehearsal in the zygote: some checkouts through the whole server, so that what is slow once is over before the first fork.

SQL statements are compiled, forms and routes resolved, the interpreter warm: a fork inherits all of it. No thread is
started and no connection is left open, since neither survives a fork.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx

from tillproof.contract.gateway import GatewayFake
from tillproof.domain.requests import Answer, Ask
from tillproof.reference.ports import Transaction
from tillproof.reference.store.engines import Engines
from tillproof.reference.store.transaction import SqlTransaction
from tillproof.simulation.opening import Opening
from tillproof.targets.wire.asking import NUMBER, answer_of, request_of
from tillproof.targets.wire.messages import Answered, Calling, Go, Heed, Message, Perform, Performed, Requested, Word

T = TypeVar("T")

_ROUNDS = 3


class StoreInPlace:
    """The `sql` store's steps, run where they are called: without threads, one at a time."""

    def __init__(self, opened: Engines) -> None:
        """Work on these engines."""
        self._opened = opened

    async def atomic(self, step: Callable[[Transaction], T]) -> T:
        """Run the step and commit it."""
        with self._opened.writers.begin() as connection:
            return step(SqlTransaction(connection))

    async def read(self, step: Callable[[Transaction], T]) -> T:
        """Run the step."""
        with self._opened.readers.begin() as connection:
            return step(SqlTransaction(connection))


def prompter(gateway: GatewayFake | None) -> Callable[[Message], Word]:
    """Return what gives every word that lets a server go on undisturbed."""

    def word(message: Message) -> Word:
        match message:
            case Calling(of=of):
                return Perform(of, 0.0)
            case Performed(of=of):
                return Heed(of, 0.0)
            case Requested(of=of, request=request) if gateway is not None:
                response = gateway.handle(request)
                return Answered(of, 0.0, response.status, response.body)
            case _:
                return Go(0, 0.0)

    return word


def rehearse(application: Any, rounds: Callable[[], Awaitable[None]], opening: Opening, processor: str) -> None:  # noqa: ANN401 - an ASGI application
    """Buy, capture, refund and cancel a few times on that application; `rounds` settles and sweeps."""
    asyncio.run(_rehearse(httpx.ASGITransport(application), rounds, opening, processor))


async def _rehearse(
    transport: httpx.ASGITransport, rounds: Callable[[], Awaitable[None]], opening: Opening, processor: str
) -> None:
    async def ask(endpoint: str, key: str | None = None, **params: object) -> Answer:
        request = request_of(Ask(endpoint=endpoint, params=params, key=key))
        request.headers[NUMBER.decode()] = "0"
        response = await transport.handle_async_request(request)
        return answer_of(response.status_code, response.headers.raw, await response.aread())

    async def buy(number: int) -> str:
        items = [{"variant_id": opening.variants["mug"], "quantity": 1}]
        made = await ask("create_cart", region_id=opening.regions["home"], email=opening.email, items=items)
        cart = str(made.body["cart"]["id"])
        await ask("add_shipping_method", id=cart, option_id="standard")
        await ask("create_payment_sessions", id=cart)
        await ask("select_payment_session", id=cart, provider_id=processor)
        await ask("update_payment_session", id=cart, provider_id=processor, data={})
        await ask("add_line_item", id=cart, variant_id=opening.variants["mug"], quantity=1)
        await ask("update_cart", id=cart, region_id=opening.regions["abroad"])
        await ask("select_payment_session", id=cart, provider_id=processor)
        await ask("complete_cart", f"rehearsal-{number}", id=cart)
        placed = await ask("get_order_by_cart", cart_id=cart)
        return str(placed.body["order"]["id"])

    for number in range(_ROUNDS):
        order = await buy(2 * number)
        await ask("capture_order", f"capture-{number}", id=order)
        await ask("refund_order", f"refund-{number}", id=order, amount=1)
        await ask("get_order", id=order)
        await ask("cancel_order", f"cancel-{number}", id=await buy(2 * number + 1))
        await rounds()
