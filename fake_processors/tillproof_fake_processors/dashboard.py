"""A gateway's own pages for the shop's people, on the ledger that every fake shares."""

from __future__ import annotations

from contextlib import suppress

from tillproof_fake_processors.ledger import AgainstTheLaw, Caller, Intent, Ledger


class LedgerDashboard:
    """
    Acts on the ledger, without key and without reference, as a person does. Implements `Dashboard`.

    What is against the law is not done: the page says so to whoever sits there.
    """

    def __init__(self, ledger: Ledger) -> None:
        """Show this ledger."""
        self._ledger = ledger

    def capture(self, resource: str, amount: int | None = None) -> None:
        """Take so many minor units of what is held, and let go of the rest; None: take all of it."""
        intent = self._paid(resource)
        if intent is not None:
            with suppress(AgainstTheLaw):
                self._ledger.capture(intent, intent.held if amount is None else amount, Caller(), final=True)

    def refund(self, resource: str, amount: int) -> None:
        """Give so many minor units back."""
        intent = self._paid(resource)
        if intent is not None:
            with suppress(AgainstTheLaw):
                self._ledger.refund(intent, amount, Caller())

    def cancel(self, resource: str) -> None:
        """Let go of what is held."""
        intent = self._paid(resource)
        if intent is not None:
            with suppress(AgainstTheLaw):
                self._ledger.void(intent, Caller())

    def _paid(self, resource: str) -> Intent | None:
        """Return the latest intent made for it on which money was held."""
        of = [one for one in self._ledger.intents.values() if one.resource == resource and one.authorizations]
        return of[-1] if of else None
