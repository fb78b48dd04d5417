"""What a client asks of a backend and what it answers, before either becomes HTTP."""

from __future__ import annotations

import msgspec

from tillproof.domain.entities import Data


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """
    One request to a backend's API.

    `endpoint` names it (`complete_cart`, `refund_order`, ...; the reference's table of endpoints gives method and path).
    `params` are path parameters and body in one; `key` is the `Idempotency-Key` header. An endpoint for webhooks is given
    the body as it arrived (`raw`) and the headers by lower-case name: that is what is signed.
    """

    endpoint: str
    params: Data = {}
    key: str | None = None
    headers: dict[str, str] = {}
    raw: bytes = b""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A backend's answer: HTTP status, JSON body as Medusa v1 shapes it, headers in lower case."""

    status: int
    body: Data
    headers: dict[str, str] = {}
