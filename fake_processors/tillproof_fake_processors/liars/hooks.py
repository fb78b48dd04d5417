"""Processors that believe webhooks which nobody should, or not those they should."""

from __future__ import annotations

from math import inf

from tillproof.contract.outcomes import Unknown
from tillproof.contract.webhooks import Delivery, Notice, Rejected
from tillproof_fake_processors.bank.processor import BankProcessor
from tillproof_fake_processors.bank.webhooks import SIGNATURE, TOLERANCE, WEBHOOK_SECRET, flaw, signed_at
from tillproof_fake_processors.bank.wire import notice


class HeaderIsEnough(BankProcessor):
    """A webhook with a signature header counts as signed."""

    def _flaw(self, delivery: Delivery) -> str | None:
        return None if SIGNATURE in delivery.headers else "it is not signed"


class AnyAge(BankProcessor):
    """The time of a webhook's signature is not looked at."""

    def _flaw(self, delivery: Delivery) -> str | None:
        return flaw(delivery.body, delivery.headers.get(SIGNATURE, ""), WEBHOOK_SECRET, delivery.received_at, inf)


class FutureIsFresh(BankProcessor):
    """A webhook must not be old; it may be dated ahead."""

    def _flaw(self, delivery: Delivery) -> str | None:
        header = delivery.headers.get(SIGNATURE, "")
        old = delivery.received_at - (signed_at(header) or 0) > TOLERANCE
        return "too old" if old else flaw(delivery.body, header, WEBHOOK_SECRET, delivery.received_at, inf)


class OwnClockOnly(BankProcessor):
    """What time it is, only the shop's own clock says: where that is wrong, every webhook is too old or too new."""

    async def read_webhook(self, delivery: Delivery) -> Notice | Rejected | Unknown:
        """Refuse whatever is not of this very time."""
        rejected = self._flaw(delivery)
        return notice(delivery.body) if rejected is None else Rejected(rejected)
