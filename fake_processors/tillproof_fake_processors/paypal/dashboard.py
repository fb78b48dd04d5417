"""PayPal's own pages for the shop's people: they act as the API does, without request id and without invoice number."""

from __future__ import annotations

from contextlib import suppress

from tillproof.domain.money import Money
from tillproof_fake_processors.ledger import AgainstTheLaw, Caller
from tillproof_fake_processors.paypal.errors import Issue
from tillproof_fake_processors.paypal.objects import Kind, Movement
from tillproof_fake_processors.paypal.payments import Payments


class PayPalDashboard:
    """Implements `Dashboard`. What PayPal refuses is not done: the page says so to whoever sits there."""

    def __init__(self, payments: Payments) -> None:
        """Show these payments."""
        self._payments = payments

    def capture(self, resource: str, amount: int | None = None) -> None:
        """Take so many minor units of what is held, and let go of the rest; None: take all of it."""
        hold = self._latest(Kind.AUTHORIZATION, resource)
        if hold is not None:
            part = None if amount is None else Money(amount, hold.order.intent.currency)
            with suppress(Issue, AgainstTheLaw):
                self._payments.capture(hold, part, Caller(), final=True, invoice_id=None, note=None)

    def refund(self, resource: str, amount: int) -> None:
        """Give so many minor units back."""
        taken = self._latest(Kind.CAPTURE, resource)
        if taken is not None:
            sum_ = Money(amount, taken.order.intent.currency)
            with suppress(Issue, AgainstTheLaw):
                self._payments.refund(taken, sum_, Caller(), custom_id=None, invoice_id=None, note=None)

    def cancel(self, resource: str) -> None:
        """Let go of what is held."""
        hold = self._latest(Kind.AUTHORIZATION, resource)
        if hold is not None:
            with suppress(Issue, AgainstTheLaw):
                self._payments.void(hold, Caller())

    def _latest(self, kind: Kind, resource: str) -> Movement | None:
        """Return the latest movement of that kind that was carried out for it."""
        self._payments.catch_up()
        made = [one for one in self._payments.by_id.values() if one.kind is kind and one.stage == "done"]
        of = [one for one in made if one.order.intent.resource == resource and not one.replaced]
        return of[-1] if of else None
