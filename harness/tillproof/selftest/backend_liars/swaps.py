"""Backends that are careless with swaps, and with orders that have several payments."""

from __future__ import annotations

from msgspec.structs import replace

from tillproof.domain.entities import IdempotencyKey, Operation, Order, Payment, Swap
from tillproof.domain.requests import Answer
from tillproof.domain.statuses import OperationKind, OrderStatus, PaymentStatus, RecoveryPoint, SwapPaymentStatus
from tillproof.reference import views
from tillproof.reference.operations import finish, intend
from tillproof.reference.ports import Transaction
from tillproof.reference.refusals import Conflict, NotAllowed
from tillproof.reference.shop import Shop
from tillproof.selftest.backend_liars import after_order
from tillproof.selftest.backend_liars.patching import Honest
from tillproof.selftest.backend_liars.row import liar

_ENDED = (SwapPaymentStatus.CAPTURED, SwapPaymentStatus.DIFFERENCE_REFUNDED, SwapPaymentStatus.CANCELED)


def _own(tx: Transaction, order_id: str) -> Payment:
    """Return the Payment the order was placed with."""
    order = tx.find(Order, order_id)
    return next(p for p in tx.select(Payment, order_id=order_id) if order is not None and p.cart_id == order.cart_id)


def charges_in_full(_honest: Honest, *_: object) -> tuple[object, ...]:
    """A swap is charged in full: what is returned does not count."""
    return ()


async def charges_the_order(
    honest: Honest, shop: Shop, key: IdempotencyKey, *, payment: Payment | None
) -> IdempotencyKey | Answer:
    """A swap's difference is booked on the order's own Payment."""
    placed: IdempotencyKey | Answer = await honest(shop, key, payment=payment)

    def moved(tx: Transaction) -> None:
        extra = tx.find(Payment, payment.id) if payment is not None else None
        if extra is not None and extra.swap_id is not None and extra.order_id is not None:
            own = _own(tx, extra.order_id)
            tx.put(replace(own, amount=own.amount + extra.amount))
            tx.put(replace(extra, swap_id=None))

    if not isinstance(placed, Answer) and placed.recovery_point is RecoveryPoint.FINISHED:
        await shop.store.atomic(moved)
    return placed


def refunds_each_time(honest: Honest, shop: Shop, tx: Transaction, *rest: object, batch: str, **more: object) -> object:
    """A swap's difference is refunded each time the swap is processed."""
    of_swap = tx.find(Swap, batch) is not None
    return honest(shop, tx, *rest, batch=shop.ids.new("batch") if of_swap else batch, **more)


def starts_refunds_over(honest: Honest, shop: Shop, tx: Transaction, *rest: object, batch: str, **more: object) -> object:
    """An interrupted refund over several payments is made again from its start."""
    return honest(shop, tx, *rest, batch=batch if tx.find(Swap, batch) else shop.ids.new("batch"), **more)


def cancels_the_order(honest: Honest, tx: Transaction, swap: Swap, now: float) -> None:
    """Canceling a swap cancels the order and its Payment with it."""
    honest(tx, swap, now)
    order = tx.find(Order, swap.order_id)
    if order is not None:
        tx.put(replace(order, status=OrderStatus.CANCELED, payment_status=PaymentStatus.CANCELED, canceled_at=now))
        tx.put(replace(_own(tx, order.id), canceled_at=now))


async def calls_for_nothing(honest: Honest, shop: Shop, order_id: str, swap_id: str, key: str | None) -> Answer:
    """A swap that is even is processed with a call to the gateway."""

    def refund_of_nothing(tx: Transaction) -> Operation | None:
        swap = tx.find(Swap, swap_id)
        if swap is None or swap.difference_due != 0:
            return None
        return intend(shop, tx, OperationKind.REFUND, _own(tx, order_id), amount=0)

    operation = await shop.store.atomic(refund_of_nothing)
    if operation is not None:
        await finish(shop, operation)
    answer: Answer = await honest(shop, order_id, swap_id, key)
    return answer


async def cancels_captured(honest: Honest, shop: Shop, order_id: str, swap_id: str, key: str | None) -> Answer:
    """A swap that was captured is canceled as if it had not been."""

    def void_of_captured(tx: Transaction) -> Operation | None:
        taken = [p for p in tx.select(Payment, swap_id=swap_id, canceled_at=None) if p.captured_at is not None]
        return intend(shop, tx, OperationKind.CANCEL, taken[0]) if taken else None

    operation = await shop.store.atomic(void_of_captured)
    if operation is None:
        answer: Answer = await honest(shop, order_id, swap_id, key)
        return answer
    await finish(shop, operation)
    return await shop.store.read(lambda tx: views.ordered(tx, order_id))


