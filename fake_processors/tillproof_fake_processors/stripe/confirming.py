"""Confirming a payment intent: the card, the 3-D Secure challenge, the issuer's answer, and what is held after it."""

from __future__ import annotations

from tillproof.domain.entities import Data
from tillproof_fake_processors.ledger import Caller
from tillproof_fake_processors.stripe import customers, shapes
from tillproof_fake_processors.stripe import params as read
from tillproof_fake_processors.stripe.asking import Asked
from tillproof_fake_processors.stripe.books import Books
from tillproof_fake_processors.stripe.cards import Decline
from tillproof_fake_processors.stripe.errors import StripeError, refused
from tillproof_fake_processors.stripe.objects import Charge, PaymentIntent, PaymentMethod

_UNAUTHENTICATED = Decline("payment_intent_authentication_failure", "authentication_failed")
_MUST_AUTHENTICATE = Decline("authentication_required", "authentication_required")

_SAYS = {
    "payment_intent_authentication_failure": "The customer did not pass the challenge; another try may.",
    "authentication_required": "The issuer asks for a challenge, and the customer is not there to pass one.",
    "expired_card": "The card has expired.",
    "incorrect_cvc": "The card's security code is wrong.",
    "processing_error": "The issuer met an error of its own; another try may go well.",
}


def confirm_intent(books: Books, intent: PaymentIntent, asked: Asked) -> PaymentIntent:
    """
    Try to hold or take the money of an intent that can be confirmed.

    Raises `StripeError` 402 for a decline, with the intent inside; another means of payment may be tried on it then.
    """
    params = asked.params
    method = _method(books, intent, params)
    if "return_url" in params:
        intent.return_url = read.text(params, "return_url")
    books.challenged.pop(intent.id, None)  # a challenge still open is that of an attempt given up
    passed = intent.books.challenge == "passed" and intent.method == method.id
    intent.method = method.id
    absent = params.get("off_session") not in {None, False, "false"}  # or a word that says why
    caller = asked.caller()
    if method.card.asks and not passed:
        if absent or read.boolean(params, "error_on_requires_action"):
            raise declined(books, intent, method, _MUST_AUTHENTICATE, caller)
        books.ledger.challenge(intent.books, caller)
        books.challenged[intent.id] = intent
        intent.status, intent.last_error = "requires_action", None
        books.happened("payment_intent.requires_action", intent)
        return intent
    if method.card.declined is not None:
        raise declined(books, intent, method, method.card.declined, caller)
    _hold(books, intent, method, caller)
    return intent


def answer_challenge(books: Books, intent: PaymentIntent, *, passed: bool) -> None:
    """
    Let the shopper finish the challenge of an intent.

    With `confirmation_method=automatic` the payment then goes on by itself; with `manual` the intent returns to
    `requires_confirmation` for the shop to confirm once more (https://docs.stripe.com/api/payment_intents/confirm), of which
    no event tells: there is none for it (https://docs.stripe.com/api/events/types).
    """
    del books.challenged[intent.id]
    method = customers.method_of(books, intent.method or "")
    if not passed:
        declined(books, intent, method, _UNAUTHENTICATED, Caller())
        return
    intent.books.challenge = "passed"
    if intent.confirmation_method == "manual":
        intent.status = "requires_confirmation"
        return
    if method.card.declined is not None:
        declined(books, intent, method, method.card.declined, Caller())
        return
    _hold(books, intent, method, Caller())


def declined(books: Books, intent: PaymentIntent, method: PaymentMethod, decline: Decline, caller: Caller) -> StripeError:
    """Write down that the issuer said no, and return the error that says so."""
    books.ledger.decline(intent.books, decline.decline_code, caller)
    message = _SAYS.get(decline.code, "The card was declined.")
    told: Data = {"type": "card_error", "code": decline.code, "decline_code": decline.decline_code, "message": message}
    charge = Charge(
        id=books.new_id("ch"),
        created=books.now(),
        intent=intent,
        amount=intent.books.amount,
        method=method,
        declined=told,
        metadata=dict(intent.metadata),  # copied once: https://docs.stripe.com/metadata
    )
    if decline is not _UNAUTHENTICATED and decline is not _MUST_AUTHENTICATE:  # nothing was asked of the issuer there
        books.charges.put(charge)
        intent.latest = charge
        told = {**told, "charge": charge.id}
        books.happened("charge.failed", charge)
    intent.status, intent.method = "requires_payment_method", None
    intent.last_error = {**told, "payment_method": shapes.method(method)}
    books.happened("payment_intent.payment_failed", intent)
    fields = {name: value for name, value in intent.last_error.items() if name not in {"type", "message"}}
    return StripeError(402, "card_error", message, **fields, payment_intent=shapes.intent(intent))


def _hold(books: Books, intent: PaymentIntent, method: PaymentMethod, caller: Caller) -> None:
    amount = intent.books.amount
    books.ledger.authorize(intent.books, caller)
    charge = books.charges.put(
        Charge(
            id=books.new_id("ch"),
            created=books.now(),
            intent=intent,
            amount=amount,
            method=method,
            metadata=dict(intent.metadata),
        )
    )
    intent.latest, intent.last_error = charge, None
    if intent.capture_method == "manual":
        intent.status = "requires_capture"
        books.later(books.authorization_life, lambda: _lapse(books, intent, charge))
        books.happened("charge.succeeded", charge)
        books.happened("payment_intent.amount_capturable_updated", intent)
        return
    books.ledger.capture(intent.books, amount, caller)
    charge.captured = amount
    intent.status = "succeeded"
    books.happened("charge.succeeded", charge)
    books.happened("payment_intent.succeeded", intent)


def _lapse(books: Books, intent: PaymentIntent, charge: Charge) -> None:
    """Let go of what nobody captured in time; Stripe cancels the intent by itself then."""
    if intent.status != "requires_capture":
        return
    books.ledger.lapse(intent.books)
    charge.expired = charge.released = True
    intent.status, intent.canceled_at, intent.cancellation_reason = "canceled", books.now(), "automatic"
    books.happened("charge.expired", charge)
    books.happened("payment_intent.canceled", intent)


def _method(books: Books, intent: PaymentIntent, params: Data) -> PaymentMethod:
    name = read.text(params, "payment_method") or intent.method
    if name is not None:
        return customers.method_of(books, name, param="payment_method")
    if books.entered is None:
        raise refused(
            "A payment intent cannot be confirmed without a payment method.",
            code="payment_intent_unexpected_state",
            payment_intent=shapes.intent(intent),
        )
    return customers.method_of(books, books.entered)
