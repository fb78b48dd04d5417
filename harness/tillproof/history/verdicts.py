"""What is said of a run and of a target: verdicts, breaches, findings. Values; the report log is made of them."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Level(StrEnum):
    """MUST: the seed says it, or money is lost or doubled without it. SHOULD: safe practice beyond the seed."""

    MUST = "must"
    SHOULD = "should"


class Verdict(StrEnum):
    """What can be said of one rule. There is no sixth, and only `passed` is good news."""

    PASSED = "passed"
    FAILED = "failed"
    ERRORED = "errored"
    SKIPPED = "skipped"
    NOT_EXERCISED = "not-exercised"


class Harm(StrEnum):
    """Who loses what, worst first: the order of this enum sorts findings."""

    CUSTOMER_LOSES = "customer loses money"
    SHOP_LOSES = "shop loses money"
    HELD = "money left held"
    LEAK = "secret leaked"
    STUCK = "checkout stuck"
    BOOKS = "books wrong, money right"
    UNSAFE = "unsafe practice, no harm seen"


class Breach(msgspec.Struct, frozen=True, kw_only=True):
    """
    One rule broken once in one run, at `step` of its history. `says` is one plain sentence with the figures.

    `method` is the processor method the breach belongs to, where the rule knows it.
    """

    rule: str
    step: int
    says: str
    method: str | None = None


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One witness's money at the end of a run, in minor units: what is held, captured, refunded."""

    held: int = 0
    captured: int = 0
    refunded: int = 0


class Money3(msgspec.Struct, frozen=True, kw_only=True):
    """The three money columns: gateway did (G), shop recorded (B), client heard (H)."""

    currency: str
    gateway: Column
    shop: Column
    heard: Column
