"""
After the order: capturing, refunding and canceling its Payments. Each effect is one operation; repeated, it has one effect.

An order has a Payment of its own, and each of its swaps may add one. What comes to several of them is a batch: all its
operations are written down in one step and then carried out one after another. A retry, or `settle`, goes on where that
was interrupted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from tillproof.domain.entities import Data, Operation, Order, Payment, Refund, Swap
from tillproof.domain.money import shown
from tillproof.domain.requests import Answer
from tillproof.domain.statuses import UNSETTLED, OperationKind, OperationState, OrderStatus
from tillproof.reference import catalogue, views
from tillproof.reference.follows import cancel_order, parts_of, taken
from tillproof.reference.idempotency import caused, checked, remember
from tillproof.reference.operations import finish, intend, take, unsettled
from tillproof.reference.ports import Transaction
from tillproof.reference.refusals import Conflict, InvalidData, NotAllowed, NotFound, PaymentRefused
from tillproof.reference.shop import Shop


async def capture(shop: Shop, order_id: str, key: str | None) -> Answer:
    """Capture what is not captured yet of the order's Payments: `captured_at` is filled once the gateway confirms it."""

    def capture_intended(tx: Transaction) -> list[Operation]:
        order = _order(tx, order_id)
        payments = installed(shop, tx.select(Payment, order_id=order_id, canceled_at=None))
        return _captures(shop, tx, order, payments)

    await carry_out(shop, f"/admin/orders/{order_id}/capture", key, {}, capture_intended)
    return await _shown(shop, order_id)


async def capture_payment(shop: Shop, payment_id: str, key: str | None) -> Answer:
    """Capture one Payment, as `capture` does, and answer with it. Captured already: as it is."""

    def capture_intended(tx: Transaction) -> list[Operation]:
        payment, order = _payment(tx, payment_id)
        if payment.canceled_at is not None:
            raise NotAllowed("A canceled payment cannot be captured")
        return _captures(shop, tx, order, installed(shop, [payment]))

    await carry_out(shop, f"/admin/payments/{payment_id}/capture", key, {}, capture_intended)
    return await catalogue.payment(shop, payment_id)


async def refund(
    shop: Shop, order_id: str, amount: object, key: str | None, note: str | None = None, reason: str | None = None
) -> Answer:
    """
    Refund so many minor units of the order's Payments, the latest first.

    What is refunded, and what may be (outcome unknown), is never refunded again. Without a key, a refund of the same sum
    whose outcome is unknown is taken up, not added to.
    """

    def refundable(tx: Transaction) -> tuple[Order, list[Payment]]:
        return _order(tx, order_id), tx.select(Payment, order_id=order_id)

    await _refund(shop, f"/admin/orders/{order_id}/refund", refundable, amount, key, note, reason)
    return await _shown(shop, order_id)


async def refund_payment(
    shop: Shop, payment_id: str, amount: object, key: str | None, note: str | None = None, reason: str | None = None
) -> Answer:
    """Refund so many minor units of one Payment, as `refund` does, and answer with the refund."""
    path = f"/admin/payments/{payment_id}/refund"

    def refundable(tx: Transaction) -> tuple[Order, list[Payment]]:
        payment, order = _payment(tx, payment_id)
        return order, [payment]

    made = await _refund(shop, path, refundable, amount, key, note, reason)

    def refund_made(tx: Transaction) -> Answer:
        first = made[0] if made else caused(tx, key, path, {"amount": amount})
        parts = tx.select(Operation, batch=first.batch) if first is not None else []
        rows = [row for part in parts for row in tx.select(Refund, idempotency_key=part.idempotency_key)]
        if not rows:
            raise Conflict
        return Answer(status=200, body={"refund": views.refund(rows[-1])})

    return await shop.store.read(refund_made)


