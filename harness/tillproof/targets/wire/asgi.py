"""The reference over HTTP in this process: each ask is a request to the Litestar application, without a socket."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import httpx
import sniffio
from litestar import Litestar

from tillproof.domain.requests import Answer, Ask
from tillproof.reference import api
from tillproof.reference.http.app import make_app
from tillproof.reference.shop import Shop
from tillproof.targets.wire.asking import ADMIN, answer_of, request_of


class OverAsgi:
    """
    A `Backend` that hears of every ask through HTTP. An application is made for each boot.

    The application runs inside the asker's own coroutine, so the driver steps it like any other business code.
    """

    def __init__(self) -> None:
        """Begin without an application."""
        self._served: tuple[Shop, httpx.ASGITransport] | None = None
        self.boot = api.boot
        self.settle = api.settle
        self.sweep = api.sweep

    async def serve(self, shop: Shop, ask: Ask) -> Answer:
        """Send one request and read its answer."""
        with _as_asyncio():
            response = await self._transport(shop).handle_async_request(request_of(ask))
            return answer_of(response.status_code, response.headers.raw, await response.aread())

    def _transport(self, shop: Shop) -> httpx.ASGITransport:
        if self._served is None or self._served[0] is not shop:
            app: Litestar = make_app(shop, ADMIN)
            self._served = shop, httpx.ASGITransport(app, raise_app_exceptions=False)  # type: ignore[arg-type]  # Litestar's scopes are its own TypedDicts
        return self._served[1]


@contextmanager
def _as_asyncio() -> Generator[None]:
    """Let httpx take the driver for asyncio: it looks only to choose a kind of event that nobody will wait for."""
    before = sniffio.thread_local.name
    sniffio.thread_local.name = "asyncio"
    try:
        yield
    finally:
        sniffio.thread_local.name = before
