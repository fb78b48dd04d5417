"""
Payment sessions: one per processor of the cart's region, one chosen, each brought to what the cart is now.

Endpoints only write down what is wanted; `reconcile` compares that with what the gateway was told, and does what is missing,
one operation at a time. It can be interrupted anywhere and called again.
"""

from __future__ import annotations

from msgspec.structs import replace

from tillproof.contract.outcomes import Done
from tillproof.domain.entities import Cart, Data, Operation, PaymentProvider, PaymentSession, Region, Swap
from tillproof.domain.statuses import OperationKind, OperationState, SessionStatus
from tillproof.domain.totals import contents, total
from tillproof.reference.follows import REMOVE, RENEW, UNDONE, renewed
from tillproof.reference.operations import finish, intend, read, take, unsettled
from tillproof.reference.ports import Transaction
from tillproof.reference.refusals import Conflict, NotAllowed, NotFound, PaymentRefused
from tillproof.reference.releasing import call_off, disowned, holds_unwanted, release
from tillproof.reference.shop import Shop

_REFUSED = (OperationState.REFUSED, OperationState.LISTED)  # listed and not open: refused for the last time
_ROUNDS = 20  # more operations than any cart needs to come right; beyond that something else is at work on it


async def create(shop: Shop, cart_id: str) -> None:
    """Make the sessions of the cart's region (seed, "How Payment Session is Created"); a single one is chosen at once."""

    def sessions_made(tx: Transaction) -> None:
        cart = editable(tx, cart_id)
        _show(shop, tx, cart, create=True)
        sessions = tx.select(PaymentSession, cart_id=cart_id)
        if len(sessions) == 1 and not sessions[0].is_selected:
            tx.put(replace(sessions[0], is_selected=True))

    await shop.store.atomic(sessions_made)
    await reconcile(shop, cart_id)


async def select(shop: Shop, cart_id: str, provider_id: str) -> None:
    """Choose a processor; the gateway object of the one chosen before is made unpayable."""

    def session_selected(tx: Transaction) -> None:
        cart = editable(tx, cart_id)
        _show(shop, tx, cart, create=True)
        chosen = _of(tx, cart, provider_id)
        for session in tx.select(PaymentSession, cart_id=cart_id, is_selected=True):
            if session.id != chosen.id:
                tx.put(replace(session, is_selected=False, updated_at=shop.clock.now()))
                call_off(shop, tx, session)
        if chosen.status is SessionStatus.CANCELED:
            tx.delete(chosen)
            chosen = renewed(shop, chosen)
        tx.put(replace(chosen, is_selected=True, updated_at=shop.clock.now()))

    await shop.store.atomic(session_selected)
    await reconcile(shop, cart_id)


async def update_data(shop: Shop, cart_id: str, provider_id: str, changes: Data) -> None:
    """Let the processor take what the storefront says into the session's data."""
    session = await shop.store.read(lambda tx: _of(tx, editable(tx, cart_id), provider_id))
    outcome = await read(shop, provider_id, lambda p: p.update_payment_data(session.id, session.data, changes))
    if not isinstance(outcome, Done):
        raise Conflict

    def session_data_updated(tx: Transaction) -> None:
        current = tx.find(PaymentSession, session.id)
        if current is None or current.data != session.data:
            raise Conflict
        tx.put(replace(current, data=outcome.data, updated_at=shop.clock.now()))

    await shop.store.atomic(session_data_updated)


async def refresh(shop: Shop, cart_id: str, provider_id: str) -> None:
    """Replace the processor's session by a fresh one."""
    await _discard(shop, cart_id, provider_id, note=RENEW)
    await reconcile(shop, cart_id)


async def delete(shop: Shop, cart_id: str, provider_id: str) -> None:
    """Remove the processor's session; its gateway object is made unpayable first."""
    await _discard(shop, cart_id, provider_id, note=REMOVE)


