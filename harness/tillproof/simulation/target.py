"""What is tested, as one value: how a run makes its gateway and its processors, and what the processor declared."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

import msgspec

from tillproof.contract.gateway import Gateway, GatewayFake
from tillproof.contract.processor import Attempt, PaymentProcessor
from tillproof.domain.entities import Data
from tillproof.domain.ledger import Entry
from tillproof.reference import api
from tillproof.simulation.backend import Backend

NO_GATEWAY = "none"
"""The name of the one dialect of a target without a gateway, in run keys."""


class Crossing(Protocol):
    """Where calls of a processor's methods pass through, so that they can be written down, cut, and lied about."""

    async def cross(
        self,
        provider_id: str,
        method: str,
        arguments: Data,
        attempt: Attempt | None,
        perform: Callable[[], Awaitable[object]],
    ) -> object:
        """
        Perform the call, or not, and return what the backend is told.

        `arguments` holds `amount`, `currency`, `resource_id`, `data` as far as the method takes them.
        """
        ...


Record = Callable[[Entry], None]
"""Takes a line of a gateway's ledger as it is written."""

Now = Callable[[], float]
"""The present time, in seconds since the epoch, UTC."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """
    A processor under test, beside a second one that is known to be honest.

    `name` and `gateway` are what was typed, `provider_id` the identifier of the processor under test, `other` that of the
    second one; both are enabled in every region. `capabilities` are the names declared, `currencies` those that can be
    paid in (None: any), `public` the `data` fields a storefront may see, `secrets` the markers planted at the gateway
    that must never be served. `dialects` are those the gateway can speak, its own first; `(NO_GATEWAY,)` without one.

    `make_gateway(record, now, dialect)` makes the gateway of one run, and is None where there is none.
    `make_processors(gateway, crossing, seed)` makes every processor anew at every boot, by identifier, each wrapped so
    that its calls go through the crossing; the gateway given is None exactly where `make_gateway` is, and the seed, each
    boot's own, decides whatever randomness a processor has.

    `whole_calls`: a call of its processors, once begun, is not left in the middle while another actor goes on, because all
    calls go over one pipe to one worker process; the turn may pass before a call and after it.

    `check()` raises what the target's code did that no verdict can speak of, such as calling a host nobody fakes.

    `backend` is the business code they are tried with: the reference, unless it is the backend that is under test.

    `keeps`: the gateway points whose answers its processors keep in memory until they are made anew; None: they may keep
    anything.
    """

    name: str
    gateway: str | None = None
    provider_id: str
    other: str
    capabilities: frozenset[str]
    currencies: frozenset[str] | None = None
    public: frozenset[str] = frozenset()
    secrets: tuple[str, ...] = ()
    dialects: tuple[str, ...] = (NO_GATEWAY,)
    make_gateway: Callable[[Record, Now, str], GatewayFake] | None = None
    make_processors: Callable[[Gateway | None, Crossing, str], Mapping[str, PaymentProcessor]]
    whole_calls: bool = False
    check: Callable[[], None] = lambda: None
    backend: Backend = api
    keeps: frozenset[str] | None = None
