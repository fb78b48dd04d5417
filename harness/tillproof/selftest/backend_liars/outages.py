"""Backends that bear no failing database, and no clock that is set."""

from __future__ import annotations

from msgspec.structs import replace

from tillproof.contract.processor import Attempt
from tillproof.domain.entities import IdempotencyKey, Operation
from tillproof.reference.follows import open_key
from tillproof.reference.ports import StoreError, Transaction
from tillproof.reference.refusals import Conflict
from tillproof.reference.shop import Shop
from tillproof.selftest.backend_liars.patching import Honest
from tillproof.selftest.backend_liars.row import liar

_HOUR = 3600


async def calls_in_transaction(honest: Honest, shop: Shop, operation: Operation) -> Operation:
    """The gateway is called inside the transaction: when its commit fails, all of it runs again, the call as well."""
    try:
        finished: Operation = await honest(shop, operation)
    except StoreError:
        again = replace(operation, idempotency_key=shop.ids.new("key"), reference=shop.ids.new("op"), attempts=1)
        finished = await honest(shop, again)
    return finished


def keys_by_the_hour(honest: Honest, shop: Shop, operation: Operation) -> Attempt:
    """The gateway's key is made of the operation's and the hour, and every try goes out as a first one."""
    attempt: Attempt = honest(shop, operation)
    hour = int(shop.clock.now()) // _HOUR
    return replace(attempt, idempotency_key=f"{attempt.idempotency_key}-{hour}", number=1)


async def leases_by_the_clock(honest: Honest, shop: Shop, cart_id: str, given: str | None, fresh: str) -> IdempotencyKey:
    """A key's lock ends a minute after it was taken as the clock on the wall has it, whoever held it."""

    def held(tx: Transaction) -> bool:
        key = open_key(tx, cart_id)
        return key is not None and key.locked_at is not None and key.locked_at + shop.settings.lease > shop.clock.now()

    if await shop.store.read(held):
        raise Conflict
    key: IdempotencyKey = await honest(shop, cart_id, given, fresh)
    return key


ROWS = (
    liar(
        "call-in-transaction",
        None,
        {"operations.finish": calls_in_transaction},
        "buy",
        "OPS-01 CRASH-03 LED-01 LED-02",
        like="F-INT-02 F-OPS-01",
    ),
    liar(
        "key-by-the-hour",
        None,
        {"operations._attempt": keys_by_the_hour},
        "buy",
        "OPS-02 IDEM-07 CRASH-02",
        like="F-OPS-03",
    ),
    liar(
        "lease-by-the-clock",
        None,
        {"idempotency.open_attempt": leases_by_the_clock},
        "buy",
        "OPS-02",
        like="F-OPS-03",
    ),
)