async def cancel(shop: Shop, order_id: str, key: str | None) -> Answer:
    """Cancel the order once the gateway has let go of what it holds. What was captured is refunded, not canceled."""

    def cancel_intended(tx: Transaction) -> list[Operation]:
        order = _order(tx, order_id)
        if order.status is OrderStatus.CANCELED:
            return []
        if any(swap.canceled_at is None for swap in tx.select(Swap, order_id=order_id)):
            raise NotAllowed("All swaps must be canceled before canceling an order")
        payments = installed(shop, tx.select(Payment, order_id=order_id, swap_id=None))
        if not payments:
            cancel_order(tx, order, shop.clock.now())
        if any(payment.captured_at is not None for payment in payments):
            raise NotAllowed("A captured payment cannot be canceled; refund it instead")
        return [wanted(shop, tx, payment, OperationKind.CANCEL) for payment in payments]

    await carry_out(shop, f"/admin/orders/{order_id}/cancel", key, {}, cancel_intended)
    return await _shown(shop, order_id)


async def carry_out(
    shop: Shop, path: str, given: str | None, params: Data, intended: Callable[[Transaction], list[Operation]]
) -> list[Operation]:
    """
    Run the intent, and finish the operations it comes to, one after another; return them (none: nothing left to do).

    Raises what became of the first that is not done.
    """
    key = checked(given)

    def remembered(tx: Transaction) -> list[Operation]:
        caused(tx, key, path, params)
        operations = intended(tx)
        if operations:
            remember(shop, tx, key, path, params, operation_id=operations[0].id)
            operations[0] = take(shop, tx, operations[0])
        return operations

    remembered.__name__ = intended.__name__
    operations = await shop.store.atomic(remembered)
    for number, operation in enumerate(operations):
        taken = operation if number == 0 else await _next(shop, operation)
        done = await finish(shop, taken) if taken.state in UNSETTLED else taken
        if done.state is OperationState.REFUSED:
            raise await _refusal(shop, done, operations[:number])
        if done.state is not OperationState.DONE:
            raise Conflict
    return operations


async def _refusal(shop: Shop, refused: Operation, before: list[Operation]) -> PaymentRefused:
    """
    Return what is told of a refusal: never as if nothing had happened, where a part went through before it.

    Who hears only of a refusal asks for the whole again, and without the key the part is then given back twice.
    """
    parts = await shop.store.read(lambda tx: parts_of(tx, refused, OperationState.DONE))
    through = {part.id: part.amount for part in (*before, *parts)}
    plain = PaymentRefused(refused.code, refused.message)
    if not through:
        return plain
    done = f"{shown(sum(through.values()), refused.currency_code)} {refused.currency_code.upper()}"
    return PaymentRefused("refused_in_part", f"Of this, {done} went through. The rest did not: {plain}")


def given_back(
    shop: Shop,
    tx: Transaction,
    payments: Iterable[Payment],
    amount: int,
    *,
    batch: str,
    note: str | None = None,
    reason: str | None = None,
) -> list[Operation]:
    """
    Return what is still missing of a refund of so much: the batch's open operations, and new ones for the rest.

    The rest is spread over the captured Payments, the latest first. Raises `NotAllowed` if they do not have that much left,
    `Conflict` while a refund of unknown outcome may have taken it.
    """
    sources = [_as_taken(tx, payment) for payment in payments if payment.captured_at is not None][::-1]
    if not sources:
        raise NotAllowed("What is not captured cannot be refunded")
    mine = [part for part in tx.select(Operation, batch=batch) if part.state is not OperationState.REFUSED]
    missing = amount - sum(part.amount for part in mine)
    parts = [part for part in mine if part.state in UNSETTLED]
    if missing == 0:
        return parts
    pending = [operation for payment in sources for operation in unsettled(tx, payment_id=payment.id)]
    _check_left(sources, pending, missing)
    for payment in sources:
        part = min(_left(payment, pending), missing)
        if part > 0:
            missing -= part
            parts.append(intend(shop, tx, OperationKind.REFUND, payment, amount=part, batch=batch, note=note, reason=reason))
    return parts


def wanted(shop: Shop, tx: Transaction, payment: Payment, kind: OperationKind, batch: str | None = None) -> Operation:
    """Return the payment's open operation of that kind, or a new one; one of another kind has to be settled first."""
    for operation in unsettled(tx, payment_id=payment.id):
        if operation.kind is not kind:
            raise Conflict
        return operation
    return intend(shop, tx, kind, payment, batch=batch or shop.ids.new("batch"))


