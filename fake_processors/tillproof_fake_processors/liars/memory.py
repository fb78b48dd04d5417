"""Liars about what is kept: too little, too much, in the wrong place, or nothing that could be kept."""

from __future__ import annotations

from msgspec.structs import replace

from tillproof.contract.gateway import Gateway, Response
from tillproof.contract.outcomes import Done, Outcome, Refused
from tillproof.contract.processor import Attempt, PaymentContext
from tillproof.domain.entities import Data
from tillproof.domain.money import Money
from tillproof.domain.statuses import OperationKind
from tillproof_fake_processors.bank.processor import BankProcessor

_HUGE = 300_000


class RawReply(BankProcessor):
    """Keeps the bank's whole reply in the session's data and declares it public, the bank's risk token included."""

    capabilities = replace(
        BankProcessor.capabilities, public=BankProcessor.capabilities.public | frozenset({"gateway_reply"})
    )

    def _judge(self, kind: OperationKind, answer: Response, attempt: Attempt, data: Data) -> Outcome:
        outcome = super()._judge(kind, answer, attempt, data)
        if not isinstance(outcome, Done):
            return outcome
        return Done({**outcome.data, "gateway_reply": answer.body}, outcome.status)


class Forgetful(BankProcessor):
    """Remembers in itself which intents it has opened, so after a restart it disowns every payment made before."""

    def __init__(self, gateway: Gateway) -> None:
        """Know of nothing yet."""
        super().__init__(gateway)
        self._opened: list[object] = []

    async def _once(self, kind: OperationKind, path: str, body: Data, attempt: Attempt, data: Data) -> Outcome:
        if kind is not OperationKind.INITIATE and data.get("id") not in self._opened:
            return Refused("no_session", "this payment was not started here")
        outcome = await super()._once(kind, path, body, attempt, data)
        if isinstance(outcome, Done):
            self._opened.append(outcome.data.get("id"))
        return outcome


class RefundDropsData(BankProcessor):
    """Answers a refund with empty data, so nothing can be done with the payment afterwards."""

    async def refund_payment(self, data: Data, amount: Money, attempt: Attempt) -> Outcome:
        """Refund, and lose the intent's id."""
        outcome = await super().refund_payment(data, amount, attempt)
        return Done({}) if isinstance(outcome, Done) else outcome


class NotJson(BankProcessor):
    """Puts a tuple into the session's data: it comes back from the database as a list."""

    async def authorize_payment(self, data: Data, context: PaymentContext, attempt: Attempt) -> Outcome:
        """Authorize, with data that JSON changes."""
        outcome = await super().authorize_payment(data, context, attempt)
        return Done({**outcome.data, "seen": ("bank", 1)}, outcome.status) if isinstance(outcome, Done) else outcome


class HugeData(BankProcessor):
    """Puts 300 kilobytes into the session's data."""

    async def authorize_payment(self, data: Data, context: PaymentContext, attempt: Attempt) -> Outcome:
        """Authorize, with data that no row should hold."""
        outcome = await super().authorize_payment(data, context, attempt)
        return Done({**outcome.data, "log": "x" * _HUGE}, outcome.status) if isinstance(outcome, Done) else outcome
