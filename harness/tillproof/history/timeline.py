"""A run told step by step: who crossed which point, and what each witness's money was after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from tillproof.domain.entities import Data, Payment
from tillproof.domain.ledger import Entry, EntryKind
from tillproof.domain.money import shown
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
    Erred,
    Faulted,
    GatewayAnswered,
    GatewayAsked,
    GaveUp,
    Heard,
    History,
    Ledgered,
    Phase,
    Returned,
    Turned,
    Unheard,
)
from tillproof.history.log_findings import Row
from tillproof.history.masking import masked_text
from tillproof.history.summary import hidden
from tillproof.history.verdicts import Breach, Column

_PHASES: dict[str, str] = {
    "faults-off": "faults off; the client retries what it never heard back",
    "settle": "the shop settles what is open",
    "sweep": "time passes; abandoned attempts are swept",
    "quiet": "quiet",
}

WAITING = "..."
"""What the client has heard while it waits."""

_LONGEST = 200  # characters of a cell; bodies are shown elsewhere


class _Gateway:
    """The gateway's column, entry by entry."""

    def __init__(self) -> None:
        self._left: dict[str, int] = {}
        self._captured = self._refunded = 0

    def write(self, entry: Entry) -> Column | None:
        """Take an entry in, and return the column after it, or None for an entry that moves nothing."""
        on = entry.parent or entry.intent
        match entry.kind:
            case EntryKind.AUTHORIZE:
                self._left[entry.id] = entry.amount
            case EntryKind.CAPTURE:
                self._captured += entry.amount
                self._left[on] = max(0, self._left.get(on, 0) - entry.amount)
            case EntryKind.REFUND:
                self._refunded += entry.amount
            case EntryKind.VOID | EntryKind.LAPSE if on in self._left:
                self._left[on] = max(0, self._left[on] - entry.amount) if entry.amount else 0
            case _:
                return None
        return Column(held=sum(self._left.values()), captured=self._captured, refunded=self._refunded)


def _recorded(payments: Mapping[str, Payment]) -> Column:
    """Return the shop's column: what its payments say is held, captured, refunded."""
    live = [p for p in payments.values() if p.captured_at is None and p.canceled_at is None]
    taken = [p for p in payments.values() if p.captured_at is not None]
    return Column(
        held=sum(p.amount for p in live),
        captured=sum(p.amount for p in taken),
        refunded=sum(p.amount_refunded for p in payments.values()),
    )


