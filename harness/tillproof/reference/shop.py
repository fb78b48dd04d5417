"""The shop: everything business code needs from outside, in one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tillproof.contract.processor import PaymentProcessor
from tillproof.reference.ports import Clock, Ids, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """
    How patient the shop is, in seconds and tries.

    `gateway_deadline` bounds one processor call; `lease` must be longer, so that whoever takes over finds nothing in
    flight. An operation asked about `tries` times is listed for a person, and so is a release refused so often. A customer
    is asked to act `challenges` times in a row, and then no more. A checkout untouched for `abandoned_after` is swept.
    """

    gateway_deadline: float = 30.0
    lease: float = 60.0
    tries: int = 8
    challenges: int = 5
    abandoned_after: float = 24 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """
    One running backend.

    `boot_id` names this process: leases taken by an earlier one do not count, since nothing of it is at work any more.
    """

    store: Store
    clock: Clock
    ids: Ids
    processors: Mapping[str, PaymentProcessor]
    boot_id: str
    settings: Settings = field(default_factory=Settings)

    def lease(self) -> tuple[str, float]:
        """Return a fresh lease: whose it is, and until when it counts."""
        return f"{self.boot_id}/{self.ids.new('req')}", self.leased_until()

    def leased_until(self) -> float:
        """Return until when a lease taken now counts: no clock that is set can end or prolong it."""
        return self.clock.steady() + self.settings.lease

    def is_held(self, locked_by: str | None, locked_until: float | None) -> bool:
        """Tell whether that lease still counts."""
        held = locked_by is not None and locked_by.startswith(f"{self.boot_id}/")
        return held and (locked_until or 0.0) > self.clock.steady()
