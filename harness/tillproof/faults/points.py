"""Points: the named places a run crosses, written `seam.name#n`."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Seam(StrEnum):
    """Between which two parties a point lies."""

    CLIENT = "client"
    PROCESSOR = "processor"
    GATEWAY = "gateway"
    COMMIT = "commit"
    WEBHOOK = "webhook"
    CLOCK = "clock"


class Point(msgspec.Struct, frozen=True, order=True):
    """
    The `number`-th crossing of `seam.name` in a run, counted across restarts; by `actor` alone if one is named.

    Text: `processor.refund_payment#2`, `commit.order-placed#1@client-2`.
    """

    seam: Seam
    name: str
    number: int
    actor: str | None = None

    def __str__(self) -> str:
        """Write the point as plans do."""
        return f"{self.seam}.{self.name}#{self.number}" + (f"@{self.actor}" if self.actor else "")