async def reconcile(shop: Shop, cart_id: str) -> None:
    """
    Bring the cart's sessions to what the cart is now: chosen initiated, amounts right, nothing else payable.

    Raises `Conflict` while an outcome is unknown or another request is at work, `PaymentRefused` when a gateway refuses.
    """

    def session_step(tx: Transaction) -> Operation | None:
        cart = tx.find(Cart, cart_id)
        if cart is None or cart.completed_at is not None:
            return None
        _show(shop, tx, cart, create=False)
        return _missing(shop, tx, cart)

    for _ in range(_ROUNDS):
        operation = await shop.store.atomic(session_step)
        if operation is None:
            return
        operation = await finish(shop, operation)
        if operation.state is OperationState.REFUSED:
            if operation.note not in (UNDONE, REMOVE):
                raise PaymentRefused(operation.code, operation.message)
        elif operation.state is not OperationState.DONE:
            raise Conflict
    raise Conflict


def editable(tx: Transaction, cart_id: str) -> Cart:
    """Return the cart, if it may still change."""
    cart = tx.find(Cart, cart_id)
    if cart is None:
        raise NotFound(f"Cart with {cart_id} was not found")
    if cart.completed_at is not None:
        raise NotAllowed("Cannot change a completed cart")
    return cart


def selected(tx: Transaction, cart_id: str) -> PaymentSession | None:
    """Return the cart's chosen session."""
    return next(iter(tx.select(PaymentSession, cart_id=cart_id, is_selected=True)), None)


def is_called_off(tx: Transaction, cart: Cart) -> bool:
    """Tell whether the cart is a canceled swap's: nothing may be paid for it any more."""
    swap = tx.find(Swap, cart.swap_id) if cart.swap_id else None
    return swap is not None and swap.canceled_at is not None


def usable(tx: Transaction, cart: Cart) -> list[str]:
    """Return the processors that may be used for the cart: enabled in its region, and installed (seed)."""
    if is_called_off(tx, cart):
        return []
    region = tx.find(Region, cart.region_id)
    enabled = region.payment_providers if region else ()
    return [id_ for id_ in enabled if (p := tx.find(PaymentProvider, id_)) is not None and p.is_installed]


def _show(shop: Shop, tx: Transaction, cart: Cart, *, create: bool) -> None:
    """Give each usable processor a row (if asked to), and drop the rows of others that no gateway knows of."""
    sessions = {session.provider_id: session for session in tx.select(PaymentSession, cart_id=cart.id)}
    wanted = usable(tx, cart) if total(cart) > 0 else []
    for session in sessions.values():
        if session.provider_id not in wanted and not session.is_initiated and not unsettled(tx, session_id=session.id):
            tx.delete(session)
    for provider_id in wanted if create else ():
        if provider_id not in sessions:
            now = shop.clock.now()
            tx.put(
                PaymentSession(
                    id=shop.ids.new(PaymentSession.prefix),
                    cart_id=cart.id,
                    provider_id=provider_id,
                    amount=total(cart),
                    currency_code=cart.currency_code,
                    created_at=now,
                    updated_at=now,
                )
            )


def _missing(shop: Shop, tx: Transaction, cart: Cart) -> Operation | None:
    """Return the next operation the cart's sessions need, leased to the caller. Rows no gateway knows of are just mended."""
    wanted = usable(tx, cart) if total(cart) > 0 else []
    for session in tx.select(PaymentSession, cart_id=cart.id):
        operation = _needed(shop, tx, cart, session, enabled=session.provider_id in wanted)
        if operation is not None:
            return operation
    return None


