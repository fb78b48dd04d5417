"""
PayPal's HTTP: what of a request reaches the fake, and how its answers go out.

The fake itself reads a method, a path, a JSON object, a request id and two headers; what makes these of the wire is here.
"""

from __future__ import annotations

from typing import cast
from urllib.parse import parse_qsl

import msgspec

from tillproof.contract.gateway import Request, Response
from tillproof.domain.entities import Data
from tillproof_fake_processors.http import Face, Handle, HttpRequest, HttpResponse, as_sent, faced, json_response
from tillproof_fake_processors.paypal.errors import Issue
from tillproof_fake_processors.paypal.gateway import PayPal
from tillproof_fake_processors.paypal.tokens import TOKEN_PATH

HOSTS = ("api-m.sandbox.paypal.com", "api-m.paypal.com", "api.sandbox.paypal.com", "api.paypal.com")
"""The hosts the fake stands for: an SDK reaches it unchanged."""

_HEADERS = ("authorization", "prefer")
_NO_CONTENT = 204


def read(request: HttpRequest) -> Request:
    """Read what the fake needs of a request. Raises `Issue` for a body it could not understand."""
    headers = {name: request.headers[name] for name in _HEADERS if name in request.headers}
    return Request(
        method=request.method,
        path=request.target,
        body=_body(request),
        key=request.headers.get("paypal-request-id"),
        headers=headers,
    )


def over_http(paypal: PayPal) -> Handle:
    """Return what answers HTTP requests in this PayPal's name."""
    return faced(FACE, paypal.handle)


def _read(request: HttpRequest) -> Request | HttpResponse:
    try:
        return read(request)
    except Issue as issue:
        return json_response(issue.status, issue.body("0000000000000"))


def _body(request: HttpRequest) -> Data:
    """Read the body: a form where a token is asked for; else JSON, in which a JSON Patch is the list `patches`."""
    if request.target.partition("?")[0] == TOKEN_PATH:
        return dict(parse_qsl(request.body.decode("utf-8", "replace")))
    if not request.body.strip():
        return {}
    if "json" not in request.headers.get("content-type", ""):
        raise Issue("UNSUPPORTED_MEDIA_TYPE")
    try:
        told = msgspec.json.decode(request.body)
    except msgspec.DecodeError as error:
        raise Issue("MALFORMED_REQUEST_JSON") from error
    if isinstance(told, list):
        return {"patches": told}
    if not isinstance(told, dict):
        raise Issue("MALFORMED_REQUEST_JSON")
    return cast("Data", told)


def _write(asked: Request, answer: Response) -> HttpResponse:
    del asked
    return HttpResponse(status=answer.status) if answer.status == _NO_CONTENT else as_sent(answer)


FACE = Face(hosts=HOSTS, read=_read, write=_write)
"""PayPal, as its SDKs reach it."""
