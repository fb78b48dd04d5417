"""
Completing a cart, in steps that can be interrupted anywhere.

Each stage begins at a recovery point, does one thing, and moves the key to the next point in the same atomic step that
records what happened (`domain.recovery` says which moves there are). A retry with the key starts at the stored point. Only a
placed order, or a confirmed swap, is final: every other answer leaves the key open for another try.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from tillproof.contract.outcomes import Done
from tillproof.domain.entities import Cart, IdempotencyKey, Operation, Order, Payment, Swap, Variant
from tillproof.domain.requests import Answer
from tillproof.domain.statuses import OperationKind, OperationState, RecoveryPoint, SessionStatus, SwapPaymentStatus
from tillproof.domain.totals import contents, total
from tillproof.reference import views
from tillproof.reference.idempotency import checked, close_attempt, open_attempt
from tillproof.reference.operations import finish, intend, read, take, unsettled
from tillproof.reference.ports import StoreError, Transaction
from tillproof.reference.refusals import Conflict, InvalidData, NotAllowed, OutOfStock, PaymentRefused, Refusal
from tillproof.reference.releasing import holds_unwanted, release
from tillproof.reference.sessions import editable, is_called_off, reconcile, selected, usable
from tillproof.reference.shop import Shop


async def complete(shop: Shop, cart_id: str, given: str | None, *, unattended: bool = False) -> Answer:
    """
    Complete the cart: answer with its order or its swap, with what the customer must do first, or with why not.

    Every answer bears the attempt's key. Safe to repeat, with that key or without. `unattended`: no shopper has asked just
    now, so what had to be released is not authorized afresh.
    """
    fresh = shop.ids.new("key")
    name = fresh
    try:
        name = checked(given) or fresh
        key = await open_attempt(shop, cart_id, given, fresh)
        name = key.idempotency_key
        answer = await _run(shop, key, unattended=unattended)
    except Refusal as refusal:
        answer = refusal.answer()
    except StoreError:
        answer = Conflict().answer()
    return replace(answer, headers={"idempotency-key": name, "access-control-expose-headers": "Idempotency-Key"})


async def _run(shop: Shop, key: IdempotencyKey, *, unattended: bool) -> Answer:
    held = key
    try:
        while True:
            stage = await STAGES[key.recovery_point](shop, key)
            if isinstance(stage, Answer):
                return stage
            key = stage
            if unattended and key.recovery_point is RecoveryPoint.STARTED:
                raise Conflict
    finally:
        if held.recovery_point is not RecoveryPoint.FINISHED:
            await close_attempt(shop, held)


async def _authorize(shop: Shop, key: IdempotencyKey) -> IdempotencyKey | Answer:
    await reconcile(shop, _cart_of(key))
    cart = await shop.store.read(lambda tx: _ready(tx, _cart_of(key)))
    if total(cart) <= 0:
        return await _place(shop, key, payment=None)

    def authorization_intended(tx: Transaction) -> Operation:
        current = _ready(tx, cart.id)
        session = selected(tx, current.id)
        if session is None or (session.amount, session.currency_code) != (total(current), current.currency_code):
            raise Conflict  # the cart changed since; the next try reconciles again
        if holds_unwanted(tx, session):
            raise Conflict  # somebody turned from this session since; the next try deletes it first
        open_ = unsettled(tx, session_id=session.id)
        if open_:
            return take(shop, tx, open_[0])
        return intend(shop, tx, OperationKind.AUTHORIZE, session, contents=contents(current))

    operation = await finish(shop, await shop.store.atomic(authorization_intended))
    match operation.state:
        case OperationState.DONE:
            now = await _reread(shop, key)
            if now.recovery_point is RecoveryPoint.STARTED:
                raise PaymentRefused("canceled", "The payment was canceled.")
            return now
        case OperationState.AWAITING:
            return await shop.store.read(lambda tx: views.awaiting(shop, tx, cart.id))
        case OperationState.REFUSED:
            raise PaymentRefused(operation.code, operation.message)
        case _:
            raise Conflict


async def _create_payment(shop: Shop, key: IdempotencyKey) -> IdempotencyKey:
    session = await shop.store.read(lambda tx: selected(tx, _cart_of(key)))
    if session is None:
        raise Conflict
    outcome = await read(shop, session.provider_id, lambda p: p.retrieve_payment(session.data))
    if not isinstance(outcome, Done):
        raise Conflict

    def payment_created(tx: Transaction) -> IdempotencyKey:
        current = _current(tx, key)
        cart = editable(tx, _cart_of(key))
        reason = _outdated(tx, cart, current, session.provider_id)
        if reason is not None:
            return _release(shop, tx, current, reason)
        now = shop.clock.now()
        payment = Payment(
            id=shop.ids.new(Payment.prefix),
            cart_id=cart.id,
            provider_id=session.provider_id,
            amount=session.amount,
            currency_code=session.currency_code,
            data=outcome.data,
            created_at=now,
            updated_at=now,
        )
        tx.put(payment)
        tx.put(replace(cart, payment_id=payment.id, payment_authorized_at=session.payment_authorized_at, updated_at=now))
        return _moved(shop, tx, current, RecoveryPoint.PAYMENT_CREATED)

    return await shop.store.atomic(payment_created)


async def _confirm_and_place(shop: Shop, key: IdempotencyKey) -> IdempotencyKey | Answer:
    payment = await shop.store.read(lambda tx: _payment_of(tx, _cart_of(key)))
    if payment is None:
        raise Conflict
    outcome = await read(shop, payment.provider_id, lambda p: p.get_payment_status(payment.data))
    if not isinstance(outcome, Done) or outcome.status is None:
        raise Conflict
    if outcome.status is not SessionStatus.AUTHORIZED:
        return await _decide_release(shop, key, NotAllowed("The payment is not authorized any more."))
    return await _place(shop, key, payment=payment)


async def _place(shop: Shop, key: IdempotencyKey, *, payment: Payment | None) -> IdempotencyKey:
    def order_placed(tx: Transaction) -> IdempotencyKey:
        current = _current(tx, key)
        cart = _ready(tx, _cart_of(key)) if payment is None else editable(tx, _cart_of(key))
        if payment is None and total(cart) > 0:
            raise Conflict
        reason = _outdated(tx, cart, current, payment.provider_id) if payment else None
        reason = reason or _out_of_stock(tx, cart)
        if reason is not None and payment is None:
            raise reason
        if reason is not None:
            return _release(shop, tx, current, reason)
        swap = tx.find(Swap, cart.swap_id) if cart.swap_id else None
        swap = _confirmed(shop, tx, cart, swap) if swap is not None else None
        order_id = _order(shop, tx, cart).id if swap is None else swap.order_id
        paid_by = tx.find(Payment, payment.id) if payment is not None else None
        if paid_by is not None:
            of_swap = swap.id if swap is not None else None
            tx.put(replace(paid_by, order_id=order_id, swap_id=of_swap, updated_at=shop.clock.now()))
        placed: dict[str, object] = {"order_id": order_id} if swap is None else {"swap_id": swap.id}
        return _moved(shop, tx, current, RecoveryPoint.FINISHED, response=placed)

    return await shop.store.atomic(order_placed)


async def _let_go(shop: Shop, key: IdempotencyKey) -> IdempotencyKey | Answer:
    """Release what is held, then give the answer that was owed, or start over."""

    def release_intended(tx: Transaction) -> Operation:
        return release(shop, tx, _cart_of(key))

    operation = await finish(shop, await shop.store.atomic(release_intended))
    if operation.state is not OperationState.DONE:
        raise Conflict  # not released yet: nothing else may happen to this cart before it is
    if key.response_code is not None and key.response_body is not None:
        return Answer(status=key.response_code, body=key.response_body)
    return await _reread(shop, key)


async def _answer(shop: Shop, key: IdempotencyKey) -> Answer:
    placed = key.response_body or {}
    return await shop.store.read(lambda tx: views.completed(tx, **placed))


STAGES: dict[RecoveryPoint, Callable[[Shop, IdempotencyKey], Awaitable[IdempotencyKey | Answer]]] = {
    RecoveryPoint.STARTED: _authorize,
    RecoveryPoint.AUTHORIZED: _create_payment,
    RecoveryPoint.PAYMENT_CREATED: _confirm_and_place,
    RecoveryPoint.RELEASING: _let_go,
    RecoveryPoint.FINISHED: _answer,
}
"""From each recovery point, the stage that leads on: the next key, or an answer for the client."""


def _ready(tx: Transaction, cart_id: str) -> Cart:
    """Return the cart if it can be bought as it is; nothing has been asked of any gateway yet."""
    cart = editable(tx, cart_id)
    if is_called_off(tx, cart):
        raise NotAllowed("A canceled swap cannot be completed")
    if not cart.items and not cart.adjustments:
        raise InvalidData("Cannot create order from empty cart")
    if not cart.email:
        raise InvalidData("Cannot create an order from a cart without an e-mail address")
    if total(cart) <= 0:
        return cart
    session = selected(tx, cart_id)
    if session is None:
        raise NotAllowed("You cannot complete a cart without a payment session.")
    if session.provider_id not in usable(tx, cart):
        raise NotAllowed("The payment method is not available in this region")
    return cart


def _outdated(tx: Transaction, cart: Cart, key: IdempotencyKey, provider_id: str) -> Refusal | None:
    """Tell why what was authorized cannot become this cart's order or swap; a refusal without words means: try afresh."""
    if is_called_off(tx, cart):
        return NotAllowed("A canceled swap cannot be completed")
    if provider_id not in usable(tx, cart):
        return NotAllowed("The payment method is not available in this region")
    return None if contents(cart) == key.contents else _Afresh()


