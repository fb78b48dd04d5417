"""A request and an answer as they are on the wire, without a wire."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from tillproof.domain.entities import Data


class HttpRequest(msgspec.Struct, frozen=True, kw_only=True):
    """
    One request. `target` is the path with its query, still encoded; `headers` have lower-case names.

    Of a header sent several times the values are joined with a comma.
    """

    method: str
    target: str
    headers: Mapping[str, str] = {}
    body: bytes = b""


class HttpResponse(msgspec.Struct, frozen=True, kw_only=True):
    """One answer. `headers` have lower-case names; `content-length` is added by whoever sends it."""

    status: int
    headers: Mapping[str, str] = {}
    body: bytes = b""


Handle = Callable[[HttpRequest], HttpResponse]
"""What a fake does with a request that has arrived. Never raises for what a caller may send."""


def json_response(status: int, body: Data, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Answer with a JSON object."""
    return HttpResponse(
        status=status, headers={"content-type": "application/json", **(headers or {})}, body=msgspec.json.encode(body)
    )
