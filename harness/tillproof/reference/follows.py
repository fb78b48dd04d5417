"""
What follows from an outcome: per kind of operation, the changes to sessions, payments, orders and keys.

Each function runs in the atomic step that records the outcome, so money and rows move as one. It is the only place
where these rows learn anything from a gateway.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from tillproof.contract.outcomes import Done, Outcome, Refused
from tillproof.domain.entities import (
    Cart,
    IdempotencyKey,
    LineItem,
    Operation,
    Order,
    Payment,
    PaymentSession,
    Refund,
    Swap,
    Variant,
)
from tillproof.domain.statuses import (
    OperationKind,
    OperationState,
    OrderStatus,
    PaymentStatus,
    RecoveryPoint,
    SessionStatus,
    SwapPaymentStatus,
)
from tillproof.reference.ports import Transaction
from tillproof.reference.shop import Shop

RENEW, REMOVE, CANCEL = "renew", "remove", "cancel"
"""What a deleted session becomes: a fresh row of the same processor, no row, or a row that says canceled."""

UNDONE = "undone"
"""The note of an authorization nobody wants any more: what is found of it is kept in `data` only to be let go."""


def initiated(shop: Shop, tx: Transaction, operation: Operation, outcome: Outcome) -> None:
    """Keep what the gateway made for the session."""
    session = _session(tx, operation)
    if session is not None and isinstance(outcome, Done):
        tx.put(
            replace(
                session,
                data=outcome.data,
                is_initiated=True,
                status=SessionStatus.PENDING,
                amount=operation.amount,
                currency_code=operation.currency_code,
                updated_at=shop.clock.now(),
            )
        )


def updated(shop: Shop, tx: Transaction, operation: Operation, outcome: Outcome) -> None:
    """Keep the gateway object's new amount."""
    session = _session(tx, operation)
    if session is not None and isinstance(outcome, Done):
        tx.put(replace(session, data=outcome.data, amount=operation.amount, updated_at=shop.clock.now()))


def authorized(shop: Shop, tx: Transaction, operation: Operation, outcome: Outcome) -> None:
    """Give the session the status the gateway confirmed; only `authorized` moves the key on, or to its release."""
    session = _session(tx, operation)
    if session is None:
        return
    now = shop.clock.now()
    match outcome:
        case Done(data) if operation.note == UNDONE:
            tx.put(replace(session, data=data, updated_at=now))
        case Done(data, status) if status is not None:
            at = now if status is SessionStatus.AUTHORIZED else None
            tx.put(replace(session, data=data, status=status, payment_authorized_at=at, updated_at=now))
            if status is SessionStatus.AUTHORIZED:
                _unlist(shop, tx, session_id=session.id)
                key = open_key(tx, operation.cart_id)
                if key is not None:
                    point = RecoveryPoint.AUTHORIZED if session.is_selected else RecoveryPoint.RELEASING
                    tx.put(replace(key, recovery_point=point, contents=operation.contents, updated_at=now))
        case Refused() if operation.note != UNDONE:
            tx.put(replace(session, status=SessionStatus.ERROR, updated_at=now))
        case _:
            pass


def captured(shop: Shop, tx: Transaction, operation: Operation, outcome: Outcome) -> None:
    """Fill `captured_at`, now that the gateway has confirmed it."""
    payment = _payment(tx, operation)
    if isinstance(outcome, Refused):
        _withdraw_unsent(shop, tx, operation)
    if payment is None or not isinstance(outcome, Done):
        return
    now = shop.clock.now()
    tx.put(replace(payment, data=outcome.data, captured_at=payment.captured_at or now, updated_at=now))
    swap = tx.find(Swap, payment.swap_id) if payment.swap_id else None
    if swap is not None:
        tx.put(replace(swap, payment_status=SwapPaymentStatus.CAPTURED, updated_at=now))
    _mark_order(tx, payment, now)


