"""
After the order: capturing, refunding and canceling its payment. Each is one operation; repeated, it has one effect.

An order has one payment, so what is asked of a payment is asked of its order: keys, guards and books are the same.
"""

from __future__ import annotations

from collections.abc import Callable

from tillproof.domain.entities import Operation, Order, Payment, Refund
from tillproof.domain.requests import Answer
from tillproof.domain.statuses import OperationKind, OperationState, OrderStatus
from tillproof.reference import catalogue, views
from tillproof.reference.follows import cancel_order
from tillproof.reference.idempotency import caused, checked, remember
from tillproof.reference.operations import finish, intend, take, unsettled
from tillproof.reference.ports import Transaction
from tillproof.reference.refusals import Conflict, InvalidData, NotAllowed, NotFound, PaymentRefused
from tillproof.reference.shop import Shop


async def capture(shop: Shop, order_id: str, key: str | None) -> Answer:
    """Capture the order's payment: `captured_at` is filled once the gateway confirms it. Captured already: as it is."""

    def capture_intended(tx: Transaction) -> Operation | None:
        order, payment = _open(shop, tx, order_id)
        if order.status is OrderStatus.CANCELED:
            raise NotAllowed("A canceled order cannot capture payment")
        if payment is None:
            raise NotAllowed("The order has no payment to capture")
        if payment.captured_at is not None:
            return None
        return _resumed(shop, tx, payment, OperationKind.CAPTURE) or intend(shop, tx, OperationKind.CAPTURE, payment)

    await _carry_out(shop, order_id, key, "capture", capture_intended)
    return await _shown(shop, order_id)


async def capture_payment(shop: Shop, payment_id: str, key: str | None) -> Answer:
    """Capture one payment, as `capture` does, and answer with it."""
    await capture(shop, await _order_of(shop, payment_id), key)
    return await catalogue.payment(shop, payment_id)


async def refund(
    shop: Shop, order_id: str, amount: object, key: str | None, note: str | None = None, reason: str | None = None
) -> Answer:
    """
    Refund so many minor units of the order's payment.

    What is refunded, and what may be (outcome unknown), is never refunded again. Without a key, a refund of the same sum
    whose outcome is unknown is taken up, not added to.
    """
    await _refund(shop, order_id, amount, key, note, reason)
    return await _shown(shop, order_id)


async def refund_payment(
    shop: Shop, payment_id: str, amount: object, key: str | None, note: str | None = None, reason: str | None = None
) -> Answer:
    """Refund so many minor units of one payment, as `refund` does, and answer with the refund."""
    order_id = await _order_of(shop, payment_id)
    operation = await _refund(shop, order_id, amount, key, note, reason)

    def refund_made(tx: Transaction) -> Answer:
        made = operation or caused(tx, key, _path(order_id, "refund"))
        rows = tx.select(Refund, idempotency_key=made.idempotency_key) if made is not None else []
        if not rows:
            raise Conflict
        return Answer(status=200, body={"refund": views.refund(rows[0])})

    return await shop.store.read(refund_made)


async def _refund(
    shop: Shop, order_id: str, amount: object, key: str | None, note: str | None, reason: str | None
) -> Operation | None:
    if isinstance(amount, bool) or not isinstance(amount, int) or amount <= 0:
        raise InvalidData("amount must be a whole number of minor units above 0")

    def refund_intended(tx: Transaction) -> Operation | None:
        order, payment = _open(shop, tx, order_id)
        if order.status is OrderStatus.CANCELED:
            raise NotAllowed("A canceled order cannot be refunded")
        if payment is None or payment.captured_at is None:
            raise NotAllowed("What is not captured cannot be refunded")
        before = caused(tx, key, _path(order_id, "refund"))
        if before is not None and before.amount != amount:
            raise InvalidData("This Idempotency-Key was used for a refund of another amount")
        if before is not None and before.state is OperationState.DONE:
            return None
        pending = unsettled(tx, payment_id=payment.id)
        for operation in pending:
            if operation == before or (key is None and operation.amount == amount):
                return take(shop, tx, operation)
        _check_left(payment, pending, amount)
        return intend(shop, tx, OperationKind.REFUND, payment, amount=amount, note=note, reason=reason)

    return await _carry_out(shop, order_id, key, "refund", refund_intended)


def _check_left(payment: Payment, pending: list[Operation], amount: int) -> None:
    left = payment.amount - payment.amount_refunded
    if amount > left:
        raise NotAllowed("Cannot refund more than the original order amount")
    if amount > left - sum(operation.amount for operation in pending):
        raise Conflict  # a refund of unknown outcome is in the way


async def cancel(shop: Shop, order_id: str, key: str | None) -> Answer:
    """Cancel the order once the gateway has let go of what it holds. What was captured is refunded, not canceled."""

    def cancel_intended(tx: Transaction) -> Operation | None:
        order, payment = _open(shop, tx, order_id)
        if order.status is OrderStatus.CANCELED:
            return None
        if payment is None:
            cancel_order(tx, order, shop.clock.now())
            return None
        if payment.captured_at is not None:
            raise NotAllowed("A captured payment cannot be canceled; refund it instead")
        return _resumed(shop, tx, payment, OperationKind.CANCEL) or intend(shop, tx, OperationKind.CANCEL, payment)

    await _carry_out(shop, order_id, key, "cancel", cancel_intended)
    return await _shown(shop, order_id)


async def _carry_out(
    shop: Shop, order_id: str, given: str | None, verb: str, intended: Callable[[Transaction], Operation | None]
) -> Operation | None:
    """Run the intent (None: nothing left to do), and finish and return the operation. Raises what became of it instead."""
    key = checked(given)
    path = _path(order_id, verb)

    def remembered(tx: Transaction) -> Operation | None:
        caused(tx, key, path)
        operation = intended(tx)
        if operation is not None:
            remember(shop, tx, key, path, operation)
        return operation

    remembered.__name__ = intended.__name__
    operation = await shop.store.atomic(remembered)
    if operation is not None:
        operation = await finish(shop, operation)
        if operation.state is OperationState.REFUSED:
            raise PaymentRefused(operation.code, operation.message)
        if operation.state is not OperationState.DONE:
            raise Conflict
    return operation


async def _shown(shop: Shop, order_id: str) -> Answer:
    return await shop.store.read(lambda tx: views.ordered(tx, order_id))


async def _order_of(shop: Shop, payment_id: str) -> str:
    payment = await shop.store.read(lambda tx: tx.find(Payment, payment_id))
    if payment is None:
        raise NotFound(f"Payment with {payment_id} was not found")
    if payment.order_id is None:
        raise NotAllowed("The payment belongs to no order")
    return payment.order_id


def _open(shop: Shop, tx: Transaction, order_id: str) -> tuple[Order, Payment | None]:
    """Return the order and its payment, if its processor is still there to act on it."""
    order = tx.find(Order, order_id)
    if order is None:
        raise NotFound(f"Order with {order_id} was not found")
    payment = next(iter(tx.select(Payment, order_id=order_id)), None)
    if payment is not None and payment.provider_id not in shop.processors:
        raise NotAllowed(f"The payment processor {payment.provider_id} is not installed")
    return order, payment


def _resumed(shop: Shop, tx: Transaction, payment: Payment, kind: OperationKind) -> Operation | None:
    """Take up the payment's unsettled operation of that kind; one of another kind has to be settled first."""
    for operation in unsettled(tx, payment_id=payment.id):
        if operation.kind is not kind:
            raise Conflict
        return take(shop, tx, operation)
    return None


def _path(order_id: str, verb: str) -> str:
    return f"/admin/orders/{order_id}/{verb}"
