"""
The verbs on payments: authorize, capture, void, reauthorize, refund.

https://developer.paypal.com/docs/api/payments/v2. An authorization is honored for three days and valid for 29, its
reauthorization within these (https://developer.paypal.com/payment-methods/auth-honor).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Literal

import msgspec

from tillproof.domain.ledger import Entry
from tillproof.domain.money import Money
from tillproof_fake_processors.ledger import AgainstTheLaw, Caller, Ledger
from tillproof_fake_processors.paypal.errors import Issue
from tillproof_fake_processors.paypal.objects import Kind, Movement, Order, named

DAY = 86_400.0
HONORED_FOR = 3 * DAY
VALID_FOR = 29 * DAY
REFUNDABLE_FOR = 180 * DAY

Emit = Callable[[str, Movement], None]
"""Told of an event's name and of what it is about."""

Outcome = Literal["done", "denied", "pending"]


class Habits(msgspec.Struct, frozen=True, kw_only=True):
    """
    How this PayPal decides.

    `authorizations`, `captures`, `refunds`: carried out, denied or left pending, each inside a 201 like any other.
    `settling`: seconds after which what is pending is carried out by itself (0: somebody must decide it). `honors_late`:
    captures succeed past the honor period too; otherwise they are denied.
    """

    authorizations: Outcome = "done"
    captures: Outcome = "done"
    refunds: Outcome = "done"
    settling: float = 0.0
    honors_late: bool = True


_EVENTS: dict[tuple[Kind, str], str] = {
    (Kind.AUTHORIZATION, "done"): "PAYMENT.AUTHORIZATION.CREATED",
    (Kind.AUTHORIZATION, "pending"): "PAYMENT.AUTHORIZATION.CREATED",
    (Kind.CAPTURE, "done"): "PAYMENT.CAPTURE.COMPLETED",
    (Kind.CAPTURE, "pending"): "PAYMENT.CAPTURE.PENDING",
    (Kind.CAPTURE, "denied"): "PAYMENT.CAPTURE.DECLINED",
    (Kind.REFUND, "done"): "PAYMENT.CAPTURE.REFUNDED",
    (Kind.REFUND, "pending"): "PAYMENT.REFUND.PENDING",
    (Kind.REFUND, "denied"): "PAYMENT.REFUND.FAILED",
}
"""Which event tells of it: https://developer.paypal.com/api/rest/webhooks/event-names."""


