"""Backends that believe what the client sends: keys, ids, sums, outcomes."""

from __future__ import annotations

from msgspec.structs import replace

from tillproof.contract.outcomes import Outcome
from tillproof.domain.entities import Data, IdempotencyKey, Operation, PaymentSession
from tillproof.domain.requests import Answer
from tillproof.domain.statuses import OperationKind, RecoveryPoint, SessionStatus
from tillproof.domain.totals import contents
from tillproof.reference.follows import open_key
from tillproof.reference.ports import Transaction
from tillproof.reference.sessions import editable
from tillproof.reference.shop import Shop
from tillproof.selftest.backend_liars import completion
from tillproof.selftest.backend_liars.patching import Honest
from tillproof.selftest.backend_liars.row import liar


def binds_no_key(_honest: Honest, tx: Transaction, key: str, *_path: object) -> IdempotencyKey | None:
    """A key is taken for whatever it is sent with, whoever used it before and for what."""
    return next(iter(tx.select(IdempotencyKey, idempotency_key=key)), None)


def causes_nothing(_honest: Honest, tx: Transaction, key: str | None, path: str, params: Data) -> Operation | None:
    """Take a key that was sent with anything else for a new one."""
    rows = tx.select(IdempotencyKey, idempotency_key=key, request_path=path, request_params=params)
    return tx.find(Operation, rows[0].operation_id) if rows and rows[0].operation_id else None


async def answers_by_key(honest: Honest, shop: Shop, cart_id: str, given: str | None, **how: object) -> Answer:
    """A key that was used before is answered as it was then, whatever cart it comes with."""
    rows = await shop.store.read(lambda tx: tx.select(IdempotencyKey, idempotency_key=given))
    owner = rows[0].cart_id if rows and rows[0].recovery_point is RecoveryPoint.FINISHED else None
    answer: Answer = await honest(shop, owner or cart_id, given, **how)
    return answer


def checks_no_key(_honest: Honest, key: str | None) -> str | None:
    """Any key is taken: with quotes, with brackets, of any length."""
    return key


async def makes_key_of_cart(honest: Honest, shop: Shop, cart_id: str, given: str | None, _fresh: str) -> IdempotencyKey:
    """A key the shop makes is the cart's id and nothing else."""
    key: IdempotencyKey = await honest(shop, cart_id, given, f"key-of-{cart_id}")
    return key


async def counts_its_keys(honest: Honest, shop: Shop, cart_id: str, given: str | None, _fresh: str) -> IdempotencyKey:
    """A key the shop makes is the next number."""
    made = await shop.store.read(lambda tx: len(tx.select(IdempotencyKey)))
    key: IdempotencyKey = await honest(shop, cart_id, given, f"checkout-{made + 1:04d}")
    return key


async def believes_told_status(honest: Honest, shop: Shop, cart_id: str, provider_id: str, changes: Data) -> None:
    """A storefront that says that the payment is authorized is believed, and the order is placed without it."""
    await honest(shop, cart_id, provider_id, changes)
    if changes.get("status") != SessionStatus.AUTHORIZED:
        return

    def believed(tx: Transaction) -> None:
        for session in tx.select(PaymentSession, cart_id=editable(tx, cart_id).id, provider_id=provider_id):
            tx.put(replace(session, status=SessionStatus.AUTHORIZED))

    await shop.store.atomic(believed)


async def skips_authorized(honest: Honest, shop: Shop, key: IdempotencyKey) -> IdempotencyKey | Answer:
    """Take a session that says authorized for authorized."""
    cart_id = key.cart_id or ""

    def passed_over(tx: Transaction) -> IdempotencyKey | None:
        sessions = tx.select(PaymentSession, cart_id=cart_id, is_selected=True, status=SessionStatus.AUTHORIZED)
        current = open_key(tx, cart_id)
        if not sessions or current is None:
            return None
        moved = replace(current, recovery_point=RecoveryPoint.AUTHORIZED, contents=contents(editable(tx, cart_id)))
        tx.put(moved)
        return moved

    moved = await shop.store.atomic(passed_over)
    stage: IdempotencyKey | Answer = moved or await honest(shop, key)
    return stage


async def charges_what_is_told(honest: Honest, shop: Shop, operation: Operation) -> Outcome:
    """The sum that the storefront wrote into the session's data is the one that is charged."""
    sessions = await shop.store.read(lambda tx: tx.select(PaymentSession, id=operation.session_id))
    told = sessions[0].data.get("amount") if sessions else None
    if told is not None and operation.kind is OperationKind.AUTHORIZE:
        operation = replace(operation, amount=told)
        names = {"idempotency_key": shop.ids.new("key"), "reference": shop.ids.new("op")}
        await honest(shop, replace(operation, kind=OperationKind.UPDATE, **names))
    outcome: Outcome = await honest(shop, operation)
    return outcome


def keeps_challenging(_honest: Honest, _shop: Shop, _tx: Transaction, _operation: Operation, outcome: Outcome) -> Outcome:
    """However often the customer was asked to act, they are asked again."""
    return outcome


async def poisoned_by_failure(honest: Honest, shop: Shop, key: IdempotencyKey) -> IdempotencyKey | Answer:
    """After a payment has met an error, whatever is chosen next meets it too."""

    def failed(tx: Transaction) -> bool:
        return any(o.code is not None for o in tx.select(Operation, cart_id=key.cart_id, kind=OperationKind.AUTHORIZE))

    if await shop.store.read(failed):
        return Answer(status=400, body={"type": "invalid_data", "code": "failed", "message": "The payment has failed."})
    stage: IdempotencyKey | Answer = await honest(shop, key)
    return stage


ROWS = (
    liar(
        "key-untied",
        "M30",
        {"checkout.complete": answers_by_key, "idempotency.bound": binds_no_key},
        "key-of-another-cart",
        "IDEM-04",
        like="F-IDM-06",
    ),
    liar(
        "key-for-anything",
        "M30",
        {"idempotency.bound": binds_no_key, "idempotency.caused": causes_nothing},
        "key-of-another-cart key-of-another-request",
        "IDEM-04",
        like="F-IDM-06",
    ),
    liar(
        "any-key",
        None,
        {"idempotency.checked": checks_no_key},
        "hostile-keys",
        "SEC-02",
        like="F-SEC-09",
    ),
    liar("key-is-the-cart", None, {"idempotency.open_attempt": makes_key_of_cart}, "buy", "SEC-02"),
    liar(
        "numbered-keys",
        None,
        {"idempotency.open_attempt": counts_its_keys},
        "buy",
        "SEC-02",
        like="F-SEC-09",
    ),
    liar(
        "status-believed",
        None,
        {
            "sessions.update_data": believes_told_status,
            "checkout._authorize": skips_authorized,
            "checkout._confirm_and_place": completion.places_unconfirmed,
        },
        "claims",
        "SEC-03 STAT-02 LED-04",
        like="F-SCA-07",
    ),
    liar(
        "price-believed",
        None,
        {"operations._call": charges_what_is_told},
        "claims",
        "SEC-03 LED-04",
        like="F-SEC-07",
    ),
    liar(
        "endless-challenge",
        None,
        {"operations._bounded": keeps_challenging},
        "challenge-without-end",
        "SCA-03",
        like="F-SCA-05",
    ),
    liar(
        "poisoned-cart",
        None,
        {"checkout._authorize": poisoned_by_failure},
        "challenge-failed",
        "SCA-03",
        like="F-SCA-06",
    ),
)
