"""
The control API of a served gateway: a few routes of small JSON, on a port of their own, to steer it from any language.

Errors are the three lines a person would see: `{"error": ..., "seen": ..., "try": ...}`. A request that a web page has sent
is refused: this port can do whatever it likes with the gateway, and no page has any business here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from tillproof.errors import Misuse
from tillproof.suggestions import close_to
from tillproof.targets.served.service import Service
from tillproof_fake_processors.http import HttpRequest, HttpResponse
from tillproof_fake_processors.http.connection import Exchange

T = TypeVar("T")

ROUTES: dict[str, str] = {
    "GET /": "what is served, and this list",
    "GET /ledger": "every entry of the gateway's ledger, and totals by currency (minor units)",
    "GET /faults": "the plan, the points crossed since it was set, and what has struck",
    'PUT /faults {"plan": TEXT}': "set the plan; points are counted from one again",
    "DELETE /faults": "let nothing go wrong any more",
    "GET /time": "the gateway's time, and how far ahead it is (seconds)",
    'POST /time {"forward": SECONDS}': "let time pass: keys are forgotten, holds lapse, webhooks are tried again",
    'POST /shopper {"card": NAME}': "the shopper enters a card: good, declined, challenge",
    'POST /shopper {"challenge": "passed" | "failed"}': "the shopper finishes every open 3-D Secure challenge",
    "GET /webhooks": "every try to deliver a webhook, with the status it was answered with",
    'PUT /door {"open": true | false}': "close the gateway's port, so that connections are refused, or open it again",
    "POST /reset": "begin again: empty books, the present time, no faults",
}
"""The routes, and what each does. `--help` shows this table."""

CARDS = ("good", "declined", "challenge")
"""What a shopper can enter."""

_LONGEST_LEAP = 10 * 365 * 86_400.0  # seconds


class _Faults(msgspec.Struct, forbid_unknown_fields=True):
    plan: str


class _Time(msgspec.Struct, forbid_unknown_fields=True):
    forward: float


class _Shopper(msgspec.Struct, forbid_unknown_fields=True):
    card: str | None = None
    challenge: str | None = None


class _Door(msgspec.Struct, forbid_unknown_fields=True):
    open: bool


class Control:
    """The control API over one service. `door` opens and closes the gateway's port."""

    def __init__(self, service: Service, door: Callable[[bool], None]) -> None:
        """Steer this service."""
        self._service = service
        self._door = door
        self._routes: dict[tuple[str, str], Callable[[HttpRequest], object]] = {
            ("GET", "/"): self._about,
            ("GET", "/ledger"): self._ledger,
            ("GET", "/faults"): self._faults,
            ("PUT", "/faults"): self._set_faults,
            ("DELETE", "/faults"): self._clear_faults,
            ("GET", "/time"): self._time,
            ("POST", "/time"): self._forward,
            ("POST", "/shopper"): self._shopper,
            ("GET", "/webhooks"): self._webhooks,
            ("PUT", "/door"): self._set_door,
            ("POST", "/reset"): self._reset,
        }

    def answer(self, request: HttpRequest, exchange: Exchange) -> None:
        """Answer one request."""
        path = request.target.partition("?")[0]
        route = self._routes.get((request.method, path))
        if "origin" in request.headers or request.headers.get("sec-fetch-site", "none") != "none":
            exchange.send(_told(403, Misuse("a web page may not steer this", seen="the request bears an origin")))
        elif route is None:
            known = [f"{method} {path}" for method, path in self._routes]
            seen = close_to(f"{request.method} {path}", known)
            exchange.send(_told(404, Misuse("there is no such request", seen=seen, type_="GET / lists them")))
        else:
            try:
                exchange.send(_json(200, route(request)))
            except Misuse as misuse:
                exchange.send(_told(400, misuse))

    def _about(self, request: HttpRequest) -> object:
        del request
        served = self._service.served
        return {
            "gateway": served.name,
            "says": served.says,
            "dialect": self._service.dialect,
            "needs": dict(served.needs),
            "points": served.points,
            "webhook": None if self._service.hook is None else self._service.hook.url,
            "routes": ROUTES,
        }

    def _ledger(self, request: HttpRequest) -> object:
        del request
        return {"entries": self._service.entries, "totals": self._service.totals()}

    def _faults(self, request: HttpRequest | None = None) -> object:
        del request
        faults = self._service.faults
        crossed = {f"gateway.{name}": count for name, count in faults.crossed.items()}
        return {"plan": str(faults.plan), "crossed": crossed, "struck": list(faults.struck)}

    def _set_faults(self, request: HttpRequest) -> object:
        self._service.faults.set(_read(request, _Faults, '{"plan": "gateway.POST:/...#1=answer-lost"}').plan)
        return self._faults()

    def _clear_faults(self, request: HttpRequest) -> object:
        del request
        self._service.faults.set("")
        return self._faults()

    def _time(self, request: HttpRequest | None = None) -> object:
        del request
        clock = self._service.clock
        return {"now": clock.now(), "ahead": clock.ahead}

    def _forward(self, request: HttpRequest) -> object:
        seconds = _read(request, _Time, '{"forward": 86400}').forward
        if not 0 <= seconds <= _LONGEST_LEAP:
            raise Misuse("time goes forward, ten years at most", seen=f"{seconds:g} seconds", type_='{"forward": 86400}')
        self._service.forward(seconds)
        return self._time()

    def _shopper(self, request: HttpRequest) -> object:
        told = _read(request, _Shopper, '{"card": "good"} or {"challenge": "passed"}')
        if (told.card is None) == (told.challenge is None):
            raise Misuse("the shopper does one thing", seen="a card, or a challenge", type_='{"card": "good"}')
        service = self._service
        if told.card is not None:
            if told.card not in CARDS:
                raise Misuse(f"no card called {told.card!r}", seen=close_to(told.card, CARDS), type_='{"card": "good"}')
            service.gateway.fake.enter_card(told.card)
        elif told.challenge in {"passed", "failed"}:
            service.gateway.fake.answer_challenge(passed=told.challenge == "passed")
        else:
            seen = f"{told.challenge!r}; known: passed, failed"
            raise Misuse("a challenge is passed or failed", seen=seen, type_='{"challenge": "passed"}')
        service.postman.wake()
        return {}

    def _webhooks(self, request: HttpRequest) -> object:
        del request
        hook = self._service.hook
        return {"url": None if hook is None else hook.url, "deliveries": list(self._service.postman.tried)}

    def _set_door(self, request: HttpRequest) -> object:
        open_ = _read(request, _Door, '{"open": false}').open
        self._door(open_)
        return {"open": open_}

    def _reset(self, request: HttpRequest) -> object:
        del request
        self._service.reset()
        self._door(True)
        return {}


def _read(request: HttpRequest, shape: type[T], example: str) -> T:
    try:
        return msgspec.json.decode(request.body, type=shape)
    except msgspec.DecodeError as flaw:
        raise Misuse("the body could not be read", seen=str(flaw), type_=example) from None


def _told(status: int, misuse: Misuse) -> HttpResponse:
    told = {"error": misuse.wrong, "seen": misuse.seen, "try": misuse.type}
    return _json(status, {name: says for name, says in told.items() if says})


def _json(status: int, body: Any) -> HttpResponse:  # noqa: ANN401 - whatever msgspec can write
    return HttpResponse(status=status, headers={"content-type": "application/json"}, body=msgspec.json.encode(body))