def refunded(shop: Shop, tx: Transaction, operation: Operation, outcome: Outcome) -> None:
    """Count the refund, once, on its own payment; the last one of a swap's brings the swap to its end."""
    payment = _payment(tx, operation)
    if isinstance(outcome, Refused):
        _withdraw_unsent(shop, tx, operation)
    if payment is None or not isinstance(outcome, Done):
        return
    now = shop.clock.now()
    total = payment.amount_refunded + operation.amount
    tx.put(replace(payment, data=outcome.data, amount_refunded=total, updated_at=now))
    tx.put(
        Refund(
            id=shop.ids.new(Refund.prefix),
            order_id=operation.order_id or "",
            payment_id=payment.id,
            amount=operation.amount,
            reason=operation.reason or "other",
            note=operation.note,
            idempotency_key=operation.idempotency_key,
            created_at=now,
        )
    )
    _mark_order(tx, payment, now)
    swap = tx.find(Swap, operation.batch) if operation.batch else None
    back = sum(part.amount for part in parts_of(tx, operation, OperationState.DONE))
    if swap is not None and swap.difference_due == -back:
        tx.put(replace(swap, payment_status=SwapPaymentStatus.DIFFERENCE_REFUNDED, updated_at=now))


def canceled(shop: Shop, tx: Transaction, operation: Operation, outcome: Outcome) -> None:
    """Fill `canceled_at`, now that the gateway has let go: order or swap is canceled, or the failed completion released."""
    payment = _payment(tx, operation)
    if isinstance(outcome, Refused) and operation.order_id is None:
        _list(shop, tx, operation)
    if payment is None or not isinstance(outcome, Done):
        return
    now = shop.clock.now()
    tx.put(replace(payment, canceled_at=now, updated_at=now))
    _unlist(shop, tx, payment_id=payment.id)
    swap = tx.find(Swap, payment.swap_id) if payment.swap_id else None
    order = tx.find(Order, payment.order_id) if payment.order_id else None
    if swap is not None:
        cancel_swap(tx, swap, now)
        return
    if order is not None:
        cancel_order(tx, order, now)
        return
    for session in tx.select(PaymentSession, cart_id=payment.cart_id, status=SessionStatus.AUTHORIZED):
        tx.put(replace(session, status=SessionStatus.CANCELED, is_initiated=False, updated_at=now))
    _reopen(tx, payment.cart_id, now)


def deleted(shop: Shop, tx: Transaction, operation: Operation, outcome: Outcome) -> None:
    """Turn the session into what the deletion was for, now that its gateway object cannot be paid any more."""
    session = _session(tx, operation)
    if isinstance(outcome, Refused):
        _list(shop, tx, operation)
    if session is None or not isinstance(outcome, Done):
        return
    now = shop.clock.now()
    _unlist(shop, tx, session_id=session.id)
    for lost in tx.select(Operation, session_id=session.id, state=OperationState.UNWANTED):
        tx.put(replace(lost, state=OperationState.DONE, message="undone with its session", updated_at=now))
    if operation.note == CANCEL:
        tx.put(replace(session, status=SessionStatus.CANCELED, is_initiated=False, updated_at=now))
        _reopen(tx, session.cart_id, now)
        return
    tx.delete(session)
    if operation.note == RENEW:
        tx.put(renewed(shop, session))


def renewed(shop: Shop, session: PaymentSession) -> PaymentSession:
    """Return a fresh session of the same processor, of which the gateway knows nothing yet."""
    now = shop.clock.now()
    return PaymentSession(
        id=shop.ids.new(PaymentSession.prefix),
        cart_id=session.cart_id,
        provider_id=session.provider_id,
        is_selected=session.is_selected,
        amount=session.amount,
        currency_code=session.currency_code,
        created_at=now,
        updated_at=now,
    )


def open_key(tx: Transaction, cart_id: str) -> IdempotencyKey | None:
    """Return the key of the cart's attempt, if there is one."""
    return next(iter(tx.select(IdempotencyKey, cart_id=cart_id)), None)


def taken(tx: Transaction, payment: Payment) -> int:
    """Return how much of a payment was captured: less than its amount where somebody took a part of it at the gateway."""
    done = tx.select(Operation, payment_id=payment.id, kind=OperationKind.CAPTURE, state=OperationState.DONE)
    return sum(one.amount for one in done)


def parts_of(tx: Transaction, operation: Operation, state: OperationState) -> list[Operation]:
    """Return the operations of the same batch that are in this state."""
    return tx.select(Operation, batch=operation.batch, state=state) if operation.batch else []


def cancel_order(tx: Transaction, order: Order, now: float) -> None:
    """Mark the order canceled and put its goods back."""
    tx.put(
        replace(order, status=OrderStatus.CANCELED, payment_status=PaymentStatus.CANCELED, canceled_at=now, updated_at=now)
    )
    _put_back(tx, order.items)


