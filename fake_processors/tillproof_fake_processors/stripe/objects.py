"""What Stripe keeps: customers, payment methods, payment intents, charges, refunds and events, as they are now."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from tillproof.domain.entities import Data
from tillproof_fake_processors.ledger import Intent
from tillproof_fake_processors.stripe.cards import Card

IntentStatus = Literal[
    "requires_payment_method",
    "requires_confirmation",
    "requires_action",
    "requires_capture",
    "succeeded",
    "canceled",
]

RefundStatus = Literal["pending", "succeeded", "failed"]


@dataclass(slots=True, kw_only=True)
class Customer:
    """A person the shop knows. A deleted one answers for its id and nothing else."""

    id: str
    created: int
    email: str | None = None
    name: str | None = None
    phone: str | None = None
    description: str | None = None
    metadata: dict[str, str] = field(default_factory=dict[str, str])
    deleted: bool = False


@dataclass(slots=True, kw_only=True)
class PaymentMethod:
    """A card, as the shop may see it."""

    id: str
    created: int
    card: Card
    customer: str | None = None
    metadata: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(slots=True, kw_only=True)
class Charge:
    """One attempt to take money on a payment intent. Amounts are Stripe's units; the ledger holds what moved."""

    id: str
    created: int
    intent: PaymentIntent
    amount: int
    method: PaymentMethod
    declined: Data | None = None
    captured: int = 0
    expired: bool = False
    released: bool = False
    refunds: list[Refund] = field(default_factory=list["Refund"])
    metadata: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def given_back(self) -> int:
        """What was given back, or is on its way back."""
        return sum(refund.amount for refund in self.refunds if refund.status != "failed")


@dataclass(slots=True, kw_only=True)
class PaymentIntent:
    """
    What a customer means to pay; `books` is its page in the ledger, which holds amount and currency.

    `latest` is the last attempt. `last_error` is the error object of the last failure, None once one succeeded.
    """

    id: str
    created: int
    books: Intent
    status: IntentStatus = "requires_payment_method"
    capture_method: str = "automatic_async"
    confirmation_method: str = "automatic"
    customer: str | None = None
    method: str | None = None
    method_types: tuple[str, ...] = ("card",)
    chosen_automatically: bool = False
    description: str | None = None
    receipt_email: str | None = None
    setup_future_usage: str | None = None
    statement_descriptor: str | None = None
    transfer_group: str | None = None
    shipping: Data | None = None
    metadata: dict[str, str] = field(default_factory=dict[str, str])
    return_url: str | None = None
    latest: Charge | None = None
    last_error: Data | None = None
    canceled_at: int | None = None
    cancellation_reason: str | None = None
    confirmed_under: str | None = None


@dataclass(slots=True, kw_only=True)
class Refund:
    """Money given back on one charge."""

    id: str
    created: int
    charge: Charge
    amount: int
    status: RefundStatus
    reason: str | None = None
    failure_reason: str | None = None
    metadata: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(slots=True, kw_only=True)
class Event:
    """Something that happened, with the object as it was then."""

    id: str
    created: int
    type: str
    object: Data
    previous: Data | None
    request: str | None
    key: str | None


Kept = Customer | PaymentMethod | PaymentIntent | Charge | Refund | Event
"""Anything that has an id."""
