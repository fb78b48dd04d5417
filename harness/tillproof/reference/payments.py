"""After the order: capturing, refunding and canceling its payment. Each is one operation; repeated, it has one effect."""

from __future__ import annotations

from collections.abc import Callable

from tillproof.domain.entities import Operation, Order, Payment
from tillproof.domain.requests import Answer
from tillproof.domain.statuses import OperationKind, OperationState, OrderStatus
from tillproof.reference import views
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

    return await _carry_out(shop, order_id, key, "capture", capture_intended)


async def refund(shop: Shop, order_id: str, amount: object, key: str | None, note: str | None = None) -> Answer:
    """
    Refund so many minor units of the order's payment.

    What is refunded, and what may be (outcome unknown), is never refunded again. Without a key, a refund of the same sum
    whose outcome is unknown is taken up, not added to.
    """
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
        return intend(shop, tx, OperationKind.REFUND, payment, amount=amount, note=note)

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

    return await _carry_out(shop, order_id, key, "cancel", cancel_intended)


async def _carry_out(
    shop: Shop, order_id: str, given: str | None, verb: str, intended: Callable[[Transaction], Operation | None]
) -> Answer:
    """Run the intent (None: nothing left to do), finish the operation, and answer with the order or with why not."""
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
    return await shop.store.read(lambda tx: views.ordered(tx, order_id))


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