class _Afresh(Refusal):
    """The contents changed since they were authorized: release, then authorize what the cart holds now."""


def _out_of_stock(tx: Transaction, cart: Cart) -> Refusal | None:
    for item in cart.items:
        variant = tx.find(Variant, item.variant_id)
        if variant is None or variant.inventory_quantity < item.quantity:
            return OutOfStock(f"Variant with id: {item.variant_id} does not have the required inventory")
    return None


async def _decide_release(shop: Shop, key: IdempotencyKey, reason: Refusal) -> IdempotencyKey:
    def release_decided(tx: Transaction) -> IdempotencyKey:
        return _release(shop, tx, _current(tx, key), reason)

    return await shop.store.atomic(release_decided)


def _release(shop: Shop, tx: Transaction, key: IdempotencyKey, reason: Refusal) -> IdempotencyKey:
    if isinstance(reason, _Afresh):
        return _moved(shop, tx, key, RecoveryPoint.RELEASING)
    return _moved(shop, tx, key, RecoveryPoint.RELEASING, code=reason.status, response=reason.body())


def _order(shop: Shop, tx: Transaction, cart: Cart) -> Order:
    now = shop.clock.now()
    order = Order(
        id=shop.ids.new(Order.prefix),
        cart_id=cart.id,
        region_id=cart.region_id,
        currency_code=cart.currency_code,
        email=cart.email or "",
        items=cart.items,
        total=total(cart),
        created_at=now,
        updated_at=now,
    )
    tx.put(order)
    _sold(tx, cart, now)
    return order


