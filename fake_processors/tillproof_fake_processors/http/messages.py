"""Answers as bytes: how a fake's JSON, or the text some proxy made of it, goes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

import msgspec

from tillproof.contract.gateway import Request, Response
from tillproof.contract.http import Face, HttpRequest, HttpResponse
from tillproof.domain.entities import Data

__all__ = ["NO_OBJECT", "Handle", "HttpRequest", "HttpResponse", "as_sent", "faced", "json_face", "json_response"]

Handle = Callable[[HttpRequest], HttpResponse]
"""What a fake does with a request that has arrived. Never raises for what a caller may send."""

_BAD_REQUEST = 400
NO_OBJECT: Data = {"error": "invalid_request", "message": "the body is no JSON object"}
"""What a gateway says to a body it cannot read, unless it has words of its own."""


def json_response(status: int, body: Data, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Answer with a JSON object."""
    return HttpResponse(
        status=status, headers={"content-type": "application/json", **(headers or {})}, body=msgspec.json.encode(body)
    )


def as_sent(response: Response) -> HttpResponse:
    """Write a gateway's answer as bytes: a JSON object, or the page some proxy made of it."""
    if isinstance(response.body, str):
        headers = {"content-type": "text/html", **response.headers}
        return HttpResponse(status=response.status, headers=headers, body=response.body.encode())
    return json_response(response.status, response.body, response.headers)


def faced(face: Face, answer: Callable[[Request], Response]) -> Handle:
    """Return what answers HTTP requests as a gateway with that face, which answers its port with `answer`."""

    def handle(request: HttpRequest) -> HttpResponse:
        asked = face.read(request)
        return asked if isinstance(asked, HttpResponse) else face.write(asked, answer(asked))

    return handle


def json_face(*hosts: str, refusal: Data = NO_OBJECT) -> Face:
    """
    Return the face of a gateway that speaks JSON, with its key in the `Idempotency-Key` header.

    `refusal` is the body of the 400 that answers what is no JSON object.
    """

    def read(request: HttpRequest) -> Request | HttpResponse:
        try:
            body = msgspec.json.decode(request.body or b"{}")
        except msgspec.DecodeError:
            body = None
        if not isinstance(body, dict):
            return json_response(_BAD_REQUEST, refusal)
        return Request(
            method=request.method,
            path=request.target,
            body=cast("Data", body),
            key=request.headers.get("idempotency-key"),
            headers=dict(request.headers),
        )

    return Face(hosts=hosts, read=read, write=lambda _asked, answer: as_sent(answer))
