"""An httpx transport that ends at a gateway port, so that an SDK over httpx pays at whatever the harness put there."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from tillproof.contract.gateway import Gateway, NoAnswer, Request, Response
from tillproof_fake_processors.http.in_process import from_httpx, to_httpx
from tillproof_fake_processors.http.messages import HttpRequest, HttpResponse, json_response


class OverGateway(httpx.AsyncBaseTransport):
    """
    Carries each request to a gateway port. It needs no event loop: whoever steps the caller also steps the gateway.

    `read` makes the port's request of what would go over the wire (the headers and the body's encoding are the gateway's
    own). No answer becomes `httpx.ReadTimeout`, as on a real wire.
    """

    def __init__(self, gateway: Gateway, read: Callable[[HttpRequest], Request]) -> None:
        """Carry requests to this gateway."""
        self._gateway = gateway
        self._read = read

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request through the port and wait for its answer."""
        await request.aread()
        try:
            response = await self._gateway.request(self._read(from_httpx(request)))
        except NoAnswer as silence:
            raise httpx.ReadTimeout("no answer came", request=request) from silence
        return to_httpx(as_sent(response))


def as_sent(response: Response) -> HttpResponse:
    """Write a gateway's answer as bytes: a JSON object, or the page some proxy made of it."""
    if isinstance(response.body, str):
        return HttpResponse(status=response.status, headers={"content-type": "text/html"}, body=response.body.encode())
    return json_response(response.status, response.body)
