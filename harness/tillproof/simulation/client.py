"""The two people of a journey: a shopper at the storefront and an operator at the desk, as clients of the shop's API."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from tillproof.contract.gateway import GatewayFake, telling
from tillproof.contract.webhooks import Dashboard
from tillproof.domain.entities import Data
from tillproof.domain.requests import Answer, Ask
from tillproof.simulation.connection import THINKS, Check, Connection
from tillproof.simulation.crossing import Crossings
from tillproof.simulation.ids import SeededIds
from tillproof.simulation.journey import ClientKind, TabKey
from tillproof.simulation.opening import Opening
from tillproof.simulation.post import ACTOR

_HOUR = 3600.0
_NONE = "none"  # stands for an id that was never heard; no shop has it


class Storefront:
    """
    The shopper of `journey.Shopper`. Knows what they heard and nothing else.

    `ordered_in` is the cart the order is made from; `cart_id` is that cart too, or the latest swap's.
    """

    def __init__(
        self,
        connection: Connection,
        opening: Opening,
        providers: tuple[str, str],
        gateway: GatewayFake | None,
        ids: SeededIds,
        crossings: Crossings,
    ) -> None:
        """Enter the shop."""
        self.method, self.other = providers
        self.cart_id = self.ordered_in = _NONE
        self.key: str | None = None
        self._cart: Data = {}
        self._keeps_key = connection.kind is ClientKind.KEEPS_KEY
        self._connection = connection
        self._opening = opening
        self._gateway = gateway
        self._ids = ids
        self._crossings = crossings

    async def fill_cart(self, region: str = "home", *, items: dict[str, int], shipping: str | None = "standard") -> Answer:
        """Make a cart in that region with so many of each variant, e-mail and shipping."""
        lines = [{"variant_id": self._opening.variants[name], "quantity": quantity} for name, quantity in items.items()]
        self.cart_id, self.ordered_in, self.key = _NONE, _NONE, None
        answer = await self._ask(
            "create_cart",
            region_id=self._opening.regions[region],
            email=self._opening.email,
            customer=self._opening.customer,
            items=lines,
        )
        self.cart_id = self.ordered_in = str(self._cart.get("id", _NONE))
        return answer if shipping is None else await self._ask("add_shipping_method", id=self.cart_id, option_id=shipping)

    async def set_quantity(self, variant: str, quantity: int) -> Answer:
        """Change how many of a variant are in the cart; 0 removes it."""
        wanted = self._opening.variants[variant]
        for line in cast("list[Data]", self._cart.get("items", [])):
            if line.get("variant_id") == wanted:
                return await self._ask("update_line_item", id=self.cart_id, line_id=line.get("id"), quantity=quantity)
        return await self._ask("add_line_item", id=self.cart_id, variant_id=wanted, quantity=quantity)

    async def move_to(self, region: str) -> Answer:
        """Shop from another region."""
        return await self._ask("update_cart", id=self.cart_id, region_id=self._opening.regions[region])

    async def reach_payment(self) -> Answer:
        """Arrive at the payment step."""
        return await self._ask("create_payment_sessions", id=self.cart_id)

    async def choose(self, provider: str) -> Answer:
        """Choose how to pay."""
        return await self._ask("select_payment_session", id=self.cart_id, provider_id=provider)

    async def tell(self, **changes: object) -> Answer:
        """Add to the chosen session's data."""
        chosen = cast("Data", self._cart.get("payment_session") or {})
        provider = chosen.get("provider_id", self.method)
        return await self._ask("update_payment_session", id=self.cart_id, provider_id=provider, data=changes)

    async def enter_card(self, card: str) -> None:
        """Enter a means of payment on the gateway's own page; nothing happens where there is none."""
        if self._gateway is not None:
            self._acted("enter-card", card)
            self._gateway.enter_card(card)
            await self._crossings.gateway_acted()

    async def answer_challenge(self, *, passed: bool = True) -> None:
        """Finish the 3-D Secure challenge on the gateway's own page; nothing happens where there is none."""
        if self._gateway is not None:
            self._acted("challenge-passed" if passed else "challenge-failed")
            self._gateway.answer_challenge(passed=passed)
            await self._crossings.gateway_acted()

    @property
    def shown(self) -> Data:
        """What the storefront was last shown of the chosen session's data."""
        return cast("Data", cast("Data", self._cart.get("payment_session") or {}).get("data") or {})

    async def buy(self, *, key: str | None = None) -> Answer:
        """Complete the cart, with the key given, or with this cart's own if the client keeps one."""
        ask = Ask(endpoint="complete_cart", params={"id": self.cart_id}, key=key or self._cart_key())
        return self._noted(await self._connection.wish(ask, weighty=True))

    async def look_for(self, cart: str) -> Answer:
        """Ask for a cart by an id, which need not be one."""
        return await self._connection.wish(Ask(endpoint="get_cart", params={"id": cart}))

    async def lose_key(self) -> None:
        """Forget the key of this cart's purchase."""
        self.key = None

    async def wait(self, hours: float) -> None:
        """Let so many hours pass."""
        await self._crossings.clock.sleep(hours * _HOUR)

    async def ask_swap(self, *, back: dict[str, int], new: dict[str, int] | None = None) -> Answer:
        """Ask to return goods of the order for others, and go on with the swap's own cart."""
        order = order_in((await self._ask("get_order_by_cart", cart_id=self.ordered_in)).body)
        lines = {line.get("variant_id"): line.get("id") for line in cast("list[Data]", order.get("items", []))}
        params: Data = {
            "order_id": order.get("id"),
            "return_items": [{"item_id": lines.get(self._opening.variants[v]), "quantity": n} for v, n in back.items()],
            "additional_items": [{"variant_id": self._opening.variants[v], "quantity": n} for v, n in (new or {}).items()],
        }
        key = self._ids.new("till") if self._keeps_key else None
        answer = await self._connection.wish(Ask(endpoint="create_swap", params=params, key=key))
        swap = answer.body.get("swap")
        if isinstance(swap, dict):
            self.cart_id, self.key = str(cast("Data", swap).get("cart_id", _NONE)), None
        return answer

    async def leaves_at_next_silence(self) -> None:
        """From here on an unanswered `buy` is not retried, once; the story goes on."""
        self._connection.leaves_next = True

    async def remove(self, provider: str) -> Answer:
        """Delete the processor's session."""
        return await self._ask("delete_payment_session", id=self.cart_id, provider_id=provider)

    def second_tab(self, key: TabKey = TabKey.SAME) -> Storefront:
        """Open the same cart in a second tab. The key of both is made now if it is to be the same."""
        tab = Storefront(
            self._connection.another(),
            self._opening,
            (self.method, self.other),
            self._gateway,
            self._ids,
            self._crossings,
        )
        tab.cart_id, tab.ordered_in, tab._cart = self.cart_id, self.ordered_in, self._cart
        tab._keeps_key = self._keeps_key and key is not TabKey.NONE
        if key is TabKey.SAME:
            tab.key = self._cart_key()
        return tab

    def _cart_key(self) -> str | None:
        """Return this cart's key, made on first use; None from a client that keeps none."""
        if self._keeps_key and self.key is None:
            self.key = self._ids.new("till")
        return self.key

    async def _ask(self, endpoint: str, **params: object) -> Answer:
        return self._noted(await self._connection.wish(Ask(endpoint=endpoint, params=params)))

    def _noted(self, answer: Answer) -> Answer:
        cart = answer.body.get("cart") or (answer.body.get("type") == "cart" and answer.body.get("data"))
        if isinstance(cart, dict):
            self._cart = cast("Data", cart)
        return answer

    async def gateway_tells(self) -> None:
        """Tell the shop, as the gateway, what is on its way."""
        await self._crossings.clock.sleep(THINKS, ACTOR)
        if self._crossings.post is not None:
            await self._crossings.post.deliver_due(hurried=True)

    def _acted(self, what: str, detail: str = "") -> None:
        self._crossings.acted(self._connection.actor, what, detail)


