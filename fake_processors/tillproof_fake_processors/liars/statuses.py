"""Liars about how things stand: what the bank said is not what the backend is told."""

from __future__ import annotations

from typing import cast

from tillproof.contract.gateway import Response
from tillproof.contract.outcomes import Done, Outcome, Refused
from tillproof.contract.processor import Attempt, PaymentContext
from tillproof.domain.entities import Data
from tillproof.domain.money import Money
from tillproof.domain.statuses import OperationKind, SessionStatus
from tillproof_fake_processors.bank.processor import BankProcessor
from tillproof_fake_processors.bank.wire import Shown, kept, read


class DeclinePending(BankProcessor):
    """Reports a declined card as `pending`, so the customer waits for a payment that will never come."""

    async def authorize_payment(self, data: Data, context: PaymentContext, attempt: Attempt) -> Outcome:
        """Authorize, and call a no "not yet"."""
        outcome = await super().authorize_payment(data, context, attempt)
        return Done(data, SessionStatus.PENDING) if isinstance(outcome, Refused) else outcome


class SixthStatus(BankProcessor):
    """Passes on the bank's own kind of word, `succeeded`, where one of five statuses is due."""

    async def authorize_payment(self, data: Data, context: PaymentContext, attempt: Attempt) -> Outcome:
        """Authorize, and answer with a status that does not exist."""
        outcome = await super().authorize_payment(data, context, attempt)
        if not isinstance(outcome, Done) or outcome.status is not SessionStatus.AUTHORIZED:
            return outcome
        return Done(outcome.data, cast("SessionStatus", "succeeded"))


class DeclinedIsSuccess(BankProcessor):
    """Looks at the HTTP status alone: a 200 that says `declined` counts as authorized."""

    def _judge(self, kind: OperationKind, answer: Response, attempt: Attempt, data: Data) -> Outcome:
        shown = read(answer, Shown)
        if shown is not None and shown.status == "declined":
            return Done(kept(shown, data), SessionStatus.AUTHORIZED)
        return super()._judge(kind, answer, attempt, data)


class ChallengeAuthorized(BankProcessor):
    """Reports `authorized` while the customer has yet to pass the 3-D Secure challenge, so nothing is held."""

    async def authorize_payment(self, data: Data, context: PaymentContext, attempt: Attempt) -> Outcome:
        """Authorize, and call a challenge a success."""
        outcome = await super().authorize_payment(data, context, attempt)
        if isinstance(outcome, Done) and outcome.status is SessionStatus.REQUIRES_MORE:
            return Done(outcome.data, SessionStatus.AUTHORIZED)
        return outcome


class NewIntentAfterChallenge(BankProcessor):
    """Back from the challenge, starts a new intent, so the customer is challenged again and again."""

    async def authorize_payment(self, data: Data, context: PaymentContext, attempt: Attempt) -> Outcome:
        """Authorize; where there was a challenge, on an intent that knows nothing of it."""
        if "challenge_url" in data:
            started = await self.initiate_payment(context, _again(attempt))
            if not isinstance(started, Done):
                return started
            data = started.data
        return await super().authorize_payment(data, context, attempt)


class CaptureUnasked(BankProcessor):
    """Says captured without asking the bank, which keeps the money held until it lapses."""

    async def capture_payment(self, data: Data, amount: Money, attempt: Attempt) -> Outcome:
        """Confirm a capture that nobody made."""
        del amount, attempt
        return Done(data)


class VoidsNothing(BankProcessor):
    """Reports a cancellation or deletion that it never asks the bank for, so the money stays held."""

    async def _let_go(self, kind: OperationKind, data: Data, attempt: Attempt) -> Outcome:
        del kind, attempt
        return Done(data, SessionStatus.CANCELED)


def _again(attempt: Attempt) -> Attempt:
    return Attempt(
        idempotency_key=f"{attempt.idempotency_key}-again",
        reference=attempt.reference,
        number=attempt.number,
        first_sent_at=attempt.first_sent_at,
        sent_at=attempt.sent_at,
    )
