"""
Webhooks: what a gateway tells of its own accord, taken as a reason to ask it.

An event is verified by its processor, stored, and only then acted on and acknowledged. Delivered again, late, or in another
order it ends the same, because nothing in it is believed but which cart it is about: operations of unknown outcome are
asked about with their own keys, a checkout the customer has left after the challenge is completed, and what somebody did in
the gateway's own dashboard is adopted as an operation that is done.
"""

from __future__ import annotations

from msgspec.structs import replace

from tillproof.contract.outcomes import Done
from tillproof.contract.webhooks import Delivery, GivenBack, Notice, Rejected, Says, Standing
from tillproof.domain.entities import Cart, Operation, Payment, PaymentSession, WebhookEvent
from tillproof.domain.requests import Answer
from tillproof.domain.statuses import UNSETTLED, OperationKind, OperationState, SessionStatus
from tillproof.reference.checkout import complete
from tillproof.reference.follows import FOLLOWS, taken
from tillproof.reference.operations import consult, intend, read, unsettled
from tillproof.reference.ports import StoreError, Transaction
from tillproof.reference.refusals import Conflict, InvalidData, NotFound, Refusal
from tillproof.reference.releasing import is_left_to_a_person
from tillproof.reference.settling import settle, still_meant
from tillproof.reference.shop import Shop

_GO_ON = frozenset({Says.APPROVED, Says.AUTHORIZED, Says.CAPTURED})


async def receive(shop: Shop, provider_id: str, delivery: Delivery) -> Answer:
    """
    Answer a delivery: 200 once its event is durably dealt with, now or before.

    Raises `InvalidData` for what is not the gateway's word, `NotFound` where no such processor takes webhooks, and
    `Conflict` or `StoreError` where the gateway should send it again.
    """
    processor = shop.processors.get(provider_id)
    if processor is None or not processor.capabilities.webhooks:
        raise NotFound(f"No webhooks of {provider_id} are taken here")
    told = await consult(shop, provider_id, lambda p: p.read_webhook(delivery))
    if isinstance(told, Rejected):
        raise InvalidData("The webhook was not accepted")  # and not a word on why
    if not isinstance(told, Notice):
        raise Conflict

    def event_stored(tx: Transaction) -> WebhookEvent:
        return _stored(shop, tx, provider_id, told)

    event = await shop.store.atomic(event_stored)
    if event.dealt_with_at is None:
        await _deal_with(shop, event)
    return Answer(status=200, body={"received": True})


async def catch_up(shop: Shop) -> None:
    """Deal with the events that were stored and, for whatever reason, not dealt with yet."""
    for event in await shop.store.read(lambda tx: tx.select(WebhookEvent, dealt_with_at=None)):
        try:
            await _deal_with(shop, event)
        except (Refusal, StoreError):
            continue  # its turn comes again


def _stored(shop: Shop, tx: Transaction, provider_id: str, notice: Notice) -> WebhookEvent:
    """Return the event's row, made now if it is the first time that this is heard of."""
    known = tx.select(WebhookEvent, provider_id=provider_id, event_id=notice.event_id)
    if known:
        return known[0]
    now = shop.clock.now()
    event = WebhookEvent(
        id=shop.ids.new(WebhookEvent.prefix),
        event_id=notice.event_id,
        provider_id=provider_id,
        says=notice.says,
        resource=notice.resource_id,
        reference=notice.reference,
        refund=notice.refund_id,
        received_at=now,
    )
    event = event if _is_news(tx, event) else replace(event, dealt_with_at=now)
    tx.put(event)
    return event


def _is_news(tx: Transaction, event: WebhookEvent) -> bool:
    """Tell whether the gateway has to be asked: what the event says is not in the books, or something there is open."""
    cart = tx.find(Cart, event.resource or "")
    if cart is None or event.says == Says.OTHER:
        return False
    payment = _payment(tx, event)
    match event.says:
        case Says.APPROVED | Says.AUTHORIZED:
            told = cart.completed_at is not None
        case Says.CAPTURED:
            told = payment is not None and taken(tx, payment) >= payment.amount
        case Says.CANCELED:
            told = payment is None
        case Says.REFUNDED:
            names = (event.reference, event.refund)
            told = any(made.reference in names for made in _made(tx, payment, OperationKind.REFUND))
        case _:
            told = True
    return not told or bool(unsettled(tx, cart_id=cart.id))


