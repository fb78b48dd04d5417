"""
The parts of a folded history: calls and what they caused, exchanges with the gateway, wishes and their tries, holds.

They are filled once, by the fold, and only read afterwards. `step` is an index into the run's events.
"""

from __future__ import annotations

import msgspec

from tillproof.domain.ledger import Entry
from tillproof.history.events import (
    Acknowledged,
    Asked,
    Called,
    Delivered,
    Faulted,
    GatewayAnswered,
    GatewayAsked,
    Heard,
    Ledgered,
    Returned,
    Unheard,
)

DEFINITE = frozenset({"done", "refused", "error-object"})
"""The outcomes of a processor call that claim to be final. The original's error object claims it too."""

REFUSALS = frozenset({"refused", "error-object"})
"""The outcomes that claim that nothing was done."""


class Exchange(msgspec.Struct):
    """G: a request that reached the gateway and, if one left, its answer."""

    asked: GatewayAsked
    answered: GatewayAnswered | None = None


class Notified(msgspec.Struct):
    """G: one delivery of a webhook and how it was answered."""

    delivered: Delivered
    acknowledged: Acknowledged | None = None

    @property
    def status(self) -> int | None:
        """What the shop answered, heard or not; None where it did not."""
        return self.acknowledged.status if self.acknowledged is not None else None

    @property
    def span(self) -> tuple[int, int]:
        """The first and the last step of its being served."""
        first = self.delivered.step
        return first, self.acknowledged.step if self.acknowledged is not None else first


class Call(msgspec.Struct):
    """
    C: a processor call, what came back, and what it caused at the gateway.

    `entries` also holds what landed after the return, as far as it bears the call's reference. `disturbed` are the faults
    that struck between this call's processor and the gateway; an event that is delivered meanwhile makes calls of its own.
    """

    called: Called
    returned: Returned | None = None
    entries: list[Ledgered] = []
    exchanges: list[Exchange] = []
    disturbed: list[Faulted] = []

    @property
    def outcome(self) -> str:
        """What the backend learned: an outcome of `Returned`, or `nothing` when it died before."""
        return self.returned.outcome if self.returned is not None else "nothing"

    @property
    def definite(self) -> bool:
        """Whether the backend was given a final answer."""
        return self.returned is not None and self.returned.outcome in DEFINITE

    @property
    def claim(self) -> Returned | None:
        """What the processor itself said; None when a fault spoke for it, or nobody did."""
        return self.returned if self.returned is not None and not self.returned.injected else None


class Try(msgspec.Struct):
    """H: one request, and what was heard of it."""

    asked: Asked
    heard: Heard | None = None
    unheard: Unheard | None = None

    @property
    def end(self) -> int | None:
        """The step at which the client knew, or knew that it would not; None while it still waits."""
        ended = self.heard or self.unheard
        return ended.step if ended is not None else None


class Wish(msgspec.Struct):
    """
    H: what a person wanted once, and every try at it.

    `looks` are the times a person without a key looked first whether it was done. `gave_up` is the step at which they
    walked away.
    """

    actor: str
    call: str
    intent: int
    tries: list[Try] = []
    looks: list[Try] = []
    gave_up: int | None = None

    @property
    def start(self) -> int:
        """The step of the first try."""
        return self.tries[0].asked.step

    @property
    def final(self) -> Heard | None:
        """The answer to the last try, if there is one."""
        return self.tries[-1].heard


class Hold(msgspec.Struct):
    """
    G: an authorization and what became of it. `cart` is what it was made for, as far as anybody can tell.

    `ended` is the step at which what was held was let go (voided by us) or lapsed (`lapsed`); captured money stays.
    """

    entry: Entry
    step: int
    cart: str | None
    ended: int | None = None
    lapsed: bool = False
    captures: list[Ledgered] = []
    refunds: list[Ledgered] = []

    @property
    def captured(self) -> int:
        """What was taken of it, in minor units."""
        return sum(c.entry.amount for c in self.captures)

    @property
    def refunded(self) -> int:
        """What was given back of it, in minor units."""
        return sum(r.entry.amount for r in self.refunds)

    @property
    def held(self) -> int:
        """What the customer still cannot spend, in minor units."""
        return 0 if self.ended is not None else max(self.entry.amount - self.captured, 0)

    @property
    def outstanding(self) -> int:
        """What it still costs the customer, in minor units: held, or captured and not given back."""
        return self.held + self.captured - self.refunded

    @property
    def live(self) -> bool:
        """Whether it still costs the customer anything."""
        return self.outstanding > 0

    def stood_at(self, step: int) -> bool:
        """Tell whether it had been made and not been let go at that step."""
        return self.step <= step and (self.ended is None or self.ended > step)

    def stood_between(self, since: int, until: int) -> bool:
        """Tell whether there was a moment between these steps at which it stood."""
        return self.step <= until and (self.ended is None or self.ended > since)

    def captured_at(self, step: int) -> int:
        """Return what had been taken of it at that step."""
        return sum(c.entry.amount for c in self.captures if c.step <= step)

    def refunded_at(self, step: int) -> int:
        """Return what had been given back of it at that step."""
        return sum(r.entry.amount for r in self.refunds if r.step <= step)


class Intent(msgspec.Struct):
    """
    G: a gateway object. `amount` and `currency` are its latest.

    `closed` is the step at which it, or what it held, was let go for good.
    """

    id: str
    step: int
    cart: str | None
    amount: int
    currency: str
    entries: list[Ledgered] = []
    holds: list[Hold] = []
    closed: int | None = None

    def released(self, step: int) -> bool:
        """Tell whether money was held on it and had been let go by that step."""
        return bool(self.holds) and self.closed is not None and self.closed < step
