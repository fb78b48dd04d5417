"""
Swaps: goods of an order returned for others, and the difference paid or refunded once.

A swap has a cart of its own, in which what is returned counts below zero. Above zero its total is paid like any cart's, and
makes the swap's own Payment; `process` then captures it. Below zero `process` refunds it from the order's Payments, in one
operation for each. The order's own Payment is touched by nothing else here.
"""

from __future__ import annotations

from msgspec.structs import replace

from tillproof.domain.entities import Adjustment, Cart, LineItem, Operation, Order, Payment, Swap
from tillproof.domain.requests import Answer
from tillproof.domain.statuses import OperationKind, OperationState, OrderStatus, RecoveryPoint, SwapPaymentStatus
from tillproof.domain.totals import paid_for
from tillproof.reference import views
from tillproof.reference.carts import line
from tillproof.reference.checkout import complete
from tillproof.reference.follows import cancel_swap, open_key, taken
from tillproof.reference.idempotency import bound, checked, remember
from tillproof.reference.payments import carry_out, given_back, installed, wanted
from tillproof.reference.ports import Transaction
from tillproof.reference.refusals import Conflict, InvalidData, NotAllowed, NotFound
from tillproof.reference.sessions import reconcile
from tillproof.reference.shop import Shop

Quantities = list[tuple[str, int]]
"""Ids of lines or variants, and how many of each."""

_PROCESSED = (SwapPaymentStatus.CAPTURED, SwapPaymentStatus.DIFFERENCE_REFUNDED)
_AT_REST = (RecoveryPoint.STARTED, RecoveryPoint.FINISHED)


async def create(shop: Shop, order_id: str, returned: Quantities, bought: Quantities, given: str | None) -> str:
    """
    Make a swap of these lines of the order for these variants, with its cart, and return its id. No money moves.

    Repeated, with the key or without, it is the same swap as long as that is open.
    """
    key, path = checked(given), f"/store/swaps/{order_id}"
    params = {"return_items": dict(returned), "additional_items": dict(bought)}

    def swap_created(tx: Transaction) -> str:
        row = bound(tx, key, path) if key is not None else None
        if row is not None and row.request_params != params:
            raise InvalidData("This Idempotency-Key was used with other parameters")
        if row is not None and row.response_body is not None:
            return str(row.response_body["swap_id"])
        order = _swappable(tx, order_id)
        swap = _same_again(tx, order, returned, bought) or _made(shop, tx, order, returned, bought)
        remember(shop, tx, key, path, params, response_body={"swap_id": swap.id})
        return swap.id

    return await shop.store.atomic(swap_created)


async def of_cart(shop: Shop, cart_id: str) -> Answer:
    """Show the swap that a cart is for."""

    def swap_of(tx: Transaction) -> Answer:
        found = tx.select(Swap, cart_id=cart_id)
        if not found:
            raise NotFound(f"Swap with cart id {cart_id} was not found")
        return Answer(status=200, body={"swap": views.swap(tx, found[0].id)})

    return await shop.store.read(swap_of)


async def process(shop: Shop, order_id: str, swap_id: str, key: str | None) -> Answer:
    """Bring the difference home: capture the swap's Payment, or refund what is owed. Done already: as it is."""

    def difference_intended(tx: Transaction) -> list[Operation]:
        swap = _of(tx, order_id, swap_id)
        if swap.canceled_at is not None:
            raise NotAllowed("A canceled swap cannot be processed")
        if swap.difference_due is None:
            raise NotAllowed("Cannot process a swap that hasn't been confirmed by the customer")
        if swap.difference_due == 0:
            tx.put(replace(swap, payment_status=SwapPaymentStatus.DIFFERENCE_REFUNDED, updated_at=shop.clock.now()))
            return []
        if swap.difference_due < 0:
            payments = installed(shop, tx.select(Payment, order_id=order_id))
            return given_back(shop, tx, payments, -swap.difference_due, batch=swap.id, reason="swap")
        return [wanted(shop, tx, p, OperationKind.CAPTURE) for p in _payment(shop, tx, swap) if p.captured_at is None]

    await carry_out(shop, _path(order_id, swap_id, "process-payment"), key, {}, difference_intended)
    return await shop.store.read(lambda tx: views.ordered(tx, order_id))


async def cancel(shop: Shop, order_id: str, swap_id: str, key: str | None) -> Answer:
    """
    Cancel the swap once the gateway has let go of what is held for it. The order's own Payment stays as it is.

    What was captured or refunded is not canceled. Raises `Conflict` while that, or a release, is not known.
    """

    def swap_cancel_intended(tx: Transaction) -> list[Operation]:
        swap = _of(tx, order_id, swap_id)
        if swap.canceled_at is not None:
            return []
        if swap.payment_status in _PROCESSED:
            raise NotAllowed("A swap whose difference was captured or refunded cannot be canceled")
        refunds = [part.state for part in tx.select(Operation, batch=swap.id)]
        if OperationState.DONE in refunds:
            raise NotAllowed("A swap whose difference was refunded in part cannot be canceled")
        if set(refunds) - {OperationState.REFUSED}:
            raise Conflict
        payments = _payment(shop, tx, swap)
        if not payments:
            cancel_swap(tx, swap, shop.clock.now())
        return [wanted(shop, tx, payment, OperationKind.CANCEL) for payment in payments]

    await carry_out(shop, _path(order_id, swap_id, "cancel"), key, {}, swap_cancel_intended)
    swap = await shop.store.read(lambda tx: _of(tx, order_id, swap_id))
    await _let_go(shop, swap.cart_id)
    return await shop.store.read(lambda tx: views.ordered(tx, order_id))


