"""Backends that are careless with the client's key."""

from __future__ import annotations

from msgspec.structs import replace

from tillproof.contract.outcomes import Outcome, Refused
from tillproof.domain.entities import Cart, IdempotencyKey, Operation, PaymentSession
from tillproof.domain.requests import Answer
from tillproof.domain.statuses import RecoveryPoint
from tillproof.reference.follows import open_key, renewed
from tillproof.reference.ports import Transaction
from tillproof.reference.refusals import Conflict
from tillproof.reference.shop import Shop
from tillproof.selftest.backend_liars.patching import Honest
from tillproof.selftest.backend_liars.row import liar

_REMEMBERED = 2  # tries


async def starts_over(honest: Honest, shop: Shop, cart_id: str, given: str | None, fresh: str) -> IdempotencyKey:
    """Every retry of a completion starts from the start, with a fresh session, wherever the last one stopped."""
    await _forget_attempt(shop, cart_id)
    key: IdempotencyKey = await honest(shop, cart_id, given, fresh)
    return key


async def never_advances(honest: Honest, shop: Shop, cart_id: str, given: str | None, fresh: str) -> IdempotencyKey:
    """No recovery point is ever stored: every retry of a completion starts from the start, with a fresh session."""
    key: IdempotencyKey = await starts_over(honest, shop, cart_id, given, fresh)
    return key


async def _forget_attempt(shop: Shop, cart_id: str) -> None:
    """Take the cart's open attempt, if there is one, back to its start: with fresh sessions it can be bought again."""

    def attempt_forgotten(tx: Transaction) -> None:
        cart = tx.find(Cart, cart_id)
        if cart is None or cart.idempotency_key is None:
            return
        tx.put(replace(cart, completed_at=None, payment_id=None))
        for session in tx.select(PaymentSession, cart_id=cart_id, is_initiated=True):
            tx.delete(session)
            tx.put(renewed(shop, session))
        key = open_key(tx, cart_id)
        if key is not None:
            tx.put(replace(key, recovery_point=RecoveryPoint.STARTED))

    await shop.store.atomic(attempt_forgotten)


def stores_no_point(honest: Honest, shop: Shop, tx: Transaction, key: IdempotencyKey, *args: object, **kw: object) -> object:
    """Store the key as it was at the start, and go on with the one that moved."""
    moved = honest(shop, tx, key, *args, **kw)
    tx.put(replace(moved, recovery_point=RecoveryPoint.STARTED))
    return moved


def authorizes_without_a_point(honest: Honest, shop: Shop, tx: Transaction, operation: Operation, outcome: Outcome) -> None:
    """Record the authorization, and leave the key at the start."""
    honest(shop, tx, operation, outcome)
    key = open_key(tx, operation.cart_id)
    if key is not None:
        tx.put(replace(key, recovery_point=RecoveryPoint.STARTED))


async def goes_on_by_itself(honest: Honest, shop: Shop, key: IdempotencyKey) -> IdempotencyKey:
    """Go on from an authorization, which nothing stored tells of."""
    current: IdempotencyKey = await honest(shop, key)
    return replace(current, recovery_point=RecoveryPoint.AUTHORIZED) if _at_start(key) else current


def compares_no_point(_honest: Honest, _tx: Transaction, key: IdempotencyKey) -> IdempotencyKey:
    """Take the caller's word for how far the key has come."""
    return key


def _at_start(key: IdempotencyKey) -> bool:
    return key.recovery_point is RecoveryPoint.STARTED


def error_moves_on(honest: Honest, shop: Shop, tx: Transaction, operation: Operation, outcome: Outcome) -> None:
    """A refused authorization moves the key on, so that a Payment is made of nothing and the key can never pay."""
    honest(shop, tx, operation, outcome)
    key = open_key(tx, operation.cart_id)
    if key is not None and isinstance(outcome, Refused):
        tx.put(replace(key, recovery_point=RecoveryPoint.AUTHORIZED, contents=operation.contents))


async def waits_for_ever(_honest: Honest, _shop: Shop, _key: IdempotencyKey) -> Answer:
    """Never come back from a Payment that cannot become an order."""
    raise Conflict


async def challenge_is_final(honest: Honest, shop: Shop, key: IdempotencyKey) -> IdempotencyKey | Answer:
    """`requires_more` is stored as the key's final answer."""
    stage: IdempotencyKey | Answer = await honest(shop, key)
    if isinstance(stage, Answer) and stage.body.get("payment_status") == "requires_more":
        await _store_final(shop, key, stage)
    return stage


async def conflict_is_final(honest: Honest, shop: Shop, key: IdempotencyKey, **how: object) -> Answer:
    """The conflict that says that nobody knows is stored as the key's final answer."""
    try:
        answer: Answer = await honest(shop, key, **how)
    except Conflict as conflict:
        answer = conflict.answer()
        await _store_final(shop, key, answer)
    return answer


async def _store_final(shop: Shop, key: IdempotencyKey, answer: Answer) -> None:
    def answer_stored(tx: Transaction) -> None:
        current = tx.find(IdempotencyKey, key.id) or key
        final = replace(current, recovery_point=RecoveryPoint.FINISHED, response_code=answer.status)
        tx.put(replace(final, response_body=answer.body))

    await shop.store.atomic(answer_stored)


