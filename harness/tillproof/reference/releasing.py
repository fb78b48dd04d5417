"""Letting go: of money that is held and has no order to become, and of authorizations that may be there and nobody wants."""

from __future__ import annotations

from msgspec.structs import replace

from tillproof.domain.entities import Operation, Payment, PaymentSession
from tillproof.domain.statuses import OperationKind, OperationState, RecoveryPoint, SessionStatus
from tillproof.reference.follows import CANCEL, UNDONE, open_key
from tillproof.reference.operations import intend, take, unsettled
from tillproof.reference.ports import Transaction
from tillproof.reference.refusals import Conflict
from tillproof.reference.shop import Shop


def release(shop: Shop, tx: Transaction, cart_id: str) -> Operation:
    """Return what lets go of the money that the cart's attempt holds, leased to the caller. Raises `Conflict`."""
    holder = held(tx, cart_id)
    if holder is None:
        raise Conflict
    open_ = unsettled(tx, **_named(holder))
    if open_:
        return take(shop, tx, open_[0])
    if isinstance(holder, Payment):
        return intend(shop, tx, OperationKind.CANCEL, holder)
    return intend(shop, tx, OperationKind.DELETE, holder, note=CANCEL)


def held(tx: Transaction, cart_id: str) -> Payment | PaymentSession | None:
    """Return what stands for the money that the cart's attempt holds."""
    for payment in tx.select(Payment, cart_id=cart_id, canceled_at=None):
        return payment
    return next(iter(tx.select(PaymentSession, cart_id=cart_id, status=SessionStatus.AUTHORIZED)), None)


def is_left_to_a_person(tx: Transaction, holder: Payment | PaymentSession | None) -> bool:
    """
    Tell whether letting go of this was refused so often that it is listed: then nothing asks for it by itself any more.

    Somebody who comes back still has it asked for anew: so the shop hears that a person has seen to it.
    """
    listed = tx.select(Operation, **_named(holder), state=OperationState.LISTED) if holder is not None else []
    return any(operation.code is not None for operation in listed)


def call_off(shop: Shop, tx: Transaction, session: PaymentSession) -> None:
    """
    Turn the attempt of a session that is not wanted any more to releasing what it holds, if it holds anything.

    A completion that is under way finds its attempt moved on at its next step, and ends in a conflict.
    """
    key = open_key(tx, session.cart_id) if session.status is SessionStatus.AUTHORIZED else None
    if key is not None:
        point, now = RecoveryPoint.RELEASING, shop.clock.now()
        freed = replace(key, locked_by=None, locked_at=None, locked_until=None)
        tx.put(replace(freed, recovery_point=point, response_code=None, response_body=None, updated_at=now))


def disowned(shop: Shop, tx: Transaction, session: PaymentSession, operation: Operation, *, note: str) -> Operation:
    """
    Return what undoes an authorization of unknown outcome that nobody wants any more, leased to the caller.

    Looking for it comes first. A processor that cannot look can still delete the session, and what it holds with it.
    """
    unwanted = replace(take(shop, tx, operation), state=OperationState.UNWANTED, note=UNDONE)
    processor = shop.processors.get(session.provider_id)
    if processor is None or processor.capabilities.look_up:
        tx.put(unwanted)
        return unwanted
    tx.put(replace(unwanted, locked_by=None, locked_until=None))
    return intend(shop, tx, OperationKind.DELETE, session, note=note)


def holds_unwanted(tx: Transaction, session: PaymentSession) -> bool:
    """
    Tell whether the session holds what nobody wants any more: an authorization was looked for, and found.

    That stays so until the gateway has confirmed the session's deletion. A refused one let go of nothing: it has to be asked
    for anew, as another operation, and until then nothing else may be done with the session.
    """
    return bool(tx.select(Operation, session_id=session.id, note=UNDONE, state=OperationState.DONE))


def _named(holder: Payment | PaymentSession) -> dict[str, str]:
    return {"payment_id": holder.id} if isinstance(holder, Payment) else {"session_id": holder.id}