async def _let_go(shop: Shop, cart_id: str) -> None:
    """Release what a completion under way holds for a canceled swap, and make its sessions unpayable."""
    key = await shop.store.read(lambda tx: open_key(tx, cart_id))
    if key is not None and key.recovery_point not in _AT_REST:
        await complete(shop, cart_id, key.idempotency_key, unattended=True)
        key = await shop.store.read(lambda tx: open_key(tx, cart_id))
    if key is not None and key.recovery_point not in _AT_REST:
        raise Conflict
    await reconcile(shop, cart_id)


def _swappable(tx: Transaction, order_id: str) -> Order:
    order = tx.find(Order, order_id)
    if order is None:
        raise NotFound(f"Order with {order_id} was not found")
    if order.status is OrderStatus.CANCELED:
        raise NotAllowed("A canceled order cannot be swapped")
    if any(p.captured_at is None for p in tx.select(Payment, order_id=order_id, swap_id=None)):
        raise NotAllowed("Cannot swap an order that has not been captured")
    return order


def _same_again(tx: Transaction, order: Order, returned: Quantities, bought: Quantities) -> Swap | None:
    """Return the open swap that was asked for in the same words: whoever asks again has not heard of it."""
    for swap in tx.select(Swap, order_id=order.id, confirmed_at=None, canceled_at=None):
        cart = tx.find(Cart, swap.cart_id)
        in_it = cart is not None and (
            [(one.item_id, one.quantity) for one in cart.adjustments],
            [(item.variant_id, item.quantity) for item in cart.items],
        )
        if in_it == (returned, bought):
            return swap
    return None


def _made(shop: Shop, tx: Transaction, order: Order, returned: Quantities, bought: Quantities) -> Swap:
    first = tx.find(Cart, order.cart_id)
    if first is None or not returned:
        raise InvalidData("A swap returns something")
    now, swap_id = shop.clock.now(), shop.ids.new(Swap.prefix)
    cart = Cart(
        id=shop.ids.new(Cart.prefix),
        region_id=first.region_id,
        currency_code=first.currency_code,
        tax_rate=first.tax_rate,
        email=first.email,
        customer=first.customer,
        swap_id=swap_id,
        shipping_address=first.shipping_address,
        billing_address=first.billing_address,
        context=first.context,
        created_at=now,
        updated_at=now,
    )
    adjustments = _adjustments(tx, order, returned)
    if sum(one.amount for one in adjustments) + _kept(tx, order) < 0:
        raise NotAllowed("What is returned cost more than is left of what was paid")
    items = tuple(line(shop, tx, cart, variant_id, quantity) for variant_id, quantity in bought)
    tx.put(replace(cart, items=items, adjustments=adjustments))
    swap = Swap(id=swap_id, order_id=order.id, cart_id=cart.id, created_at=now, updated_at=now)
    tx.put(swap)
    return swap


def _kept(tx: Transaction, order: Order) -> int:
    """Return what was captured of the order's Payments and not refunded: no more than that can be credited."""
    return sum(taken(tx, payment) - payment.amount_refunded for payment in tx.select(Payment, order_id=order.id))


def _adjustments(tx: Transaction, order: Order, returned: Quantities) -> tuple[Adjustment, ...]:
    """
    Return what the returned goods cost, line by line, tax included.

    Reckoned from what all that was returned of a line comes to: however it is dealt out over swaps, the sum is what was
    paid for it, to the last minor unit.
    """
    lines = _lines(tx, order)
    before = _returned(tx, order)
    made: list[Adjustment] = []
    for item_id, quantity in returned:
        if item_id not in lines:
            raise InvalidData(f"The order has no item {item_id}")
        item, rate = lines[item_id]
        count, credited = before.get(item_id, (0, 0))
        if quantity < 1 or count + quantity > item.quantity:
            raise InvalidData(f"Of item {item_id} there are {item.quantity - count} left to return")
        amount = paid_for(item, count + quantity, rate) - credited
        before[item_id] = (count + quantity, credited + amount)
        made.append(Adjustment(item_id=item_id, description=item.title, quantity=quantity, amount=-amount))
    return tuple(made)


def _lines(tx: Transaction, order: Order) -> dict[str, tuple[LineItem, int]]:
    """Return the lines that can be returned, and the rate each was taxed at: the order's, and those of processed swaps."""
    swaps = [swap for swap in tx.select(Swap, order_id=order.id) if swap.payment_status in _PROCESSED]
    carts = [tx.find(Cart, cart_id) for cart_id in (order.cart_id, *(swap.cart_id for swap in swaps))]
    return {item.id: (item, cart.tax_rate) for cart in carts if cart is not None for item in cart.items}


def _returned(tx: Transaction, order: Order) -> dict[str, tuple[int, int]]:
    """Return how many of each line are in swaps already, and what was credited for them."""
    found: dict[str, tuple[int, int]] = {}
    for swap in tx.select(Swap, order_id=order.id, canceled_at=None):
        cart = tx.find(Cart, swap.cart_id)
        for one in cart.adjustments if cart is not None else ():
            count, credited = found.get(one.item_id, (0, 0))
            found[one.item_id] = (count + one.quantity, credited - one.amount)
    return found


def _of(tx: Transaction, order_id: str, swap_id: str) -> Swap:
    swap = tx.find(Swap, swap_id)
    if swap is None or swap.order_id != order_id:
        raise NotFound(f"Swap with {swap_id} was not found")
    return swap


def _payment(shop: Shop, tx: Transaction, swap: Swap) -> list[Payment]:
    """Return the swap's own Payment, if it has one."""
    return installed(shop, tx.select(Payment, swap_id=swap.id))


def _path(order_id: str, swap_id: str, verb: str) -> str:
    return f"/admin/orders/{order_id}/swaps/{swap_id}/{verb}"
