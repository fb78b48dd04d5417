"""
Access tokens: client credentials against a bearer token that expires.

https://developer.paypal.com/api/rest/authentication. A token is valid for nine hours. Any app may have one, so that a
processor comes with whatever credentials its author uses for tests.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

from tillproof.contract.gateway import Request, Response
from tillproof.domain.entities import Data
from tillproof_fake_processors.paypal.objects import moment

CLIENT_ID = "AcTillproofClientOfTheFakePayPal"
CLIENT_SECRET = "EKtillproof-secret-of-the-fake"  # noqa: S105 - known to everybody, and good for nothing else
TOKEN_MARK = "A21AAtillproof"  # noqa: S105 - how every token begins, so that one that leaks is found
TOKEN_LIFE = 32_400.0
TOKEN_PATH = "/v1/oauth2/token"  # noqa: S105 - a path

_PAIR = f"{CLIENT_ID}:{CLIENT_SECRET}"
BASIC = f"Basic {base64.b64encode(_PAIR.encode()).decode()}"
"""The `Authorization` header of the app that comes with the fake."""


class Tokens:
    """The tokens one PayPal has given out."""

    def __init__(self, now: Callable[[], float]) -> None:
        """Give out nothing yet. `now` gives seconds since the epoch."""
        self._now = now
        self._until: dict[str, float] = {}

    def give(self, request: Request) -> Response:
        """Answer a request for a token: 200, or 400 or 401 with the error of RFC 6749."""
        if not _is_an_app(request.headers.get("authorization", "")):
            return _failed(401, "invalid_client", "these are no client's credentials")
        if request.body.get("grant_type") != "client_credentials":
            return _failed(400, "unsupported_grant_type", "only client_credentials are taken")
        token = f"{TOKEN_MARK}{len(self._until) + 1:06d}"
        self._until[token] = self._now() + TOKEN_LIFE
        body: Data = {
            "scope": "https://uri.paypal.com/services/payments/payment",
            "access_token": token,
            "token_type": "Bearer",
            "app_id": "APP-80W284485P519543T",
            "expires_in": int(TOKEN_LIFE),
            "nonce": f"{moment(self._now())}{token}",
        }
        return Response(status=200, body=body)

    def refusal(self, request: Request) -> Response | None:
        """Say why this request may not be served: 401 without a token that counts. None: it may."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self._now() < self._until.get(token, 0.0):
            return None
        if _is_an_app(request.headers.get("authorization", "")):
            return None
        return _failed(401, "invalid_token", "the access token is unknown or has expired")


def _is_an_app(authorization: str) -> bool:
    """Tell whether these are an app's credentials: any id with a secret, but our own id only with its own."""
    scheme, _, value = authorization.partition(" ")
    try:
        id_, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return False
    return scheme.lower() == "basic" and bool(id_ and secret) and (id_ != CLIENT_ID or secret == CLIENT_SECRET)


def _failed(status: int, error: str, says: str) -> Response:
    return Response(status=status, body={"error": error, "error_description": says})
