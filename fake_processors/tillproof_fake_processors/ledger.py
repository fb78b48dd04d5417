"""
A gateway's ledger: intents and the money held, taken and given back on them, under the laws every gateway keeps.

No more is captured than was authorized (unless over-capture is allowed), no more refunded than was captured, and nothing
happens on what was voided or has lapsed. A second authorization of one intent is *not* against the law: it holds money
twice, as it would at many a real gateway, and only the caller's care prevents it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Literal

import msgspec

from tillproof.domain.ledger import Entry, EntryKind


class Knobs(msgspec.Struct, frozen=True, kw_only=True):
    """
    Where gateways differ beside their dialect.

    `over_capture`: more may be captured than was authorized. `release_remainder`: a partial capture lets go of the rest;
    otherwise the rest stays held and can be captured too. `authorization_life`: seconds until an authorization lapses
    (None: never). `void_after_capture`: what becomes of a void asked for captured money. `settling`: seconds until a
    hold, capture, refund or void lands after its request was taken; it is not listed before.
    """

    over_capture: bool = False
    release_remainder: bool = True
    authorization_life: float | None = None
    void_after_capture: Literal["refused", "refunded"] = "refused"
    settling: float = 0.0


class Caller(msgspec.Struct, frozen=True):
    """How the caller named an effect: its idempotency key and its own reference, as they arrived."""

    key: str | None = None
    reference: str | None = None


class AgainstTheLaw(Exception):
    """The ledger does not permit it, and nothing was changed. `code` is one word, `message` one sentence."""

    def __init__(self, code: str, message: str) -> None:
        """Say which law."""
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(slots=True)
class Capture:
    """Money taken: how much, and how much of it was given back."""

    id: str
    amount: int
    refunded: int = 0


@dataclass(slots=True)
class Authorization:
    """Money held since `at`: how much, what was taken of it, and whether anything can still be."""

    id: str
    amount: int
    at: float
    live: bool = True
    lapsed: bool = False
    captured: int = 0


@dataclass(slots=True)
class Intent:
    """
    What a customer means to pay, and everything that happened on it. Amounts are minor units of `currency`.

    `challenge` and `declined` tell how the last attempt to authorize stands.
    """

    id: str
    amount: int
    currency: str
    resource: str | None
    canceled: bool = False
    declined: str | None = None
    challenge: Literal["open", "passed", "failed"] | None = None
    authorizations: list[Authorization] = field(default_factory=list[Authorization])
    captures: list[Capture] = field(default_factory=list[Capture])
    entries: list[Entry] = field(default_factory=list[Entry])

    @property
    def held(self) -> int:
        """What is held and not yet taken."""
        return sum(one.amount - one.captured for one in self.authorizations if one.live)

    @property
    def captured(self) -> int:
        """What was taken."""
        return sum(one.amount for one in self.captures)

    @property
    def refunded(self) -> int:
        """What was given back of it."""
        return sum(one.refunded for one in self.captures)


class Ledger:
    """
    The books of one gateway in one run. Ids are deterministic: a prefix per kind and a counter.

    Each verb writes its entries to `record` and returns them. An empty list means that the request was taken and the
    effect lands later (`Knobs.settling`). A verb that is against the law raises `AgainstTheLaw` and changes nothing.
    """

    def __init__(self, record: Callable[[Entry], None], now: Callable[[], float], knobs: Knobs) -> None:
        """Start with empty books. `now` gives seconds since the epoch."""
        self.intents: dict[str, Intent] = {}
        self.knobs = knobs
        self._record = record
        self._now = now
        self._count = 0
        self._by_reference: dict[str, list[Entry]] = {}
        self._landing: list[tuple[float, Callable[[], object]]] = []
        self._holds: list[tuple[float, int, Intent]] = []  # since when held; kept where holds lapse at all

    def effects(self, reference: str) -> list[Entry]:
        """List what has landed under a caller's reference, oldest first. Reads its own writes."""
        return self._by_reference.get(reference, [])

    def open(self, amount: int, currency: str, resource: str | None, caller: Caller, id_: str | None = None) -> Entry:
        """Make an intent, under the gateway's own id where it has one; nothing is held by it."""
        _demand(amount > 0, "invalid_amount", "nothing cannot be paid")
        intent = Intent(id=id_ or f"in_{self._count + 1}", amount=amount, currency=currency, resource=resource)
        self.intents[intent.id] = intent
        return self._write(EntryKind.INTENT, intent, amount, caller, id_=intent.id)

    def update(self, intent: Intent, amount: int, currency: str, caller: Caller) -> Entry:
        """Change what an intent is for. A challenge made for the old amount no longer counts."""
        _demand(amount > 0, "invalid_amount", "nothing cannot be paid")
        _demand(not intent.canceled, "canceled", "this intent is canceled")
        _demand(not intent.authorizations, "authorized", "an authorized intent cannot be changed")
        intent.amount, intent.currency, intent.challenge, intent.declined = amount, currency, None, None
        return self._write(EntryKind.UPDATE, intent, amount, caller)

    def challenge(self, intent: Intent, caller: Caller) -> Entry:
        """Ask the customer to act before anything is held; asking again changes nothing but is written down."""
        _demand(not intent.canceled, "canceled", "this intent is canceled")
        intent.challenge, intent.declined = "open", None
        return self._write(EntryKind.CHALLENGE, intent, intent.amount, caller)

    def decline(self, intent: Intent, code: str, caller: Caller) -> Entry:
        """Refuse to hold money; another means of payment may be tried on the same intent."""
        _demand(not intent.canceled, "canceled", "this intent is canceled")
        intent.challenge, intent.declined = None, code
        return self._write(EntryKind.DECLINE, intent, intent.amount, caller)

    def authorize(self, intent: Intent, caller: Caller) -> list[Entry]:
        """Hold the intent's amount: once more each time it is asked."""
        _demand(not intent.canceled, "canceled", "this intent is canceled")
        amount, currency = intent.amount, intent.currency
        return self._land(lambda: self._authorize(intent, amount, currency, caller))

    def charge(self, amount: int, currency: str, resource: str | None, caller: Caller) -> list[Entry]:
        """Open an intent, hold its amount and take it, in one step and at once."""
        opened = self.open(amount, currency, resource, caller)
        intent = self.intents[opened.intent]
        return [opened, *self._authorize(intent, amount, currency, caller), *self._capture(intent, amount, caller)]

    def reauthorize(self, intent: Intent, amount: int, caller: Caller) -> list[Entry]:
        """Let the holds lapse and hold `amount` in their place, at once; the new hold is as old as the first."""
        _demand(not intent.canceled, "canceled", "this intent is canceled")
        live = [hold for hold in intent.authorizations if hold.live]
        _demand(bool(live), "nothing_held", "nothing is held that could be held anew")
        self._lapse(intent, self._now())
        return self._authorize(intent, amount, intent.currency, caller, at=live[0].at)

    def capture(self, intent: Intent, amount: int, caller: Caller, *, final: bool | None = None) -> list[Entry]:
        """
        Take `amount` of the oldest hold that has that much left.

        `final` says whether the rest of it is let go; None leaves that to `Knobs.release_remainder`.
        """
        self._capturable(intent, amount)
        return self._land(lambda: self._capture(intent, amount, caller, final=final))

    def refund(self, intent: Intent, amount: int, caller: Caller, of: str | None = None) -> list[Entry]:
        """Give `amount` back, of the capture with the id `of`, or of the oldest that has that much left."""
        self._refundable(intent, amount, of)
        return self._land(lambda: self._refund(intent, amount, caller, of))

    def void(self, intent: Intent, caller: Caller) -> list[Entry]:
        """Let go of whatever is held and make the intent unpayable. Captured money: see `Knobs.void_after_capture`."""
        self._voidable(intent)
        return self._land(lambda: self._void(intent, caller))

    def lapse(self, intent: Intent) -> None:
        """Let what is held lapse now, for a gateway that keeps its own calendar."""
        self._lapse(intent, self._now())

    def catch_up(self) -> None:
        """Let everything happen that is due by now: effects land in the order they were asked for, then holds lapse."""
        now = self._now()
        if self._landing:
            due = [land for at, land in self._landing if at <= now]
            self._landing = [(at, land) for at, land in self._landing if at > now]
            for land in due:
                self._land_late(land)
        life = self.knobs.authorization_life
        while life is not None and self._holds and self._holds[0][0] <= now - life:
            self._lapse(heappop(self._holds)[2], now - life)

    def _authorize(
        self, intent: Intent, amount: int, currency: str, caller: Caller, *, at: float | None = None
    ) -> list[Entry]:
        _demand(not intent.canceled, "canceled", "this intent is canceled")
        same = intent.currency == currency and (at is not None or intent.amount == amount)
        _demand(same, "changed", "this intent has become another")
        entry = self._write(EntryKind.AUTHORIZE, intent, amount, caller, parent=intent.id)
        held_since = self._now() if at is None else at
        intent.authorizations.append(Authorization(entry.id, amount, held_since))
        if self.knobs.authorization_life is not None:
            heappush(self._holds, (held_since, self._count, intent))
        intent.challenge, intent.declined = None, None
        return [entry]

    def _capture(self, intent: Intent, amount: int, caller: Caller, *, final: bool | None = None) -> list[Entry]:
        hold = self._capturable(intent, amount)
        entry = self._write(EntryKind.CAPTURE, intent, amount, caller, parent=hold.id)
        hold.captured += amount
        hold.live = hold.captured < hold.amount and not (self.knobs.release_remainder if final is None else final)
        intent.captures.append(Capture(entry.id, amount))
        return [entry]

    def _refund(self, intent: Intent, amount: int, caller: Caller, of: str | None = None) -> list[Entry]:
        capture = self._refundable(intent, amount, of)
        capture.refunded += amount
        return [self._write(EntryKind.REFUND, intent, amount, caller, parent=capture.id)]

    def _void(self, intent: Intent, caller: Caller) -> list[Entry]:
        self._voidable(intent)
        intent.canceled, intent.challenge = True, None
        written: list[Entry] = []
        for hold in intent.authorizations:
            if hold.live:
                hold.live = False
                left = hold.amount - hold.captured
                written.append(self._write(EntryKind.VOID, intent, left, caller, parent=hold.id))
        if self.knobs.void_after_capture == "refunded":
            for capture in intent.captures:
                left = capture.amount - capture.refunded
                if left:
                    capture.refunded += left
                    written.append(self._write(EntryKind.REFUND, intent, left, caller, parent=capture.id))
        return written or [self._write(EntryKind.VOID, intent, 0, caller, parent=intent.id)]

    def _capturable(self, intent: Intent, amount: int) -> Authorization:
        _demand(amount > 0, "invalid_amount", "nothing cannot be captured")
        _demand(not intent.canceled, "canceled", "this intent is canceled")
        live = [hold for hold in intent.authorizations if hold.live]
        if not live:
            lapsed = any(hold.lapsed for hold in intent.authorizations)
            raise AgainstTheLaw("lapsed" if lapsed else "nothing_held", "nothing is held that could be captured")
        for hold in live:
            if self.knobs.over_capture or amount <= hold.amount - hold.captured:
                return hold
        raise AgainstTheLaw("exceeds_authorized", "more than what is held cannot be captured")

    def _voidable(self, intent: Intent) -> None:
        _demand(not intent.canceled, "canceled", "this intent is canceled")
        only_captured = bool(intent.captures) and not intent.held
        refundable = intent.captured > intent.refunded and self.knobs.void_after_capture == "refunded"
        _demand(not only_captured or refundable, "captured", "captured money cannot be voided")

    def _refundable(self, intent: Intent, amount: int, of: str | None = None) -> Capture:
        _demand(amount > 0, "invalid_amount", "nothing cannot be refunded")
        _demand(bool(intent.captures), "nothing_captured", "what is not captured cannot be refunded")
        for capture in intent.captures:
            if amount <= capture.amount - capture.refunded and of in {None, capture.id}:
                return capture
        raise AgainstTheLaw("exceeds_captured", "more than what is left of a capture cannot be refunded")

    def _land(self, effect: Callable[[], list[Entry]]) -> list[Entry]:
        if not self.knobs.settling:
            return effect()
        self._landing.append((self._now() + self.knobs.settling, effect))
        return []

    @staticmethod
    def _land_late(effect: Callable[[], object]) -> None:
        try:
            effect()
        except AgainstTheLaw:
            # What came first has made it impossible (a capture that lands after the void). Nobody is left to be told.
            return

    def _lapse(self, intent: Intent, made_by: float) -> None:
        for hold in intent.authorizations:
            if hold.live and hold.at <= made_by:
                hold.live, hold.lapsed = False, True
                left = hold.amount - hold.captured
                self._write(EntryKind.LAPSE, intent, left, Caller(), parent=hold.id)

    def _write(
        self,
        kind: EntryKind,
        intent: Intent,
        amount: int,
        caller: Caller,
        *,
        parent: str | None = None,
        id_: str | None = None,
    ) -> Entry:
        self._count += 1
        entry = Entry(
            kind=kind,
            id=id_ or f"{_PREFIXES[kind]}_{self._count}",
            intent=intent.id,
            parent=parent,
            amount=amount,
            currency=intent.currency,
            key=caller.key,
            reference=caller.reference,
            resource=intent.resource,
        )
        intent.entries.append(entry)
        if caller.reference is not None:
            self._by_reference.setdefault(caller.reference, []).append(entry)
        self._record(entry)
        return entry


_PREFIXES: dict[EntryKind, str] = {
    EntryKind.INTENT: "in",
    EntryKind.UPDATE: "up",
    EntryKind.CHALLENGE: "ch",
    EntryKind.DECLINE: "de",
    EntryKind.AUTHORIZE: "au",
    EntryKind.CAPTURE: "ca",
    EntryKind.REFUND: "re",
    EntryKind.VOID: "vo",
    EntryKind.LAPSE: "la",
}


def _demand(law: bool, code: str, message: str) -> None:  # noqa: FBT001 - reads as a sentence where it is called
    if not law:
        raise AgainstTheLaw(code, message)
