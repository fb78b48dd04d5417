"""Backends that are careless on the way from an authorization to an order."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from tillproof.contract.outcomes import Done, Outcome, Refused, Unknown
from tillproof.contract.processor import Attempt
from tillproof.domain.entities import Cart, Data, IdempotencyKey, Operation, Order, Payment, PaymentSession
from tillproof.domain.requests import Answer
from tillproof.domain.statuses import OperationKind, OperationState, RecoveryPoint, SessionStatus
from tillproof.domain.totals import contents, subtotal, total
from tillproof.reference import checkout
from tillproof.reference.follows import open_key, renewed
from tillproof.reference.operations import finish, intend, take, unsettled
from tillproof.reference.ports import Transaction
from tillproof.reference.refusals import Conflict
from tillproof.reference.sessions import selected, usable
from tillproof.reference.shop import Shop
from tillproof.selftest.backend_liars.patching import Honest
from tillproof.selftest.backend_liars.row import liar


def keeps_old_contents(honest: Honest, tx: Transaction, cart: Cart, key: IdempotencyKey, provider_id: str) -> object:
    """What was authorized is never compared with what the cart holds now."""
    return honest(tx, cart, replace(key, contents=contents(cart)), provider_id)


def rewrites_sum(honest: Honest, shop: Shop, tx: Transaction, cart: Cart) -> object:
    """Once an attempt is open, write the cart's new sum into its sessions and tell no gateway."""
    if cart.idempotency_key is None:
        return honest(shop, tx, cart)
    for session in tx.select(PaymentSession, cart_id=cart.id):
        tx.put(replace(session, amount=total(cart), currency_code=cart.currency_code))
    return None


def settles_anything(honest: Honest, shop: Shop, operation: Operation, outcome: Outcome) -> Operation:
    """Take whatever was not refused for done."""
    settled: Operation = honest(shop, operation, outcome)
    return replace(settled, state=OperationState.DONE) if isinstance(outcome, Done) else settled


async def places_unconfirmed(_honest: Honest, shop: Shop, key: IdempotencyKey) -> IdempotencyKey:
    """Place the order without asking how the payment stands."""
    payments = await shop.store.read(lambda tx: tx.select(Payment, cart_id=key.cart_id, canceled_at=None))
    placed: IdempotencyKey = await vars(checkout)["_place"](shop, key, payment=payments[0])
    return placed


async def keeps_hold(_honest: Honest, shop: Shop, key: IdempotencyKey) -> Answer:
    """When stock runs out the authorization is kept, and forgotten."""

    def attempt_given_up(tx: Transaction) -> None:
        current = tx.find(IdempotencyKey, key.id) or key
        tx.put(replace(current, recovery_point=RecoveryPoint.STARTED, contents=None))
        for session in tx.select(PaymentSession, cart_id=key.cart_id, is_initiated=True):
            tx.delete(session)
            tx.put(renewed(shop, session))

    await shop.store.atomic(attempt_given_up)
    return Answer(status=key.response_code or 409, body=key.response_body or {})


async def authorizes_anywhere(honest: Honest, shop: Shop, key: IdempotencyKey) -> IdempotencyKey | Answer:
    """The region is looked at when the order is placed, and not before."""
    cart_id = key.cart_id or ""

    def authorization_intended(tx: Transaction) -> Operation | None:
        cart, session = tx.find(Cart, cart_id), selected(tx, cart_id)
        if cart is None or session is None or session.provider_id in usable(tx, cart):
            return None
        open_ = unsettled(tx, session_id=session.id)
        given = contents(cart)
        return take(shop, tx, open_[0]) if open_ else intend(shop, tx, OperationKind.AUTHORIZE, session, contents=given)

    operation = await shop.store.atomic(authorization_intended)
    if operation is None:
        stage: IdempotencyKey | Answer = await honest(shop, key)
        return stage
    if (await finish(shop, operation)).state is not OperationState.DONE:
        raise Conflict
    return await shop.store.read(lambda tx: tx.find(IdempotencyKey, key.id)) or key


