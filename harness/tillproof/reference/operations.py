"""
Operations: every effect at a gateway is a row, durable before the call.

*Record the intent* (`intend`, inside the caller's atomic step), *call* and *record the outcome with all that follows from
it* in one atomic step (`finish`). A repeated call with the stored key is the question what became of it; so whoever finds an
unsettled operation (a retry, `settle`) takes it and finishes it, and needs to know nothing else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import cast

import msgspec
from msgspec.structs import replace

from tillproof.contract.outcomes import Done, Outcome, Refused, Unknown
from tillproof.contract.processor import Attempt, PaymentContext, PaymentProcessor
from tillproof.domain.entities import Cart, Data, Operation, Payment, PaymentSession
from tillproof.domain.money import Money
from tillproof.domain.statuses import UNSETTLED, OperationKind, OperationState, SessionStatus
from tillproof.reference.follows import FOLLOWS
from tillproof.reference.ports import DeadlineExceeded, StoreError, Transaction
from tillproof.reference.refusals import Conflict
from tillproof.reference.shop import Shop

_LARGEST_DATA = 65_536  # bytes of JSON a processor may hand us to keep


def intend(
    shop: Shop,
    tx: Transaction,
    kind: OperationKind,
    of: PaymentSession | Payment,
    *,
    amount: int | None = None,
    contents: str | None = None,
    batch: str | None = None,
    note: str | None = None,
    reason: str | None = None,
) -> Operation:
    """
    Write down a wanted effect on a session's or payment's gateway object, and return it.

    It is leased to the caller, unless it is one of a batch: those wait until they are taken.
    """
    now = shop.clock.now()
    id_ = shop.ids.new(Operation.prefix)
    holder, until = shop.lease() if batch is None else (None, None)
    operation = Operation(
        id=id_,
        kind=kind,
        idempotency_key=shop.ids.new("key"),
        reference=id_,
        provider_id=of.provider_id,
        cart_id=of.cart_id,
        session_id=of.id if isinstance(of, PaymentSession) else None,
        payment_id=of.id if isinstance(of, Payment) else None,
        order_id=of.order_id if isinstance(of, Payment) else None,
        amount=of.amount if amount is None else amount,
        currency_code=of.currency_code,
        data=of.data,
        contents=contents,
        batch=batch,
        note=note,
        reason=reason,
        attempts=1 if batch is None else 0,
        first_sent_at=now if batch is None else None,
        sent_at=now if batch is None else None,
        sent_steady=shop.clock.steady() if batch is None else None,
        sent_in=shop.boot_id if batch is None else None,
        locked_by=holder,
        locked_until=until,
        created_at=now,
        updated_at=now,
    )
    tx.put(operation)
    return operation


def take(shop: Shop, tx: Transaction, operation: Operation) -> Operation:
    """Lease an unsettled operation to the caller for one more try. Raises `Conflict` while somebody else is at it."""
    if shop.is_held(operation.locked_by, operation.locked_until):
        raise Conflict
    holder, until = shop.lease()
    now = shop.clock.now()
    taken = replace(
        operation,
        attempts=operation.attempts + 1,
        first_sent_at=now - _age(shop, operation),
        sent_at=now,
        sent_steady=shop.clock.steady(),
        sent_in=shop.boot_id,
        locked_by=holder,
        locked_until=until,
        updated_at=now,
    )
    tx.put(taken)
    return taken


def unsettled(tx: Transaction, **owner: str) -> list[Operation]:
    """Return the owner's operations of which the gateway may know more than we do (it has not refused), oldest first."""
    return [one for one in tx.select(Operation, **owner) if one.state in UNSETTLED and one.code is None]


async def finish(shop: Shop, operation: Operation) -> Operation:
    """
    Call the processor with the stored key, record the outcome and what follows from it, and return the operation.

    The lease must be the caller's. It ends here, whatever happens.
    """
    try:
        if operation.state is OperationState.UNWANTED:
            outcome = await _look(shop, operation)
        else:
            outcome = await _call(shop, operation)

        def recorded(tx: Transaction) -> Operation:
            current = tx.find(Operation, operation.id)
            if current is None or current.state not in UNSETTLED:
                return current or operation  # somebody who took over was told first; what it recorded stands
            came = _bounded(shop, tx, current, outcome)
            settled = _settled(shop, current, came)
            tx.put(settled)
            FOLLOWS[operation.kind](shop, tx, settled, came)
            return settled

        recorded.__name__ = f"{operation.kind}_recorded"
        return await shop.store.atomic(recorded)
    except StoreError:
        await _let_go(shop, operation)
        raise


async def read(shop: Shop, provider_id: str, call: Callable[[PaymentProcessor], Awaitable[object]]) -> Outcome:
    """Ask a processor for something without an effect, within the deadline."""
    return _understood(await consult(shop, provider_id, call))


async def consult(shop: Shop, provider_id: str, call: Callable[[PaymentProcessor], Awaitable[object]]) -> object:
    """Ask a processor within the deadline, and return what it says as it is; `Unknown` where it says nothing."""
    processor = shop.processors.get(provider_id)
    if processor is None:
        return Unknown("the processor is not installed")
    try:
        return await shop.clock.within(shop.settings.gateway_deadline, call(processor))
    except DeadlineExceeded:
        return Unknown("no answer before the deadline")
    except Exception as error:  # noqa: BLE001 - a processor may raise anything, and whatever it is, it is no outcome
        return Unknown(type(error).__name__)


