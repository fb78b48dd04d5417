"""
Fakes inside a process's own httpx, by the hosts they stand for.

What `answering` returns goes into `httpx.MockTransport(...)`, or into respx: `respx.route().mock(side_effect=...)`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import httpx

from tillproof.contract.gateway import PATIENCE
from tillproof.contract.http import HttpRequest, HttpResponse
from tillproof_fake_processors.http.messages import Handle


class Unrouted(Exception):
    """A request to a host for which no fake answers. Nothing was sent. Not an httpx error: no retry may swallow it."""


def answering(fakes: Mapping[str, Handle]) -> Callable[[httpx.Request], httpx.Response]:
    """Return a function that answers an httpx request by its host. It raises `Unrouted` for a host that is not a key."""

    def answer(request: httpx.Request) -> httpx.Response:
        handle = fakes.get(request.url.host)
        if handle is None:
            raise Unrouted(f"no fake answers for {request.url.host}; {request.method} {request.url.path} was not sent")
        return to_httpx(handle(from_httpx(request)))

    return answer


def from_httpx(request: httpx.Request) -> HttpRequest:
    """Read an httpx request, whose body must have been read."""
    return HttpRequest(
        method=request.method,
        target=request.url.raw_path.decode("ascii"),
        headers=_headers(request),
        body=request.content,
        host=request.url.host,
        within=within(request),
    )


def _headers(request: httpx.Request) -> dict[str, str]:
    """Return the headers by lower-case name; read in one pass, where httpx looks at all of them for each."""
    told: dict[str, str] = {}
    for raw_name, raw_value in request.headers.raw:
        name, value = raw_name.decode("ascii").lower(), raw_value.decode("latin-1")
        told[name] = f"{told[name]}, {value}" if name in told else value
    return told


def within(request: httpx.Request) -> float | None:
    """Return the seconds after which the client gives the answer up; None where it was told to wait for ever."""
    limits: dict[str, float | None] = request.extensions.get("timeout", {})
    return limits.get("read", PATIENCE)


def to_httpx(response: HttpResponse) -> httpx.Response:
    """Make httpx's answer of ours."""
    return httpx.Response(response.status, headers=dict(response.headers), content=response.body)