async def buys_when_edited(honest: Honest, shop: Shop, cart_id: str, *edit: object) -> None:
    """A cart that is changed after an interrupted completion is bought at once, as it is now."""
    await honest(shop, cart_id, *edit)
    if await shop.store.read(lambda tx: open_key(tx, cart_id)) is not None:
        await checkout.complete(shop, cart_id, None)


def asks_under_new_names(honest: Honest, shop: Shop, operation: Operation) -> Attempt:
    """Every try of an operation goes out as the first of another: a new key, a new reference."""
    attempt: Attempt = honest(shop, operation)
    return replace(attempt, idempotency_key=shop.ids.new("key"), reference=shop.ids.new("op"), number=1)


def asks_under_new_keys(honest: Honest, shop: Shop, operation: Operation) -> Attempt:
    """Every try of an operation goes out as a first try, under a new key."""
    attempt: Attempt = honest(shop, operation)
    return replace(attempt, idempotency_key=shop.ids.new("key"), number=1)


def takes_another(_honest: Honest, shop: Shop, tx: Transaction, operation: Operation) -> Operation:
    """An operation of unknown outcome is left as it is, and another begun in its place."""
    id_, now = shop.ids.new(Operation.prefix), shop.clock.now()
    holder, until = shop.lease()
    begun = replace(operation, id=id_, reference=id_, idempotency_key=shop.ids.new("key"), attempts=1, first_sent_at=None)
    taken = replace(begun, state=OperationState.WANTED, locked_by=holder, locked_until=until, created_at=now)
    tx.put(taken)
    return taken


def has_one_key(honest: Honest, shop: Shop, operation: Operation) -> Attempt:
    """Authorization, capture and refund of a cart go out under one key."""
    attempt: Attempt = honest(shop, operation)
    if operation.kind not in (OperationKind.AUTHORIZE, OperationKind.CAPTURE, OperationKind.REFUND):
        return attempt
    return replace(attempt, idempotency_key=f"key_{operation.cart_id}")


def has_one_key_for_all(honest: Honest, shop: Shop, operation: Operation) -> Attempt:
    """Whatever is asked of a gateway for a cart goes out under one key."""
    attempt: Attempt = honest(shop, operation)
    return replace(attempt, idempotency_key=f"key_{operation.cart_id}")


async def unknown_is_no(honest: Honest, shop: Shop, operation: Operation) -> Outcome:
    """An unknown outcome is taken, and told, for a definite failure."""
    outcome: Outcome = await honest(shop, operation)
    return Refused("failed", "The payment failed.") if isinstance(outcome, Unknown) else outcome


async def unknown_is_yes(honest: Honest, shop: Shop, operation: Operation) -> Outcome:
    """An unknown outcome is taken, and told, for success."""
    outcome: Outcome = await honest(shop, operation)
    return Done(operation.data, SessionStatus.AUTHORIZED) if isinstance(outcome, Unknown) else outcome


def believes_any_status(honest: Honest, answer: Any) -> Outcome:  # noqa: ANN401 - whatever a processor returns
    """A status that is none of the five is believed and stored."""
    if isinstance(answer, Done):
        return answer
    outcome: Outcome = honest(answer)
    return outcome


def refusal_is_silent(honest: Honest, shop: Shop, tx: Transaction, operation: Operation, outcome: Outcome) -> None:
    """A refused authorization leaves its session as if nothing had been said."""
    if not isinstance(outcome, Refused):
        honest(shop, tx, operation, outcome)


async def authorizes_less(honest: Honest, shop: Shop, operation: Operation) -> Outcome:
    """One minor unit less than the cart's total is authorized."""
    if operation.kind in (OperationKind.INITIATE, OperationKind.UPDATE, OperationKind.AUTHORIZE):
        operation = replace(operation, amount=operation.amount - 1)
    outcome: Outcome = await honest(shop, operation)
    return outcome


