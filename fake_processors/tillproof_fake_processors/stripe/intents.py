"""Payment intents: made, changed, captured, canceled (https://docs.stripe.com/api/payment_intents)."""

from __future__ import annotations

from tillproof.domain.entities import Data
from tillproof_fake_processors.ledger import Caller
from tillproof_fake_processors.stripe import customers, shapes
from tillproof_fake_processors.stripe import params as read
from tillproof_fake_processors.stripe.asking import Asked
from tillproof_fake_processors.stripe.books import Books
from tillproof_fake_processors.stripe.confirming import confirm_intent
from tillproof_fake_processors.stripe.currencies import SUPPORTED, charge_amount, check_unit
from tillproof_fake_processors.stripe.errors import invalid, missing, no_such, refused
from tillproof_fake_processors.stripe.objects import PaymentIntent

_CAPTURE_METHODS = ("automatic", "automatic_async", "manual")
_REASONS = ("duplicate", "fraudulent", "requested_by_customer", "abandoned")


def create(books: Books, asked: Asked) -> PaymentIntent:
    """Make a payment intent, and confirm it if it is asked for in the same request."""
    params = asked.params
    amount = read.needed_integer(params, "amount")
    currency = _currency(params)
    if currency is None:
        raise missing("currency")
    charge_amount(amount, currency)
    fields = _changes(books, params)
    if read.boolean(params, "confirm") and fields.get("method") is None and books.entered is None:
        raise missing("payment_method")
    intent_id = books.new_id("pi")
    fields.update(
        capture_method=read.choice(params, "capture_method", _CAPTURE_METHODS, "automatic_async"),
        confirmation_method=read.choice(params, "confirmation_method", ("automatic", "manual"), "automatic"),
        metadata=read.metadata(params, {}),
    )
    types = read.texts(params, "allowed_payment_method_types") or read.texts(params, "payment_method_types")
    if types and read.boolean(read.hashed(params, "automatic_payment_methods"), "enabled"):
        raise invalid("payment_method_types and automatic_payment_methods exclude each other.", param="payment_method_types")
    opened = books.ledger.open(amount, currency, asked.resource(), asked.caller(), intent_id)
    intent = PaymentIntent(
        id=intent_id,
        created=books.now(),
        books=books.ledger.intents[opened.intent],
        method_types=tuple(types) or ("card",),
        chosen_automatically=not types,
        **fields,
    )
    if intent.method is not None:
        intent.status = "requires_confirmation"
    books.intents.put(intent)
    books.happened("payment_intent.created", intent)
    if read.boolean(params, "confirm"):
        return confirm_intent(books, intent, asked)
    return intent


def retrieve(books: Books, asked: Asked) -> PaymentIntent:
    """Read a payment intent."""
    return found(books, asked.id)


def update(books: Books, asked: Asked) -> PaymentIntent:
    """Change a payment intent; what it is for, or with, only while it is not confirmed."""
    intent, params = found(books, asked.id), asked.params
    fields = _changes(books, params)
    amount, currency = read.integer(params, "amount"), _currency(params)
    sum_changes = amount is not None or currency is not None
    if (sum_changes or "payment_method" in params) and not shapes.payable(intent):
        raise unexpected(intent, "changed")
    if sum_changes:
        amount, currency = amount or intent.books.amount, currency or intent.books.currency
        charge_amount(amount, currency)
        books.ledger.update(intent.books, amount, currency, asked.caller())
    for name, value in fields.items():
        setattr(intent, name, value)
    intent.metadata = read.metadata(params, intent.metadata)
    if sum_changes or "payment_method" in params:
        books.challenged.pop(intent.id, None)
        intent.status = "requires_confirmation" if intent.method else "requires_payment_method"
    return intent


def confirm(books: Books, asked: Asked) -> PaymentIntent:
    """Try to hold or take the money."""
    intent = found(books, asked.id)
    if not shapes.payable(intent):
        raise unexpected(intent, "confirmed")
    return confirm_intent(books, intent, asked)


def capture(books: Books, asked: Asked) -> PaymentIntent:
    """Take what is held, or the part of it that is asked for; the rest is let go."""
    intent, params = found(books, asked.id), asked.params
    charge = intent.latest
    if charge is not None and charge.expired:
        raise refused("What was held has lapsed.", code="charge_expired_for_capture")
    if intent.status != "requires_capture" or charge is None:
        raise unexpected(intent, "captured")
    amount = read.integer(params, "amount_to_capture")
    amount = intent.books.held if amount is None else amount
    check_unit(amount, intent.books.currency, param="amount_to_capture")
    if amount > intent.books.held:
        message = "More than what is capturable cannot be captured."
        raise refused(message, code="amount_too_large", param="amount_to_capture")
    intent.metadata = read.metadata(params, intent.metadata)
    books.ledger.capture(intent.books, amount, asked.caller())
    charge.captured = amount
    intent.status = "succeeded"
    books.happened("charge.captured", charge)
    books.happened("payment_intent.succeeded", intent)
    return intent


def cancel(books: Books, asked: Asked) -> PaymentIntent:
    """Make a payment intent unpayable, and let go of what it holds."""
    intent = found(books, asked.id)
    reason = read.choice(asked.params, "cancellation_reason", _REASONS, "")
    if not shapes.payable(intent) and intent.status != "requires_capture":
        raise unexpected(intent, "canceled")
    close(books, intent, asked.caller(), reason or None)
    return intent


def close(books: Books, intent: PaymentIntent, caller: Caller, reason: str | None) -> None:
    """Cancel an intent that can be canceled."""
    books.challenged.pop(intent.id, None)
    books.ledger.void(intent.books, caller)
    if intent.status == "requires_capture" and intent.latest is not None:
        intent.latest.released = True
        books.happened("charge.refunded", intent.latest)
    intent.status, intent.canceled_at, intent.cancellation_reason = "canceled", books.now(), reason
    books.happened("payment_intent.canceled", intent)


def found(books: Books, id_: str, *, param: str | None = None) -> PaymentIntent:
    """Return the payment intent with that id. Raises `StripeError`."""
    intent = books.intents.get(id_)
    if intent is None:
        raise no_such("payment_intent", id_, param=param or "intent", status=400 if param else 404)
    return intent


def unexpected(intent: PaymentIntent, done: str) -> Exception:
    """Make the error for what a payment intent's status does not permit."""
    return refused(
        f"A payment intent whose status is {intent.status} cannot be {done}.",
        code="payment_intent_unexpected_state",
        payment_intent=shapes.intent(intent),
    )


def _changes(books: Books, params: Data) -> Data:
    """Read the fields that may be given both when an intent is made and later."""
    fields: Data = {
        name: read.text(params, name)
        for name in (
            "description",
            "receipt_email",
            "setup_future_usage",
            "statement_descriptor",
            "transfer_group",
            "return_url",
        )
        if name in params
    }
    if "customer" in params:
        name = read.text(params, "customer")
        fields["customer"] = None if name is None else customers.found(books, name, param="customer").id
    if "payment_method" in params:
        name = read.text(params, "payment_method")
        fields["method"] = None if name is None else customers.method_of(books, name, param="payment_method").id
    if "shipping" in params:
        fields["shipping"] = read.hashed(params, "shipping") or None
    return fields


def _currency(params: Data) -> str | None:
    currency = read.text(params, "currency")
    if currency is None:
        return None
    if currency.lower() not in SUPPORTED:
        raise invalid("No card can be charged in this currency.", param="currency", code="invalid_currency")
    return currency.lower()