def _bounded(shop: Shop, tx: Transaction, operation: Operation, outcome: Outcome) -> Outcome:
    """Take a challenge for a refusal where the customer has been asked to act too often in a row."""
    if not isinstance(outcome, Done) or outcome.status is not SessionStatus.REQUIRES_MORE or operation.session_id is None:
        return outcome
    before = tx.select(Operation, session_id=operation.session_id, kind=OperationKind.AUTHORIZE)
    last = [o.state for o in before if o.id != operation.id][-shop.settings.challenges :]
    if last.count(OperationState.AWAITING) < shop.settings.challenges or operation.state is OperationState.UNWANTED:
        return outcome
    return Refused("not_confirmed", "The payment was not confirmed. Try again, or choose another way to pay.")


def _settled(shop: Shop, operation: Operation, outcome: Outcome) -> Operation:
    state = OperationState.DONE
    code: str | None = None
    message: str | None = None
    match outcome:
        case Done(status=SessionStatus.REQUIRES_MORE | SessionStatus.PENDING) if (
            operation.kind is OperationKind.AUTHORIZE and operation.state is not OperationState.UNWANTED
        ):
            state = OperationState.AWAITING
        case Done():
            pass
        case Refused():
            state, code, message = OperationState.REFUSED, outcome.code, outcome.message
        case Unknown():
            message = outcome.reason
            state = operation.state if operation.state is OperationState.UNWANTED else OperationState.UNKNOWN
    return replace(
        operation,
        state=state,
        code=code,
        message=message,
        locked_by=None,
        locked_until=None,
        updated_at=shop.clock.now(),
    )


async def _let_go(shop: Shop, operation: Operation) -> None:
    def lease_ended(tx: Transaction) -> None:
        current = tx.find(Operation, operation.id)
        if current is not None and current.locked_by == operation.locked_by:
            tx.put(replace(current, locked_by=None, locked_until=None))

    try:
        await shop.store.atomic(lease_ended)
    except StoreError:
        return  # then the lease lapses by itself


async def _look(shop: Shop, operation: Operation) -> Outcome:
    attempt = _attempt(shop, operation)
    return await read(shop, operation.provider_id, lambda p: p.find_effect(operation.kind, attempt, operation.data))


async def _call(shop: Shop, operation: Operation) -> Outcome:
    attempt = _attempt(shop, operation)
    money = Money(operation.amount, operation.currency_code)
    context = await _context(shop, operation, money)
    data = operation.data
    calls: dict[OperationKind, Callable[[PaymentProcessor], Awaitable[object]]] = {
        OperationKind.INITIATE: lambda p: p.initiate_payment(context, attempt),
        OperationKind.UPDATE: lambda p: p.update_payment(data, context, attempt),
        OperationKind.AUTHORIZE: lambda p: p.authorize_payment(data, context, attempt),
        OperationKind.CAPTURE: lambda p: p.capture_payment(data, money, attempt),
        OperationKind.REFUND: lambda p: p.refund_payment(data, money, attempt),
        OperationKind.CANCEL: lambda p: p.cancel_payment(data, attempt),
        OperationKind.DELETE: lambda p: p.delete_payment(data, attempt),
    }
    outcome = await read(shop, operation.provider_id, calls[operation.kind])
    if operation.kind is OperationKind.AUTHORIZE and isinstance(outcome, Done) and outcome.status is None:
        return Unknown("authorized or not: the answer bears no status")
    return outcome


async def _context(shop: Shop, operation: Operation, money: Money) -> PaymentContext:
    cart = await shop.store.read(lambda tx: tx.find(Cart, operation.cart_id))
    return PaymentContext(
        amount=money,
        resource_id=operation.cart_id,
        email=cart.email if cart else None,
        customer=cart.customer if cart else None,
        context=cart.context if cart else {},
    )


def _attempt(shop: Shop, operation: Operation) -> Attempt:
    now = shop.clock.now()
    return Attempt(
        idempotency_key=operation.idempotency_key,
        reference=operation.reference,
        number=operation.attempts,
        first_sent_at=now - _age(shop, operation),
        sent_at=now,
    )


def _age(shop: Shop, operation: Operation) -> float:
    """
    Return for how many seconds the key has been in use.

    No clock that is set changes it while a boot lasts. From one boot to the next there is only that clock: it may add, and
    never takes away.
    """
    first, last, steady = operation.first_sent_at, operation.sent_at, operation.sent_steady
    if first is None or last is None or steady is None:
        return 0.0
    if operation.sent_in == shop.boot_id:
        return last - first + shop.clock.steady() - steady
    return last - first + max(0.0, shop.clock.now() - last)


def _understood(answer: object) -> Outcome:
    """Believe only what fits the contract; the original's error object is a refusal, anything else is unknown."""
    match answer:
        case Done(data, status) if _sound(data) and (status is None or status in SessionStatus.__members__.values()):
            return answer
        case Refused() | Unknown():
            return answer
        case dict() if "error" in answer:
            told = cast("Data", answer)
            return Refused(str(told.get("code") or "refused"), str(told["error"]))
        case _:
            return Unknown("the answer makes no sense")


def _sound(data: object) -> bool:
    """Tell whether these data can be kept: a JSON object of bounded size that survives the way there and back."""
    if not isinstance(data, dict):
        return False
    kept = cast("Data", data)
    try:
        text = msgspec.json.encode(kept)
        return len(text) <= _LARGEST_DATA and msgspec.json.decode(text) == kept
    except (TypeError, ValueError, RecursionError):
        return False
