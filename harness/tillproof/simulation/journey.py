"""
What a journey is and what it may see: a shopper and an operator, each a client of the shop, and nothing else.

A journey reads as a plain story. Retrying is inside the client's calls; a person who walks away ends the story. Two people
may act at once (`together`), or one in two tabs; whose request gets how far when is not the story's to say.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from enum import StrEnum
from typing import Any, Protocol

import msgspec

from tillproof.domain.entities import Data
from tillproof.domain.requests import Answer
from tillproof.simulation.driver import AtOnce, park


class ClientKind(StrEnum):
    """How a client behaves when it hears nothing, or hears that it may retry."""

    KEEPS_KEY = "keeps-key"
    HAS_NO_KEY = "no-key"
    WALKS_AWAY = "walks-away"


class TabKey(StrEnum):
    """Which idempotency key a second tab sends, if this kind of client keeps one: the first tab's, its own, or none."""

    SAME = "same"
    OWN = "own"
    NONE = "none"


async def together(*doings: Coroutine[Any, Any, object]) -> None:
    """
    Do these things at once, each by somebody else or in another tab; the story goes on when all have ended.

    A person who walks away from theirs ends the story, but not before the others have done their things.
    """
    await park(AtOnce(doings))


class Shopper(Protocol):
    """
    A person at the till, through the storefront.

    `method` is the identifier of the processor under test, `other` that of the second one in the region. Every call is
    retried as this client kind would and returns the last answer heard. After an answer that the person cannot have
    expected the story simply goes on with the next sentence.
    """

    method: str
    other: str

    @property
    def key(self) -> str | None:
        """The key of this cart's purchase; None before it, and for a person who keeps no key."""
        ...

    @property
    def shown(self) -> Data:
        """What the storefront was last shown of the chosen session's data."""
        ...

    async def fill_cart(self, region: str = "home", *, items: dict[str, int], shipping: str | None = "standard") -> Answer:
        """Make a cart in that region with so many of each variant (`mug`, `rare`, `gift`), e-mail and shipping."""
        ...

    async def set_quantity(self, variant: str, quantity: int) -> Answer:
        """Change how many of a variant are in the cart; 0 removes it."""
        ...

    async def move_to(self, region: str) -> Answer:
        """Shop from another region (`home` in eur, `abroad` in jpy, `far` in kwd)."""
        ...

    async def reach_payment(self) -> Answer:
        """Arrive at the payment step: sessions are made for the region's processors."""
        ...

    async def choose(self, provider: str) -> Answer:
        """Choose how to pay."""
        ...

    async def tell(self, **changes: object) -> Answer:
        """Add to the chosen session's data (a wish to remember the card, say)."""
        ...

    async def enter_card(self, card: str) -> None:
        """Enter a means of payment on the gateway's own page: `good`, `declined`, `challenge`."""
        ...

    async def answer_challenge(self, *, passed: bool = True) -> None:
        """Finish the 3-D Secure challenge on the gateway's own page."""
        ...

    async def buy(self, *, key: str | None = None) -> Answer:
        """Press the button: complete the cart; with that key instead of the person's own, if one is given."""
        ...

    async def look_for(self, cart: str) -> Answer:
        """Ask for a cart by an id, which need not be one."""
        ...

    async def lose_key(self) -> None:
        """Come back in another browser, where the key of this purchase is not known."""
        ...

    async def wait(self, hours: float) -> None:
        """Let so many hours pass."""
        ...

    async def gateway_tells(self) -> None:
        """
        Let the gateway's webhooks come now; by itself each takes a while, in which people do a thing or two.

        A doing of the gateway's: others may act `together` with it.
        """
        ...

    async def ask_swap(self, *, back: dict[str, int], new: dict[str, int] | None = None) -> Answer:
        """Ask to return so many of each variant of the order for others; from here on the cart is the swap's."""
        ...

    async def leaves_at_next_silence(self) -> None:
        """From here on an unanswered `buy` is not retried, but the story goes on (an interrupted completion)."""
        ...

    async def remove(self, provider: str) -> Answer:
        """Take back a way to pay: its session is deleted."""
        ...

    def second_tab(self, key: TabKey = TabKey.SAME) -> Shopper:
        """Open the same cart, as it is now, in a second tab: another connection, and that key."""
        ...


class Dashboard(Protocol):
    """The gateway's own pages, where the shop's people can act on the shopper's payment without the shop."""

    async def capture(self, amount: int | None = None) -> None:
        """Take so many minor units of what is held, and let go of the rest; None: take all of it."""
        ...

    async def refund(self, amount: int) -> None:
        """Give so many minor units back."""
        ...

    async def cancel(self) -> None:
        """Let go of what is held."""
        ...


class Operator(Protocol):
    """
    A person at the shop's desk, through the admin API.

    Acts on the order the shopper's cart became, if any, and on the swap of it that was asked for last. `at_the_gateway` is
    the same person in the gateway's dashboard.
    """

    @property
    def at_the_gateway(self) -> Dashboard:
        """The gateway's dashboard."""
        ...

    @property
    def key(self) -> str | None:
        """The key of what was done last; None for a person who keeps no key."""
        ...

    async def capture(self, *, key: str | None = None) -> Answer:
        """Capture what is not captured yet of the order's payments; with that key instead of a new one, if one is given."""
        ...

    async def refund(self, amount: int | None = None, *, key: str | None = None) -> Answer:
        """Refund so many minor units; None refunds what is left, as the order shows it. `key` as above."""
        ...

    async def capture_payment(self) -> Answer:
        """Capture the order's payments, each by its own id; the answer is the last one's."""
        ...

    async def refund_payment(self, amount: int) -> Answer:
        """Refund so many minor units by the payment's own id."""
        ...

    async def cancel(self) -> Answer:
        """Cancel the order."""
        ...

    async def process_swap(self) -> Answer:
        """Bring the swap's difference home: it is captured, or refunded."""
        ...

    async def cancel_swap(self) -> Answer:
        """Cancel the swap."""
        ...

    async def stock(self, variant: str, quantity: int) -> Answer:
        """Set how many of a variant are left."""
        ...

    async def disable(self, provider: str, region: str = "home") -> Answer:
        """Take a processor out of a region."""
        ...

    def colleague(self) -> Operator:
        """Call somebody else to the desk, who acts on the same order."""
        ...


class Journey(msgspec.Struct, frozen=True, kw_only=True):
    """
    A story, which clients it makes sense for, and which capabilities of the processor under test it needs.

    `title` is one sentence for people; `theme` groups journeys in lists. `refusals` counts the requests that are refused
    when nothing fails: a target that refuses more, or fewer, does not carry the journey, and no rule need say so.

    `races`: people act at once in it, so every schedule of it is run. `lost` counts the wishes that may be refused on top
    because somebody else was faster, or because one gateway refuses after a failed challenge where another asks for the
    next; how many are depends on the schedule and the gateway, and a conflict that was retried is no refusal. Of a story
    that was drawn (`is_drawn`) nobody knows how many requests it will be refused.
    """

    name: str
    title: str
    theme: str
    story: Callable[[Shopper, Operator], Awaitable[None]]
    clients: tuple[ClientKind, ...] = tuple(ClientKind)
    needs: frozenset[str] = frozenset()
    refusals: int = 0
    races: bool = False
    lost: int = 0
    is_drawn: bool = False
