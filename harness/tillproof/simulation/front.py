"""What a run needs of the shop, wherever that shop runs: in this process or behind a socket."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from tillproof.contract.gateway import GatewayFake
from tillproof.domain.entities import Entity
from tillproof.domain.requests import Answer, Ask
from tillproof.history.events import Change, Committed
from tillproof.simulation.crossing import Crossings
from tillproof.simulation.ids import SeededIds
from tillproof.simulation.target import Target


class Front(Protocol):
    """
    One run's shop through all its boots.

    `gateway` is the gateway's own page, for the shopper; None where money is nobody's but the shop's.
    """

    gateway: GatewayFake | None

    async def runs(self) -> bool:
        """Start the shop if it is not running, a bounded number of times; tell whether it runs."""
        ...

    async def serve(self, ask: Ask) -> Answer:
        """Let the running shop answer. Raises `Crashed` if it dies of it."""
        ...

    async def serve_twice(self, ask: Ask) -> Answer:
        """Let the same request arrive twice; return the answer to the first. Raises `Crashed`."""
        ...

    async def serve_unheard(self, ask: Ask) -> None:
        """Let the shop work on a request whose connection ends before the answer. Raises `Crashed`."""
        ...

    async def lose(self, ask: Ask) -> None:
        """End the connection before the request has arrived whole."""
        ...

    async def settle(self) -> None:
        """Let the shop settle what is unfinished, started first if need be."""
        ...

    async def sweep(self) -> None:
        """Let the shop sweep what is abandoned, started first if need be."""
        ...


Furnish = Callable[[Target, str, tuple[Entity, ...], SeededIds, Crossings], Front]
"""Makes the shop of one run from its target, dialect, opening rows, ids and crossings; it is not running yet."""


def note_opening(rows: tuple[Entity, ...], crossings: Crossings) -> None:
    """Write down with which rows the shop opened."""
    changes = tuple(Change(row.table, row.id, row) for row in rows)
    events, at = crossings.events, crossings.clock.time
    events.append(Committed(step=len(events), at=at, boot=0, name="opened", number=0, changes=changes))
