"""An ask as the HTTP request it becomes, and an HTTP answer as the answer it is."""

from __future__ import annotations

import re
from typing import cast

import httpx
import msgspec

from tillproof.domain.entities import Data
from tillproof.domain.requests import Answer, Ask
from tillproof.reference.api import ENDPOINTS
from tillproof.reference.http.signing_in import Admin

BASE = "http://127.0.0.1"
"""Where a shop is found; a port may follow."""

ADMIN = Admin(email="operator@shop.example", token="till-operator")  # noqa: S106 - of a shop that lives for one run
"""Who sits at the desk of every shop on the wire."""

NUMBER = b"x-exchange"
"""The header in which whoever watches a server numbers its requests."""

_PLACE = re.compile(r"{(\w+)}")
_TRANSPORT = frozenset({"connection", "content-length", "content-type", "date", "server", "transfer-encoding"})
"""Headers of the transport; a person does not hear them, and a date would make two logs differ."""


def request_of(ask: Ask, base: str = BASE) -> httpx.Request:
    """Return the HTTP request for an ask: parameters named in the path go there, the others into the body."""
    endpoint = ENDPOINTS[ask.endpoint]
    named = set(_PLACE.findall(endpoint.path))
    path = _PLACE.sub(lambda place: str(ask.params[place[1]]), endpoint.path)
    rest = {name: value for name, value in ask.params.items() if name not in named}
    headers = {"host": "127.0.0.1"}
    if ask.key is not None:
        headers["idempotency-key"] = ask.key
    if path.startswith("/admin/"):
        headers["x-medusa-access-token"] = ADMIN.token
    if ask.raw:
        return httpx.Request(endpoint.method, base + path, content=ask.raw, headers={**headers, **ask.headers})
    if endpoint.method == "GET":
        return httpx.Request("GET", base + path, params=rest or None, headers=headers)
    content = msgspec.json.encode(rest) if rest else None
    return httpx.Request(
        endpoint.method, base + path, content=content, headers={**headers, "content-type": "application/json"}
    )


def answer_of(status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> Answer:
    """Return what a person hears of an HTTP answer. A body that is no JSON object is kept as its text, under `text`."""
    heard = {
        name.decode("latin-1").lower(): value.decode("latin-1")
        for name, value in headers
        if name.decode("latin-1").lower() not in _TRANSPORT
    }
    return Answer(status=status, body=_object(body), headers=heard)


def _object(body: bytes) -> Data:
    try:
        told: object = msgspec.json.decode(body)
    except msgspec.DecodeError:
        told = None
    return cast("Data", told) if isinstance(told, dict) else {"text": body.decode("utf-8", "replace")}
