"""
Stripe over HTTP: the API key, form bodies, and the headers around an answer (https://docs.stripe.com/api).

    answering({"api.stripe.com": http_face(stripe)})     in process, for httpx's MockTransport or respx
    asgi(http_face(stripe))                              as an ASGI application, or on a socket
"""

from __future__ import annotations

import base64
import binascii
import re

from msgspec.structs import replace

from tillproof.contract.gateway import Request, Response
from tillproof.domain.entities import Data
from tillproof_fake_processors.http import Face, Handle, HttpRequest, HttpResponse, as_sent, faced, json_response
from tillproof_fake_processors.stripe import forms
from tillproof_fake_processors.stripe.errors import INVALID, StripeError, invalid
from tillproof_fake_processors.stripe.gateway import Answered, Stripe
from tillproof_fake_processors.stripe.routes import routed
from tillproof_fake_processors.stripe.shapes import API_VERSION

HOST = "api.stripe.com"
"""Where the real one answers."""

_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(\.[a-z]+)?")
_FORM = "application/x-www-form-urlencoded"


def http_face(stripe: Stripe) -> Handle:
    """Return what answers HTTP requests for this account. Any `sk_test_...` key is good; a live one sees nothing here."""
    return faced(FACE, stripe.handle)


def read(request: HttpRequest) -> Request | HttpResponse:
    """Read what was sent to the API; answer at once what its door turns away, a bad key above all."""
    version = request.headers.get("stripe-version", API_VERSION)
    try:
        asked = gateway_request(request)
        _check(request, asked, version)
    except StripeError as error:
        return json_response(error.status, error.body)
    return replace(asked, headers={"stripe-version": version})


def write(asked: Request, answer: Response) -> HttpResponse:
    """Write an answer with the headers Stripe puts around it; one that is not Stripe's goes out as it is."""
    if not isinstance(answer, Answered):
        return as_sent(answer)
    headers = {
        **answer.headers,
        "request-id": answer.request,
        "stripe-version": asked.headers.get("stripe-version", API_VERSION),
    }
    if asked.key is not None and asked.method == "POST":
        headers["idempotency-key"] = asked.key
    if answer.original is not None:
        headers |= {"idempotent-replayed": "true", "original-request": answer.original}
    return json_response(answer.status, answer.body if isinstance(answer.body, dict) else {}, headers)


FACE = Face(hosts=(HOST,), read=read, write=write)
"""Stripe, as its SDKs reach it."""


def gateway_request(request: HttpRequest) -> Request:
    """Read what would go over the wire as a request to a gateway port: the form as JSON. Raises `StripeError`."""
    try:
        body = request.body.decode()
    except UnicodeDecodeError:
        raise invalid("The parameters could not be read.") from None
    return Request(
        method=request.method,
        path=request.target,
        body=forms.decode(body),
        key=request.headers.get("idempotency-key") or None,
    )


def _check(request: HttpRequest, asked: Request, version: str) -> None:
    """Check the API key, the version and the kind of body, in the order the API does."""
    key = _api_key(request.headers.get("authorization", ""))
    if key is None:
        raise StripeError(401, INVALID, "No API key was sent: put it into the Authorization header, as Bearer.")
    found = routed(asked.method, asked.path.partition("?")[0])
    if key.startswith("sk_live_"):
        message = "Nothing here exists in live mode; a test key would find it."
        raise StripeError(404, INVALID, message, code="resource_missing")
    if key.startswith("pk_test_"):
        if found is None or not found[0].public or not _has_secret(asked, found[1]):
            message = "This needs a secret key; a publishable key was sent."
            raise StripeError(403, INVALID, message, code="secret_key_required")
    elif not key.startswith(("sk_test_", "rk_test_")):
        raise StripeError(401, INVALID, "This API key is not valid.")
    if not _VERSION.fullmatch(version):
        raise invalid("There is no such version of the API.")
    kind = request.headers.get("content-type", _FORM)
    if asked.method == "POST" and request.body and not kind.startswith(_FORM):
        raise invalid(f"The body must be a form ({_FORM}).")


def _api_key(authorization: str) -> str | None:
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip() or None
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[0] or None
    except (binascii.Error, UnicodeDecodeError):
        return None


def _has_secret(asked: Request, id_: str) -> bool:
    """Tell whether the caller knows the client secret of the intent it names; where none is named, none is needed."""
    if not id_:
        return True
    params: Data = asked.body if asked.method == "POST" else forms.decode(asked.path.partition("?")[2])
    secret = params.get("client_secret")
    return isinstance(secret, str) and secret.startswith(f"{id_}_secret_")