def cancel_swap(tx: Transaction, swap: Swap, now: float) -> None:
    """Mark the swap canceled; if it was confirmed, put back the goods it would have sent."""
    tx.put(replace(swap, payment_status=SwapPaymentStatus.CANCELED, canceled_at=now, updated_at=now))
    cart = tx.find(Cart, swap.cart_id)
    if cart is not None and swap.confirmed_at is not None:
        _put_back(tx, cart.items)


def _put_back(tx: Transaction, items: tuple[LineItem, ...]) -> None:
    for item in items:
        variant = tx.find(Variant, item.variant_id)
        if variant is not None:
            tx.put(replace(variant, inventory_quantity=variant.inventory_quantity + item.quantity))


def _reopen(tx: Transaction, cart_id: str, now: float) -> None:
    """After a release the attempt starts over; the answer the release owed is left for whoever reads it next."""
    key = open_key(tx, cart_id)
    if key is not None and key.recovery_point is RecoveryPoint.RELEASING:
        tx.put(replace(key, recovery_point=RecoveryPoint.STARTED, contents=None, updated_at=now))
    cart = tx.find(Cart, cart_id)
    if cart is not None and cart.payment_id is not None:
        tx.put(replace(cart, payment_id=None, payment_authorized_at=None, updated_at=now))


def _mark_order(tx: Transaction, payment: Payment, now: float) -> None:
    """Bring the order's payment status to what its Payments are now, those of its swaps among them."""
    order = tx.find(Order, payment.order_id) if payment.order_id else None
    if order is None:
        return
    live = tx.select(Payment, order_id=order.id, canceled_at=None)
    sums = [taken(tx, one) for one in live]
    back = sum(one.amount_refunded for one in live)
    status = order.payment_status
    if all(one.captured_at is not None for one in live):
        short = any(sum_ < one.amount for one, sum_ in zip(live, sums, strict=True))
        status = PaymentStatus.REQUIRES_ACTION if short else PaymentStatus.CAPTURED
    if back:
        status = PaymentStatus.REFUNDED if back == sum(sums) else PaymentStatus.PARTIALLY_REFUNDED
    tx.put(replace(order, payment_status=status, updated_at=now))


def _withdraw_unsent(shop: Shop, tx: Transaction, refused: Operation) -> None:
    """A batch ends with its first refusal: whoever asked is told so, and what was not sent yet must not follow later."""
    for part in parts_of(tx, refused, OperationState.WANTED):
        if part.attempts == 0:
            said = "not sent: an operation before it was refused"
            tx.put(replace(part, state=OperationState.REFUSED, message=said, updated_at=shop.clock.now()))


def _list(shop: Shop, tx: Transaction, refused: Operation) -> None:
    """Leave a release to a person once it has been refused as often as an unknown outcome is asked about."""
    alike = tx.select(Operation, session_id=refused.session_id, payment_id=refused.payment_id, kind=refused.kind)
    is_listed = any(one.state is OperationState.LISTED for one in alike)
    if not is_listed and sum(one.code is not None for one in alike) >= shop.settings.tries:
        tx.put(replace(refused, state=OperationState.LISTED))


def _unlist(shop: Shop, tx: Transaction, **owner: str) -> None:
    """Take a refused release off the list: another has let go since, or what it was to let go of is wanted again."""
    for one in tx.select(Operation, **owner, state=OperationState.LISTED):
        if one.code is not None:
            tx.put(replace(one, state=OperationState.REFUSED, updated_at=shop.clock.now()))


def _session(tx: Transaction, operation: Operation) -> PaymentSession | None:
    return tx.find(PaymentSession, operation.session_id) if operation.session_id else None


def _payment(tx: Transaction, operation: Operation) -> Payment | None:
    return tx.find(Payment, operation.payment_id) if operation.payment_id else None


FOLLOWS: dict[OperationKind, Callable[[Shop, Transaction, Operation, Outcome], None]] = {
    OperationKind.INITIATE: initiated,
    OperationKind.UPDATE: updated,
    OperationKind.AUTHORIZE: authorized,
    OperationKind.CAPTURE: captured,
    OperationKind.REFUND: refunded,
    OperationKind.CANCEL: canceled,
    OperationKind.DELETE: deleted,
}
