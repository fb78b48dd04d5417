"""The gateway's side of a story: its ledger entries, folded into gateway objects and authorizations (witness G)."""

from __future__ import annotations

from collections.abc import Callable

from tillproof.domain.ledger import Entry, EntryKind
from tillproof.history.events import Ledgered
from tillproof.history.witnesses import Hold, Intent

INTENT, UPDATE, AUTHORIZE, CAPTURE, REFUND, VOID, LAPSE = (
    EntryKind.INTENT,
    EntryKind.UPDATE,
    EntryKind.AUTHORIZE,
    EntryKind.CAPTURE,
    EntryKind.REFUND,
    EntryKind.VOID,
    EntryKind.LAPSE,
)


class Books:
    """Everything the gateway wrote down. `intents` by id, `holds` in the order they were made."""

    def __init__(self, lines: list[Ledgered], cart_of: Callable[[Entry], str | None]) -> None:
        """Fold the lines, in order; `cart_of` says whom an entry was made for, where its intent does not."""
        self.lines = lines
        self.intents: dict[str, Intent] = {}
        self.holds: list[Hold] = []
        self._holds: dict[str, Hold] = {}
        self._captured_from: dict[str, Hold] = {}
        self._cart_of = cart_of
        for line in lines:
            self._take(line)

    def _take(self, line: Ledgered) -> None:
        entry = line.entry
        kind = entry.kind
        intent = self.intents.get(entry.intent)
        if intent is None:
            intent = Intent(entry.intent, line.step, self._cart_of(entry), entry.amount, entry.currency)
            self.intents[entry.intent] = intent
        intent.entries.append(line)
        if kind is UPDATE:
            intent.amount, intent.currency = entry.amount, entry.currency
        elif kind is AUTHORIZE:
            hold = Hold(entry, line.step, intent.cart)
            intent.holds.append(hold)
            self.holds.append(hold)
            self._holds[entry.id] = hold
        elif kind is CAPTURE:
            of = self._acted_on(intent, self._holds, entry.parent)
            if of is not None:
                of.captures.append(line)
                self._captured_from[entry.id] = of
        elif kind is REFUND:
            of = self._acted_on(intent, self._captured_from, entry.parent)
            if of is not None:
                of.refunds.append(line)
        elif kind is VOID or kind is LAPSE:
            self._end(intent, line)

    @staticmethod
    def _acted_on(intent: Intent, known: dict[str, Hold], parent: str | None) -> Hold | None:
        """Return the authorization an entry acts on: its parent's, or the intent's latest where no parent is named."""
        hold = known.get(parent) if parent is not None else None
        return hold if hold is not None else intent.holds[-1] if intent.holds else None

    def _end(self, intent: Intent, line: Ledgered) -> None:
        entry = line.entry
        named = self._holds.get(entry.parent) if entry.parent is not None else None
        for hold in (named,) if named is not None else intent.holds:
            if hold.ended is None:
                hold.ended, hold.lapsed = line.step, entry.kind is LAPSE
        if intent.closed is None:
            intent.closed = line.step