async def _deal_with(shop: Shop, event: WebhookEvent) -> None:
    """Ask the gateway, and write down what it says together with the end of the event. Raises `Conflict`, `StoreError`."""
    cart_id = event.resource or ""
    await settle(shop, cart_id)
    if event.says in _GO_ON and await _has_acted(shop, cart_id):
        answer = await complete(shop, cart_id, None, unattended=True)
        if answer == replace(Conflict().answer(), headers=answer.headers):
            raise Conflict
    payment = await shop.store.read(lambda tx: _payment(tx, event))
    standing = await _standing(shop, payment) if payment is not None else None

    def event_dealt_with(tx: Transaction) -> bool:
        current, cart = tx.find(WebhookEvent, event.id), tx.find(Cart, cart_id)
        if payment is not None and standing is not None:
            _reconcile(shop, tx, payment.id, standing)
        open_ = any(one.state is not OperationState.LISTED for one in unsettled(tx, cart_id=cart_id))
        paid = _payment(tx, event) if cart is not None and cart.completed_at is None else None
        if open_ or (paid is not None and not is_left_to_a_person(tx, paid)):
            return False  # somebody is at work on it, or the gateway has not answered
        if current is not None and current.dealt_with_at is None:
            tx.put(replace(current, dealt_with_at=shop.clock.now()))
        return True

    if not await shop.store.atomic(event_dealt_with):
        raise Conflict


async def _standing(shop: Shop, payment: Payment) -> Standing:
    told = await consult(shop, payment.provider_id, lambda p: p.read_standing(payment.data))
    if not isinstance(told, Standing):
        raise Conflict
    return told


async def _has_acted(shop: Shop, cart_id: str) -> bool:
    """
    Tell whether the customer has acted for whom the cart's last authorization waits, and still means just this.

    The event may be about an earlier one. Raises `Conflict` where the gateway does not say.
    """
    session = await shop.store.read(lambda tx: _awaited(tx, cart_id))
    if session is None:
        return False
    stands = await read(shop, session.provider_id, lambda p: p.get_payment_status(session.data))
    if not isinstance(stands, Done):
        raise Conflict  # a refusal to tell says nothing of the customer either
    return stands.status is not SessionStatus.REQUIRES_MORE


def _awaited(tx: Transaction, cart_id: str) -> PaymentSession | None:
    """Return the session whose authorization waits for the customer, if they still mean it."""
    asked = [one for one in tx.select(Operation, cart_id=cart_id) if one.kind is OperationKind.AUTHORIZE]
    is_awaited = bool(asked) and asked[-1].state is OperationState.AWAITING and still_meant(tx, asked[-1])
    return tx.find(PaymentSession, asked[-1].session_id or "") if is_awaited else None


def _reconcile(shop: Shop, tx: Transaction, payment_id: str, standing: Standing) -> None:
    """Bring an order's payment to what the gateway says of it; what the books have already is not counted again."""
    payment = tx.find(Payment, payment_id)
    if payment is None or payment.order_id is None or payment.canceled_at is not None:
        return
    if standing.canceled:
        _learn(shop, tx, payment, OperationKind.CANCEL, payment.amount)
    missing = standing.captured - taken(tx, payment)
    if missing > 0:
        _learn(shop, tx, payment, OperationKind.CAPTURE, missing)
    for refund in standing.refunds:
        _learn(shop, tx, payment, OperationKind.REFUND, refund.amount, refund)


def _learn(
    shop: Shop, tx: Transaction, payment: Payment, kind: OperationKind, amount: int, refund: GivenBack | None = None
) -> None:
    """Settle the operation of ours that did this, or adopt it as one; nothing happens if that was done before."""
    names = (refund.reference, refund.id) if refund is not None else ()
    ours = [
        one
        for one in tx.select(Operation, payment_id=payment.id)
        if one.kind is kind and (one.reference in names if refund is not None else one.state in UNSETTLED)
    ]
    if ours and ours[0].state is OperationState.DONE:
        return
    operation = ours[0] if ours else intend(shop, tx, kind, payment, amount=amount)
    done = replace(
        operation,
        state=OperationState.DONE,
        amount=amount,
        reference=operation.reference if ours or refund is None else refund.id,
        locked_by=None,
        locked_until=None,
        updated_at=shop.clock.now(),
    )
    tx.put(done)
    FOLLOWS[kind](shop, tx, done, Done(payment.data))


def _payment(tx: Transaction, event: WebhookEvent) -> Payment | None:
    """Return the live payment an event may be about."""
    found = tx.select(Payment, cart_id=event.resource or "", provider_id=event.provider_id, canceled_at=None)
    return next(iter(found), None)


def _made(tx: Transaction, payment: Payment | None, kind: OperationKind) -> list[Operation]:
    """Return the payment's operations of that kind that are done."""
    ours = tx.select(Operation, payment_id=payment.id) if payment is not None else []
    return [one for one in ours if one.kind is kind and one.state is OperationState.DONE]
