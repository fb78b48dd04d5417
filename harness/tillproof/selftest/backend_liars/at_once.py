"""Backends that are right as long as one request comes after the other."""

from __future__ import annotations

from msgspec.structs import replace

from tillproof.domain.entities import Cart, IdempotencyKey, Operation, Payment, PaymentSession
from tillproof.domain.statuses import OperationKind
from tillproof.reference.follows import open_key, renewed
from tillproof.reference.operations import intend
from tillproof.reference.ports import Transaction
from tillproof.reference.refusals import NotAllowed
from tillproof.reference.shop import Shop
from tillproof.selftest.backend_liars import after_order
from tillproof.selftest.backend_liars.patching import Honest
from tillproof.selftest.backend_liars.row import liar


async def locks_no_key(honest: Honest, shop: Shop, cart_id: str, given: str | None, fresh: str) -> IdempotencyKey:
    """A key is locked by nobody: a second request with it goes to work beside the first."""

    def lock_broken(tx: Transaction) -> None:
        key = open_key(tx, cart_id)
        if key is not None and key.locked_by is not None:
            tx.put(replace(key, locked_by=None, locked_until=None))

    await shop.store.atomic(lock_broken)
    key: IdempotencyKey = await honest(shop, cart_id, given, fresh)
    return key


def compares_no_holder(_honest: Honest, tx: Transaction, key: IdempotencyKey) -> IdempotencyKey:
    """Go on with the key as it is stored, whoever holds it and however far it has come."""
    return tx.find(IdempotencyKey, key.id) or key


async def rereads_any_holder(_honest: Honest, shop: Shop, key: IdempotencyKey) -> IdempotencyKey:
    """Read the key again, whoever holds it."""
    return await shop.store.read(lambda tx: tx.find(IdempotencyKey, key.id)) or key


def takes_from_anybody(honest: Honest, shop: Shop, tx: Transaction, operation: Operation) -> Operation:
    """Take an operation over although somebody is at it."""
    taken: Operation = honest(shop, tx, replace(operation, locked_by=None, locked_until=None))
    return taken


async def guards_keys_only(honest: Honest, shop: Shop, cart_id: str, given: str | None, fresh: str) -> IdempotencyKey:
    """The key is guarded and the cart is not: another key buys it another time, with a fresh session."""

    def begun_beside(tx: Transaction) -> None:
        cart, key = tx.find(Cart, cart_id), open_key(tx, cart_id)
        if cart is None or key is None or given is None or key.idempotency_key == given:
            return
        tx.put(replace(key, cart_id=None))
        tx.put(replace(cart, completed_at=None, payment_id=None))
        for session in tx.select(PaymentSession, cart_id=cart_id, is_initiated=True):
            tx.delete(session)
            tx.put(renewed(shop, session))

    await shop.store.atomic(begun_beside)
    key: IdempotencyKey = await honest(shop, cart_id, given, fresh)
    return key


def forgets_pending(_honest: Honest, sources: list[Payment], _pending: list[Operation], amount: int) -> None:
    """A refund is compared with what was refunded before, not with what is under way."""
    if amount > sum(payment.amount - payment.amount_refunded for payment in sources):
        raise NotAllowed("Cannot refund more than the original order amount")


def leaves_pending(_honest: Honest, payment: Payment, _pending: list[Operation]) -> int:
    """Leave to refund what is not booked as refunded."""
    return payment.amount - payment.amount_refunded


def wants_beside(
    _honest: Honest, shop: Shop, tx: Transaction, payment: Payment, kind: OperationKind, batch: str | None = None
) -> Operation:
    """A capture or cancellation is begun beside whatever is under way for the payment."""
    return intend(shop, tx, kind, payment, batch=batch or shop.ids.new("batch"))


ROWS = (
    liar(
        "no-lock",
        "M34",
        {
            "idempotency.open_attempt": locks_no_key,
            "checkout._current": compares_no_holder,
            "checkout._reread": rereads_any_holder,
            "operations.take": takes_from_anybody,
        },
        "buy-twice-at-once",
        "IDEM-06",
    ),
    liar(
        "keys-guarded-only",
        "M36",
        {"idempotency.open_attempt": guards_keys_only},
        "buy-with-two-keys",
        "IDEM-10 CONC-01",
    ),
    liar(
        "pending-forgotten",
        None,
        {"payments._check_left": forgets_pending, "payments._left": leaves_pending},
        "refund-twice-at-once",
        "CONC-03",
        like="F-REF-05",
    ),
    liar(
        "captured-beside",
        None,
        {"payments.wanted": wants_beside},
        "capture-twice-at-once",
        "CONC-03",
        like="F-CON-08",
    ),
    liar(
        "both-win",
        None,
        {"payments.wanted": wants_beside, "follows.canceled": after_order.canceled_anyway},
        "capture-or-cancel-at-once",
        "CONC-03",
    ),
)