class AtTheGateway:
    """The operator in the gateway's own dashboard, of `journey.Dashboard`. Finds the payment by the shopper's cart."""

    def __init__(self, gateway: GatewayFake | None, storefront: Storefront, crossings: Crossings) -> None:
        """Open the dashboard, if the gateway has one."""
        teller = telling(gateway)
        self._dashboard = teller.dashboard if teller is not None else None
        self._storefront = storefront
        self._crossings = crossings

    async def capture(self, amount: int | None = None) -> None:
        """Take so many minor units of what is held, and let go of the rest; None: take all of it."""
        detail = "" if amount is None else str(amount)
        await self._act("capture", lambda dashboard, cart: dashboard.capture(cart, amount), detail)

    async def refund(self, amount: int) -> None:
        """Give so many minor units back."""
        await self._act("refund", lambda dashboard, cart: dashboard.refund(cart, amount), str(amount))

    async def cancel(self) -> None:
        """Let go of what is held."""
        await self._act("cancel", lambda dashboard, cart: dashboard.cancel(cart))

    async def _act(self, what: str, act: Callable[[Dashboard, str], None], detail: str = "") -> None:
        await self._crossings.clock.sleep(THINKS, "operator")
        await self._crossings.time_passed()
        if self._dashboard is not None:
            self._crossings.acted("operator", f"{what}-at-the-gateway", detail)
            act(self._dashboard, self._storefront.cart_id)
            await self._crossings.gateway_acted()


