"""The application: routes, refusals, and the shop's own rounds while nobody asks for anything."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from litestar import Litestar
from litestar.exceptions import HTTPException, NotAuthorizedException

from tillproof.reference.api import boot, settle, sweep
from tillproof.reference.http.openapi import openapi
from tillproof.reference.http.reading import LARGEST_BODY
from tillproof.reference.http.refusing import failed, refused, unauthorized, unreadable
from tillproof.reference.http.routes import routes
from tillproof.reference.http.signing_in import Admin, Doorkeeper
from tillproof.reference.refusals import Refusal
from tillproof.reference.shop import Shop

log = logging.getLogger(__name__)

ROUND = 30.0
"""Seconds between two rounds of settling and sweeping."""


def make_app(
    shop: Shop,
    admin: Admin,
    *,
    every: float = ROUND,
    start: Callable[[Shop], Awaitable[None]] = boot,
) -> Litestar:
    """
    Return the shop as an ASGI application.

    It starts the shop, and only then serves. At once and every so many seconds it settles what was left unfinished and
    sweeps what was abandoned, one round at a time. When it stops, a round under way is finished first.
    """

    @asynccontextmanager
    async def open_shop(_: Litestar) -> AsyncGenerator[None]:
        await start(shop)
        closing = asyncio.Event()
        rounds = asyncio.create_task(_rounds(shop, every, closing))
        try:
            yield
        finally:
            closing.set()
            await rounds

    return Litestar(
        [*routes(shop, Doorkeeper(admin, shop.clock.now)), openapi],
        lifespan=[open_shop],
        exception_handlers={
            Refusal: refused,
            NotAuthorizedException: unauthorized,
            HTTPException: unreadable,
            Exception: failed,
        },
        request_max_body_size=LARGEST_BODY,
        openapi_config=None,
        logging_config=None,
    )


async def _rounds(shop: Shop, every: float, closing: asyncio.Event) -> None:
    while not closing.is_set():
        try:
            await settle(shop)
            await sweep(shop)
        except Exception:
            log.exception("a round failed; the next comes in %s seconds", every)
        with suppress(TimeoutError):
            await asyncio.wait_for(closing.wait(), every)
