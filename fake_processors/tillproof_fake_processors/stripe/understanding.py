"""What a processor understands of Stripe's answers. What it does not is neither yes nor no."""

from __future__ import annotations

from typing import Literal, TypeVar

import msgspec
import stripe

from tillproof.contract.outcomes import Done, Outcome, Refused, Unknown
from tillproof.domain.entities import Data
from tillproof.domain.statuses import SessionStatus
from tillproof_fake_processors.stripe.asking import REFERENCE

T = TypeVar("T")
Seen = TypeVar("Seen", "Intent", "Refund")

PUBLIC = ("client_secret",)
"""What the shopper's browser needs of an intent, and may see: Stripe.js takes a challenge from there."""

KEPT = ("id", *PUBLIC)
"""What a session keeps of an intent."""

UNEXPECTED_STATE = "payment_intent_unexpected_state"
"""The code of a refusal that may mean "already done"."""

STATUSES: dict[str, SessionStatus] = {
    "requires_payment_method": SessionStatus.PENDING,
    "requires_confirmation": SessionStatus.PENDING,
    "processing": SessionStatus.PENDING,
    "requires_action": SessionStatus.REQUIRES_MORE,
    "requires_capture": SessionStatus.AUTHORIZED,
    "succeeded": SessionStatus.AUTHORIZED,
    "canceled": SessionStatus.CANCELED,
}
"""Stripe's words for how an intent stands, in the five of a payment session."""

CONFIRMED = ("requires_action", "requires_capture", "processing", "succeeded")
"""How an intent can stand in the answer to its confirmation."""


_FAILED = 500


class Intent(msgspec.Struct, frozen=True):
    """A payment intent, as far as it is understood."""

    id: str
    object: Literal["payment_intent"]
    status: str
    client_secret: str
    amount: int
    currency: str
    metadata: dict[str, str] = {}
    last_payment_error: Data | None = None
    amount_received: int = 0
    cancellation_reason: str | None = None


class Refund(msgspec.Struct, frozen=True):
    """A refund, as far as it is understood."""

    id: str
    object: Literal["refund"]
    status: str
    amount: int
    currency: str
    metadata: dict[str, str] = {}
    failure_reason: str | None = None


class NotUnderstood(Exception):
    """An answer that should have been an object of Stripe's and is none."""


def intent_of(answer: stripe.StripeObject) -> Intent:
    """Read an answer as a payment intent. Raises `NotUnderstood`."""
    return _read(answer, Intent)


def refund_of(answer: stripe.StripeObject) -> Refund:
    """Read an answer as a refund. Raises `NotUnderstood`."""
    return _read(answer, Refund)


def of_attempt(seen: Seen, reference: str) -> Seen:
    """Return an answer that shows the attempt it is for; another's (a proxy may repeat one) raises `NotUnderstood`."""
    if seen.metadata.get(REFERENCE) != reference:
        raise NotUnderstood("this is the answer to another request")
    return seen


def in_status(intent: Intent, id_: str, *statuses: str) -> Intent:
    """Return an answer about this intent in a status the request can have led to. Raises `NotUnderstood`."""
    if intent.id != id_ or intent.status not in statuses:
        raise NotUnderstood("this is the answer to another request")
    return intent


def done(intent: Intent, data: Data) -> Outcome:
    """Say how an intent stands, with a session's data after it."""
    status = STATUSES.get(intent.status)
    if status is None:
        return Unknown("Stripe's word for how the payment stands was not understood")
    if status is SessionStatus.PENDING and intent.last_payment_error is not None:
        status = SessionStatus.ERROR
    told = {field: value for field, value in data.items() if field not in KEPT}
    return Done({**told, "id": intent.id, "client_secret": intent.client_secret}, status)


def authorized(intent: Intent, data: Data) -> Outcome | None:
    """Say what confirming an intent has come to; None if it has not been, or was declined and may be once more."""
    outcome = done(intent, data)
    if isinstance(outcome, Done) and outcome.status in {SessionStatus.PENDING, SessionStatus.ERROR}:
        return None
    if isinstance(outcome, Done) and outcome.status is SessionStatus.CANCELED:
        return Refused("canceled", "The payment intent is canceled.")
    return outcome


def confirmed(intent: Intent, data: Data) -> Outcome:
    """Say how an intent that was confirmed stands now; a decline or a failed challenge is a refusal with Stripe's code."""
    outcome = done(intent, data)
    if isinstance(outcome, Done) and outcome.status is SessionStatus.ERROR:
        error = intent.last_payment_error or {}
        return Refused(str(error.get("decline_code") or error.get("code") or "card_declined"), "The card was declined.")
    return outcome


def refunded(refund: Refund, data: Data) -> Outcome:
    """Say what a refund has come to."""
    match refund.status:
        case "succeeded":
            return Done(data)
        case "failed" | "canceled":
            return Refused(refund.failure_reason or "refund_failed", "The refund did not reach the customer.")
        case _:
            return Unknown("Stripe has not decided on the refund yet")


def no_success(error: stripe.StripeError | NotUnderstood) -> Refused | Unknown:
    """
    Say what an error of the SDK's means, or an answer that was not understood.

    Definite are a decline (402) and a request that Stripe itself calls wrong (400, 404): nothing was done, and nothing will
    be. Everything else, a key used otherwise and a key at work included, says nothing of what an earlier try did.
    """
    if isinstance(error, stripe.CardError):
        told = error.error
        code = (told.decline_code or told.code) if told is not None else None
        return Refused(code or "card_declined", "The card was declined.")
    if isinstance(error, stripe.InvalidRequestError):
        return Refused(error.code or "invalid_request", error.user_message or "Stripe refused the request.")
    return Unknown(f"Stripe's answer is neither yes nor no ({type(error).__name__})")


def must_look(error: stripe.StripeError | NotUnderstood) -> bool:
    """
    Tell whether asking again with the same key would never say more: a stored 5xx, a key in use, a state already reached.

    Not so where nothing was answered at all: then the same key is the best question.
    """
    if isinstance(error, stripe.InvalidRequestError):
        return error.code in {UNEXPECTED_STATE, "charge_already_refunded"}
    return isinstance(error, stripe.APIError | stripe.IdempotencyError | NotUnderstood)


def failed(error: stripe.StripeError | NotUnderstood) -> bool:
    """Tell whether Stripe itself says that it failed, which it goes on saying under the same key: a 500 of its own."""
    return isinstance(error, stripe.APIError) and error.http_status == _FAILED and error.error is not None


def _read(answer: stripe.StripeObject, shape: type[T]) -> T:
    try:
        return msgspec.convert(answer.to_dict(), shape)
    except (msgspec.ValidationError, AttributeError) as error:
        raise NotUnderstood(str(error)) from error
