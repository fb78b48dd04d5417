"""Stripe's own pages for the shop's people: they act as the API does, without key and without reference."""

from __future__ import annotations

from contextlib import suppress

from tillproof.domain.entities import Data
from tillproof.domain.money import Money
from tillproof_fake_processors.ledger import AgainstTheLaw
from tillproof_fake_processors.stripe import intents, refunds
from tillproof_fake_processors.stripe.asking import Asked
from tillproof_fake_processors.stripe.books import Books
from tillproof_fake_processors.stripe.currencies import to_stripe
from tillproof_fake_processors.stripe.errors import StripeError
from tillproof_fake_processors.stripe.objects import PaymentIntent


class StripeDashboard:
    """Implements `Dashboard`. What Stripe refuses is not done: the page says so to whoever sits there."""

    def __init__(self, books: Books) -> None:
        """Show this account."""
        self._books = books

    def capture(self, resource: str, amount: int | None = None) -> None:
        """Take so many minor units of what is held, and let go of the rest; None: take all of it."""
        intent = self._paid(resource)
        if intent is not None:
            part = None if amount is None else to_stripe(Money(amount, intent.books.currency))
            params: Data = {} if part is None else {"amount_to_capture": part}
            with suppress(StripeError, AgainstTheLaw):
                intents.capture(self._books, Asked(id=intent.id, params=params))

    def refund(self, resource: str, amount: int) -> None:
        """Give so many minor units back."""
        intent = self._paid(resource)
        units = to_stripe(Money(amount, intent.books.currency)) if intent is not None else None
        if intent is not None and units is not None:
            params: Data = {"payment_intent": intent.id, "amount": units}
            with suppress(StripeError, AgainstTheLaw):
                refunds.create(self._books, Asked(params=params))

    def cancel(self, resource: str) -> None:
        """Let go of what is held."""
        intent = self._paid(resource)
        if intent is not None:
            with suppress(StripeError, AgainstTheLaw):
                intents.cancel(self._books, Asked(id=intent.id))

    def _paid(self, resource: str) -> PaymentIntent | None:
        """Return the latest intent made for it on which money was held."""
        self._books.catch_up()
        of = (one for one in self._books.intents.older() if one.books.resource == resource)
        return next((one for one in of if one.books.authorizations), None)
