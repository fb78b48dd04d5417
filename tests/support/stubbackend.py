"""A backend that answers as a test says, so that the engine is tried without the reference."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence

from msgspec.structs import replace

from tillproof.domain.requests import Answer, Ask
from tillproof.faults.plans import parse
from tillproof.history.events import History, RunKey
from tillproof.reference.shop import Shop
from tillproof.simulation.journey import Journey, Operator, Shopper
from tillproof.simulation.target import Target
from tillproof.simulation.world import run

CART = Answer(status=200, body={"cart": {"id": "cart_1", "items": []}})
ORDER = Answer(status=200, body={"type": "order", "data": {"id": "order_1"}})
SHOWN = Answer(
    status=200,
    body={"order": {"id": "order_1", "status": "pending", "payments": [], "refunded_total": 0, "refundable_amount": 9}},
)
CONFLICT = Answer(status=409, body={"code": "invalid_state_error", "type": "conflict", "message": "retry"})
BROKEN = Answer(status=503, body={})

_USUAL = {"complete_cart": ORDER, "get_order": SHOWN, "get_order_by_cart": SHOWN}

Serving = Answer | BaseException | Callable[[Shop], Awaitable[Answer]]
"""How one request is served: with an answer, by raising, or by doing something first."""


class StubBackend:
    """Serves the requests to each endpoint as listed, and the rest with success; keeps what it was asked."""

    def __init__(self, **serving: Sequence[Serving]) -> None:
        self.asked: list[Ask] = []
        self.calls: list[str] = []
        self._serving: dict[str, Iterator[Serving]] = {endpoint: iter(each) for endpoint, each in serving.items()}

    async def boot(self, shop: Shop) -> None:
        await self._do("boot", shop)

    async def serve(self, shop: Shop, ask: Ask) -> Answer:
        self.asked.append(ask)
        return await self._do(ask.endpoint, shop)

    async def settle(self, shop: Shop) -> None:
        await self._do("settle", shop)

    async def sweep(self, shop: Shop) -> None:
        await self._do("sweep", shop)

    async def _do(self, what: str, shop: Shop) -> Answer:
        self.calls.append(what)
        usual = _USUAL.get(what, CART)
        serving = next(self._serving.get(what, iter(())), usual)
        if isinstance(serving, Answer):
            return serving
        if isinstance(serving, BaseException):
            raise serving
        return await serving(shop)

    def keys(self, endpoint: str) -> list[str | None]:
        """Return the keys that came with the requests to an endpoint."""
        return [ask.key for ask in self.asked if ask.endpoint == endpoint]


Story = Callable[[Shopper, Operator], Awaitable[None]]


def told(target: Target, story: Story, backend: StubBackend, *, client: str = "keeps-key", plan: str = "") -> History:
    """Tell the story to the backend, as a client of that kind, under the plan."""
    journey = Journey(name="told", title="A test's own.", theme="tests", story=story)
    key = RunKey(journey="told", client=client, dialect=target.dialects[0], plan=plan, seed=7)
    return run(replace(target, backend=backend), journey, key, parse(plan))
