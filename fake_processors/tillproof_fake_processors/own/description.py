"""
A gateway as a TOML file describes it: its routes and what they mean, where a request says what, how an answer looks.

Everything is checked when it is read (`checking`); what is wrong is told with its line.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from tillproof.domain.entities import Data
from tillproof_fake_processors.own.facing import Body
from tillproof_fake_processors.own.gateway import Verb


class Places(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a request says something: `body a.b`, `header NAME`, `query NAME`, `path NAME`, or `fixed VALUE`."""

    key: str = "header idempotency-key"
    amount: str = "body amount"
    currency: str = "body currency"
    reference: str = "body reference"
    resource: str = "body resource"


class Route(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One route: `call` is `METHOD /path/{id}`, `does` what it means; `read`, `status` and `answer` are its own."""

    call: str
    does: Verb
    status: int = 200
    read: dict[str, str] = {}
    answer: Data | None = None


class Description(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """
    A whole gateway.

    `amounts`: whole minor units, or decimal text of the currency. `words`: its own for how a payment stands. `declined`:
    the status of a decline (402 and the like are errors; 200 is the answer, with its word). `error` words what is refused,
    `item` and `listed` a list of effects.
    """

    hosts: list[str]
    route: list[Route]
    dialect: str = "keep-everything"
    body: Body = "json"
    amounts: Literal["minor", "decimal"] = "minor"
    declined: int = 200
    read: Places = Places()
    answer: Data = msgspec.field(
        default_factory=lambda: {
            "id": "{id}",
            "status": "{status}",
            "amount": "{amount}",
            "currency": "{currency}",
            "code": "{code}",
        }
    )
    error: Data = msgspec.field(default_factory=lambda: {"error": {"code": "{code}", "message": "{message}"}})
    item: Data = msgspec.field(
        default_factory=lambda: {"id": "{id}", "kind": "{kind}", "amount": "{amount}", "reference": "{reference}"}
    )
    listed: Data = msgspec.field(default_factory=lambda: {"reference": "{reference}", "effects": "{items}"})
    words: dict[str, str] = {}
