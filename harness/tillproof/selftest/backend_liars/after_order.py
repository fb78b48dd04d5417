"""Backends that are careless with captures, refunds and cancellations."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from tillproof.contract.outcomes import Done, Outcome, Refused
from tillproof.domain.entities import Operation, Order, Payment, Refund
from tillproof.domain.requests import Answer
from tillproof.domain.statuses import OperationKind, OperationState, OrderStatus
from tillproof.reference import views
from tillproof.reference.follows import cancel_order
from tillproof.reference.operations import finish, intend
from tillproof.reference.ports import Transaction
from tillproof.reference.refusals import NotAllowed, PaymentRefused, Refusal
from tillproof.reference.shop import Shop
from tillproof.selftest.backend_liars.patching import Honest
from tillproof.selftest.backend_liars.row import liar


async def _act_unchecked(shop: Shop, order_id: str, kind: OperationKind, amount: int | None = None) -> Answer:
    """Carry out a fresh operation on the order's payment, whatever state it is in."""

    def intended(tx: Transaction) -> Operation:
        return intend(shop, tx, kind, tx.select(Payment, order_id=order_id)[0], amount=amount)

    operation = await finish(shop, await shop.store.atomic(intended))
    if operation.state is not OperationState.DONE:
        raise PaymentRefused(operation.code, operation.message)
    return await shop.store.read(lambda tx: views.ordered(tx, order_id))


def _payment(tx: Transaction, operation: Operation) -> Payment | None:
    return tx.find(Payment, operation.payment_id) if operation.payment_id else None


async def _before(shop: Shop, operation: Operation, change: Callable[[Payment], Payment]) -> None:
    """Change the operation's payment before the gateway was asked for the first time."""

    def written_ahead(tx: Transaction) -> None:
        payment = _payment(tx, operation)
        if payment is not None and operation.attempts == 1:
            tx.put(change(payment))

    await shop.store.atomic(written_ahead)


async def captured_ahead(honest: Honest, shop: Shop, operation: Operation) -> Operation:
    """`captured_at` is set before the gateway is called."""
    if operation.kind is OperationKind.CAPTURE:
        await _before(shop, operation, lambda payment: replace(payment, captured_at=shop.clock.now()))
    finished: Operation = await honest(shop, operation)
    return finished


async def swallows_failure(honest: Honest, shop: Shop, order_id: str, key: str | None) -> Answer:
    """A capture that fails is answered 200."""
    try:
        answer: Answer = await honest(shop, order_id, key)
    except Refusal:
        answer = await shop.store.read(lambda tx: views.ordered(tx, order_id))
    return answer


async def refunded_ahead(honest: Honest, shop: Shop, operation: Operation) -> Operation:
    """`amount_refunded` is raised before the gateway confirms."""
    if operation.kind is OperationKind.REFUND:
        raised = operation.amount
        await _before(shop, operation, lambda payment: replace(payment, amount_refunded=payment.amount_refunded + raised))
    finished: Operation = await honest(shop, operation)
    return finished


def raised_already(honest: Honest, shop: Shop, tx: Transaction, operation: Operation, outcome: Outcome) -> None:
    """Do not raise again what was raised ahead."""
    payment = _payment(tx, operation)
    if payment is not None and isinstance(outcome, Done):
        tx.put(replace(payment, amount_refunded=payment.amount_refunded - operation.amount))
        honest(shop, tx, operation, outcome)


def checked_alone(_honest: Honest, sources: list[Payment], _pending: list[Operation], amount: int) -> None:
    """A refund is compared with what was captured, not with what was refunded before."""
    if amount > sum(payment.amount for payment in sources):
        raise NotAllowed("Cannot refund more than the original order amount")


def leaves_everything(_honest: Honest, payment: Payment, _pending: list[Operation]) -> int:
    """All of a payment is left to refund, whatever was refunded of it."""
    return payment.amount


async def refunds_uncaptured(honest: Honest, shop: Shop, order_id: str, amount: int, *rest: object) -> Answer:
    """A refund of a payment that was never captured is sent to the gateway."""
    payments = await shop.store.read(lambda tx: tx.select(Payment, order_id=order_id, captured_at=None))
    if payments:
        return await _act_unchecked(shop, order_id, OperationKind.REFUND, amount)
    answer: Answer = await honest(shop, order_id, amount, *rest)
    return answer


async def refunds_on_every_request(honest: Honest, shop: Shop, order_id: str, amount: int, *rest: object) -> Answer:
    """Every request for a refund is another refund, whatever its key."""
    captured = await shop.store.read(lambda tx: [p for p in tx.select(Payment, order_id=order_id) if p.captured_at])
    if captured and amount > 0:
        return await _act_unchecked(shop, order_id, OperationKind.REFUND, amount)
    answer: Answer = await honest(shop, order_id, amount, *rest)
    return answer


