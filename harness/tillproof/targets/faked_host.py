"""The processor's own httpx, routed: requests to the gateway's hosts go over the pipe, all others are refused by name."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from functools import cache

import httpx
import respx

from tillproof.contract.gateway import NoAnswer
from tillproof.contract.http import HttpRequest, HttpResponse
from tillproof.targets.wall import NothingSent, loopback
from tillproof_fake_processors.http.in_process import from_httpx, to_httpx
from tillproof_fake_processors.http.over_gateway import silent

Send = Callable[[HttpRequest], Awaitable[HttpResponse]]
SendNow = Callable[[HttpRequest], HttpResponse]
Answers = Callable[[str], bool]
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


def route_httpx(answers: Answers, send: Send, send_now: SendNow, refuse: Refuse) -> None:
    """
    Route every httpx client of this process, for good.

    `answers(host)` says whether a fake answers there; `send` carries a request to it, `send_now` does so for synchronous
    clients; `refuse(host, request)` is told of any other host; this machine itself may be called. Where no answer comes
    httpx's own error is raised, as on a real wire.
    """
    setattr(ssl, "create_default_context", cache(ssl.create_default_context))  # noqa: B010 - certificates, read anew for each client, cost 10 ms
    router = _Router(assert_all_called=False, assert_all_mocked=True)

    def route(request: httpx.Request) -> httpx.Request | httpx.Response | Awaitable[httpx.Response]:
        host = request.url.host
        if loopback(host):
            return request  # respx: pass it through
        if not answers(host):
            refuse(host, f"{request.method} {request.url.path}")
            error = f"no fake answers for {host}; nothing was sent"
            raise httpx.ConnectError(error, request=request) from NothingSent(error)
        return now(request) if router.blocking else later(request)

    def now(request: httpx.Request) -> httpx.Response:
        try:
            return to_httpx(send_now(from_httpx(request)))
        except NoAnswer as silence:
            raise silent(silence, request) from silence

    async def later(request: httpx.Request) -> httpx.Response:
        try:
            return to_httpx(await send(from_httpx(request)))
        except NoAnswer as silence:
            raise silent(silence, request) from silence

    router.route().mock(side_effect=route)
    router.start()
