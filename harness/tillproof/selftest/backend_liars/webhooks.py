"""Backends that hear of their gateway's events, and make the wrong thing of them."""

from __future__ import annotations

from msgspec.structs import replace

from tillproof.contract.webhooks import Delivery, GivenBack, Notice, Says
from tillproof.domain.entities import Operation, Payment, WebhookEvent
from tillproof.domain.requests import Answer
from tillproof.domain.statuses import OperationKind
from tillproof.reference.operations import finish, intend
from tillproof.reference.ports import StoreError, Transaction
from tillproof.reference.refusals import Conflict
from tillproof.reference.sessions import selected
from tillproof.reference.shop import Shop
from tillproof.selftest.backend_liars.patching import Honest
from tillproof.selftest.backend_liars.row import liar

_RECEIVED = Answer(status=200, body={"received": True})


def _known(tx: Transaction, provider_id: str, notice: Notice) -> WebhookEvent | None:
    return next(iter(tx.select(WebhookEvent, provider_id=provider_id, event_id=notice.event_id)), None)


def _payment(tx: Transaction, event: WebhookEvent) -> Payment | None:
    return next(iter(tx.select(Payment, cart_id=event.resource or "", canceled_at=None)), None)


def takes_part_for_whole(_honest: Honest, _tx: Transaction, payment: Payment) -> int:
    """Captured is captured: a part of it counts as all of it."""
    return payment.amount if payment.captured_at is not None else 0


def counts_by_event(
    honest: Honest,
    shop: Shop,
    tx: Transaction,
    payment: Payment,
    kind: OperationKind,
    amount: int,
    refund: GivenBack | None = None,
) -> None:
    """A refund is counted by its call, and again by its event."""
    honest(shop, tx, payment, kind, amount, None if refund is None else replace(refund, reference=None))


def stores_again(honest: Honest, shop: Shop, tx: Transaction, provider_id: str, notice: Notice) -> WebhookEvent:
    """An event is taken in as often as it is delivered."""
    before = _known(tx, provider_id, notice)
    event: WebhookEvent = honest(shop, tx, provider_id, notice)
    if before is not None:
        event = replace(event, id=shop.ids.new(WebhookEvent.prefix), received_at=shop.clock.now())
        tx.put(event)
    return event


def fails_on_what_is_done(honest: Honest, shop: Shop, tx: Transaction, provider_id: str, notice: Notice) -> WebhookEvent:
    """An event that is dealt with already is answered 500."""
    before = _known(tx, provider_id, notice)
    if before is not None and before.dealt_with_at is not None:
        raise KeyError(notice.event_id)
    event: WebhookEvent = honest(shop, tx, provider_id, notice)
    return event


def takes_captures_back(honest: Honest, shop: Shop, tx: Transaction, provider_id: str, notice: Notice) -> WebhookEvent:
    """An event that says authorized makes a captured payment an authorized one again."""
    event: WebhookEvent = honest(shop, tx, provider_id, notice)
    payment = _payment(tx, event) if notice.says is Says.AUTHORIZED else None
    if payment is not None and payment.captured_at is not None:
        tx.put(replace(payment, captured_at=None))
    return event


async def acknowledges_first(honest: Honest, shop: Shop, provider_id: str, delivery: Delivery) -> Answer:
    """An event is acknowledged before it is stored, whatever becomes of it."""
    try:
        answer: Answer = await honest(shop, provider_id, delivery)
    except (Conflict, StoreError):
        return _RECEIVED
    return answer


async def gives_up(honest: Honest, shop: Shop, event: WebhookEvent) -> None:
    """An event that cannot be dealt with at once is acknowledged and forgotten."""
    try:
        await honest(shop, event)
    except Conflict:

        def event_forgotten(tx: Transaction) -> None:
            tx.put(replace(event, dealt_with_at=shop.clock.now()))

        await shop.store.atomic(event_forgotten)


def asks_about_everything(_honest: Honest, tx: Transaction, event: WebhookEvent) -> bool:
    """Whatever an event says is news."""
    return _payment(tx, event) is not None


async def believes_events(honest: Honest, shop: Shop, event: WebhookEvent) -> None:
    """What an event says is written down; the gateway is not asked."""

    def believed(tx: Transaction) -> None:
        payment, now = _payment(tx, event), shop.clock.now()
        if payment is not None and event.says == Says.CANCELED:
            tx.put(replace(payment, canceled_at=now))
        elif payment is not None and event.says == Says.CAPTURED:
            tx.put(replace(payment, captured_at=payment.captured_at or now))
        tx.put(replace(event, dealt_with_at=now))

    if event.says in {Says.CANCELED, Says.CAPTURED}:
        await shop.store.atomic(believed)
    else:
        await honest(shop, event)


async def pays_by_itself(honest: Honest, shop: Shop, event: WebhookEvent) -> None:
    """The first event that says authorized has the purchase authorized in its own name."""

    def authorization_repeated(tx: Transaction) -> Operation | None:
        session = selected(tx, event.resource or "")
        if event.says != Says.AUTHORIZED or session is None or not session.is_initiated:
            return None
        tries = tx.select(Operation, session_id=session.id, kind=OperationKind.AUTHORIZE)
        repeated = any(operation.contents is None for operation in tries)  # the honest write down what was to be paid for
        return None if repeated else intend(shop, tx, OperationKind.AUTHORIZE, session)

    operation = await shop.store.atomic(authorization_repeated)
    if operation is not None:
        await finish(shop, operation)
    await honest(shop, event)


ROWS = (
    liar(
        "counts-by-event",
        "M46",
        {"webhooks._learn": counts_by_event},
        "refunded-at-the-gateway",
        "REF-04 HOOK-02",
        "F-REF-01 F-REF-03",
    ),
    liar(
        "part-is-whole",
        None,
        {"follows.taken": takes_part_for_whole},
        "captured-in-part-at-the-gateway",
        "LED-05",
    ),
    liar("stores-again", "M50", {"webhooks._stored": stores_again}, "buy", "HOOK-01", "F-HOOK-01"),
    liar("done-is-500", "M53", {"webhooks._stored": fails_on_what_is_done}, "buy", "HOOK-04", "F-HOOK-08"),
    liar(
        "old-event-wins",
        None,
        {"webhooks._stored": takes_captures_back},
        "buy-capture-refund",
        "STAT-05 HOOK-02",
        "F-HOOK-05",
    ),
    liar("acked-first", None, {"webhooks.receive": acknowledges_first}, "buy", "HOOK-04", "F-HOOK-07"),
    liar(
        "gives-up",
        None,
        {"webhooks._deal_with": gives_up},
        "captured-at-the-gateway",
        "HOOK-02",
        "F-HOOK-02 F-CAP-06",
    ),
    liar(
        "believes-events",
        None,
        {"webhooks._deal_with": believes_events, "webhooks._is_news": asks_about_everything},
        "out-of-stock",
        "HOOK-02",
        "F-STA-08",
    ),
    liar(
        "pays-by-event",
        None,
        {"webhooks._deal_with": pays_by_itself, "webhooks._is_news": asks_about_everything},
        "three-d-secure",
        "CONC-02 LED-01",
        "F-CON-05 F-SCA-01",
    ),
)
