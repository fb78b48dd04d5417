"""Stripe's official SDK, set up so that whatever it sends goes through a gateway port, once."""

from __future__ import annotations

import httpx
import stripe

from tillproof.contract.gateway import Gateway
from tillproof_fake_processors.http.over_gateway import OverGateway
from tillproof_fake_processors.stripe.face import gateway_request

_KEY = "sk_test_the_fake_takes_any"


class _OverGateway(stripe.HTTPXClient):
    """The SDK's own httpx client, on a transport that ends at a gateway port."""

    def __init__(self, gateway: Gateway) -> None:
        # no certificate is ever asked for; loading them costs 10 ms
        super().__init__(verify_ssl_certs=False)  # pyright: ignore[reportUnknownMemberType] - the SDK's own keywords
        self._client_async = httpx.AsyncClient(transport=OverGateway(gateway, gateway_request), trust_env=False)


def client_over(gateway: Gateway) -> stripe.StripeClient:
    """
    Return the SDK's client for this gateway.

    No retries: the backend retries, and a second layer would repeat what nobody asked for (F-GW-08). No telemetry: it
    would tell of this machine. Needs no event loop: nothing in it waits for anything but the port.
    """
    stripe.enable_telemetry = False
    return stripe.StripeClient(_KEY, http_client=_OverGateway(gateway), max_network_retries=0)
