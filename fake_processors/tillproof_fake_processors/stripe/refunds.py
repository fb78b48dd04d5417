"""Refunds, and the charges they are made on (https://docs.stripe.com/api/refunds, /api/charges)."""

from __future__ import annotations

from tillproof_fake_processors.ledger import Caller
from tillproof_fake_processors.stripe import intents
from tillproof_fake_processors.stripe import params as read
from tillproof_fake_processors.stripe.asking import Asked
from tillproof_fake_processors.stripe.books import Books
from tillproof_fake_processors.stripe.cards import Refunding
from tillproof_fake_processors.stripe.currencies import check_unit
from tillproof_fake_processors.stripe.errors import missing, no_such, refused
from tillproof_fake_processors.stripe.objects import Charge, Refund

REFUND_TAKES = 5 * 60.0
"""Seconds until a refund that is not decided at once is."""

_REASONS = ("duplicate", "fraudulent", "requested_by_customer")


def create(books: Books, asked: Asked) -> Refund:
    """Give back what is asked for of a charge, or all that is left of it."""
    charge = _charge(books, asked)
    amount = read.integer(asked.params, "amount")
    left = charge.captured - charge.given_back
    if charge.declined is not None or not charge.captured:
        raise refused("What was not captured cannot be refunded.", code="charge_not_refundable")
    if left == 0:
        raise refused("This charge has been refunded whole.", code="charge_already_refunded")
    amount = left if amount is None else amount
    check_unit(amount, charge.intent.books.currency)
    if amount > left:
        raise refused("More than what is left of a charge cannot be refunded.", param="amount")
    refund = Refund(
        id=books.new_id("re"),
        created=books.now(),
        charge=charge,
        amount=amount,
        status="succeeded",
        reason=read.choice(asked.params, "reason", _REASONS, "") or None,
        metadata=read.metadata(asked.params, {}),
    )
    _give_back(books, refund, asked.caller())
    books.refunds.put(refund)
    charge.refunds.append(refund)
    books.happened("refund.created", refund)
    books.happened("charge.refunded", charge)
    return refund


def retrieve(books: Books, asked: Asked) -> Refund:
    """Read a refund."""
    refund = books.refunds.get(asked.id)
    if refund is None:
        raise no_such("refund", asked.id)
    return refund


def update(books: Books, asked: Asked) -> Refund:
    """Change a refund's metadata; nothing else of it can be."""
    refund = retrieve(books, asked)
    before = refund.metadata
    refund.metadata = read.metadata(asked.params, before)
    books.happened("refund.updated", refund, {"metadata": before})
    return refund


def retrieve_charge(books: Books, asked: Asked) -> Charge:
    """Read a charge."""
    charge = books.charges.get(asked.id)
    if charge is None:
        raise no_such("charge", asked.id)
    return charge


def update_charge(books: Books, asked: Asked) -> Charge:
    """Change a charge's metadata."""
    charge = retrieve_charge(books, asked)
    charge.metadata = read.metadata(asked.params, charge.metadata)
    books.happened("charge.updated", charge)
    return charge


def _charge(books: Books, asked: Asked) -> Charge:
    intent_id, charge_id = read.text(asked.params, "payment_intent"), read.text(asked.params, "charge")
    if charge_id is not None:
        charge = books.charges.get(charge_id)
        if charge is None:
            raise no_such("charge", charge_id, param="charge", status=400)
        return charge
    if intent_id is None:
        raise missing("payment_intent")
    charge = intents.found(books, intent_id, param="payment_intent").latest
    if charge is None:
        raise refused("This payment intent has no charge to refund.", param="payment_intent")
    return charge


def _give_back(books: Books, refund: Refund, caller: Caller) -> None:
    """
    Move the money, as the card has it.

    The ledger holds what reached the customer: a refund that fails later never does, and one that is pending does later.
    Until then its sum is spoken for, here and in the ledger.
    """
    page = refund.charge.intent.books
    kind = refund.charge.method.card.refunding
    if kind is Refunding.AT_ONCE:
        books.ledger.refund(page, refund.amount, caller)
        return
    capture = page.captures[0]
    capture.refunded += refund.amount

    def land() -> None:
        capture.refunded -= refund.amount
        if kind is Refunding.FAILS:
            refund.status, refund.failure_reason = "failed", "expired_or_canceled_card"
            books.happened("refund.failed", refund)
        else:
            books.ledger.refund(page, refund.amount, caller)
            refund.status = "succeeded"
            books.happened("refund.updated", refund, {"status": "pending"})
        books.happened("charge.refund.updated", refund)

    refund.status = "pending" if kind is Refunding.LATER else "succeeded"
    books.later(REFUND_TAKES, land)
