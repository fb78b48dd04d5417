"""Stripe's official SDK, set up so that whatever it sends goes through a gateway port, once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import httpx
import stripe

from tillproof.contract.gateway import Gateway
from tillproof_fake_processors.http.over_gateway import OverGateway
from tillproof_fake_processors.stripe.face import gateway_request

_KEY = "sk_test_the_fake_takes_any"
_PATIENCE = {"timeout": httpx.Timeout(5.0).as_dict()}
_NO_ANSWER: type[Exception] = stripe.APIConnectionError  # whose making the SDK leaves untyped


class _OverGateway(stripe.HTTPClient):
    """
    An HTTP client for the SDK: httpx's transport that ends at a gateway port.

    The SDK's own httpx client takes no transport, loads certificates each time it is made, and uses a keyword of httpx's
    that is deprecated, which is an error wherever warnings are. There is no `httpx.AsyncClient` in between: the SDK writes
    every header itself, and wants neither cookies kept nor redirects followed.
    """

    name = "httpx"

    def __init__(self, gateway: Gateway) -> None:
        super().__init__(verify_ssl_certs=False)  # pyright: ignore[reportUnknownMemberType] - the SDK leaves a part untyped
        self._transport = OverGateway(gateway, gateway_request)

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: str | None = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Send one request. Raises `stripe.APIConnectionError` when no answer came."""
        request = httpx.Request(method, _address(url), headers=headers, content=post_data, extensions=_PATIENCE)
        try:
            answer = await self._transport.handle_async_request(request)
        except httpx.TransportError as error:
            raise _NO_ANSWER(f"no answer came ({type(error).__name__})") from error
        return await answer.aread(), answer.status_code, answer.headers


def client_over(gateway: Gateway) -> stripe.StripeClient:
    """
    Return the SDK's client for this gateway.

    No retries: the backend retries, and a second layer would repeat what nobody asked for (F-GW-08). No telemetry: it
    would tell of this machine. Needs no event loop: nothing in it waits for anything but the port.
    """
    stripe.enable_telemetry = False
    return stripe.StripeClient(_KEY, http_client=_OverGateway(gateway), max_network_retries=0)


@lru_cache(maxsize=1024)
def _address(text: str) -> httpx.URL:
    """Parse an address: an intent is asked for often, and every run counts its intents from one."""
    return httpx.URL(text)
