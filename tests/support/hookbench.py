"""The bench of a shop whose one processor takes webhooks, and hears what it is told to."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from support.shopbench import Bench, Scripted, done

from tillproof.contract.capabilities import Capabilities
from tillproof.contract.outcomes import Unknown
from tillproof.contract.webhooks import Delivery, Notice, Rejected, Says, Standing
from tillproof.domain.entities import Data, Entity
from tillproof.domain.requests import Answer, Ask
from tillproof.reference.api import serve

E = TypeVar("E", bound=Entity)

LOST = Unknown("lost")


class Listening(Scripted):
    """A scripted processor that takes webhooks: it hears `notice`, and the gateway's word is `standing`."""

    capabilities: ClassVar[Capabilities] = Capabilities(look_up=True, webhooks=True)

    def __init__(self) -> None:
        super().__init__()
        self.notice: Notice | Rejected | Unknown = LOST
        self.standing: Standing | Unknown = Standing()

    async def read_webhook(self, delivery: Delivery) -> Notice | Rejected | Unknown:
        assert delivery.headers == {"signature": "s"}
        assert delivery.body == b"{}\xff"
        return self.notice

    async def read_standing(self, data: Data) -> Standing | Unknown:
        del data
        self.calls.append(("read_standing", None))
        return self.standing


class Hooked(Bench):
    """A shop whose processor takes webhooks."""

    def __init__(self) -> None:
        super().__init__()
        self.processor: Listening = Listening()
        self.restart()
        self.processor.calls.clear()

    def hear(self, says: Says, cart: str, event: str = "evt_1", **more: object) -> Answer:
        """Deliver an event about a cart."""
        self.processor.notice = Notice(event_id=event, says=says, resource_id=cart, **more)  # type: ignore[arg-type]
        return self.deliver()

    def deliver(self, provider: str = "scripted") -> Answer:
        ask = Ask(endpoint="receive_webhook", params={"provider_id": provider}, headers={"signature": "s"}, raw=b"{}\xff")
        return done(serve(self.shop, ask))

    def bought(self, *, captured: bool = False) -> tuple[str, str]:
        """Buy a mug; return the cart's id and the order's."""
        cart = self.cart()
        order: str = self.ask("complete_cart", id=cart).body["data"]["id"]
        if captured:
            assert self.ask("capture_order", id=order).status == 200
        return cart, order

    def rows(self, entity: type[E]) -> list[E]:
        return done(self.store.read(lambda tx: tx.select(entity)))

    def count(self, method: str) -> int:
        return len([name for name, _ in self.processor.calls if name == method])
