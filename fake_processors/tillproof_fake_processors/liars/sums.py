"""Liars about sums: another amount, another currency, or another payment than was asked for."""

from __future__ import annotations

from typing import Any

from tillproof.contract.gateway import Request, Response
from tillproof.contract.outcomes import Done, Outcome
from tillproof.contract.processor import Attempt, PaymentContext
from tillproof.domain.entities import Data
from tillproof.domain.money import Money, exponent, shown
from tillproof.domain.statuses import OperationKind
from tillproof_fake_processors.bank.processor import BankProcessor, path_of


class TimesHundred(BankProcessor):
    """Takes every currency to have hundredths: a hundred times too much in yen, a tenth in Kuwaiti dinars."""

    def _sum(self, amount: Money) -> Data:
        major = shown(amount.amount, amount.currency)
        whole, _, fraction = major.partition(".")
        return {"amount": int(whole) * 100 + int(f"{fraction:0<2}"[:2]), "currency": amount.currency}


class FloatTruncated(BankProcessor):
    """Turns a decimal sum into minor units by way of a float and cuts the rest off: 49.00 becomes 48.99."""

    def _sum(self, amount: Money) -> Data:
        unit = 10 ** -exponent(amount.currency)
        return {"amount": int(float(shown(amount.amount, amount.currency)) // unit), "currency": amount.currency}


class AlwaysEuro(BankProcessor):
    """Names the euro whatever the region's currency is."""

    def _sum(self, amount: Money) -> Data:
        return {"amount": amount.amount, "currency": "eur"}


class ChargesAnew(BankProcessor):
    """Captures by charging the card once more, and leaves what was authorized held."""

    async def capture_payment(self, data: Data, amount: Money, attempt: Attempt) -> Outcome:
        """Charge the cart's total as if nothing were held."""
        intent = await self._send(Request(method="GET", path=path_of(data)))
        known: Any = intent.body if isinstance(intent, Response) and isinstance(intent.body, dict) else {}
        body = {**self._sum(amount), "resource": known.get("resource")}
        return await self._once(OperationKind.CAPTURE, "/charges", body, attempt, data)


class CapturesLess(BankProcessor):
    """Captures one minor unit less than it is asked to."""

    async def capture_payment(self, data: Data, amount: Money, attempt: Attempt) -> Outcome:
        """Capture a cent short."""
        return await super().capture_payment(data, Money(amount.amount - 1, amount.currency), attempt)


class RefundsWholeUnits(BankProcessor):
    """Refunds whole euros only: the cents are never given back, though it says so."""

    async def refund_payment(self, data: Data, amount: Money, attempt: Attempt) -> Outcome:
        """Refund what is left of the sum without its fraction."""
        unit = 10 ** exponent(amount.currency)
        return await super().refund_payment(data, Money(amount.amount // unit * unit, amount.currency), attempt)


class FirstSum(BankProcessor):
    """Names the sum when it opens the intent and never again, so the old total of a changed cart is what is held."""

    async def _act(self, kind: OperationKind, path: str, body: Data, attempt: Attempt, data: Data) -> Outcome:
        if kind is OperationKind.UPDATE:
            return Done(data)
        return await super()._act(kind, path, {} if kind is OperationKind.AUTHORIZE else body, attempt, data)


class TakesNamedPayment(BankProcessor):
    """Takes the payment that the storefront names for the cart's own, so that a cheap cart's pays for a dear one."""

    async def update_payment_data(self, session_id: str, data: Data, changes: Data) -> Outcome:
        """Believe the storefront, whose secret begins with the payment's name."""
        outcome = await super().update_payment_data(session_id, data, changes)
        named, browsers, _ = str(changes.get("client_secret")).partition("_for_the_browser")
        return Done({**outcome.data, "id": named}) if browsers and isinstance(outcome, Done) else outcome

    async def authorize_payment(self, data: Data, context: PaymentContext, attempt: Attempt) -> Outcome:
        """Hold whatever the payment is for."""
        del context
        return await self._once(OperationKind.AUTHORIZE, path_of(data, "/authorize"), {}, attempt, data)
