"""Liars that make yes or no of what the bank's reply leaves open."""

from __future__ import annotations

from http import HTTPStatus

from msgspec.structs import replace

from tillproof.contract.gateway import NoAnswer, Request, Response
from tillproof.contract.outcomes import Done, Outcome, Refused, Unknown
from tillproof.contract.processor import Attempt, PaymentContext
from tillproof.domain.entities import Data
from tillproof.domain.statuses import OperationKind, SessionStatus
from tillproof_fake_processors.bank.processor import BankProcessor
from tillproof_fake_processors.bank.wire import Shown, read


class TimeoutIsError(BankProcessor):
    """Reports a payment the bank did not answer in time as failed, though it may well have been made."""

    async def _act(self, kind: OperationKind, path: str, body: Data, attempt: Attempt, data: Data) -> Outcome:
        named = {**body, "reference": attempt.reference}
        request = Request(method="POST", path=path, body=named, key=attempt.idempotency_key)
        try:
            answer = await self._gateway.request(request)
        except NoAnswer:
            return Refused("timeout", "the bank did not answer in time")
        return self._judge(kind, answer, attempt, data)


class TimeoutIsAuthorized(BankProcessor):
    """Reports an authorization the bank did not answer in time as made."""

    async def authorize_payment(self, data: Data, context: PaymentContext, attempt: Attempt) -> Outcome:
        """Hope for the best, and go on hoping when asked how it stands."""
        outcome = await super().authorize_payment(data, context, attempt)
        return Done({**data, "hoped": True}, SessionStatus.AUTHORIZED) if isinstance(outcome, Unknown) else outcome

    async def get_payment_status(self, data: Data) -> Outcome:
        """Repeat what was hoped."""
        return Done(data, SessionStatus.AUTHORIZED) if data.get("hoped") else await super().get_payment_status(data)


class AnyPageIsSuccess(BankProcessor):
    """Takes every 200 for success, also an empty one and a proxy's page."""

    def _judge(self, kind: OperationKind, answer: Response, attempt: Attempt, data: Data) -> Outcome:
        if answer.status == HTTPStatus.OK and read(answer, Shown) is None:
            return Done(data, SessionStatus.AUTHORIZED)
        return super()._judge(kind, answer, attempt, data)


class BusyIsDecline(BankProcessor):
    """Takes "too many requests" for a decline."""

    def _judge(self, kind: OperationKind, answer: Response, attempt: Attempt, data: Data) -> Outcome:
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            return Refused("declined", "the card was declined")
        return super()._judge(kind, answer, attempt, data)


class FollowsRedirect(BankProcessor):
    """Sends a payment again to wherever it is redirected, as many an HTTP library does unasked."""

    async def _send(self, request: Request) -> Response | Unknown:
        answer = await super()._send(request)
        if isinstance(answer, Response) and answer.status == HTTPStatus.TEMPORARY_REDIRECT:
            return await super()._send(replace(request, path=answer.headers["location"]))
        return answer


class NoDeadline(BankProcessor):
    """Waits for the bank for ever, and every checkout with it."""

    async def _send(self, request: Request) -> Response | Unknown:
        return await super()._send(replace(request, within=None))
