"""How a processor speaks to a gateway when both run here: HTTP in shape, without a socket."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol, cast, runtime_checkable

import msgspec

from tillproof.contract.webhooks import Dashboard, Outbox
from tillproof.domain.entities import Data

PATIENCE = 10.0
"""Seconds a caller waits for a gateway's answer unless it says otherwise: less than a backend waits for its processor."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """
    A request to a gateway. `key` is the `Idempotency-Key` header; query parameters are part of `path`.

    `headers` are the others that matter to the gateway, such as its credentials, by lower-case name. No log shows them.
    `within`: seconds after which the caller gives the answer up; None: it waits for ever.
    """

    method: str
    path: str
    body: Data = {}
    key: str | None = None
    headers: dict[str, str] = {}
    within: float | None = PATIENCE


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """
    A gateway's answer: an HTTP status and a JSON object (or whatever a proxy in between made of it, as text).

    `headers` are those that say more than the body does, by lower-case name: `retry-after`, `location`, `content-type`.
    """

    status: int
    body: Data | str
    headers: dict[str, str] = {}


class NoAnswer(Exception):
    """
    The request went out (or not: nobody can tell) and no answer came back.

    Says nothing about the effect: a processor that catches this knows only that the outcome is unknown.
    """


class NotConnected(NoAnswer):
    """The gateway could not be reached: the request certainly never went out."""


class TimedOut(NoAnswer):
    """The connection stood, and no answer came within the time the caller gives."""


class Gateway(Protocol):
    """The one method a processor needs of a gateway."""

    async def request(self, request: Request) -> Response:
        """Send the request and wait for its answer. Raises `NoAnswer`."""
        ...


class GatewayFake(Protocol):
    """
    A gateway that runs here: a ledger, a dialect and a face, for one run.

    The harness makes one per run, sends it what the processor sent (or decides that it never arrives), and tells it what
    the shopper does on the gateway's own page. Ledger entries go to the `record` callable it was made with.

    Two more methods may be there, and make the faults on its line truer (`Breakable`).
    """

    def handle(self, request: Request) -> Response:
        """Act on one request that has arrived. Never raises for what a caller may send."""
        ...

    def enter_card(self, card: str) -> None:
        """The shopper enters a means of payment on the gateway's page: `good`, `declined` or `challenge`."""
        ...

    def answer_challenge(self, *, passed: bool) -> None:
        """The shopper finishes the 3-D Secure challenge."""
        ...


@runtime_checkable
class Breakable(Protocol):
    """A fake that can break by itself, and say no in its own words."""

    def breaking(self, *, after_effect: bool) -> AbstractContextManager[None]:
        """While this lasts, answer what would act with a 500, before or after it acts; the dialect may keep that."""
        ...

    def error(self, status: int, code: str, message: str) -> Response:
        """Word an error as this gateway does. Has no effect."""
        ...


class Teller(GatewayFake, Protocol):
    """A gateway fake that has webhooks to send, and pages for the shop's people; not every one is."""

    outbox: Outbox
    dashboard: Dashboard


def telling(gateway: GatewayFake | None) -> Teller | None:
    """Return the gateway as one that has webhooks to send, or None where it is not."""
    return cast("Teller", gateway) if hasattr(gateway, "outbox") and hasattr(gateway, "dashboard") else None
