"""
The payment processor contract (design follows Medusa v1's AbstractPaymentProcessor, in Python spelling).

On top of the original, every call with an effect gets an `Attempt`: the idempotency key, our reference, and how often and
since when it has been tried. *The backend's duty:* the key is durable before the call and stays until the outcome is
definite. *The processor's duty:* one key, at most one effect: pass it to a gateway that honours keys, and look the effect up
by reference before acting again on one that doesn't. A repeated call with the same key **is** the question "what became
of it?"; the processor answers done, refused, or still unknown.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import msgspec

from tillproof.contract.capabilities import Capabilities
from tillproof.contract.outcomes import Outcome, Unknown
from tillproof.contract.webhooks import Delivery, Notice, Rejected, Standing
from tillproof.domain.entities import Data
from tillproof.domain.money import Money
from tillproof.domain.statuses import OperationKind


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """
    One try of one intended effect.

    `idempotency_key` and `reference` are the same on every try of the same effect and differ between effects. `number`
    counts from 1. `sent_at` is in seconds since the epoch, UTC, as the shop's clock has it; `first_sent_at` is as long
    before that as the key is old, however the clock was set meanwhile.
    """

    idempotency_key: str
    reference: str
    number: int
    first_sent_at: float
    sent_at: float


class PaymentContext(msgspec.Struct, frozen=True, kw_only=True):
    """What a payment is for. `resource_id` is the cart; `context` what the storefront said about itself."""

    amount: Money
    resource_id: str
    email: str | None = None
    customer: str | None = None
    context: Data = {}


class PaymentProcessor(ABC):
    """
    Talks to one gateway for the backend. Keeps nothing between calls: `data`, context and attempt are all it needs.

    `data` is what the last call returned for this session or payment, unchanged. Never raise for a definite no: return
    `Refused`. An exception counts as unknown.
    """

    identifier: ClassVar[str]
    capabilities: ClassVar[Capabilities] = Capabilities()

    @abstractmethod
    async def initiate_payment(self, context: PaymentContext, attempt: Attempt) -> Outcome:
        """Make whatever the gateway needs before authorizing; hold no money yet. `Done.data` starts the session's data."""

    @abstractmethod
    async def update_payment(self, data: Data, context: PaymentContext, attempt: Attempt) -> Outcome:
        """Bring the gateway's object to the context's amount and currency; the last call wins."""

    @abstractmethod
    async def update_payment_data(self, session_id: str, data: Data, changes: Data) -> Outcome:
        """Return `data` with the storefront's `changes` taken in. No effect at the gateway."""

    @abstractmethod
    async def authorize_payment(self, data: Data, context: PaymentContext, attempt: Attempt) -> Outcome:
        """
        Hold the context's amount on the customer's means of payment, at most once per key.

        `Done.status` says how it stands: `authorized`; `requires_more` (the customer must act, then a new attempt on the
        same data); `pending`; `canceled`. A decline is `Refused`.
        """

    @abstractmethod
    async def capture_payment(self, data: Data, amount: Money, attempt: Attempt) -> Outcome:
        """Take `amount` of what is held. `Done` only when the gateway confirms it; pending is `Unknown`."""

    @abstractmethod
    async def refund_payment(self, data: Data, amount: Money, attempt: Attempt) -> Outcome:
        """Give `amount` of what was captured back. Two attempts with different keys are two refunds."""

    @abstractmethod
    async def cancel_payment(self, data: Data, attempt: Attempt) -> Outcome:
        """Let go of what is held for a payment. What was captured is `Refused`."""

    @abstractmethod
    async def delete_payment(self, data: Data, attempt: Attempt) -> Outcome:
        """Make the session's gateway object unpayable, and let go of anything it holds."""

    @abstractmethod
    async def retrieve_payment(self, data: Data) -> Outcome:
        """Read the gateway's object; `Done.data` becomes the payment's data. No effect."""

    @abstractmethod
    async def get_payment_status(self, data: Data) -> Outcome:
        """Read how the gateway's object stands, as `Done.status`. No effect."""

    async def find_effect(self, kind: OperationKind, attempt: Attempt, data: Data) -> Outcome:
        """
        Look, without acting, whether the effect of this attempt is at the gateway: done, absent (`Refused`), or unknown.

        Optional (capability `look_up`). Asked for effects that nobody wants any more, which must not be repeated.
        """
        del kind, attempt, data
        return Unknown("this processor cannot look effects up")

    async def read_webhook(self, delivery: Delivery) -> Notice | Rejected | Unknown:
        """
        Say what a delivery tells, once it is certain that the gateway sent it, lately, and exactly so.

        Optional (capability `webhooks`). Check the signature over the raw body, and its time in both directions. What
        cannot be checked now is unknown: the gateway will send it again.
        """
        del delivery
        return Rejected("this processor takes no webhooks")

    async def read_standing(self, data: Data) -> Standing | Unknown:
        """
        Read what was captured, refunded and canceled of a payment, whoever did it. No effect.

        Optional (capability `webhooks`).
        """
        del data
        return Unknown("this processor cannot tell how a payment stands")


EFFECTS: dict[str, OperationKind] = {
    "initiate_payment": OperationKind.INITIATE,
    "update_payment": OperationKind.UPDATE,
    "authorize_payment": OperationKind.AUTHORIZE,
    "capture_payment": OperationKind.CAPTURE,
    "refund_payment": OperationKind.REFUND,
    "cancel_payment": OperationKind.CANCEL,
    "delete_payment": OperationKind.DELETE,
}
"""The methods that act on the gateway, and the kind of operation each carries out."""

OPTIONAL = ("find_effect", "read_webhook", "read_standing")
"""The methods that only a processor has which declares the capability. None has an effect at the gateway."""

READS = ("update_payment_data", "retrieve_payment", "get_payment_status", *OPTIONAL)
"""The methods without an effect at the gateway."""

METHODS = (*EFFECTS, *READS[:3])
"""The ten methods every processor has."""
