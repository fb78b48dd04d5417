"""
Coming to rest without a client: `settle` at start-up and on a timer, `sweep` for what was abandoned.

Nothing here guesses. What stays unknown after bounded tries is listed for a person; so is what is refused its release.
"""

from __future__ import annotations

from msgspec.structs import replace

from tillproof.domain.entities import Cart, IdempotencyKey, Operation, PaymentSession
from tillproof.domain.statuses import UNSETTLED, OperationKind, OperationState, RecoveryPoint, SessionStatus
from tillproof.domain.totals import contents
from tillproof.reference.checkout import complete
from tillproof.reference.follows import CANCEL, RENEW
from tillproof.reference.operations import finish, intend, take, unsettled
from tillproof.reference.ports import StoreError, Transaction
from tillproof.reference.refusals import Refusal
from tillproof.reference.releasing import disowned, held, holds_unwanted, is_left_to_a_person
from tillproof.reference.sessions import selected, usable
from tillproof.reference.shop import Shop

_RESUMED = (RecoveryPoint.AUTHORIZED, RecoveryPoint.PAYMENT_CREATED, RecoveryPoint.RELEASING)
_UNLISTED = (OperationState.WANTED, OperationState.UNKNOWN, OperationState.UNWANTED)
_UNPAID = (SessionStatus.PENDING, SessionStatus.REQUIRES_MORE, SessionStatus.ERROR)
_ASKED = frozenset({OperationState.WANTED, OperationState.UNKNOWN})


async def settle(shop: Shop, cart_id: str | None = None) -> None:
    """
    Resume every attempt that is past its first effect, to its order or its release; then ask about what is left open.

    Of one cart alone, if one is named: there is news of it, so what is listed is asked about too.

    Nothing is bought that the shopper did not ask for: an authorization for other contents, or of a session not chosen any
    more, is undone, and none is made in its place.
    """
    for key in await shop.store.read(lambda tx: _interrupted(shop, tx, named=cart_id is not None)):
        if cart_id in {None, key.cart_id}:
            await complete(shop, key.cart_id or "", key.idempotency_key, unattended=True)
    for operation in await shop.store.read(_open):
        if cart_id in {None, operation.cart_id}:
            await _settle_one(shop, operation)


async def sweep(shop: Shop) -> None:
    """
    Make the gateway objects of abandoned checkouts unpayable, and of choices not taken; release what they hold.

    What is held and nobody wants is released however young the checkout is. What a gateway refuses is asked anew by the next
    sweep, until it is listed for a person.
    """
    for session in await shop.store.read(lambda tx: _abandoned(shop, tx)):
        await _sweep_one(shop, session)


def _interrupted(shop: Shop, tx: Transaction, *, named: bool) -> list[IdempotencyKey]:
    """List the attempts that can go on by themselves: past their first effect, or just asking what became of it."""
    past = [key for point in _RESUMED for key in tx.select(IdempotencyKey, recovery_point=point)]
    past = [key for key in past if named or not is_left_to_a_person(tx, held(tx, key.cart_id or ""))]
    asking = [o.cart_id for o in _open(tx) if o.attempts < shop.settings.tries and _is_asked_for(tx, o)]
    return past + [key for cart_id in asking for key in tx.select(IdempotencyKey, cart_id=cart_id)]


def _open(tx: Transaction) -> list[Operation]:
    """List the operations whose outcome is not known and that are not left to a person."""
    return [operation for state in _UNLISTED for operation in tx.select(Operation, state=state)]


def still_meant(tx: Transaction, operation: Operation) -> bool:
    """Tell whether an authorization is the one the shopper asked for last: of this session, for what the cart holds now."""
    cart, session = tx.find(Cart, operation.cart_id), selected(tx, operation.cart_id)
    if cart is None or session is None or session.id != operation.session_id:
        return False
    return session.provider_id in usable(tx, cart) and operation.contents == contents(cart)


def _is_asked_for(tx: Transaction, operation: Operation) -> bool:
    """Tell whether this authorization is being asked about, and the shopper still means it."""
    asked = operation.kind is OperationKind.AUTHORIZE and operation.state in _ASKED
    return asked and still_meant(tx, operation)


async def _settle_one(shop: Shop, operation: Operation) -> None:
    def operation_taken(tx: Transaction) -> Operation | None:
        current = tx.find(Operation, operation.id)
        if current is None or current.state not in UNSETTLED or current.state is OperationState.LISTED:
            return None
        if shop.is_held(current.locked_by, current.locked_until):
            return None
        if current.attempts >= shop.settings.tries:
            tx.put(replace(current, state=OperationState.LISTED, updated_at=shop.clock.now()))
            return None
        if _is_asked_for(tx, current):
            return None  # its attempt has just asked
        session = tx.find(PaymentSession, current.session_id) if current.session_id else None
        if current.kind is OperationKind.AUTHORIZE and session is not None:
            return disowned(shop, tx, session, current, note=RENEW)
        return take(shop, tx, current)

    try:
        taken = await shop.store.atomic(operation_taken)
        if taken is not None:
            await finish(shop, taken)
    except (Refusal, StoreError):
        return  # it keeps its state, and its turn comes again


def _abandoned(shop: Shop, tx: Transaction) -> list[PaymentSession]:
    """
    List the sessions a gateway still holds an object for, and nobody will come back for.

    An authorized session is left alone: it is an order's payment, or its attempt is `settle`'s to bring to an end.
    """
    oldest = shop.clock.now() - shop.settings.abandoned_after
    found: list[PaymentSession] = []
    for session in (s for status in _UNPAID for s in tx.select(PaymentSession, is_initiated=True, status=status)):
        cart = tx.find(Cart, session.cart_id)
        left = cart is None or cart.completed_at is not None or cart.updated_at <= oldest
        if left or holds_unwanted(tx, session):
            found.append(session)
    return found


async def _sweep_one(shop: Shop, session: PaymentSession) -> None:
    def session_swept(tx: Transaction) -> Operation | None:
        current = tx.find(PaymentSession, session.id)
        if current is None or not current.is_initiated:
            return None
        open_ = unsettled(tx, session_id=session.id)
        if not open_ and is_left_to_a_person(tx, current):
            return None
        if not open_:
            return intend(shop, tx, OperationKind.DELETE, current, note=CANCEL)
        if open_[0].kind is OperationKind.AUTHORIZE:
            return disowned(shop, tx, current, open_[0], note=CANCEL)
        return take(shop, tx, open_[0])

    try:
        for _ in range(2):  # at most one operation left open, and then the deletion
            operation = await shop.store.atomic(session_swept)
            if operation is None or (await finish(shop, operation)).kind is OperationKind.DELETE:
                return
    except (Refusal, StoreError):
        return  # the next sweep finds it again
