"""
The dialects: how a gateway treats a repeated idempotency key, as frozen rows, and the memory that applies one.

Each row is modelled on a gateway's documented behaviour. A processor does not know which one it meets.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import msgspec

from tillproof.contract.gateway import Request, Response
from tillproof.domain.entities import Data

_REDIRECT, _SERVER_ERROR = 300, 500  # where HTTP's successes, and the caller's own errors, end
_MINUTE = 60.0
_DAY = 86_400.0


class Keeps(StrEnum):
    """What a gateway remembers under a key."""

    EVERYTHING = "every answer, a server error too"
    BELOW_500 = "answers below 500"
    SUCCESS = "successful answers"
    OBJECT = "the object, not the answer"
    NOTHING = "nothing"


class InFlight(StrEnum):
    """
    What a request meets whose key is at work in another.

    Declared for a face that serves several requests at once; a fake called in process answers before the next arrives.
    """

    CONFLICT = "409"
    WAITS = "waits for the first and gets its answer"
    RUNS = "a second effect"


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """
    One way of treating a repeated key.

    `key_life`: seconds a key is remembered (0 where none is). `other_contents`: the HTTP status for a known key with
    another method, path or body, without any effect; None where contents are not compared. `marks_replay`: a replayed
    answer says so. `model`: the gateway or document it is taken from.
    """

    name: str
    model: str
    keeps: Keeps
    key_life: float
    other_contents: int | None
    in_flight: InFlight
    marks_replay: bool = False


DIALECTS: dict[str, Dialect] = {
    row.name: row
    for row in (
        Dialect(
            name="keep-everything",
            model="Stripe v1",
            keeps=Keeps.EVERYTHING,
            key_life=_DAY,
            other_contents=400,
            in_flight=InFlight.CONFLICT,
        ),
        Dialect(
            name="keep-success",
            model="Checkout.com",
            keeps=Keeps.SUCCESS,
            key_life=_DAY,
            other_contents=422,
            in_flight=InFlight.CONFLICT,
        ),
        Dialect(
            name="latest-state",
            model="PayPal",
            keeps=Keeps.OBJECT,
            key_life=45 * _DAY,
            other_contents=None,
            in_flight=InFlight.CONFLICT,
        ),
        Dialect(
            name="first-wins-blind",
            model="Qonto",
            keeps=Keeps.SUCCESS,
            key_life=30 * _MINUTE,
            other_contents=None,
            in_flight=InFlight.WAITS,
        ),
        Dialect(
            name="strict",
            model="PPRO",
            keeps=Keeps.BELOW_500,
            key_life=_DAY,
            other_contents=422,
            in_flight=InFlight.CONFLICT,
            marks_replay=True,
        ),
        Dialect(
            name="draft",
            model="IETF draft, idempotency-key-header",
            keeps=Keeps.BELOW_500,
            key_life=_DAY,
            other_contents=422,
            in_flight=InFlight.CONFLICT,
        ),
        Dialect(
            name="none",
            model="gateways without keys",
            keeps=Keeps.NOTHING,
            key_life=0.0,
            other_contents=None,
            in_flight=InFlight.RUNS,
        ),
    )
}
"""Every dialect, by name."""

DEFAULT_DIALECT = "keep-everything"


class _Kept(msgspec.Struct, frozen=True):
    method: str
    path: str
    body: Data
    at: float
    response: Response


class KeyMemory:
    """What one gateway remembers of the keys it was sent, under one dialect."""

    def __init__(self, dialect: Dialect, now: Callable[[], float]) -> None:
        """Remember nothing yet. `now` gives seconds since the epoch."""
        self.dialect = dialect
        self._now = now
        self._kept: dict[str, _Kept] = {}

    def answer(
        self,
        request: Request,
        act: Callable[[Request], Response],
        present: Callable[[Request, Response], Response],
        refuse: Callable[[int, str, str], Response],
    ) -> Response:
        """
        Answer a request that would have an effect: from memory where the dialect says so, by acting otherwise.

        `act` carries the request out; `present` answers with the object's present state, given the first request under
        the key and its answer (with that answer itself, where a 500 came before there was an object); `refuse` makes an
        error of an HTTP status, a code and a message.
        """
        key = request.key
        if key is None or self.dialect.keeps is Keeps.NOTHING:
            return act(request)
        kept = self._known(key)
        if kept is None:
            response = act(request)
            if _keeps(self.dialect.keeps, response.status):
                self._kept[key] = _Kept(request.method, request.path, request.body, self._now(), response)
            return response
        if self.dialect.other_contents is not None and not _same(kept, request):
            return refuse(self.dialect.other_contents, "key_reused", "this key was sent with another request")
        if self.dialect.keeps is Keeps.OBJECT:
            first = Request(method=kept.method, path=kept.path, body=kept.body, key=key)
            shown = present(first, kept.response)
            if shown.status < _SERVER_ERROR:
                return shown
            del self._kept[key]  # there is no object: the first request broke before it made one
            return self.answer(request, act, present, refuse)
        return _marked(kept.response) if self.dialect.marks_replay else kept.response

    def _known(self, key: str) -> _Kept | None:
        kept = self._kept.get(key)
        if kept is not None and self._now() - kept.at >= self.dialect.key_life:
            del self._kept[key]
            return None
        return kept


def _keeps(keeps: Keeps, status: int) -> bool:
    if keeps is Keeps.BELOW_500:
        return status < _SERVER_ERROR
    return keeps is not Keeps.SUCCESS or status < _REDIRECT


def _same(kept: _Kept, request: Request) -> bool:
    return (kept.method, kept.path, kept.body) == (request.method, request.path, request.body)


def _marked(response: Response) -> Response:
    if isinstance(response.body, str):
        return response
    return Response(status=response.status, body={**response.body, "replayed": True})