class Payments:
    """The authorizations, captures and refunds of one PayPal, by id."""

    def __init__(self, ledger: Ledger, now: Callable[[], float], habits: Habits, emit: Emit) -> None:
        """Keep the books in `ledger`; events go to `emit`."""
        self.by_id: dict[tuple[Kind, str], Movement] = {}
        self._ledger = ledger
        self._now = now
        self._habits = habits
        self._emit = emit
        self._numbers = count(1)
        self._by_entry: dict[str, Movement] = {}
        self._landing: list[Movement] = []
        self._invoices: dict[tuple[Kind, str], Movement] = {}

    def catch_up(self) -> None:
        """Let what is due by now happen: the pending is decided, then authorizations expire."""
        now = self._now()
        if self._landing:
            due = [one for one in self._landing if one.landing is not None and one.landing <= now]
            self._landing = [one for one in self._landing if one not in due]
            for one in due:
                self.decide(one, accepted=True)
        self._ledger.catch_up()

    def lapsed(self, entry: Entry) -> None:
        """Tell of an authorization that reached its end, as PayPal does: voided."""
        one = self._by_entry.get(entry.parent or "")
        if one is not None and not one.replaced:
            one.updated = self._now()
            self._emit("PAYMENT.AUTHORIZATION.VOIDED", one)

    def authorize(self, order: Order, caller: Caller) -> Movement:
        """Hold the order's amount."""
        self._invoice_is_new(Kind.AUTHORIZATION, order.invoice_id)
        one = self._new(Kind.AUTHORIZATION, order, order.intent.amount, None)
        one.honored_until, one.expires = one.created + HONORED_FOR, one.created + VALID_FOR
        one.invoice_id = order.invoice_id
        return self._begun(one, self._habits.authorizations, caller)

    def charge(self, order: Order, caller: Caller) -> Movement:
        """Take the order's amount at once, with no authorization that anybody sees."""
        self._invoice_is_new(Kind.CAPTURE, order.invoice_id)
        one = self._new(Kind.CAPTURE, order, order.intent.amount, None)
        one.invoice_id, one.final = order.invoice_id, True
        return self._begun(one, self._habits.captures, caller)

    def capture(
        self, hold: Movement, amount: Money | None, caller: Caller, *, final: bool, invoice_id: str | None, note: str | None
    ) -> Movement:
        """Take `amount`, or all that is left, of an authorization. `final` lets go of the rest."""
        self._capturable(hold)
        if amount is not None and amount.currency != hold.order.intent.currency:
            raise Issue("AUTH_CAPTURE_CURRENCY_MISMATCH", "/amount/currency_code")
        taken = hold.left if amount is None else amount.amount
        if not 0 < taken <= hold.left:
            raise Issue("MAX_CAPTURE_AMOUNT_EXCEEDED", "/amount/value")
        self._invoice_is_new(Kind.CAPTURE, invoice_id)
        one = self._new(Kind.CAPTURE, hold.order, taken, hold)
        one.invoice_id, one.note, one.final = invoice_id or hold.invoice_id, note, final
        late = self._now() > hold.honored_until and not self._habits.honors_late
        return self._begun(one, "denied" if late else self._habits.captures, caller)

    def void(self, hold: Movement, caller: Caller) -> Movement:
        """Let go of an authorization: of what was not captured of it."""
        if hold.parent is not None:
            raise Issue("CANNOT_BE_VOIDED")
        last = next((one for one in hold.order.of(Kind.AUTHORIZATION) if one.parent is hold), hold)
        if any(one.stage == "pending" for one in last.children) or last.status == "CAPTURED":
            raise Issue("PREVIOUSLY_CAPTURED")
        if last.status in {"VOIDED", "DENIED"}:
            raise Issue("AUTHORIZATION_EXPIRED" if self._expired(last) else "PREVIOUSLY_VOIDED")
        self._ledger.void(hold.order.intent, caller)
        last.stage = "done"
        for one in {hold.id: hold, last.id: last}.values():
            one.updated = self._now()
            self._emit("PAYMENT.AUTHORIZATION.VOIDED", one)
        return hold

    def reauthorize(self, hold: Movement, amount: Money | None, caller: Caller) -> Movement:
        """Put a new authorization in the place of one whose honor period has ended; it is valid no longer than the first."""
        self._capturable(hold)
        if hold.parent is not None or hold.children:
            raise Issue("REAUTHORIZATION_NOT_SUPPORTED")
        if self._now() <= hold.honored_until:
            raise Issue("REAUTHORIZATION_TOO_SOON")
        if amount is not None and amount.currency != hold.order.intent.currency:
            raise Issue("AUTH_CURRENCY_MISMATCH", "/amount/currency_code")
        again = hold.amount if amount is None else amount.amount
        if again > hold.amount:
            raise Issue("TRANSACTION_REFUSED", "/amount/value")
        hold.replaced = True
        one = self._new(Kind.AUTHORIZATION, hold.order, again, hold)
        one.honored_until, one.expires = min(one.created + HONORED_FOR, hold.expires), hold.expires
        one.invoice_id, one.stage = hold.invoice_id, "done"
        self._booked(one, self._ledger.reauthorize(hold.order.intent, again, caller))
        self._emit("PAYMENT.AUTHORIZATION.CREATED", one)
        return one

    def refund(
        self,
        capture: Movement,
        amount: Money | None,
        caller: Caller,
        *,
        custom_id: str | None,
        invoice_id: str | None,
        note: str | None,
    ) -> Movement:
        """Give `amount`, or all that is left, of a capture back."""
        if capture.stage != "done":
            raise Issue("PENDING_CAPTURE" if capture.stage == "pending" else "REFUND_NOT_ALLOWED")
        if self._now() - capture.created > REFUNDABLE_FOR:
            raise Issue("REFUND_TIME_LIMIT_EXCEEDED")
        if amount is not None and amount.currency != capture.order.intent.currency:
            raise Issue("REFUND_CAPTURE_CURRENCY_MISMATCH", "/amount/currency_code")
        if not capture.left:
            raise Issue("CAPTURE_FULLY_REFUNDED")
        given = capture.left if amount is None else amount.amount
        if given > capture.left:
            raise Issue("REFUND_AMOUNT_EXCEEDED", "/amount/value")
        self._invoice_is_new(Kind.REFUND, invoice_id)
        one = self._new(Kind.REFUND, capture.order, given, capture)
        one.custom_id, one.invoice_id, one.note = custom_id or capture.custom_id, invoice_id, note
        return self._begun(one, self._habits.refunds, caller)

    def decide(self, one: Movement, *, accepted: bool) -> None:
        """Carry out what is pending, or deny it. What was decided before stays so."""
        if one.stage == "pending":
            try:
                self._decided(one, "done" if accepted else "denied")
            except AgainstTheLaw:  # what came first has made it impossible: a capture whose authorization has expired
                self._decided(one, "denied")

    def _begun(self, one: Movement, outcome: Outcome, caller: Caller) -> Movement:
        one.caller = caller
        if one.invoice_id is not None:
            self._invoices.setdefault((one.kind, one.invoice_id), one)
        if outcome == "done" and self._habits.settling:
            outcome, one.landing = "pending", one.created + self._habits.settling
            self._landing.append(one)
        self._decided(one, outcome)
        return one

    def _decided(self, one: Movement, outcome: Outcome) -> None:
        if outcome == "done":
            self._booked(one, self._carried_out(one))
        one.stage, one.updated = outcome, self._now()
        event = _EVENTS.get((one.kind, outcome))
        if event is not None:
            self._emit(event, one)

    def _carried_out(self, one: Movement) -> list[Entry]:
        ledger, intent, caller = self._ledger, one.order.intent, one.caller
        match one.kind:
            case Kind.AUTHORIZATION:
                return ledger.authorize(intent, caller)
            case Kind.REFUND:
                return ledger.refund(intent, one.amount, caller, of=one.parent.entry if one.parent else None)
            case Kind.CAPTURE:
                if one.parent is None:
                    ledger.authorize(intent, caller)
                return ledger.capture(intent, one.amount, caller, final=one.final)

    def _booked(self, one: Movement, entries: list[Entry]) -> None:
        one.entry = entries[-1].id
        self._by_entry[one.entry] = one

    def _new(self, kind: Kind, order: Order, amount: int, parent: Movement | None) -> Movement:
        now = self._now()
        id_ = named(kind, next(self._numbers))
        one = Movement(kind=kind, id=id_, order=order, amount=amount, created=now, updated=now, parent=parent)
        one.custom_id = order.custom_id
        order.movements.append(one)
        self.by_id[kind, id_] = one
        return one

    def _capturable(self, hold: Movement) -> None:
        if hold.stage != "done":
            raise Issue("PENDING_AUTHORIZATION" if hold.stage == "pending" else "AUTHORIZATION_DENIED")
        if hold.status == "CAPTURED":
            raise Issue("AUTHORIZATION_ALREADY_CAPTURED")
        if hold.status == "VOIDED":
            raise Issue("AUTHORIZATION_EXPIRED" if self._expired(hold) else "AUTHORIZATION_VOIDED")

    def _expired(self, hold: Movement) -> bool:
        return hold.stage == "done" and self._now() >= hold.expires

    def _invoice_is_new(self, kind: Kind, invoice_id: str | None) -> None:
        if invoice_id is not None and (kind, invoice_id) in self._invoices:
            raise Issue("DUPLICATE_INVOICE_ID", "/invoice_id")
