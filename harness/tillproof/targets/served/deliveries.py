"""Webhooks on a real connection: what a gateway has to deliver is posted, in its order, and what came of it is kept."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

import httpx
import msgspec

from tillproof.targets.served.gateways import Mail, Postbox

_PATIENCE = 10.0  # seconds for a listener to answer
_LOOKS = 0.5  # seconds until the outbox is looked into unasked: what is to be tried again has fallen due, maybe
_KEPT = 1_000  # of the last deliveries
_MOST_READ = 65_536  # bytes of an answer nobody reads


class Delivered(msgspec.Struct, frozen=True, kw_only=True):
    """
    One try to deliver one event.

    `status` is that of the answer; None where there was none, and `error` says why. `at`: seconds since the epoch.
    """

    id: str
    type: str
    attempt: int
    url: str
    at: float
    status: int | None
    error: str | None = None


class Postman:
    """Carries what is in the postbox, one after the other, for as long as `work` runs."""

    def __init__(self, now: Callable[[], float]) -> None:
        """Have delivered nothing yet. `now` gives the gateway's time."""
        self.tried: deque[Delivered] = deque(maxlen=_KEPT)
        self.postbox: Postbox | None = None
        self._now = now
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Look into the postbox soon: something has happened."""
        self._wake.set()

    async def work(self) -> None:
        """Deliver until cancelled."""
        async with httpx.AsyncClient(timeout=_PATIENCE, trust_env=False) as client:
            while True:
                for mail in self.postbox.due(self._now()) if self.postbox is not None else ():
                    await self._deliver(client, mail)
                try:
                    async with asyncio.timeout(_LOOKS):
                        await self._wake.wait()
                except TimeoutError:
                    continue
                self._wake.clear()

    async def _deliver(self, client: httpx.AsyncClient, mail: Mail) -> None:
        status: int | None = None
        error: str | None = None
        try:
            async with client.stream("POST", mail.url, headers=mail.headers, content=mail.body) as answer:
                status = answer.status_code
                read = 0
                async for part in answer.aiter_raw():
                    read += len(part)
                    if read > _MOST_READ:
                        break
        except httpx.HTTPError as failure:
            status, error = None, f"{type(failure).__name__}: {failure}".rstrip(": ")
        mail.answered(status)
        self.tried.append(
            Delivered(
                id=mail.id,
                type=mail.type,
                attempt=mail.attempt,
                url=mail.url,
                at=self._now(),
                status=status,
                error=error,
            )
        )