async def challenges_anew(honest: Honest, shop: Shop, key: IdempotencyKey) -> IdempotencyKey | Answer:
    """Asked again while the customer has to act, it begins with a fresh session."""

    def challenge_forgotten(tx: Transaction) -> None:
        for session in tx.select(PaymentSession, cart_id=key.cart_id, status=SessionStatus.REQUIRES_MORE):
            tx.delete(session)
            tx.put(renewed(shop, session))

    await shop.store.atomic(challenge_forgotten)
    stage: IdempotencyKey | Answer = await honest(shop, key)
    return stage


async def settles_nothing(_honest: Honest, _shop: Shop) -> None:
    """Nothing is settled or swept unless a client comes back for it."""


def places_on_any_word(honest: Honest, shop: Shop, tx: Transaction, operation: Operation, outcome: Outcome) -> None:
    """An order is placed on any status but `error`."""
    honest(shop, tx, operation, outcome)
    key = open_key(tx, operation.cart_id)
    if key is not None and isinstance(outcome, Done):
        tx.put(replace(key, recovery_point=RecoveryPoint.AUTHORIZED, contents=operation.contents))


def orders_without_tax(honest: Honest, shop: Shop, tx: Transaction, cart: Cart) -> Order:
    """The order is placed for the goods alone, without tax and shipping."""
    order: Order = honest(shop, tx, cart)
    bare = replace(order, total=subtotal(cart))
    tx.put(bare)
    return bare


async def places_ahead(honest: Honest, shop: Shop, key: IdempotencyKey) -> IdempotencyKey | Answer:
    """The order is written down before the money is asked for, and taken back once that is settled."""

    def order_written_ahead(tx: Transaction) -> Order | None:
        cart = tx.find(Cart, key.cart_id or "")
        if cart is None or total(cart) <= 0:
            return None
        order = Order(
            id=shop.ids.new(Order.prefix),
            cart_id=cart.id,
            region_id=cart.region_id,
            currency_code=cart.currency_code,
            email=cart.email or "",
            items=cart.items,
            total=total(cart),
            created_at=shop.clock.now(),
            updated_at=shop.clock.now(),
        )
        tx.put(order)
        return order

    def order_taken_back(tx: Transaction) -> None:
        if ahead is not None:
            tx.delete(ahead)

    ahead = await shop.store.atomic(order_written_ahead)
    stage: IdempotencyKey | Answer = await honest(shop, key)
    await shop.store.atomic(order_taken_back)
    return stage


def places_two(honest: Honest, shop: Shop, tx: Transaction, cart: Cart) -> Order:
    """Two orders are placed for one cart, and one of them is cleared away before the client is answered."""
    order: Order = honest(shop, tx, cart)
    tx.put(replace(order, id=shop.ids.new(Order.prefix)))
    return order


async def clears_away(honest: Honest, shop: Shop, key: IdempotencyKey) -> Answer:
    """Delete what orders the cart has beside the one that is answered."""

    def order_cleared_away(tx: Transaction) -> None:
        for order in tx.select(Order, cart_id=key.cart_id):
            if order.id != (key.response_body or {}).get("order_id"):
                tx.delete(order)

    await shop.store.atomic(order_cleared_away)
    answer: Answer = await honest(shop, key)
    return answer


async def tries_the_card(honest: Honest, shop: Shop, operation: Operation) -> Outcome:
    """Before the authorization the card is tried with another of the same sum, which is let go of after it."""

    async def aside(kind: OperationKind, data: Data) -> Outcome:
        id_ = shop.ids.new(Operation.prefix)
        named = replace(operation, id=id_, reference=id_, idempotency_key=shop.ids.new("key"))
        outcome: Outcome = await honest(shop, replace(named, kind=kind, data=data))
        return outcome

    tried: Outcome = Unknown("not tried")
    if operation.kind is OperationKind.AUTHORIZE and operation.attempts == 1:
        begun = await aside(OperationKind.INITIATE, {})
        tried = await aside(OperationKind.AUTHORIZE, begun.data) if isinstance(begun, Done) else begun
    outcome: Outcome = await honest(shop, operation)
    if isinstance(tried, Done):
        await aside(OperationKind.CANCEL, tried.data)
    return outcome


