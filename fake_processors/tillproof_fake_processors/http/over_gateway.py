"""An httpx transport that ends at a gateway port, so that an SDK over httpx pays at whatever the harness put there."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from msgspec.structs import replace

from tillproof.contract.gateway import Gateway, NoAnswer, NotConnected, Request, TimedOut
from tillproof.contract.http import HttpRequest
from tillproof_fake_processors.http.in_process import from_httpx, to_httpx
from tillproof_fake_processors.http.messages import as_sent


class OverGateway(httpx.AsyncBaseTransport):
    """
    Carries each request to a gateway port. It needs no event loop: whoever steps the caller also steps the gateway.

    `read` makes the port's request of what would go over the wire (the headers and the body's encoding are the gateway's
    own). No answer becomes the error that httpx has for it, as on a real wire.
    """

    def __init__(self, gateway: Gateway, read: Callable[[HttpRequest], Request]) -> None:
        """Carry requests to this gateway."""
        self._gateway = gateway
        self._read = read

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request through the port and wait for its answer."""
        await request.aread()
        sent = from_httpx(request)
        try:
            response = await self._gateway.request(replace(self._read(sent), within=sent.within))
        except NoAnswer as silence:
            raise silent(silence, request) from silence
        return to_httpx(as_sent(response))


class StraightClient(httpx.AsyncClient):
    """
    An httpx client whose requests go straight to a gateway port.

    It words them as any client does. What one does besides it leaves out, for that took a fifth of a simulated run: no
    cookies are kept, no hooks called, no credentials added, no redirect is followed. Of `send` it takes the request alone.
    """

    def __init__(self, gateway: Gateway, read: Callable[[HttpRequest], Request], base_url: str) -> None:
        """Carry requests to this gateway; `read` is as for `OverGateway`."""
        self._straight = OverGateway(gateway, read)
        super().__init__(transport=self._straight, base_url=base_url, trust_env=False)

    async def send(self, request: httpx.Request, **_: object) -> httpx.Response:
        """Send the request, and return its answer with the body read."""
        response = await self._straight.handle_async_request(request)
        response.request = request
        await response.aread()
        return response


def silent(silence: NoAnswer, request: httpx.Request) -> httpx.TransportError:
    """Return what httpx raises where no answer comes."""
    match silence:
        case NotConnected():
            return httpx.ConnectError("connection refused", request=request)
        case TimedOut():
            return httpx.ReadTimeout("no answer came", request=request)
        case _:
            return httpx.ReadError("the connection ended without an answer", request=request)