def _needed(shop: Shop, tx: Transaction, cart: Cart, session: PaymentSession, *, enabled: bool) -> Operation | None:
    keep = session.is_selected and enabled
    open_ = unsettled(tx, session_id=session.id)
    if open_:
        return _resumed(shop, tx, session, open_[0], still_wanted=keep and open_[0].contents == contents(cart))
    if session.status is SessionStatus.AUTHORIZED and session.is_selected:
        return None  # a completion is under way; it sees for itself whether the contents changed
    if session.status is SessionStatus.AUTHORIZED:
        return release(shop, tx, cart.id)
    last = next(reversed(tx.select(Operation, session_id=session.id)), None)
    refused = last.kind if last is not None and last.state in _REFUSED else None
    is_gone = session.status is SessionStatus.CANCELED and refused is OperationKind.DELETE
    if is_gone or not session.is_initiated:
        return _started(shop, tx, cart, session, keep=keep)
    if not keep:
        if refused is OperationKind.DELETE:
            return None  # the sweep tries again, or it is listed
        return intend(shop, tx, OperationKind.DELETE, session, note=RENEW if enabled else REMOVE)
    if _is_over(session, cart) or holds_unwanted(tx, session) or (last is not None and last.note == UNDONE):
        return intend(shop, tx, OperationKind.DELETE, session, note=RENEW)
    if session.amount != total(cart):
        if refused is OperationKind.UPDATE:
            return intend(shop, tx, OperationKind.DELETE, session, note=RENEW)
        return intend(shop, tx, OperationKind.UPDATE, session, amount=total(cart))
    return None


def _is_over(session: PaymentSession, cart: Cart) -> bool:
    """Tell whether nothing can be paid by a session: it is in another currency, or canceled by the gateway, which let go."""
    return session.status is SessionStatus.CANCELED or session.currency_code != cart.currency_code


def _started(shop: Shop, tx: Transaction, cart: Cart, session: PaymentSession, *, keep: bool) -> Operation | None:
    """Bring a row of which no gateway knows to the cart's sum, and start it if it is the chosen one."""
    fresh = replace(session, amount=total(cart), currency_code=cart.currency_code)
    if session.status is SessionStatus.CANCELED:
        tx.delete(session)
        fresh = renewed(shop, fresh)
    if fresh != session:
        tx.put(fresh)
    return intend(shop, tx, OperationKind.INITIATE, fresh) if keep else None


def _resumed(
    shop: Shop, tx: Transaction, session: PaymentSession, operation: Operation, *, still_wanted: bool
) -> Operation | None:
    """
    Return the session's unsettled operation, to be asked for again; one nobody wants any more is looked for, not repeated.

    Initiating and updating hold no money: asking again is harmless even where the result will be thrown away.
    """
    if operation.kind is not OperationKind.AUTHORIZE:
        return take(shop, tx, operation)
    if still_wanted and operation.state is not OperationState.UNWANTED:
        return None  # the completion asks again
    return disowned(shop, tx, session, operation, note=RENEW)


async def _discard(shop: Shop, cart_id: str, provider_id: str, *, note: str) -> None:
    def session_discarded(tx: Transaction) -> Operation | None:
        return _discarding(shop, tx, _of(tx, editable(tx, cart_id), provider_id), note)

    for _ in range(_ROUNDS):
        operation = await shop.store.atomic(session_discarded)
        if operation is None:
            return
        operation = await finish(shop, operation)
        if operation.state is OperationState.REFUSED:
            raise PaymentRefused(operation.code, operation.message)
        if operation.state is not OperationState.DONE:
            raise Conflict
        if operation.kind is OperationKind.DELETE and operation.note == note:
            return
    raise Conflict


def _discarding(shop: Shop, tx: Transaction, session: PaymentSession, note: str) -> Operation | None:
    """Return the next operation that brings a session nearer to its end, leased to the caller; None once it is there."""
    open_ = unsettled(tx, session_id=session.id)
    if open_ and open_[0].kind is OperationKind.AUTHORIZE:
        return disowned(shop, tx, session, open_[0], note=note)
    if open_:
        return take(shop, tx, open_[0])
    if session.status is SessionStatus.AUTHORIZED:
        call_off(shop, tx, session)
        return release(shop, tx, session.cart_id)
    if session.is_initiated:
        return intend(shop, tx, OperationKind.DELETE, session, note=note)
    tx.delete(session)
    if note == RENEW:
        tx.put(renewed(shop, session))
    return None


def _of(tx: Transaction, cart: Cart, provider_id: str) -> PaymentSession:
    if provider_id not in usable(tx, cart):
        raise NotAllowed("The payment method is not available in this region")
    found = tx.select(PaymentSession, cart_id=cart.id, provider_id=provider_id)
    if not found:
        raise NotFound(f"The cart has no payment session of {provider_id}")
    return found[0]
