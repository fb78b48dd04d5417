"""Which moments a run crossed, and in which one its first fault struck: one pass over its events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tillproof.domain.entities import IdempotencyKey
from tillproof.history.coverage import NO_KEY, Moment
from tillproof.history.events import Asked, Called, Committed, Faulted, GatewayAsked, Heard, History, Phase, Returned


def moments(history: History) -> tuple[Moment, ...]:
    """Return the moments an undisturbed run crossed, each once; of another run the one in which its first fault struck."""
    watch = _Watch()
    if history.run.is_control:
        take = watch.collecting()
        for event in history.events:
            if isinstance(event, Phase) and event.name == "faults-off":
                break
            if type(event) in take:
                take[type(event)](event)
        return tuple(watch.seen)
    take = watch.following()
    last: object = None
    for event in history.events:
        kind = type(event)
        if kind in take:
            take[kind](event)
        elif isinstance(event, Faulted):
            return (watch.struck(event, last),)
        last = event
    return ()


Take = dict[type, Callable[[Any], None]]


class _Watch:
    """Follows a run: the call under way, the one whose answer waits for its commit, the last one recorded."""

    def __init__(self) -> None:
        self.seen: dict[Moment, None] = {}
        self._key = self._key_before = NO_KEY
        self._under_way = self._answered = self._recorded = self._by_last_commit = ""

    def following(self) -> Take:
        """Return what takes each kind of event in."""
        return {Called: self._called, Returned: self._returned, Committed: self._committed, Asked: self._asked}

    def collecting(self) -> Take:
        """Return the same, and note every moment that belongs to a call."""

        def called(event: Called) -> None:
            self._called(event)
            self._note("processor", event.method, self._key)

        def committed(event: Committed) -> None:
            self._committed(event)
            self._note("commit", self._by_last_commit, self._key_before)

        def sent(event: GatewayAsked) -> None:
            self._note("gateway", self._under_way, self._key, acts=event.method != "GET")

        def heard(_event: Heard) -> None:
            self._note("client", self._recorded, self._key)

        return {**self.following(), Called: called, Committed: committed, GatewayAsked: sent, Heard: heard}

    def struck(self, fault: Faulted, last: object) -> Moment:
        """Return the moment in which a fault struck; `last` is what happened right before it."""
        seam, _, name = fault.point.partition(".")
        if seam == "commit" and isinstance(last, Committed) and f"{last.name}#{last.number}" == name:
            return Moment(seam=seam, method=self._by_last_commit, key=self._key_before)
        methods = {
            "processor": name.partition("#")[0],
            "gateway": self._under_way,
            "commit": self._answered,
            "client": self._recorded,
        }
        acts = seam == "gateway" and not name.startswith("GET:")
        return Moment(seam=seam, method=methods.get(seam, ""), key=self._key, acts=acts)

    def _note(self, seam: str, method: str, key: str, *, acts: bool = False) -> None:
        if method:
            self.seen[Moment(seam=seam, method=method, key=key, acts=acts)] = None

    def _called(self, event: Called) -> None:
        self._under_way, self._answered, self._recorded = event.method, "", ""

    def _returned(self, _event: Returned) -> None:
        self._answered, self._under_way = self._under_way, ""

    def _asked(self, _event: Asked) -> None:
        self._answered = self._recorded = ""

    def _committed(self, event: Committed) -> None:
        self._key_before = self._key
        for change in event.changes:
            if change.table == IdempotencyKey.table:
                row = change.row
                if isinstance(row, IdempotencyKey) and row.cart_id is not None:
                    self._key = row.recovery_point.value
        self._by_last_commit, self._answered = self._answered, ""
        self._recorded = self._by_last_commit or self._recorded
