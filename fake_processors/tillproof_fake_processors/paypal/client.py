"""A processor's line to PayPal: httpx, an access token, and nothing that a later call could not do without."""

from __future__ import annotations

import base64
from functools import lru_cache
from urllib.parse import quote

import httpx
import msgspec

from tillproof.contract.outcomes import Unknown
from tillproof.domain.entities import Data

_UNAUTHORIZED = 401


class _Token(msgspec.Struct, frozen=True):
    access_token: str


class Line:
    """
    Sends requests under an access token, which it fetches when it has none and again when PayPal refuses the old one.

    The token is kept to save a request, not because anything depends on it: after a restart there is a new one.
    """

    def __init__(self, client: httpx.AsyncClient, client_id: str, secret: str) -> None:
        """Send over `client`, whose base address is PayPal's."""
        self._client = client
        self._base = str(client.base_url).rstrip("/")
        self._basic = f"Basic {base64.b64encode(f'{client_id}:{secret}'.encode()).decode()}"
        self._token: str | None = None

    async def send(
        self, method: str, path: str, body: Data | list[Data] | None = None, *, key: str | None = None
    ) -> httpx.Response | Unknown:
        """
        Send one request and return its answer. Redirects are not followed; a 401 was certainly not carried out.

        `key` becomes the `PayPal-Request-Id`.
        """
        try:
            for fresh in (False, True):
                token = await self._bearer(fresh=fresh)
                if token is None:
                    return Unknown("PayPal gave no access token")
                answer = await self._send(method, path, body, {"authorization": f"Bearer {token}"}, key)
                if answer.status_code != _UNAUTHORIZED:
                    return answer
        except httpx.TransportError:
            return Unknown("PayPal did not answer")
        return Unknown("PayPal does not take the access token it gave")

    async def _send(
        self, method: str, path: str, body: Data | list[Data] | None, headers: dict[str, str], key: str | None
    ) -> httpx.Response:
        headers["prefer"] = "return=representation"
        headers["content-type"] = "application/json"
        if key is not None:
            headers["paypal-request-id"] = key
        content = b"" if body is None else msgspec.json.encode(body)
        return await self._client.request(method, _address(self._base + path), content=content, headers=headers)

    async def _bearer(self, *, fresh: bool) -> str | None:
        if self._token is None or fresh:
            form = {"grant_type": "client_credentials"}
            answer = await self._client.post(
                _address(f"{self._base}/v1/oauth2/token"), data=form, headers={"authorization": self._basic}
            )
            try:
                self._token = msgspec.json.decode(answer.content, type=_Token).access_token if answer.is_success else None
            except msgspec.DecodeError:
                self._token = None
        return self._token


def safe(id_: object) -> str:
    """Return an id as one segment of a path."""
    return quote(str(id_), safe="")


@lru_cache(maxsize=1024)
def _address(text: str) -> httpx.URL:
    """Parse an address. httpx takes several times as long to join a path to its base, and an order is asked for often."""
    return httpx.URL(text)