class _Teller:
    """Turns events into rows, one after the other."""

    def __init__(self, history: History, says: Mapping[str, str]) -> None:
        self._start = history.events[0].at if history.events else 0.0
        self._says = says
        self._secrets = hidden(history)
        self._currency = currency_of(history)
        self._calling: int | None = None
        self._suspended: dict[str, int | None] = {}  # the calls under way of those whose turn it is not
        self._turned = 0  # the first row of the present turn
        self._races = bool(history.decisions)
        self._actor = ""
        self._points: dict[int, str] = {}
        self._tries: dict[str, int] = {}
        self._ledger, self._payments = _Gateway(), dict[str, Payment]()
        self._gateway: Column | None = None
        self._shop: Column | None = None
        self._heard = ""
        self.rows: list[Row] = []

    def _row(self, event: AnyEvent, point: str, what: str) -> None:
        self._points[event.step] = point
        text = masked_text(what, self._secrets)
        self.rows.append(
            Row(
                step=event.step,
                at=round(event.at - self._start, 3),
                point=point,
                what=text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "...",
                actor=self._actor if self._races else "",
                gateway=self._gateway,
                shop=self._shop,
                heard=self._heard,
            )
        )

    def mark(self, text: str, *, at: int | None = None) -> None:
        """Write a line below the last row, or below the last one up to step `at`."""
        index = len(self.rows) - 1
        while at is not None and index > 0 and self.rows[index].step > at:
            index -= 1
        if index >= 0:
            row = self.rows[index]
            self.rows[index] = msgspec.structs.replace(row, marks=(*row.marks, masked_text(text, self._secrets)))

    def tell(self, event: AnyEvent) -> None:  # noqa: C901, PLR0912  (one branch per kind of event, each a line or two)
        """Take the next event in."""
        match event:
            case Turned():
                self._turn(event)
            case Asked():
                self._actor, self._heard = event.actor, WAITING
                self._row(event, f"client.{event.call}#{event.number}", self._asked(event))
            case Heard():
                self._heard = str(event.status)
                self._row(event, self._points.get(event.asked, event.call), _answer(event.status, event.body))
            case Unheard():
                self._row(event, self._points.get(event.asked, event.call), f"no answer ({event.lost})")
            case GaveUp():
                self._row(event, f"client.{event.call}", "gives up, not knowing how it ended")
            case Acted():
                self._row(event, event.actor, f"{event.what} {event.detail}".strip())
            case Called():
                self._calling = len(self.rows)
                self._row(event, f"processor.{event.method}#{event.number}", self._call(event))
            case Returned():
                self._calling = None
                if event.outcome not in {"done", "nothing"} or event.injected:
                    self._row(event, self._points.get(event.called, event.method), _returned(event))
            case GatewayAsked():
                what = f"key {event.key}" if event.key else "no key"
                self._row(event, f"gateway.{event.method}:{event.path}#{event.number}", what)
            case Announced():
                self._row(event, f"webhook.{event.name}#{event.number}", f"event {event.event}")
            case Delivered():
                self._row(event, self._points.get(event.announced, "webhook"), _delivery(event))
            case Acknowledged():
                self._row(event, self._points.get(event.delivered, "webhook"), _acknowledged(event))
            case GatewayAnswered():
                self._row(event, self._points.get(event.asked, "gateway"), str(event.status))
            case Ledgered():
                self._ledgered(event)
            case Committed():
                self._committed(event)
            case Faulted():
                self.mark(f"FAULT  {event.kind}  {self._says.get(event.kind, '')}".rstrip())
            case Phase() if event.name in _PHASES:
                self._entered(event)
            case Died():
                self._died()
            case Booted() if event.boot > 1:
                self.mark("the shop starts again, on what was committed")
            case Erred():
                self.mark(f"ERROR  {event.where}: {event.error}")
            case _:
                pass

    def _entered(self, phase: Phase) -> None:
        self._actor = ""
        self.mark(_PHASES[phase.name])

    def _died(self) -> None:
        self._calling = None
        self._suspended.clear()
        self.mark("the shop dies")

    def _turn(self, event: Turned) -> None:
        if event.by:
            self.mark(f"TURN  {event.by}  the turn goes to {event.actor}")
        self._suspended[self._actor] = self._calling
        self._calling, self._actor = self._suspended.get(event.actor), event.actor
        self._turned = len(self.rows)

    def _asked(self, event: Asked) -> str:
        told = self._amount(event.request)
        if event.key:
            times = self._tries[event.key] = self._tries.get(event.key, 0) + 1
            told.append(f"{'same key' if times > 1 else 'key'} {event.key}")
        return ", ".join(told)

    def _call(self, event: Called) -> str:
        told = self._amount(event.arguments)
        if event.key:
            told.append(f"{'same key' if event.attempt > 1 else 'key'} {event.key}")
        return ", ".join(told)

    def _amount(self, of: Data) -> list[str]:
        amount, currency = of.get("amount"), of.get("currency")
        if not isinstance(amount, int):
            return []
        return [shown(amount, currency if isinstance(currency, str) and currency else self._currency)]

    def _ledgered(self, event: Ledgered) -> None:
        column = self._ledger.write(event.entry)
        if column is None:
            return
        self._gateway = column
        since = len(self.rows) - 1 if self._calling is None else max(self._calling, self._turned)
        self.rows[since:] = [msgspec.structs.replace(row, gateway=column) for row in self.rows[since:]]

    def _committed(self, event: Committed) -> None:
        before = len(self._payments)
        touched = dict.fromkeys(change.table for change in event.changes)
        for change in event.changes:
            if isinstance(change.row, Payment):
                self._payments[change.id] = change.row
            elif change.table == Payment.table:
                self._payments.pop(change.id, None)
        if before or self._payments:
            self._shop = _recorded(self._payments)
        self._row(event, f"commit.{event.name}#{event.number}", ", ".join(touched))


def _delivery(event: Delivered) -> str:
    told = f"event {event.event}, {f'a copy, {event.twist}' if event.twist else f'try {event.attempt}'}"
    return told if event.arrives else f"{told}, does not arrive"


def _acknowledged(event: Acknowledged) -> str:
    if event.status is None:
        return "no answer"
    return str(event.status) if event.heard else f"{event.status}, which the gateway never hears"


def _answer(status: int, body: Data) -> str:
    told = [body.get(name) for name in ("type", "payment_status", "code", "message")]
    return ", ".join([str(status), *(str(word) for word in told if isinstance(word, str | int) and word != "")])


def _returned(event: Returned) -> str:
    detail = event.code or event.message
    return f"{event.outcome}{', by the fault' if event.injected else ''}{f': {detail}' if detail else ''}"


def timeline(history: History, breaches: Sequence[Breach], says: Mapping[str, str]) -> tuple[Row, ...]:
    """
    Tell the run row by row, with the money columns after each and the breaches marked where they came about.

    `says` explains each kind of fault in a phrase. Texts are masked.
    """
    teller = _Teller(history, says)
    for event in history.events:
        teller.tell(event)
    for n, breach in enumerate(sorted(breaches, key=lambda b: b.step)):
        teller.mark(f"<< {'' if n else 'FIRST WRONG MOMENT  '}{breach.rule}: {breach.says}", at=breach.step)
    return tuple(teller.rows)


def currency_of(history: History) -> str:
    """Return the currency the run's money moved in: the gateway's, else the shop's, else `eur`."""
    for event in history.events:
        if isinstance(event, Ledgered) and event.entry.currency:
            return event.entry.currency
    for event in history.events:
        if isinstance(event, Committed):
            for change in event.changes:
                if isinstance(change.row, Payment):
                    return change.row.currency_code
    return "eur"