ROWS = (
    liar("order-ahead", None, {"checkout._authorize": places_ahead}, "buy", "LED-04 STAT-02"),
    liar("two-orders-for-a-moment", None, {"checkout._order": places_two, "checkout._answer": clears_away}, "buy", "LED-01"),
    liar("two-holds-for-a-moment", None, {"operations._call": tries_the_card}, "buy", "VOID-03"),
    liar(
        "old-contents",
        "M31",
        {"checkout._outdated": keeps_old_contents, "sessions._missing": rewrites_sum},
        "edit-after-interruption",
        "IDEM-05",
        like="F-IDM-07",
    ),
    liar(
        "any-word-places",
        "M37",
        {
            "follows.authorized": places_on_any_word,
            "operations._settled": settles_anything,
            "checkout._confirm_and_place": places_unconfirmed,
        },
        "three-d-secure",
        "STAT-02 SCA-01",
        like="F-STA-02",
    ),
    liar(
        "hold-kept",
        "M49",
        {"checkout._let_go": keeps_hold},
        "out-of-stock",
        "VOID-03 LED-03",
        like="F-CON-06",
    ),
    liar(
        "hold-kept-on-leaving",
        "M49",
        {"checkout._let_go": keeps_hold, "checkout._authorize": authorizes_anywhere},
        "region-without-processor",
        "VOID-03 LED-03 SESS-05",
    ),
    liar(
        "bought-unasked",
        None,
        {"carts.set_quantity": buys_when_edited},
        "edit-after-interruption",
        "IDEM-05",
    ),
    liar(
        "new-names",
        None,
        {"operations._attempt": asks_under_new_names},
        "buy",
        "LED-02 LED-01 IDEM-07 CRASH-02",
        like="F-IDM-01",
    ),
    liar("new-keys", None, {"operations._attempt": asks_under_new_keys}, "buy", "IDEM-07 CRASH-02"),
    liar(
        "another-operation",
        None,
        {"operations.take": takes_another},
        "buy",
        "IDEM-07 CRASH-02",
        like="F-INT-04",
    ),
    liar("one-key", None, {"operations._attempt": has_one_key}, "buy-capture-refund", "IDEM-08"),
    liar("one-key-for-all", None, {"operations._attempt": has_one_key_for_all}, "buy", "IDEM-08"),
    liar("unknown-is-no", None, {"operations._call": unknown_is_no}, "buy", "STAT-04", like="F-INT-12"),
    liar(
        "unknown-is-yes",
        None,
        {"operations._call": unknown_is_yes, "checkout._confirm_and_place": places_unconfirmed},
        "buy",
        "LED-04",
    ),
    liar(
        "sixth-believed",
        None,
        {"operations._understood": believes_any_status},
        "buy",
        "STAT-01",
        like="F-STA-05",
    ),
    liar("silent-refusal", None, {"follows.authorized": refusal_is_silent}, "buy", "STAT-03"),
    liar(
        "settles-nothing",
        None,
        {"settling.settle": settles_nothing, "settling.sweep": settles_nothing},
        "buy",
        "CRASH-01 CRASH-02 LED-03",
        like="F-INT-09",
    ),
    liar(
        "new-challenge",
        None,
        {"checkout._authorize": challenges_anew},
        "three-d-secure",
        "SESS-01 SCA-01 SCA-02 IDEM-09",
    ),
    liar("authorizes-less", None, {"operations._call": authorizes_less}, "buy", "LED-04 LED-05"),
    liar("untaxed-order", None, {"checkout._order": orders_without_tax}, "buy", "AMT-02 LED-04"),
    liar(
        "changed-meanwhile",
        None,
        {"checkout._outdated": keeps_old_contents},
        "buy-while-editing",
        "CONC-04",
        like="F-CON-11",
    ),
)
