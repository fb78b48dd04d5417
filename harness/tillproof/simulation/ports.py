"""The shop's store, clock and gateway, wrapped: each crosses its points, and none serves a dead incarnation."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import cache, lru_cache, partial
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from tillproof.contract.gateway import Breakable, GatewayFake, NoAnswer, NotConnected, Request, Response, TimedOut
from tillproof.domain.redirect import elsewhere
from tillproof.faults.kinds import Cut, Kind, Reply, Told, Words
from tillproof.faults.points import Seam
from tillproof.history.events import Change, Committed, GatewayAnswered, GatewayAsked
from tillproof.reference.ports import StoreError, Transaction
from tillproof.reference.store.memory import MemoryStore, MemoryTransaction
from tillproof.simulation.crossing import Armed, Crossings
from tillproof.simulation.incarnation import Incarnation

T = TypeVar("T")

LATE = 8.0
"""Seconds a slow answer takes: more than some wait, less than others."""

_FOR_EVER = 86_400.0
_REDIRECT, _REDIRECTS_END, _SERVER_ERROR = 300, 400, 500
_TRIES = 10  # as the memory store's own
_VERSION = re.compile(r"v\d+")


@cache
def commit_point(step: str) -> str:
    """Return the commit point's name of a step's function name: `_order_placed` is `order-placed`."""
    return step.replace("_", "-").strip("<>-") or "nameless"


@lru_cache(4096)
def gateway_point(method: str, path: str) -> str:
    """Return the gateway point's name: the query cut off, each part with a digit (other than a version) an `{id}`."""
    parts = path.partition("?")[0].split("/")
    ids = (any(c.isdigit() for c in part) and not _VERSION.fullmatch(part) for part in parts)
    return f"{method}:" + "/".join("{id}" if is_id else part for part, is_id in zip(parts, ids, strict=True))


class CrossingStore:
    """
    The memory store, with a point at every commit that wrote something.

    While several actors are at work, others may go on between a step and its commit, and after it: the first to commit wins,
    and the loser's step runs again. A step that is run again has crossed nothing.
    """

    def __init__(self, rows: MemoryStore, crossings: Crossings, life: Incarnation) -> None:
        """Serve this incarnation from these rows."""
        self._rows = rows
        self._crossings = crossings
        self._life = life

    async def atomic(self, step: Callable[[Transaction], T]) -> T:
        """Run the step and commit it; run it again on a conflict, a bounded number of times. Raises `StoreError`."""
        for _ in range(_TRIES):
            self._life.must_live()
            transaction = self._rows.begin()
            result = step(transaction)
            self._crossings.touched = True
            if not transaction.writes:
                return result
            if self._crossings.crowded:
                await self._crossings.give_way(self._life)
            if not self._rows.fits(transaction):
                continue
            self._commit(commit_point(step.__name__), transaction)
            if self._crossings.crowded:
                await self._crossings.give_way(self._life)
            return result
        raise StoreError("in conflict too often")

    async def read(self, step: Callable[[Transaction], T]) -> T:
        """Run the step on the rows as they are."""
        self._life.must_live()
        self._crossings.touched = True
        return step(self._rows.begin())

    def _commit(self, name: str, transaction: MemoryTransaction) -> None:
        number, struck = self._crossings.cross(Seam.COMMIT, name)
        if struck is not None and struck.kind.cut is Cut.BEFORE:
            self._strike(struck, name, number, "the database refused the commit")
        self._rows.commit(transaction)
        self._crossings.touched = True
        events = self._crossings.events
        changes = tuple(Change(table, id_, row) for (table, id_), row in transaction.writes.items())
        at, boot = self._crossings.clock.time, self._life.boot
        events.append(Committed(step=len(events), at=at, boot=boot, name=name, number=number, changes=changes))
        if struck is not None:
            self._strike(struck, name, number, "the acknowledgement of the commit was lost")

    def _strike(self, struck: Armed, name: str, number: int, says: str) -> None:
        self._crossings.strike(struck, Seam.COMMIT, name, number)
        if struck.kind.told is Told.DEATH:
            raise self._crossings.die(self._life)
        raise StoreError(says)


class LivingClock:
    """The run's clock, for one incarnation."""

    def __init__(self, crossings: Crossings, life: Incarnation) -> None:
        """Serve this incarnation."""
        self._crossings = crossings
        self._clock = crossings.clock
        self._life = life

    def now(self) -> float:
        """Return the present time, as far as the shop's clock is right."""
        self._life.must_live()
        return self._clock.time + self._crossings.skew

    def steady(self) -> float:
        """Return the run's own time."""
        self._life.must_live()
        return self._clock.time

    async def sleep(self, seconds: float) -> None:
        """Let that many seconds pass."""
        self._crossings.tick()
        self._life.must_live()
        await self._clock.sleep(seconds)
        self._life.must_live()

    async def within(self, seconds: float, work: Awaitable[T]) -> T:
        """Return the work's result, or raise `DeadlineExceeded` once the seconds have passed."""
        self._life.must_live()
        return await self._clock.within(seconds, work)


