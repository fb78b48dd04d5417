"""The processor's own httpx, routed: requests to the gateway's host go over the pipe, all others are refused by name."""

from __future__ import annotations

import json
import ssl
from collections.abc import Awaitable, Callable
from functools import cache
from typing import cast

import httpx
import respx

from tillproof.contract.gateway import NoAnswer, Request, Response
from tillproof.domain.entities import Data
from tillproof.targets.wall import NothingSent, loopback

HOST = "bank.test"
"""Where the fake gateway answers, by https or http. The name can exist nowhere (RFC 6761)."""

_BAD_REQUEST = 400

Send = Callable[[Request], Awaitable[Response]]
SendNow = Callable[[Request], Response]
Refuse = Callable[[str, str], None]


class _Router(respx.MockRouter):
    """Knows which of httpx's two colours is asking (respx asks a route the same way in both), and keeps no record."""

    blocking = False

    def handler(self, request: httpx.Request) -> httpx.Response:
        """Answer a synchronous client."""
        self.blocking = True
        try:
            return super().handler(request)
        finally:
            self.blocking = False

    def record(self, *args: object, **kwargs: object) -> None:
        """Forget: a campaign makes more requests than memory should hold."""


def route_httpx(send: Send, send_now: SendNow, refuse: Refuse) -> None:
    """
    Route every httpx client of this process, for good.

    `send` carries a request for `HOST` to the gateway, `send_now` does it for synchronous clients; `refuse(host, request)`
    is told of any other host; this machine itself may be called. No answer becomes `httpx.ReadTimeout`, as on a real wire.
    """
    setattr(ssl, "create_default_context", cache(ssl.create_default_context))  # noqa: B010 - certificates, read anew for each client, cost 10 ms
    router = _Router(assert_all_called=False, assert_all_mocked=True)

    def route(request: httpx.Request) -> httpx.Request | httpx.Response | Awaitable[httpx.Response]:
        if loopback(request.url.host):
            return request  # respx: pass it through
        if request.url.host != HOST:
            refuse(request.url.host, f"{request.method} {request.url.path}")
            error = f"no fake answers for {request.url.host}; nothing was sent"
            raise httpx.ConnectError(error, request=request) from NothingSent(error)
        asked = _asked(request)
        if asked is None:
            return httpx.Response(_BAD_REQUEST, json={"error": "invalid_request", "message": "the body is no JSON object"})
        return now(asked, request) if router.blocking else later(asked, request)

    def now(asked: Request, request: httpx.Request) -> httpx.Response:
        try:
            return _http(send_now(asked))
        except NoAnswer as silence:
            raise httpx.ReadTimeout("no answer came", request=request) from silence

    async def later(asked: Request, request: httpx.Request) -> httpx.Response:
        try:
            return _http(await send(asked))
        except NoAnswer as silence:
            raise httpx.ReadTimeout("no answer came", request=request) from silence

    router.route().mock(side_effect=route)
    router.start()


def _asked(request: httpx.Request) -> Request | None:
    try:
        body = json.loads(request.content or b"{}")
    except ValueError:
        return None
    if not isinstance(body, dict):
        return None
    return Request(
        method=request.method,
        path=request.url.raw_path.decode("ascii"),
        body=cast("Data", body),
        key=request.headers.get("idempotency-key"),
    )


def _http(response: Response) -> httpx.Response:
    if isinstance(response.body, str):
        return httpx.Response(response.status, html=response.body)
    return httpx.Response(response.status, json=response.body)