def installed(shop: Shop, payments: list[Payment]) -> list[Payment]:
    """Return the payments, if their processors are still there to act on them. Raises `NotAllowed`."""
    for payment in payments:
        if payment.provider_id not in shop.processors:
            raise NotAllowed(f"The payment processor {payment.provider_id} is not installed")
    return payments


async def _refund(
    shop: Shop,
    path: str,
    refundable: Callable[[Transaction], tuple[Order, list[Payment]]],
    amount: object,
    key: str | None,
    note: str | None,
    reason: str | None,
) -> list[Operation]:
    if isinstance(amount, bool) or not isinstance(amount, int) or amount <= 0:
        raise InvalidData("amount must be a whole number of minor units above 0")
    params: Data = {"amount": amount}

    def refund_intended(tx: Transaction) -> list[Operation]:
        order, payments = refundable(tx)
        if order.status is OrderStatus.CANCELED:
            raise NotAllowed("A canceled order cannot be refunded")
        sources = installed(shop, payments)
        before = caused(tx, key, path, params) if key is not None else _unheard(tx, sources, amount)
        batch = (before.batch if before is not None else None) or shop.ids.new("batch")
        return given_back(shop, tx, sources, amount, batch=batch, note=note, reason=reason)

    return await carry_out(shop, path, key, params, refund_intended)


def _unheard(tx: Transaction, payments: list[Payment], amount: int) -> Operation | None:
    """Return an open part of a refund of that sum: who asks without a key may not have heard what became of it."""
    for payment in payments:
        for operation in unsettled(tx, payment_id=payment.id):
            parts = tx.select(Operation, batch=operation.batch, kind=OperationKind.REFUND)
            asked = sum(part.amount for part in parts if part.state is not OperationState.REFUSED)
            if asked == amount and operation.reason != "swap":
                return operation
    return None


def _captures(shop: Shop, tx: Transaction, order: Order, payments: list[Payment]) -> list[Operation]:
    if order.status is OrderStatus.CANCELED:
        raise NotAllowed("A canceled order cannot capture payment")
    if not payments:
        raise NotAllowed("The order has no payment to capture")
    batch = shop.ids.new("batch")
    return [wanted(shop, tx, p, OperationKind.CAPTURE, batch) for p in payments if p.captured_at is None]


def _as_taken(tx: Transaction, payment: Payment) -> Payment:
    """Return the payment as one that is for no more than was captured of it."""
    return replace(payment, amount=taken(tx, payment))


def _check_left(sources: list[Payment], pending: list[Operation], amount: int) -> None:
    left = sum(payment.amount - payment.amount_refunded for payment in sources)
    if amount > left:
        raise NotAllowed("Cannot refund more than the original order amount")
    if amount > left - sum(operation.amount for operation in pending):
        raise Conflict  # a refund of unknown outcome is in the way


def _left(payment: Payment, pending: list[Operation]) -> int:
    """Return what can be refunded of a payment for certain, those refunds left out whose outcome is unknown."""
    reserved = sum(operation.amount for operation in pending if operation.payment_id == payment.id)
    return payment.amount - payment.amount_refunded - reserved


async def _next(shop: Shop, operation: Operation) -> Operation:
    """Lease the next operation of a batch; return it as it is if somebody else settled it."""

    def next_taken(tx: Transaction) -> Operation:
        current = tx.find(Operation, operation.id) or operation
        return take(shop, tx, current) if current.state in UNSETTLED else current

    return await shop.store.atomic(next_taken)


async def _shown(shop: Shop, order_id: str) -> Answer:
    return await shop.store.read(lambda tx: views.ordered(tx, order_id))


def _order(tx: Transaction, order_id: str) -> Order:
    order = tx.find(Order, order_id)
    if order is None:
        raise NotFound(f"Order with {order_id} was not found")
    return order


def _payment(tx: Transaction, payment_id: str) -> tuple[Payment, Order]:
    payment = tx.find(Payment, payment_id)
    if payment is None:
        raise NotFound(f"Payment with {payment_id} was not found")
    if payment.order_id is None:
        raise NotAllowed("The payment belongs to no order")
    return payment, _order(tx, payment.order_id)
