"""How a gateway of one's own is reached: in JSON or in forms, with the key where that gateway looks for it."""

from __future__ import annotations

import re
from typing import Literal, cast
from urllib.parse import parse_qsl

from msgspec.structs import replace

from tillproof.contract.gateway import Request
from tillproof.contract.http import Face, HttpRequest, HttpResponse
from tillproof.domain.entities import Data
from tillproof_fake_processors.http import as_sent, json_face
from tillproof_fake_processors.http.messages import NO_OBJECT
from tillproof_fake_processors.own.reading import found

Body = Literal["json", "form"]
"""How a request's body is written."""


def facing(hosts: tuple[str, ...], body: Body, key: str, refusal: Data = NO_OBJECT) -> Face:
    """
    Return the face. `key`: where a request bears its idempotency key, as `header NAME` or `body a.b`.

    `refusal` is the body of the 400 that answers what should be a JSON object and is none; any text is some form.
    """
    said = _form_face(hosts) if body == "form" else json_face(*hosts, refusal=refusal)
    kind, _, name = key.partition(" ")

    def read(request: HttpRequest) -> Request | HttpResponse:
        asked = said.read(request)
        if isinstance(asked, HttpResponse):
            return asked
        told = asked.headers.get(name.lower()) if kind == "header" else found(asked.body, name)
        return replace(asked, key=told if isinstance(told, str) else None)

    return Face(hosts=hosts, read=read, write=said.write)


def _form_face(hosts: tuple[str, ...]) -> Face:
    def read(request: HttpRequest) -> Request:
        body = _form(request.body)
        return Request(method=request.method, path=request.target, body=body, headers=dict(request.headers))

    return Face(hosts=hosts, read=read, write=lambda _asked, answer: as_sent(answer))


def _form(body: bytes) -> Data:
    """Read a form; `a[b]` is `b` inside `a`."""
    told: Data = {}
    for name, value in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True):
        into, parts = told, [part for part in re.split(r"[\[\]]+", name) if part]
        for part in parts[:-1]:
            inner = into.setdefault(part, {})
            into = cast("Data", inner) if isinstance(inner, dict) else {}
        if parts:
            into[parts[-1]] = value
    return told