async def refunds_nothing(honest: Honest, shop: Shop, order_id: str, swap_id: str, key: str | None) -> Answer:
    """A swap that owes the customer something is processed without a refund."""

    def marked(tx: Transaction) -> bool:
        swap = tx.find(Swap, swap_id)
        if swap is None or (swap.difference_due or 0) >= 0:
            return False
        tx.put(replace(swap, payment_status=SwapPaymentStatus.DIFFERENCE_REFUNDED))
        return True

    if await shop.store.atomic(marked):
        return await shop.store.read(lambda tx: views.ordered(tx, order_id))
    answer: Answer = await honest(shop, order_id, swap_id, key)
    return answer


async def answers_regardless(honest: Honest, shop: Shop, order_id: str, swap_id: str, key: str | None) -> Answer:
    """Processing a swap is answered as done while nobody knows whether the money moved."""
    try:
        answer: Answer = await honest(shop, order_id, swap_id, key)
    except Conflict:
        answer = await shop.store.read(lambda tx: views.ordered(tx, order_id))
    return answer


async def refuses_what_is_done(honest: Honest, shop: Shop, order_id: str, swap_id: str, key: str | None) -> Answer:
    """A swap that was processed, or canceled, is refused to whoever did not hear of it and asks again."""
    swap = await shop.store.read(lambda tx: tx.find(Swap, swap_id))
    if swap is not None and swap.payment_status in _ENDED:
        raise NotAllowed("This swap is over")
    answer: Answer = await honest(shop, order_id, swap_id, key)
    return answer


async def lets_wait_for_ever(honest: Honest, shop: Shop, order_id: str, swap_id: str, key: str | None) -> Answer:
    """Who asks again for a swap to be processed, or canceled, is told to wait as long as they do."""
    known = await shop.store.read(lambda tx: tx.select(IdempotencyKey, idempotency_key=key) if key is not None else [])
    if known:
        raise Conflict
    answer: Answer = await honest(shop, order_id, swap_id, key)
    return answer


def spends_what_is_left(honest: Honest, *args: object) -> object:
    """A refund of an order with a swap is limited to the order's own Payment."""
    sources = [payment for payment in args[0] if payment.swap_id is None]  # type: ignore[attr-defined]  # the honest one's own
    return honest(sources, *args[1:])


ROWS = (
    liar(
        "swap-in-full",
        "M55",
        {"swaps._adjustments": charges_in_full},
        "swap-difference-paid swap-even",
        "SWAP-01",
        like="F-SWP-02",
    ),
    liar(
        "swap-on-the-order",
        "M55",
        {"checkout._place": charges_the_order},
        "swap-difference-paid",
        "SWAP-01 SWAP-02",
    ),
    liar(
        "swap-refunded-twice",
        None,
        {"payments.given_back": refunds_each_time},
        "swap-difference-refunded",
        "SWAP-01",
    ),
    liar(
        "refund-starts-over",
        None,
        {"payments.given_back": starts_refunds_over},
        "refund-over-two-payments",
        "IDEM-02 IDEM-07",
    ),
    liar(
        "swap-cancels-order",
        None,
        {"follows.cancel_swap": cancels_the_order},
        "swap-canceled",
        "SWAP-02 LED-05",
    ),
    liar(
        "swap-canceled-captured",
        None,
        {"swaps.cancel": cancels_captured, "follows.canceled": after_order.canceled_anyway},
        "swap-difference-paid",
        "SWAP-01 SWAP-02 LED-05",
        like="F-SWP-06",
    ),
    liar(
        "swap-refunds-nothing",
        None,
        {"swaps.process": refunds_nothing},
        "swap-difference-refunded",
        "SWAP-01",
        like="F-SWP-03",
    ),
    liar(
        "even-swap-called",
        None,
        {"swaps.process": calls_for_nothing},
        "swap-even",
        "SWAP-01",
    ),
    liar("swap-answered-regardless", None, {"swaps.process": answers_regardless}, "swap-difference-refunded", "STAT-04"),
    liar("swap-cancel-regardless", None, {"swaps.cancel": answers_regardless}, "swap-canceled", "STAT-04"),
    liar("swap-refused-when-done", None, {"swaps.process": refuses_what_is_done}, "swap-difference-paid", "CRASH-04"),
    liar("swap-cancel-refused", None, {"swaps.cancel": refuses_what_is_done}, "swap-canceled", "CRASH-04"),
    liar("swap-waits-for-ever", None, {"swaps.process": lets_wait_for_ever}, "swap-difference-refunded", "IDEM-09"),
    liar("swap-cancel-waits", None, {"swaps.cancel": lets_wait_for_ever}, "swap-canceled", "IDEM-09"),
    liar(
        "own-payment-only",
        None,
        {"payments._check_left": spends_what_is_left},
        "refund-over-two-payments",
        "REF-05",
    ),
)