class Desk:
    """The operator of `journey.Operator`. Finds the order by the shopper's cart."""

    def __init__(
        self,
        connection: Connection,
        opening: Opening,
        storefront: Storefront,
        ids: SeededIds,
        at_the_gateway: AtTheGateway,
    ) -> None:
        """Sit down at the desk."""
        self.key: str | None = None
        self.at_the_gateway = at_the_gateway
        self._connection = connection
        self._opening = opening
        self._storefront = storefront
        self._ids = ids

    async def capture(self, *, key: str | None = None) -> Answer:
        """Capture the order's payments; with that key instead of a new one, if one is given."""
        found = await self._order()
        return await self._act(found, "capture_order", {}, _is_captured, key)

    async def refund(self, amount: int | None = None, *, key: str | None = None) -> Answer:
        """Refund so many minor units; None refunds what is left, as the order shows it. `key` as above."""
        found = await self._order()
        order = order_in(found.body)
        wanted = order.get("refundable_amount", 0) if amount is None else amount
        goal = order.get("refunded_total", 0) + wanted
        params: Data = {"amount": wanted, "reason": "other", "note": None}
        return await self._act(found, "refund_order", params, lambda now: now.get("refunded_total", 0) >= goal, key)

    async def capture_payment(self) -> Answer:
        """Capture the order's payments, each by its own id; the answer is the last one's."""
        answer = found = await self._order()
        for payment in _uncaptured(order_in(found.body)):

            def is_done(order: Data, id_: object = payment.get("id")) -> bool:
                return all(left.get("id") != id_ for left in _uncaptured(order))

            answer = await self._act(found, "capture_payment", {"id": payment.get("id")}, is_done)
        return answer

    async def refund_payment(self, amount: int) -> Answer:
        """Refund so many minor units by the payment's own id."""
        found = await self._order()
        goal = order_in(found.body).get("refunded_total", 0) + amount
        params: Data = {"amount": amount, "reason": "other", "note": None}
        return await self._act(found, "refund_payment", params, lambda now: now.get("refunded_total", 0) >= goal)

    async def cancel(self) -> Answer:
        """Cancel the order."""
        found = await self._order()
        return await self._act(found, "cancel_order", {}, lambda order: order.get("status") == "canceled")

    async def process_swap(self) -> Answer:
        """Bring the latest swap's difference home."""
        found = await self._order()
        return await self._act_on_swap(found, "process_swap", ("captured", "difference_refunded"))

    async def cancel_swap(self) -> Answer:
        """Cancel the latest swap."""
        found = await self._order()
        return await self._act_on_swap(found, "cancel_swap", ("canceled",))

    async def stock(self, variant: str, quantity: int) -> Answer:
        """Set how many of a variant are left."""
        params: Data = {"variant_id": self._opening.variants[variant], "quantity": quantity}
        return await self._connection.wish(Ask(endpoint="set_inventory", params=params))

    async def disable(self, provider: str, region: str = "home") -> Answer:
        """Take a processor out of a region."""
        params: Data = {"id": self._opening.regions[region], "provider_id": provider}
        return await self._connection.wish(Ask(endpoint="remove_region_provider", params=params))

    def colleague(self) -> Desk:
        """Call somebody else to the desk."""
        return Desk(self._connection.another(), self._opening, self._storefront, self._ids, self.at_the_gateway)

    async def _order(self) -> Answer:
        ask = Ask(endpoint="get_order_by_cart", params={"cart_id": self._storefront.ordered_in})
        return await self._connection.wish(ask)

    async def _act_on_swap(self, found: Answer, endpoint: str, ends: tuple[str, ...]) -> Answer:
        """Act on the latest swap of the order that was found; it is done when its payment status is one of these."""
        swap = _latest_swap(order_in(found.body))
        if not swap:
            return found

        def is_done(order: Data) -> bool:
            return _latest_swap(order).get("payment_status") in ends

        return await self._act(found, endpoint, {"swap_id": swap.get("id")}, is_done)

    async def _act(
        self, found: Answer, endpoint: str, params: Data, is_done: Callable[[Data], bool], key: str | None = None
    ) -> Answer:
        """Act on the order that was found, or its payment; without one, what was heard instead of it is the answer."""
        order = order_in(found.body)
        order_id = order.get("id")
        paid = cast("list[Data]", order.get("payments", []))
        acted_on = paid[0].get("id") if endpoint.endswith("_payment") and paid else order_id
        if acted_on is None:
            return found
        keeps = self._connection.kind is ClientKind.KEEPS_KEY
        if keeps:
            self.key = key or self._ids.new("desk")
        ask = Ask(endpoint=endpoint, params={"id": acted_on, **params}, key=self.key if keeps else None)
        look = Ask(endpoint="get_order", params={"id": order_id})
        check = None if keeps else Check(look, lambda body: is_done(order_in(body)))
        return await self._connection.wish(ask, weighty=True, check=check)


def order_in(body: Data) -> Data:
    """Return the order an answer shows; an empty one where it shows none."""
    order = body.get("order")
    return cast("Data", order) if isinstance(order, dict) else {}


def _uncaptured(order: Data) -> list[Data]:
    """Return the order's payments that are neither captured nor canceled."""
    payments = cast("list[Data]", order.get("payments", []))
    return [one for one in payments if one.get("captured_at") is None and one.get("canceled_at") is None]


def _is_captured(order: Data) -> bool:
    """Tell whether an order shows payments, and none that is yet to be captured."""
    return bool(order.get("payments")) and not _uncaptured(order)


def _latest_swap(order: Data) -> Data:
    """Return the order's latest swap; an empty one where it has none."""
    swaps = cast("list[Data]", order.get("swaps", []))
    return swaps[-1] if swaps else {}
