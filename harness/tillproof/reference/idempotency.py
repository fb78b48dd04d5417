"""
Idempotency keys: what binds the tries of one request together.

A completion's key belongs to a cart and is shown there; an absent or a new key joins the cart's open attempt. A capture's,
refund's, cancel's or swap's key belongs to its path and points at what it caused.
"""

from __future__ import annotations

import re

from msgspec.structs import replace

from tillproof.domain.entities import Cart, Data, IdempotencyKey, Operation
from tillproof.domain.statuses import RecoveryPoint
from tillproof.reference.follows import open_key
from tillproof.reference.ports import StoreError, Transaction
from tillproof.reference.refusals import Conflict, InvalidData, KeyMismatch, NotFound
from tillproof.reference.shop import Shop

_KEY = re.compile(r"[A-Za-z0-9_.:-]{1,255}")


def checked(key: str | None) -> str | None:
    """Return the client's key if it is one: opaque, printable, at most 255 characters. Raises `InvalidData`."""
    if key is not None and not _KEY.fullmatch(key):
        raise InvalidData("Idempotency-Key must be 1 to 255 letters, digits, or any of _ . : -")
    return key


async def open_attempt(shop: Shop, cart_id: str, given: str | None, fresh: str) -> IdempotencyKey:
    """
    Return the key of the cart's attempt, locked to the caller; `fresh` is used where there is none and none was given.

    A finished attempt is returned as it is. Raises `Conflict` while another request holds it, `KeyMismatch`, `NotFound`.
    """
    path = f"/store/carts/{cart_id}/complete"

    def attempt_opened(tx: Transaction) -> IdempotencyKey:
        cart = tx.find(Cart, cart_id)
        if cart is None:
            raise NotFound(f"Cart with {cart_id} was not found")
        if given is not None:
            bound(tx, given, path)
        key = open_key(tx, cart_id)
        if key is not None and key.recovery_point is RecoveryPoint.FINISHED:
            return key
        now = shop.clock.now()
        if key is None:
            key = IdempotencyKey(
                id=shop.ids.new(IdempotencyKey.prefix),
                idempotency_key=given or fresh,
                request_method="POST",
                request_path=path,
                request_params={"id": cart_id},
                cart_id=cart_id,
                created_at=now,
            )
            tx.put(replace(cart, idempotency_key=key.idempotency_key, updated_at=now))
        elif shop.is_held(key.locked_by, key.locked_until):
            raise Conflict
        holder, until = shop.lease()
        key = replace(key, locked_by=holder, locked_at=now, locked_until=until, updated_at=now)
        tx.put(key)
        return key

    return await shop.store.atomic(attempt_opened)


async def close_attempt(shop: Shop, held: IdempotencyKey) -> None:
    """Let go of the lock, if it is still the caller's. If that fails, it lapses by itself."""

    def attempt_closed(tx: Transaction) -> None:
        key = tx.find(IdempotencyKey, held.id)
        if key is not None and key.locked_by is not None and key.locked_by == held.locked_by:
            tx.put(replace(key, locked_by=None, locked_at=None, locked_until=None))

    try:
        await shop.store.atomic(attempt_closed)
    except StoreError:
        return


def bound(tx: Transaction, key: str, path: str) -> IdempotencyKey | None:
    """Return the row of a key that was used before. Raises `KeyMismatch` if that was for another path."""
    row = next(iter(tx.select(IdempotencyKey, idempotency_key=key)), None)
    if row is not None and row.request_path != path:
        raise KeyMismatch
    return row


def caused(tx: Transaction, key: str | None, path: str, params: Data) -> Operation | None:
    """
    Return the operation that this key has caused before, if any; of a batch, the first.

    Raises `KeyMismatch`, and `InvalidData` if these are not the parameters it was first sent with.
    """
    row = bound(tx, key, path) if key is not None else None
    if row is not None and row.request_params != params:
        raise InvalidData("This Idempotency-Key was used with other parameters")
    return tx.find(Operation, row.operation_id) if row is not None and row.operation_id else None


def remember(shop: Shop, tx: Transaction, key: str | None, path: str, params: Data, **caused: object) -> None:
    """Bind the client's key to what it caused (attributes of its row), so that the next try finds it."""
    if key is None:
        return
    now = shop.clock.now()
    row = bound(tx, key, path) or IdempotencyKey(
        id=shop.ids.new(IdempotencyKey.prefix),
        idempotency_key=key,
        request_method="POST",
        request_path=path,
        request_params=params,
        created_at=now,
    )
    tx.put(replace(row, updated_at=now, **caused))
