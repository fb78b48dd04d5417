"""A request and an answer as they are on the wire, without a wire; and how a gateway reads the one and writes the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from tillproof.contract.gateway import PATIENCE, Request, Response


class HttpRequest(msgspec.Struct, frozen=True, kw_only=True):
    """
    One request. `target` is the path with its query, still encoded; `headers` have lower-case names.

    Of a header sent several times the values are joined with a comma. `host` is where it was sent, if that is known;
    `within` the seconds its sender waits for the answer (None: for ever).
    """

    method: str
    target: str
    headers: Mapping[str, str] = {}
    body: bytes = b""
    host: str = ""
    within: float | None = PATIENCE


class HttpResponse(msgspec.Struct, frozen=True, kw_only=True):
    """One answer. `headers` have lower-case names; `content-length` is added by whoever sends it."""

    status: int
    headers: Mapping[str, str] = {}
    body: bytes = b""


class Face(msgspec.Struct, frozen=True, kw_only=True):
    """
    How a gateway looks over HTTP.

    `hosts`: the names it answers under in life, so that an SDK reaches its fake unchanged. `read` makes a port's request
    of what was sent, or answers at once what could not be understood; `write` makes an answer of the port's.
    """

    hosts: tuple[str, ...]
    read: Callable[[HttpRequest], Request | HttpResponse]
    write: Callable[[Request, Response], HttpResponse]
