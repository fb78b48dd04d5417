"""Liars about idempotency keys. None looks for an effect before acting again: their key is all that protects them."""

from __future__ import annotations

from msgspec.structs import replace

from tillproof.contract.gateway import Request
from tillproof.contract.outcomes import Outcome, Unknown
from tillproof.contract.processor import Attempt, PaymentContext
from tillproof.domain.entities import Data
from tillproof.domain.money import Money
from tillproof.domain.statuses import OperationKind
from tillproof_fake_processors.bank.processor import BankProcessor, path_of

_ONE_KEY = frozenset({OperationKind.AUTHORIZE, OperationKind.CAPTURE, OperationKind.REFUND})


class NoKey(BankProcessor):
    """Sends no key when it authorizes, so the retry of an unheard authorization holds the money twice."""

    async def authorize_payment(self, data: Data, context: PaymentContext, attempt: Attempt) -> Outcome:
        """Authorize without a key."""
        body = {**self._sum(context.amount), "reference": attempt.reference}
        answer = await self._send(Request(method="POST", path=path_of(data, "/authorize"), body=body))
        return answer if isinstance(answer, Unknown) else self._judge(OperationKind.AUTHORIZE, answer, attempt, data)


class RandomKey(BankProcessor):
    """Makes a fresh key on every try of an authorization, which protects no better than none."""

    async def authorize_payment(self, data: Data, context: PaymentContext, attempt: Attempt) -> Outcome:
        """Authorize under a key made for this try. It differs from try to try, yet each run makes the same ones."""
        fresh = replace(attempt, idempotency_key=f"{attempt.idempotency_key}-{attempt.number}-{attempt.sent_at}")
        body = self._sum(context.amount)
        return await self._act(OperationKind.AUTHORIZE, path_of(data, "/authorize"), body, fresh, data)


class NoRefundKey(BankProcessor):
    """Sends no key when it refunds, so the retry of an unheard refund pays it out twice."""

    async def refund_payment(self, data: Data, amount: Money, attempt: Attempt) -> Outcome:
        """Refund without a key."""
        body = {**self._sum(amount), "reference": attempt.reference}
        answer = await self._send(Request(method="POST", path=path_of(data, "/refunds"), body=body))
        return answer if isinstance(answer, Unknown) else self._judge(OperationKind.REFUND, answer, attempt, data)


class OneKey(BankProcessor):
    """Uses one key for a payment's authorization, capture and refunds, so the bank takes each for a repetition."""

    async def _act(self, kind: OperationKind, path: str, body: Data, attempt: Attempt, data: Data) -> Outcome:
        if kind in _ONE_KEY:
            attempt = replace(attempt, idempotency_key=f"payment-{data.get('id')}")
        return await super()._act(kind, path, body, attempt, data)


class OneRefundKey(BankProcessor):
    """Uses one key for all refunds of a payment, so the bank takes the second part for a repetition of the first."""

    async def refund_payment(self, data: Data, amount: Money, attempt: Attempt) -> Outcome:
        """Refund under the payment's one refund key."""
        return await super().refund_payment(data, amount, replace(attempt, idempotency_key=f"refund-{data.get('id')}"))
