"""
What is remembered of a run, by whom, so that it decides how the run goes on or how it is judged.

The shop remembers its committed rows, the gateway what it received and has still to tell, the client what it was answered
and how often it has tried. Rules remember what was asked for under which key, and what was definitely answered. Processors
remember what their target is known to keep; where that is not known, all they did since their boot. Ids are opaque (they
count by the order in which they appear), of a boot counts only whether it is the present one, and of a moment only how far
off it still is by the shop's clock, or by the true one if that is earlier.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec.structs import replace

from tillproof.domain.entities import Data, Entity, Operation
from tillproof.domain.statuses import UNSETTLED, OperationState
from tillproof.faults.kinds import KINDS, Cut
from tillproof.faults.points import Point, Seam
from tillproof.history.events import (
    Acknowledged,
    Acted,
    Announced,
    AnyEvent,
    Asked,
    Booted,
    Called,
    Committed,
    Delivered,
    Died,
    Faulted,
    GatewayAnswered,
    GatewayAsked,
    GaveUp,
    Heard,
    Ledgered,
    Returned,
)
from tillproof.history.witnesses import DEFINITE
from tillproof.simulation.ports import gateway_point

_DIGITS = re.compile(r"\d")
_TOKEN = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)|\b(1[6-9]\d{8}(?:\.\d+)?)\b|[\w-]{3,}")
_LIKE_AN_ID = 12  # characters from which on a word with a digit in it is taken for an id
_PRESENT, _GONE = -1, -2  # what becomes of a boot's name: a lease counts only for the boot that took it
_GOOD = range(200, 300)
_DONE_WITH = '"dealt_with_at":\1'
_ENCODER = msgspec.json.Encoder(order="deterministic")


class _Form(msgspec.Struct, frozen=True):
    """A value as text with its ids and moments taken out."""

    text: str
    ids: tuple[str, ...]
    moments: tuple[float, ...]


class Memory:
    """What is remembered by whom, while the events of a run come in."""

    def __init__(self, events: Iterable[AnyEvent], *, keeps: frozenset[str] | None) -> None:
        """
        Remember nothing yet of the run that has these events.

        `keeps`: the gateway points whose answers processors keep from one request to the next; None: nobody knows.
        """
        self._keeps = keeps
        self._ids = _ids_of(events)
        self._opening: dict[tuple[str, str], Entity | None] = {}
        self._rows: dict[tuple[str, str], _Form] = {}
        self._gateway: dict[bytes, _Form] = {}
        self._asked_gateway: dict[int, GatewayAsked] = {}
        self._granted: set[bytes] = set()  # the requests under a key that made something
        self._moved_at = -1
        self._effects: dict[bytes, tuple[_Form, dict[str, None]]] = {}
        self._called: dict[int, bytes] = {}
        self._running: bytes | None = None  # the effect a processor is being let at
        self._answers: dict[int, Heard | GaveUp] = {}
        self._forms: dict[int, _Form] = {}
        self._tries: dict[int, int] = {}
        self._since_boot: list[_Form] = []
        self._kept: dict[bytes, _Form] = {}  # what processors keep of the answer to a request, by that
        self._misheard: dict[str, list[str]] = {}  # what has struck since at the points whose answers they keep
        self._came_back: dict[str, tuple[int, Data | str]] = {}  # to the processors there are, by the crossing, in order
        self._news: dict[int, list[Announced | Delivered]] = {}  # what the gateway has still to tell, by its announcement
        self._sent: dict[int, int] = {}
        self._boots: list[str] = []
        self._skew = 0.0
        self._alive = False

        self._take: dict[type, Callable[[Any], None]] = {
            Committed: self._commit,
            Called: self._call,
            Returned: self._claim,
            Faulted: self._struck,
            GatewayAsked: self._gateway_asked,
            GatewayAnswered: self._gateway_answered,
            Ledgered: self._ledger,
            Announced: self._announce,
            Delivered: self._deliver,
            Acknowledged: self._acknowledge,
            Acted: self._act,
            Asked: self._try,
            Heard: self._answer,
            GaveUp: self._answer,
            Booted: self._boot,
            Died: self._die,
        }

    def take(self, event: AnyEvent) -> None:
        """Remember what the event leaves behind."""
        take = self._take.get(type(event))
        if take is not None:
            take(event)
        if self._keeps is None and isinstance(event, Called | Returned | GatewayAnswered | Faulted):
            self._since_boot.append(self._form(replace(event, step=0)))

    def last(self) -> bytes:
        """Return the fingerprint of the last answer that came back to the processors there are now."""
        answers = list(self._came_back.values())[-1:]
        return blake2b(self._form(answers).text.encode(), digest_size=16).digest()

    def mark(self, asked: Asked) -> bytes:
        """Return the fingerprint, now that this request is the next."""
        names = dict.fromkeys(self._boots, _GONE)
        if self._alive:
            names[self._boots[-1]] = _PRESENT
        others = len(names)
        now = asked.at + min(self._skew, 0.0)
        parts: list[object] = [self._alive, self._skew, self._tries.get(asked.intent, 0), asked.actor, asked.call]
        for form in (
            *(form for _, form in sorted(self._rows.items(), key=_place)),
            *self._gateway.values(),
            *(self._answered(intent) for intent in self._answers if intent != asked.intent),
            *(form for form, _ in self._effects.values()),
            *self._since_boot,
            *self._kept.values(),
            self._form([asked.key, asked.request]),
        ):
            parts.append(form.text)
            parts.extend(names.setdefault(id_, len(names) - others) for id_ in form.ids)
            parts.extend(max(round(moment - now, 6), 0.0) for moment in form.moments)
        parts.extend((type(e).__name__, round(e.at - asked.at, 6)) for news in self._news.values() for e in news)
        parts.extend(self._misheard.items())
        parts.extend(sorted(claims) for _, claims in self._effects.values())
        return blake2b(_ENCODER.encode(parts), digest_size=16).digest()

    def _commit(self, event: Committed) -> None:
        for change in event.changes:
            at, row = (change.table, change.id), change.row
            if event.boot == 0:
                self._opening[at] = row
            elif row is None or row == self._opening.get(at):
                self._rows.pop(at, None)
            else:
                self._rows[at] = self._form(_remembered(row))

    def _call(self, event: Called) -> None:
        if event.reference is None:
            return
        what = [event.provider_id, event.method, event.reference, event.key, event.arguments]
        raw = self._running = self._called[event.step] = _ENCODER.encode(what)
        if raw not in self._effects:
            self._effects[raw] = self._form(what), {}

    def _struck(self, event: Faulted) -> None:
        if event.point.startswith(Seam.PROCESSOR) and KINDS[event.kind].cut is Cut.BEFORE:
            self._running = None
        self._came_back.pop(event.point, None)
        point = event.point.partition(".")[2].rpartition("#")[0]
        if point in (self._keeps or ()):
            self._misheard.setdefault(point, []).append(event.kind)
        self._skew += KINDS[event.kind].skew

    def _claim(self, event: Returned) -> None:
        raw = self._called.get(event.called)
        if raw is None:
            return
        claims = self._effects[raw][1]
        if event.outcome in DEFINITE:
            claims[f"{event.outcome} {event.status} {event.code}"] = None
        if self._running is not None:
            claims["tried"] = None

    def _gateway_asked(self, event: GatewayAsked) -> None:
        self._asked_gateway[event.step] = event

    def _gateway_answered(self, event: GatewayAnswered) -> None:
        asked = self._asked_gateway[event.asked]
        point = gateway_point(asked.method, asked.path)
        self._came_back[str(Point(Seam.GATEWAY, point, asked.number))] = event.status, event.body
        if point in (self._keeps or ()):
            self._kept[_ENCODER.encode([asked.path, asked.body])] = self._form([event.status, event.body])
            self._misheard.pop(point, None)
            return
        if asked.method == "GET":
            return
        request = [asked.method, asked.path, asked.key, asked.body]
        raw = _ENCODER.encode(request)
        if raw in self._granted and self._moved_at < event.asked:
            return  # the key stood for what was made already, and still does
        if asked.key is not None and event.status in _GOOD:
            self._granted.add(raw)
        what = [*request, event.status, event.body]
        self._gateway.setdefault(_ENCODER.encode(what), self._form(what))

    def _ledger(self, event: Ledgered) -> None:
        self._moved_at = event.step
        self._gateway[b"%d" % event.step] = self._form(event.entry)

    def _announce(self, event: Announced) -> None:
        self._news[event.step] = [event]

    def _deliver(self, event: Delivered) -> None:
        self._sent[event.step] = event.announced
        self._news.setdefault(event.announced, []).append(event)

    def _acknowledge(self, event: Acknowledged) -> None:
        if event.heard and event.status in _GOOD:
            self._news.pop(self._sent[event.delivered], None)

    def _act(self, event: Acted) -> None:
        self._gateway[b"%d" % event.step] = self._form([event.what, event.detail])

    def _try(self, event: Asked) -> None:
        self._tries[event.intent] = self._tries.get(event.intent, 0) + 1

    def _answer(self, event: Heard | GaveUp) -> None:
        self._answers[event.intent] = event

    def _boot(self, event: Booted) -> None:
        self._boots.append(f"boot-{event.boot}")
        self._alive = True
        self._forget()

    def _die(self, _event: Died) -> None:
        self._alive = False
        self._forget()

    def _forget(self) -> None:
        for memory in (self._since_boot, self._kept, self._misheard, self._came_back):
            memory.clear()

    def _answered(self, intent: int) -> _Form:
        event = self._answers[intent]
        form = self._forms.get(event.step)
        if form is None:
            told = [event.status, event.body, event.headers] if isinstance(event, Heard) else None
            form = self._forms[event.step] = self._form([event.actor, event.call, told])
        return form

    def _form(self, value: object) -> _Form:
        ids: list[str] = []
        moments: list[float] = []

        def out(found: re.Match[str]) -> str:
            token = found[0]
            if found[1] is not None:
                moments.append(datetime.fromisoformat(token).timestamp())
                return "\1"
            if token in self._ids or token in self._boots or _is_like_an_id(token):
                ids.append(token)
                return "\0"
            if found[2] is not None:
                moments.append(float(token))
                return "\1"
            return token

        return _Form(_TOKEN.sub(out, _ENCODER.encode(value).decode()), tuple(ids), tuple(moments))


def _place(item: tuple[tuple[str, str], _Form]) -> tuple[str, str]:
    """Place a row by its table. Within one the order of rows counts, save that of webhooks that are done with."""
    (table, _), form = item
    return table, form.text if _DONE_WITH in form.text else ""


def _is_like_an_id(token: str) -> bool:
    """Tell whether a word looks like an id of somebody who keeps no rows: long, with digits, and no number or checksum."""
    return len(token) >= _LIKE_AN_ID and (token.isupper() or not token[0].isdigit()) and bool(_DIGITS.search(token))


def _remembered(row: Entity) -> Entity:
    """Return what of a row still decides anything."""
    if isinstance(row, Operation):
        if row.state not in UNSETTLED:
            return replace(row, attempts=0, first_sent_at=None, sent_at=None, sent_steady=None, sent_in=None)
        if row.state is not OperationState.WANTED:
            return replace(row, message=None)
    return row


def _ids_of(events: Iterable[AnyEvent]) -> frozenset[str]:
    """Collect the ids that were made during the run: those of rows, and those of the gateway's ledger."""
    ids: set[str | None] = set()
    for event in events:
        if isinstance(event, Committed) and event.boot > 0:
            ids.update(change.id for change in event.changes)
        elif isinstance(event, Ledgered):
            ids.update((event.entry.id, event.entry.intent, event.entry.parent))
    opened = (event for event in events if isinstance(event, Committed) and event.boot == 0)
    ids.difference_update(change.id for event in opened for change in event.changes)
    return frozenset(id_ for id_ in ids if id_ is not None)
