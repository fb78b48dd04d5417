"""Histories of a shop that takes webhooks, written by hand."""

from __future__ import annotations

from support.histories import Tape

from tillproof.domain.entities import Entity
from tillproof.history.events import Acknowledged, Announced, Delivered

CAN = frozenset({"gateway", "webhooks", "requires_more", "partial_refund"})


class HookTape(Tape):
    """A tape of a shop that takes webhooks, on which the gateway tells of things."""

    def __init__(self) -> None:
        super().__init__(can=CAN)

    def arrive(self, event: str = "ev_1", *, twist: str = "", attempt: int = 1, arrives: bool = True) -> HookTape:
        """Let an event come to the shop."""
        announced = self.put(Announced, event=event, name="intent.captured", number=1)
        self.put(Delivered, announced=announced, event=event, attempt=attempt, twist=twist, arrives=arrives)
        return self

    def read(self, says: str = "captured", outcome: str = "done", **more: object) -> HookTape:
        """Have the processor read what has come."""
        self.call("read_webhook", 0, delivery={})
        notice = {"event_id": "ev_1", "says": says, "resource_id": "cart_1", "object_id": "in_1", **more}
        self.back(outcome, data=notice if outcome == "done" else None)
        return self

    def answer(self, status: int | None = 200) -> HookTape:
        """Answer what has come."""
        delivered = next(e for e in reversed(self.events) if isinstance(e, Delivered))
        self.put(Acknowledged, delivered=delivered.step, status=status, heard=status is not None)
        return self

    def told(self, *rows: Entity, event: str = "ev_1", status: int | None = 200) -> HookTape:
        """Let an event come, be stored with these rows, and be answered."""
        self.arrive(event).read()
        if rows:
            self.commit(*rows, name="event-stored")
        return self.answer(status)
