"""What PayPal's answers mean to a processor, as outcomes and as the data that a session keeps."""

from __future__ import annotations

from tillproof.contract.outcomes import Done, Outcome, Refused, Unknown
from tillproof.contract.processor import Attempt
from tillproof.domain.entities import Data
from tillproof.domain.money import Money
from tillproof.domain.statuses import OperationKind
from tillproof_fake_processors.paypal.amounts import NotAnAmount
from tillproof_fake_processors.paypal.answers import Movement, Order

PUBLIC = ("id", "payer_page")
"""What the shopper's browser needs: PayPal's script takes the order's id, a plain link its page."""

KEPT = (*PUBLIC, "authorization_id", "capture_id")
"""What a session or payment keeps of an order."""


def is_updated(order: Order, amount: Money, attempt: Attempt) -> bool:
    """Tell whether the order is for that amount, by this very attempt."""
    return order.unit.custom_id == attempt.reference and order.unit.amount.is_of(amount)


def captured(order: Order) -> Movement | None:
    """Return the capture there is; one that was declined is none."""
    return next((one for one in order.unit.payments.captures if one.status != "DECLINED"), None)


def _kept(order: Order, data: Data) -> Data:
    """Return a session's data after an answer: what later calls and the shopper need, and what the storefront told."""
    told = {field: value for field, value in data.items() if field not in KEPT}
    capture = captured(order)
    known = {
        "id": order.id,
        "payer_page": order.payer_page,
        "authorization_id": order.authorization.id if order.authorization else None,
        "capture_id": capture.id if capture else None,
    }
    return told | {field: value for field, value in known.items() if value is not None}


def done(order: Order | Refused | Unknown, data: Data) -> Outcome:
    """Say how an order stands, with a session's data after it."""
    if not isinstance(order, Order):
        return order
    status = order.session_status
    return Unknown("PayPal's status was not understood") if status is None else Done(_kept(order, data), status)


def authorized(order: Order, data: Data) -> Outcome | None:
    """Say what an order's authorization means; None where there is none."""
    hold = order.authorization
    if hold is None:
        return None
    return Refused("denied", "PayPal denied the payment") if hold.status == "DENIED" else done(order, data)


def moved_to(kind: OperationKind, moved: Movement, data: Data) -> Outcome:
    """Say what a capture's or refund's status means: only a completed one is done."""
    if moved.status in {"DECLINED", "FAILED", "CANCELLED"}:
        return Refused(moved.status, "PayPal declined it")
    if moved.status not in {"COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"}:
        return Unknown(f"PayPal has not decided it yet: {moved.status}")
    return Done({**data, "capture_id": moved.id} if kind is OperationKind.CAPTURE else data)


def not_an_amount(flaw: NotAnAmount) -> Refused:
    """Refuse what PayPal would."""
    return Refused(flaw.issue, "PayPal does not take this amount or currency")