async def answers_as_stored(honest: Honest, shop: Shop, key: IdempotencyKey) -> Answer:
    """Answer from the key's row, whatever was stored there."""
    body = key.response_body or {}
    if "order_id" not in body:
        return Answer(status=key.response_code or 200, body=body)
    answer: Answer = await honest(shop, key)
    return answer


async def puts_key_aside(honest: Honest, shop: Shop, cart_id: str, given: str | None, fresh: str) -> IdempotencyKey:
    """A key the client made is put aside for another; sent again after the order, it is told of a conflict."""
    known = await shop.store.read(lambda tx: tx.select(IdempotencyKey, idempotency_key=given))
    key: IdempotencyKey = await honest(shop, cart_id, given if known else None, fresh)
    if key.recovery_point is RecoveryPoint.FINISHED and key.idempotency_key != given:
        raise Conflict
    return key


async def tells_no_key(honest: Honest, shop: Shop, cart_id: str, given: str | None, **how: object) -> Answer:
    """Completions are answered without the key."""
    answer: Answer = await honest(shop, cart_id, given, **how)
    return replace(answer, headers={})


async def joins_nothing(honest: Honest, shop: Shop, cart_id: str, given: str | None, fresh: str) -> IdempotencyKey:
    """A completion without a key begins an attempt of its own."""
    if given is None:
        await _forget_attempt(shop, cart_id)

        def key_dropped(tx: Transaction) -> None:
            for key in tx.select(IdempotencyKey, cart_id=cart_id):
                tx.put(replace(key, cart_id=None))

        await shop.store.atomic(key_dropped)
    opened: IdempotencyKey = await honest(shop, cart_id, given, fresh)
    return opened


async def keeps_lock(_honest: Honest, _shop: Shop, _held: IdempotencyKey) -> None:
    """A request never lets go of its key."""


async def waits_for_the_dead(honest: Honest, shop: Shop, cart_id: str, given: str | None, fresh: str) -> IdempotencyKey:
    """A key that was ever locked and is not finished stays locked, whoever held it."""

    def locked(tx: Transaction) -> bool:
        key = open_key(tx, cart_id)
        return key is not None and key.locked_by is not None

    if await shop.store.read(locked):
        raise Conflict
    key: IdempotencyKey = await honest(shop, cart_id, given, fresh)
    return key


def forgets_after_two(honest: Honest, shop: Shop, tx: Transaction, operation: Operation) -> Operation:
    """An effect of which two tries were lost is tried again under a name and a key of its own."""
    taken: Operation = honest(shop, tx, operation)
    if taken.attempts > _REMEMBERED:
        taken = replace(taken, reference=shop.ids.new(Operation.prefix), idempotency_key=shop.ids.new("key"))
        tx.put(taken)
    return taken


ROWS = (
    liar(
        "starts-over",
        "M25",
        {"idempotency.open_attempt": starts_over},
        "buy",
        "IDEM-02 IDEM-03 CRASH-03",
    ),
    liar(
        "never-advances",
        "M25",
        {
            "idempotency.open_attempt": never_advances,
            "checkout._moved": stores_no_point,
            "checkout._reread": goes_on_by_itself,
            "checkout._current": compares_no_point,
            "follows.authorized": authorizes_without_a_point,
        },
        "buy",
        "IDEM-02 IDEM-03 CRASH-03",
    ),
    liar(
        "error-moves-on",
        "M27",
        {"follows.authorized": error_moves_on, "checkout._confirm_and_place": waits_for_ever},
        "decline-then-other-method",
        "STAT-02 IDEM-09",
        like="F-IDM-14",
    ),
    liar(
        "challenge-is-final",
        "M28",
        {"checkout._authorize": challenge_is_final, "checkout._answer": answers_as_stored},
        "three-d-secure",
        "SCA-02 IDEM-09",
        like="F-SCA-02",
    ),
    liar(
        "conflict-is-final",
        "M29",
        {"checkout._run": conflict_is_final, "checkout._answer": answers_as_stored},
        "buy",
        "IDEM-09",
        like="F-IDM-12",
    ),
    liar(
        "key-put-aside",
        "M32",
        {"idempotency.open_attempt": puts_key_aside},
        "buy",
        "IDEM-03 CRASH-04",
        like="F-IDM-13",
    ),
    liar("no-key-told", "M33", {"checkout.complete": tells_no_key}, "buy", "IDEM-01", like="F-INT-08"),
    liar("joins-nothing", None, {"idempotency.open_attempt": joins_nothing}, "buy", "IDEM-10 LED-01", like="F-IDM-04"),
    liar(
        "lock-kept",
        None,
        {"idempotency.open_attempt": waits_for_the_dead, "idempotency.close_attempt": keeps_lock},
        "buy",
        "IDEM-09 OPS-01",
        like="F-INT-11",
    ),
)

TWO_FAULTS = (
    liar(
        "forgets-after-two",
        None,
        {"operations.take": forgets_after_two},
        "buy",
        "LED-01",
    ),
)
"""Wrong only where a second fault strikes while the first is recovered from."""