def booked_twice(honest: Honest, shop: Shop, tx: Transaction, operation: Operation, outcome: Outcome) -> None:
    """A refund is booked by its call, and again by its confirmation."""
    honest(shop, tx, operation, outcome)
    payment = _payment(tx, operation)
    if payment is not None and isinstance(outcome, Done):
        tx.put(replace(payment, amount_refunded=payment.amount_refunded + operation.amount))
        booked = tx.select(Refund, payment_id=payment.id)[-1]
        tx.put(replace(booked, id=shop.ids.new(Refund.prefix)))


def uncaptures(honest: Honest, shop: Shop, tx: Transaction, operation: Operation, outcome: Outcome) -> None:
    """A refund takes `captured_at` back."""
    honest(shop, tx, operation, outcome)
    payment = _payment(tx, operation)
    if payment is not None and isinstance(outcome, Done):
        tx.put(replace(payment, captured_at=None))


def canceled_anyway(honest: Honest, shop: Shop, tx: Transaction, operation: Operation, outcome: Outcome) -> None:
    """`canceled_at` is set although the void failed."""
    honest(shop, tx, operation, Done(operation.data) if isinstance(outcome, Refused) else outcome)


async def captures_canceled(honest: Honest, shop: Shop, order_id: str, key: str | None) -> Answer:
    """A canceled order can still be captured."""
    order = await shop.store.read(lambda tx: tx.find(Order, order_id))
    if order is not None and order.status is OrderStatus.CANCELED:
        return await _act_unchecked(shop, order_id, OperationKind.CAPTURE)
    answer: Answer = await honest(shop, order_id, key)
    return answer


async def cancels_in_books(honest: Honest, shop: Shop, order_id: str, key: str | None) -> Answer:
    """An order is canceled in the books; no gateway hears of it."""

    def canceled(tx: Transaction) -> bool:
        payments, now = tx.select(Payment, order_id=order_id, captured_at=None), shop.clock.now()
        order = tx.find(Order, order_id)
        for payment in payments:
            tx.put(replace(payment, canceled_at=payment.canceled_at or now))
        if payments and order is not None and order.status is not OrderStatus.CANCELED:
            cancel_order(tx, order, now)
        return bool(payments)

    if await shop.store.atomic(canceled):
        return await shop.store.read(lambda tx: views.ordered(tx, order_id))
    answer: Answer = await honest(shop, order_id, key)
    return answer


def refunds_whole_only(honest: Honest, sources: list[Payment], pending: list[Operation], amount: int) -> None:
    """A part of what was captured is never refunded."""
    honest(sources, pending, amount)
    if amount != sum(payment.amount - payment.amount_refunded for payment in sources):
        raise NotAllowed("Only the whole amount can be refunded")


ROWS = (
    liar(
        "captured-ahead",
        "M40",
        {"operations.finish": captured_ahead},
        "refund-limits",
        "CAP-01 LED-05",
        like="F-CAP-09",
    ),
    liar(
        "failure-swallowed",
        "M41",
        {"payments.capture": swallows_failure},
        "refund-limits",
        "CAP-04",
        like="F-CAP-08",
    ),
    liar(
        "refunded-ahead",
        "M42",
        {"operations.finish": refunded_ahead, "follows.refunded": raised_already},
        "refund-limits",
        "REF-01 LED-05",
        like="F-REF-10",
    ),
    liar(
        "checked-alone",
        "M43",
        {"payments._check_left": checked_alone, "payments._left": leaves_everything},
        "refund-limits",
        "REF-02",
        like="F-REF-04",
    ),
    liar(
        "uncaptured-refunded",
        "M44",
        {"payments.refund": refunds_uncaptured},
        "refund-limits",
        "REF-03",
        like="F-REF-08",
    ),
    liar(
        "canceled-anyway",
        "M47",
        {"follows.canceled": canceled_anyway},
        "buy-cancel",
        "VOID-01",
        like="F-VOID-01",
    ),
    liar(
        "canceled-captured",
        "M48",
        {"payments.capture": captures_canceled, "follows.canceled": canceled_anyway},
        "cancel-then-capture",
        "VOID-02",
    ),
    liar(
        "canceled-in-books",
        "M48",
        {"payments.cancel": cancels_in_books, "payments.capture": captures_canceled},
        "cancel-then-capture",
        "VOID-01 VOID-02",
        like="F-VOID-04",
    ),
    liar("whole-refunds-only", None, {"payments._check_left": refunds_whole_only}, "refund-limits", "REF-05"),
    liar("uncaptures", None, {"follows.refunded": uncaptures}, "buy-capture-refund", "STAT-05"),
    liar(
        "every-request-refunds",
        None,
        {"payments.refund": refunds_on_every_request},
        "refund-limits",
        "IDEM-02 IDEM-07",
        like="F-REF-02",
    ),
    liar(
        "booked-twice",
        "M46",
        {"follows.refunded": booked_twice},
        "buy-capture-refund",
        "REF-04 REF-01",
        like="F-REF-01",
    ),
)