def _confirmed(shop: Shop, tx: Transaction, cart: Cart, swap: Swap) -> Swap:
    now, due = shop.clock.now(), total(cart)
    status = SwapPaymentStatus.AWAITING if due else SwapPaymentStatus.CONFIRMED
    confirmed = replace(swap, payment_status=status, difference_due=due, confirmed_at=now, updated_at=now)
    tx.put(confirmed)
    _sold(tx, cart, now)
    return confirmed


def _sold(tx: Transaction, cart: Cart, now: float) -> None:
    """Close the cart, and take its goods out of stock."""
    tx.put(replace(cart, completed_at=now, updated_at=now))
    for item in cart.items:
        variant = tx.find(Variant, item.variant_id)
        if variant is not None:
            tx.put(replace(variant, inventory_quantity=variant.inventory_quantity - item.quantity))


def _moved(
    shop: Shop,
    tx: Transaction,
    key: IdempotencyKey,
    point: RecoveryPoint,
    *,
    code: int | None = None,
    response: dict[str, object] | None = None,
) -> IdempotencyKey:
    """Move the key on, as part of the step that calls this; a finished attempt is held by nobody."""
    done = point is RecoveryPoint.FINISHED
    moved = replace(
        key,
        recovery_point=point,
        response_code=200 if done else code,
        response_body=response,
        locked_by=None if done else key.locked_by,
        locked_at=None if done else key.locked_at,
        locked_until=None if done else shop.leased_until(),
        updated_at=shop.clock.now(),
    )
    tx.put(moved)
    return moved


def _current(tx: Transaction, key: IdempotencyKey) -> IdempotencyKey:
    """Return the key as it is stored. Raises `Conflict` if somebody else has taken it over or moved it on."""
    current = tx.find(IdempotencyKey, key.id)
    if current is None or (current.locked_by, current.recovery_point) != (key.locked_by, key.recovery_point):
        raise Conflict
    return current


async def _reread(shop: Shop, key: IdempotencyKey) -> IdempotencyKey:
    current = await shop.store.read(lambda tx: tx.find(IdempotencyKey, key.id))
    if current is None or current.locked_by != key.locked_by:
        raise Conflict
    return current


def _cart_of(key: IdempotencyKey) -> str:
    return key.cart_id or ""


def _payment_of(tx: Transaction, cart_id: str) -> Payment | None:
    return next(iter(tx.select(Payment, cart_id=cart_id, canceled_at=None)), None)