class CrossingGateway:
    """The gateway as one incarnation's processors reach it. Requests and answers that a fault keeps back are not G's."""

    def __init__(self, fake: GatewayFake, crossings: Crossings, life: Incarnation, *, gives_way: bool = True) -> None:
        """Carry this incarnation's requests to the gateway; the turn may pass before each, if it `gives_way`."""
        self._gives_way = gives_way
        self._fake = fake
        self._crossings = crossings
        self._life = life
        self._before: Response | None = None  # the last answer that came back to this incarnation

    async def request(self, request: Request) -> Response:
        """Send the request and return what the processor hears. Raises `NoAnswer`."""
        self._life.must_live()
        if self._crossings.crowded and self._gives_way:
            await self._crossings.give_way(self._life)
        name = gateway_point(request.method, request.path)
        number, struck = self._crossings.cross(Seam.GATEWAY, name)
        if struck is None:
            self._before = await self._handled(request, number)
            return self._before
        response = await self._acted(struck.kind, request, number)
        if struck.kind.told is Told.BROKEN and response is not None and response.status < _SERVER_ERROR:
            self._before = response
            return response  # it knew the key and answered from memory, so it did nothing that could break
        endless = struck.kind.told is Told.DEADLINE and request.within is None
        self._crossings.strike(struck, Seam.GATEWAY, name, number, endless=endless)
        return await self._told(struck.kind, request, response)

    async def _acted(self, kind: Kind, request: Request, number: int) -> Response | None:
        """Let the gateway act, if the fault lets it, and return its answer."""
        after = kind.cut is Cut.AFTER
        if kind.told is Told.BROKEN:
            return await self._handled(request, number, partial(self._breaking, after_effect=after))
        return await self._handled(request, number) if after else None

    async def _told(self, kind: Kind, request: Request, response: Response | None) -> Response:
        """Tell the caller what the fault says. Raises `NoAnswer`."""
        match kind:
            case Kind(reply=Reply() as reply):
                return self._replied(reply, request)
            case Kind(told=Told.BROKEN) if response is not None:
                return response
            case Kind(told=Told.HALF | Told.MISLABELLED) if response is not None:
                return _spoilt(response, half=kind.told is Told.HALF)
            case Kind(told=Told.STALE) if self._before is not None:
                return self._before
            case Kind(told=Told.LATE) if response is not None:
                await self._waited(request.within, LATE)
                return response
            case Kind(told=Told.DEADLINE):
                await self._waited(request.within, _FOR_EVER)
            case Kind(told=Told.UNREACHABLE):
                raise NotConnected("the connection was refused")
            case _:
                pass
        raise NoAnswer("the connection ended without an answer")

    async def _waited(self, within: float | None, seconds: float) -> None:
        """Let the caller wait so long, or as long as it will. Raises `TimedOut`."""
        patience = _FOR_EVER if within is None else within
        await self._crossings.clock.sleep(min(seconds, patience))
        self._life.must_live()
        if patience <= seconds:
            raise TimedOut(f"no answer within {patience:g} s")

    def _replied(self, reply: Reply, request: Request) -> Response:
        headers, body = dict(reply.headers), reply.body
        if _REDIRECT <= reply.status < _REDIRECTS_END:
            headers["location"] = elsewhere(request.path)
        if not isinstance(body, Words):
            return Response(status=reply.status, body=body, headers=headers)
        if not isinstance(self._fake, Breakable):
            return Response(
                status=reply.status, body={"error": {"code": body.code, "message": body.message}}, headers=headers
            )
        return replace(self._fake.error(reply.status, body.code, body.message), headers=headers)

    def _breaking(self, request: Request, *, after_effect: bool) -> Response:
        """Let the gateway answer with a 500; one that cannot break by itself keeps nothing of it."""
        fake = self._fake
        if isinstance(fake, Breakable):
            with fake.breaking(after_effect=after_effect):
                return fake.handle(request)
        if after_effect:
            fake.handle(request)
        return Response(status=500, body={"error": {"code": "internal", "message": "Internal error."}})

    async def _handled(self, request: Request, number: int, handle: Callable[[Request], Response] | None = None) -> Response:
        crossings, events = self._crossings, self._crossings.events
        crossings.touched = True
        asked, at = len(events), crossings.clock.time
        events.append(
            GatewayAsked(
                step=asked,
                at=at,
                method=request.method,
                path=request.path,
                number=number,
                key=request.key,
                body=request.body,
            )
        )
        try:
            response = (handle or self._fake.handle)(request)
        except Exception as error:
            crossings.err("gateway", error)
            raise NoAnswer(type(error).__name__) from error
        events.append(GatewayAnswered(step=len(events), at=at, asked=asked, status=response.status, body=response.body))
        await crossings.gateway_acted()
        self._life.must_live()
        return response


def _spoilt(response: Response, *, half: bool) -> Response:
    """Return an answer cut in the middle, or whole and called plain text."""
    whole = response.body if isinstance(response.body, str) else msgspec.json.encode(response.body).decode()
    body, type_ = (whole[: len(whole) // 2], "application/json") if half else (whole, "text/plain")
    return Response(status=response.status, body=body, headers={"content-type": type_})
