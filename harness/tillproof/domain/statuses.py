"""The closed vocabularies: what a session, an order, an operation and a key can be."""

from __future__ import annotations

from enum import StrEnum


class SessionStatus(StrEnum):
    """The five statuses of a payment session, and no sixth (seed: PaymentSession entity)."""

    AUTHORIZED = "authorized"
    PENDING = "pending"
    REQUIRES_MORE = "requires_more"
    ERROR = "error"
    CANCELED = "canceled"


class OrderStatus(StrEnum):
    """Whether an order stands."""

    PENDING = "pending"
    CANCELED = "canceled"


class PaymentStatus(StrEnum):
    """
    The money side of an order, in the words of Medusa v1.

    `requires_action` something of it was captured for less than it is for: a person has to decide what becomes of the order.
    """

    AWAITING = "awaiting"
    CAPTURED = "captured"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    CANCELED = "canceled"
    REQUIRES_ACTION = "requires_action"


class SwapPaymentStatus(StrEnum):
    """
    The money side of a swap, in the words of Medusa v1.

    `not_paid` its cart is not completed; `confirmed` it is, and nothing is due; `awaiting` it is, and the difference has yet
    to be captured or refunded; the others say what became of it.
    """

    NOT_PAID = "not_paid"
    AWAITING = "awaiting"
    CONFIRMED = "confirmed"
    CAPTURED = "captured"
    DIFFERENCE_REFUNDED = "difference_refunded"
    CANCELED = "canceled"


class OperationKind(StrEnum):
    """The calls with an effect at the gateway. Each is a row, durable before the call."""

    INITIATE = "initiate"
    UPDATE = "update"
    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    REFUND = "refund"
    CANCEL = "cancel"
    DELETE = "delete"


class OperationState(StrEnum):
    """
    What the backend knows of an operation's outcome.

    `wanted` not yet answered; `done` and `refused` definite; `unknown` asked and not told; `awaiting` the customer must
    act first; `unwanted` its outcome is still unknown but nobody wants it any more: it is looked for and undone, never
    repeated; `listed` bounded tries are used up, a person decides (with a `code`: each was refused).
    """

    WANTED = "wanted"
    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    AWAITING = "awaiting"
    UNWANTED = "unwanted"
    LISTED = "listed"


UNSETTLED = frozenset({OperationState.WANTED, OperationState.UNKNOWN, OperationState.UNWANTED, OperationState.LISTED})
"""States in which the gateway may hold an effect the backend does not know of."""


class RecoveryPoint(StrEnum):
    """Where a retry of a completion goes on (seed: Idempotency Key). What each permits: `recovery.py`."""

    STARTED = "started"
    AUTHORIZED = "authorized"
    PAYMENT_CREATED = "payment_created"
    RELEASING = "releasing"
    FINISHED = "finished"
