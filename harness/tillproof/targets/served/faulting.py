"""
Faults between a client and a served gateway: which strike now, and what each is on a real connection.

Points are counted from when the plan was set, so that `#1` is the next request of that name.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Coroutine, Iterable
from http import HTTPStatus
from typing import Any

import msgspec
from msgspec.structs import replace

from tillproof.contract.gateway import Breakable, Response
from tillproof.domain.redirect import elsewhere
from tillproof.errors import Misuse
from tillproof.faults.kinds import KINDS, Cut, Kind, Reply, Told, Words
from tillproof.faults.plans import Fault, Plan, parse
from tillproof.faults.points import Point, Seam
from tillproof.simulation.ports import LATE, gateway_point
from tillproof.suggestions import close_to
from tillproof.targets.served.gateways import Opened
from tillproof_fake_processors.http import HttpRequest, HttpResponse, as_sent
from tillproof_fake_processors.http.connection import Exchange

PATIENCE = 120.0
"""Seconds for which a time-out is kept up. Then the connection ends: no client waits so long."""

_KEPT = 1_000  # of the last strikes
_HOLDS = 0.25  # seconds between two looks whether the client is still there


class Struck(msgspec.Struct, frozen=True):
    """A fault that struck: what the plan says, and the request."""

    fault: str
    request: str


class Faults:
    """The plan in force, how often each point was crossed under it, and what has struck."""

    def __init__(self, points: Iterable[str]) -> None:
        """Let nothing go wrong. `points` are the names there are."""
        self._points = tuple(points)
        self._shapes: dict[tuple[str, int], list[tuple[str, list[str]]]] = {}
        for point in sorted(self._points, key=lambda point: point.count("{id}")):  # the plain ones first
            method, _, path = point.partition(":")
            parts = path.split("/")
            self._shapes.setdefault((method, len(parts)), []).append((point, parts))
        self.plan = Plan()
        self.crossed: Counter[str] = Counter()
        self.struck: deque[Struck] = deque(maxlen=_KEPT)

    def set(self, text: str) -> None:
        """Put a plan in force, and count from one again. Raises `Misuse` for one that could never strike here."""
        plan = parse(text)
        for fault in plan.faults:
            self._possible(fault)
        self.plan = plan
        self.crossed.clear()
        self.struck.clear()

    def crossing(self, request: HttpRequest) -> Kind | None:
        """Count a request that has arrived, and return the fault that strikes it."""
        name = self.name(request)
        self.crossed[name] += 1
        number = self.crossed[name]
        for fault in self.plan.faults:
            first = fault.point.number
            if fault.point.name == name and first <= number and (not fault.times or number < first + fault.times):
                self.struck.append(Struck(str(fault), f"{Point(Seam.GATEWAY, name, number)}"))
                return KINDS[fault.kind]
        return None

    def name(self, request: HttpRequest) -> str:
        """Return the name a request has as a point: that of its route; for one that has none, as the harness names it."""
        path = request.target.partition("?")[0]
        parts = path.split("/")
        for point, shape in self._shapes.get((request.method, len(parts)), ()):
            if all(kept in ("{id}", part) for kept, part in zip(shape, parts, strict=True)):
                return point
        return gateway_point(request.method, path)

    def _possible(self, fault: Fault) -> None:
        point = fault.point
        example = f"gateway.{self._points[0]}#1={fault.kind}"
        if point.seam is not Seam.GATEWAY:
            raise Misuse(f"nothing crosses {point} here", seen="what is served is a gateway", type_=example)
        if point.actor is not None:
            raise Misuse(f"nobody is called {point.actor!r} here", seen="a socket does not tell who calls", type_=example)
        if point.name not in self._points:
            method = point.name.partition(":")[0]
            likely = [name for name in self._points if name.startswith(f"{method}:")] or self._points
            raise Misuse(f"no request is called {point.name!r}", seen=close_to(point.name, likely), type_=example)


def strike(
    kind: Kind, gateway: Opened, request: HttpRequest, exchange: Exchange, before: HttpResponse | None
) -> Coroutine[Any, Any, None] | None:
    """
    Let a fault strike a request, as `kind.cut` and `kind.told` say; `before` is the answer before this one.

    One that takes its time returns what is still to be done.
    """
    answer = _answered(kind, gateway, request)
    match kind.told:
        case Told.REPLY if kind.reply is not None:
            exchange.send(replied(kind.reply, gateway.fake, request))
        case Told.HALF if answer is not None:
            exchange.cut_short(answer, len(answer.body) // 2)
        case Told.DEADLINE:
            return _held(exchange)
        case Told.LATE if answer is not None:
            return _late(exchange, answer)
        case Told.TRUTH | Told.BROKEN if answer is not None:
            exchange.send(answer)
        case Told.STALE if before is not None:
            exchange.send(before)
        case Told.MISLABELLED if answer is not None:
            exchange.send(replace(answer, headers={**answer.headers, "content-type": "text/plain"}))
        case _:
            exchange.reset()
    return None


def _answered(kind: Kind, gateway: Opened, request: HttpRequest) -> HttpResponse | None:
    """Let the gateway act, as often as the fault says, and return its answer; None: it never heard of the request."""
    if kind.told is Told.BROKEN:
        with gateway.fake.breaking(after_effect=kind.cut is Cut.AFTER):
            return gateway.handle(request)
    if kind.cut is Cut.BEFORE:
        return None
    if kind.cut is Cut.TWICE:
        gateway.handle(request)
    return gateway.handle(request)


def replied(reply: Reply, fake: Breakable, request: HttpRequest) -> HttpResponse:
    """Write what comes in place of an answer, with the headers that go with its status."""
    body = reply.body
    if isinstance(body, Words):
        body = fake.error(reply.status, body.code, body.message).body
    headers = dict(reply.headers)
    if reply.status == HTTPStatus.TEMPORARY_REDIRECT:
        headers["location"] = elsewhere(request.target)
    return as_sent(Response(status=reply.status, body=body, headers=headers))


async def _late(exchange: Exchange, answer: HttpResponse) -> None:
    """Answer after a while, if anybody still waits."""
    await asyncio.sleep(LATE)
    if exchange.open:
        exchange.send(answer)


async def _held(exchange: Exchange) -> None:
    """Say nothing until the client has gone, or its patience must be at an end."""
    for _ in range(int(PATIENCE / _HOLDS)):
        if not exchange.open:
            return
        await asyncio.sleep(_HOLDS)
    exchange.end()
