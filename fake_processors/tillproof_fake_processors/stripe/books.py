"""One account at Stripe in one run: everything it keeps, its ledger, its clock and what is still to come."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush

from msgspec.structs import replace

from tillproof.domain.entities import Data
from tillproof.domain.ledger import Entry
from tillproof_fake_processors.ledger import Knobs, Ledger
from tillproof_fake_processors.stripe import shapes
from tillproof_fake_processors.stripe.currencies import from_stripe
from tillproof_fake_processors.stripe.objects import (
    Charge,
    Customer,
    Event,
    Kept,
    PaymentIntent,
    PaymentMethod,
    Refund,
)
from tillproof_fake_processors.stripe.shelf import Shelf

DAY = 86_400.0

AUTHORIZATION_LIFE = 7 * DAY
"""Seconds until what is held and not captured is let go (https://docs.stripe.com/payments/place-a-hold-on-a-payment-method)."""


@dataclass(slots=True, kw_only=True)
class Doing:
    """The request at work: its id and key, as its events name them."""

    request: str | None = None
    key: str | None = None


class Books:
    """
    Everything one account keeps. Ids are deterministic: a prefix and one counter.

    `entered` is the token of the card that the shopper has entered on the page; it serves where a confirmation names
    none, as a card entered in the browser does. `heard` is told of every event.
    """

    def __init__(
        self, record: Callable[[Entry], None], now: Callable[[], float], authorization_life: float = AUTHORIZATION_LIFE
    ) -> None:
        """Open the account: ledger entries go to `record`, in each currency's own minor units."""
        self._now = now
        self._count = 0
        self._coming: list[tuple[float, int, Callable[[], None]]] = []
        self.authorization_life = authorization_life
        self.ledger = Ledger(lambda entry: record(_in_minor_units(entry)), now, Knobs())
        self.customers: Shelf[Customer] = Shelf()
        self.methods: Shelf[PaymentMethod] = Shelf()
        self.intents: Shelf[PaymentIntent] = Shelf()
        self.charges: Shelf[Charge] = Shelf()
        self.refunds: Shelf[Refund] = Shelf()
        self.events: Shelf[Event] = Shelf()
        self.challenged: dict[str, PaymentIntent] = {}
        self.entered: str | None = None
        self.doing = Doing()
        self.heard: Callable[[Event], None] = _nobody_listens

    def now(self) -> int:
        """Return the present time in whole seconds, as Stripe tells it."""
        return math.floor(self._now())

    def new_id(self, prefix: str) -> str:
        """Return a fresh id."""
        self._count += 1
        return f"{prefix}_{self._count:08d}"

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        """Do something once that many seconds have passed."""
        self._count += 1
        heappush(self._coming, (self._now() + seconds, self._count, act))

    def catch_up(self) -> None:
        """Let everything happen that is due by now, in the order it falls due."""
        while self._coming and self._coming[0][0] <= self._now():
            _, _, act = heappop(self._coming)
            act()

    def happened(self, type_: str, item: Kept, previous: Data | None = None) -> None:
        """Write an event about an object as it is now."""
        event = Event(
            id=self.new_id("evt"),
            created=self.now(),
            type=type_,
            object=shapes.shape(item),
            previous=previous,
            request=self.doing.request,
            key=self.doing.key,
        )
        self.events.put(event)
        self.heard(event)


def _nobody_listens(event: Event) -> None:
    del event


def _in_minor_units(entry: Entry) -> Entry:
    if not entry.currency:
        return entry
    amount = from_stripe(entry.amount, entry.currency)
    return entry if amount == entry.amount else replace(entry, amount=amount)
