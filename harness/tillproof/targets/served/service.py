"""One gateway as it is served: its ledger, clock, faults and webhooks, and what one request meets."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine
from typing import Any

import msgspec

from tillproof.domain.ledger import Entry, EntryKind
from tillproof.targets.served.clock import MovedClock
from tillproof.targets.served.deliveries import Postman
from tillproof.targets.served.faulting import Faults, strike
from tillproof.targets.served.gateways import Hook, Opened, Served
from tillproof_fake_processors.http import HttpRequest, HttpResponse
from tillproof_fake_processors.http.connection import Exchange


class Total(msgspec.Struct, frozen=True, kw_only=True):
    """What a gateway's ledger adds up to in one currency, in minor units. `released` was voided, or has lapsed."""

    currency: str
    authorized: int = 0
    captured: int = 0
    refunded: int = 0
    released: int = 0


_ADDED = {
    EntryKind.AUTHORIZE: "authorized",
    EntryKind.CAPTURE: "captured",
    EntryKind.REFUND: "refunded",
    EntryKind.VOID: "released",
    EntryKind.LAPSE: "released",
}


class Service:
    """A gateway that is served. Faults and time may be changed while it runs; `reset` begins again with empty books."""

    def __init__(self, served: Served, dialect: str, hook: Hook | None = None) -> None:
        """Open the gateway."""
        self.served = served
        self.dialect = dialect
        self.hook = hook
        self.clock = MovedClock()
        self.faults = Faults(served.points)
        self.postman = Postman(self.clock.now)
        self.entries: list[Entry] = []
        self._striking: set[asyncio.Task[None]] = set()
        self._before: HttpResponse | None = None
        self._open = self._opened()

    @property
    def gateway(self) -> Opened:
        """The gateway as it is now."""
        return self._open

    def answer(self, request: HttpRequest, exchange: Exchange) -> None:
        """Answer a request, unless a fault strikes it."""
        kind = self.faults.crossing(request)
        if kind is None:
            self._before = self._open.handle(request)
            exchange.send(self._before)
        else:
            self._keep(strike(kind, self._open, request, exchange, self._before))
        if self._open.postbox is not None:
            self.postman.wake()

    def forward(self, seconds: float) -> None:
        """Let time pass, and let happen what falls due by it."""
        self.clock.forward(seconds)
        self._open.land()
        self.postman.wake()

    def reset(self) -> None:
        """Begin again: empty books, the present time, no faults, nothing delivered."""
        self.clock.ahead = 0.0
        self.faults.set("")
        self._before = None
        self.postman.tried.clear()
        self._open = self._opened()

    def totals(self) -> list[Total]:
        """Add the ledger up, by currency."""
        sums: dict[str, Counter[str]] = {}
        for entry in self.entries:
            if entry.kind in _ADDED:
                sums.setdefault(entry.currency, Counter())[_ADDED[entry.kind]] += entry.amount
        return [Total(currency=currency, **sums[currency]) for currency in sorted(sums)]

    def _opened(self) -> Opened:
        self.entries = []
        opened = self.served.open(self.entries.append, self.clock.now, self.dialect, self.hook)
        self.postman.postbox = opened.postbox
        return opened

    def _keep(self, rest: Coroutine[Any, Any, None] | None) -> None:
        """Carry out what is left of a fault that takes its time."""
        if rest is not None:
            task = asyncio.get_running_loop().create_task(rest)
            self._striking.add(task)
            task.add_done_callback(self._striking.discard)
