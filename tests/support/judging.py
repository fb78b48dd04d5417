"""
Asking a rule about a run written by hand: as it is, and amid purchases of other people.

What one customer's purchase is judged to be does not hang on what others buy before and after it: so every run is judged
twice, and has to break its rule in the same way.
"""

from __future__ import annotations

from functools import cache

from msgspec.structs import replace
from support.histories import CART, ITEM, KEY, ORDER, PAYMENT, REFUND, SESSION, Tape, operation

from tillproof.domain.entities import Entity, Operation, Payment
from tillproof.domain.ledger import EntryKind
from tillproof.domain.statuses import OperationKind, OperationState, OrderStatus, RecoveryPoint, SessionStatus
from tillproof.history.events import AnyEvent, Asked, Called, Heard, Returned, Unheard
from tillproof.history.story import fold
from tillproof.history.verdicts import Breach
from tillproof.rules.registry import BY_ID, judge

_POINTERS = ("asked", "called", "announced", "delivered")
"""The fields of events that hold the step of another event."""


def broken(tape: Tape, rule: str, **more: object) -> int | None:
    """Return how often the history breaks the rule; None if it does not exercise it."""
    said = judge(fold(tape.history(**more)), [BY_ID[rule]])
    found = breaches(tape, rule, **more)
    return len(found) if said.exercised else None


def breaches(tape: Tape, rule: str, **more: object) -> tuple[Breach, ...]:
    """Return how the history breaks the rule, which is the same amid other purchases."""
    history = tape.history(**more)
    found = judge(fold(history), [BY_ID[rule]]).breaches
    before = others(first=True)
    events = (*before, *(_moved(event, len(before)) for event in tape.events))
    after = () if _open(tape) else others(first=False)
    events = (*events, *(_moved(event, len(events)) for event in after))
    amid = judge(fold(replace(history, events=events)), [BY_ID[rule]]).breaches
    seen = [(breach.step - len(before), breach.method) for breach in amid]
    assert seen == [(breach.step, breach.method) for breach in found], f"amid other purchases: {amid}"
    return found


def _moved(event: AnyEvent, by: int) -> AnyEvent:
    """Return the event as it is when so many come before its tape."""
    pointers = {name: getattr(event, name) + by for name in _POINTERS if isinstance(getattr(event, name, None), int)}
    return replace(event, step=event.step + by, **pointers)


def _open(tape: Tape) -> bool:
    """Tell whether a request or a call is still under way when the tape ends: then what comes later would be laid to it."""
    asked = {event.step for event in tape.events if isinstance(event, Asked)}
    called = {event.step for event in tape.events if isinstance(event, Called)}
    answered = {event.asked for event in tape.events if isinstance(event, Heard | Unheard)}
    return not (asked <= answered and called <= {e.called for e in tape.events if isinstance(e, Returned)})


@cache
def others(*, first: bool) -> tuple[AnyEvent, ...]:
    """Tell of the purchases of other people: those that come before, or those that come after."""
    tape = Tape()
    if first:
        _bought(tape, 7, "manual")
        _bought(tape, 8, "bank")
        _captured_and_refunded(tape, 8)
    else:
        _bought(tape, 9, "bank")
        _canceled(tape, 9)
        _bought(tape, 6, "manual")
    return tuple(tape.events)


def _bought(tape: Tape, n: int, provider: str) -> None:
    """Buy something for 73.00 USD, with a key that the shop made."""
    key = f"key_{n}f0e1d2c3b4a5968778695a4"
    items = (replace(ITEM, id=f"li_{n}", unit_price=7300),)
    cart = replace(CART, id=f"cart_{n}", region_id="reg_abroad", currency_code="usd", items=items, idempotency_key=key)
    row = replace(KEY, id=f"ikey_{n}", idempotency_key=key, cart_id=cart.id)
    session = replace(SESSION, id=f"ps_{n}", cart_id=cart.id, amount=7300, currency_code="usd", provider_id=provider)
    payment = _payment(n, provider)
    order = replace(ORDER, id=f"order_{n}", cart_id=cart.id, region_id="reg_abroad", currency_code="usd")
    order = replace(order, items=items, total=7300)

    kinds = (OperationKind.INITIATE, OperationKind.AUTHORIZE)
    wants = [_operation(kind, n, number, provider) for number, kind in enumerate(kinds)]
    tape.commit(cart, replace(session, is_initiated=False), row, *wants)
    _call(tape, "initiate_payment", n, 0, provider, EntryKind.INTENT, f"in_{n}")
    tape.commit(replace(session, data={"intent": f"in_{n}"}), _done(wants[0]))
    asked = tape.put(Asked, actor=f"shopper-{n}", call="complete", number=1, intent=1, key=key, request={"id": cart.id})
    _call(tape, "authorize_payment", n, 1, provider, EntryKind.AUTHORIZE, f"au_{n}", f"in_{n}")
    authorized = replace(session, data={"intent": f"in_{n}"}, status=SessionStatus.AUTHORIZED)
    tape.commit(authorized, _done(wants[1]), replace(row, recovery_point=RecoveryPoint.AUTHORIZED))
    tape.commit(payment, replace(row, recovery_point=RecoveryPoint.PAYMENT_CREATED))
    tape.commit(order, replace(payment, order_id=order.id), replace(row, recovery_point=RecoveryPoint.FINISHED))
    headers = {"idempotency-key": key, "access-control-expose-headers": "Idempotency-Key"}
    body = {"type": "order", "data": {"id": order.id}}
    told_as = {"actor": f"shopper-{n}", "call": "complete", "intent": 1}
    tape.put(Heard, asked=asked, status=200, body=body, headers=headers, **told_as)


def _captured_and_refunded(tape: Tape, n: int) -> None:
    payment = replace(_payment(n, "bank"), order_id=f"order_{n}")
    _desk(tape, n, "capture", OperationKind.CAPTURE, EntryKind.CAPTURE, replace(payment, captured_at=1.0))
    refund = replace(REFUND, id=f"ref_{n}", order_id=f"order_{n}", payment_id=f"pay_{n}", amount=1700)
    _desk(
        tape, n, "refund", OperationKind.REFUND, EntryKind.REFUND,
        replace(payment, captured_at=1.0, amount_refunded=1700), refund, amount=1700,
    )  # fmt: skip


def _canceled(tape: Tape, n: int) -> None:
    payment = replace(_payment(n, "bank"), order_id=f"order_{n}", canceled_at=1.0)
    order = next(c.row for e in reversed(tape.events) for c in getattr(e, "changes", ()) if c.id == f"order_{n}")
    _desk(tape, n, "cancel", OperationKind.CANCEL, EntryKind.VOID, payment, replace(order, status=OrderStatus.CANCELED))


def _desk(tape: Tape, n: int, call: str, kind: OperationKind, entry: EntryKind, *rows: Entity, amount: int = 7300) -> None:
    """Let an operator ask for something, have it done, and hear of it."""
    number = 2 if call == "capture" else 3
    wanted = replace(_operation(kind, n, number, "bank"), amount=amount, payment_id=f"pay_{n}")
    told_as = {"actor": f"operator-{n}", "call": call, "intent": number}
    request = {"id": f"order_{n}", "amount": amount} if call == "refund" else {"id": f"order_{n}"}
    asked = tape.put(Asked, number=1, key=f"desk_{n}_{number}", request=request, **told_as)
    tape.commit(wanted)
    parent = f"ca_{n}" if entry is EntryKind.REFUND else f"au_{n}"
    _call(tape, f"{kind}_payment", n, number, "bank", entry, f"{entry[:2]}_{n}", parent, amount=amount)
    tape.commit(_done(wanted), *rows)
    tape.put(Heard, asked=asked, status=200, body={"order": {"id": f"order_{n}"}}, headers={}, **told_as)


def _call(
    tape: Tape, method: str, n: int, number: int, provider: str, entry: EntryKind, id_: str, parent: str | None = None,
    *, amount: int = 7300,
) -> None:  # fmt: skip
    """Have a processor do something, and, if it is the bank's, the gateway as well."""
    names = {"key": f"gk_{n}{number}", "reference": f"op_{n}{number}"}
    given = {"amount": amount, "currency": "usd", "resource_id": f"cart_{n}", "data": {"intent": f"in_{n}"}}
    called = tape.put(Called, boot=1, provider_id=provider, method=method, number=1, attempt=1, arguments=given, **names)
    if provider == "bank":
        tape.ledger(
            entry, id_, intent=f"in_{n}", amount=amount, currency="usd", resource=f"cart_{n}", parent=parent, **names
        )
    status = "authorized" if method == "authorize_payment" else None
    tape.put(Returned, called=called, method=method, outcome="done", data={"intent": f"in_{n}"}, status=status)


def _payment(n: int, provider: str) -> Payment:
    data = {"intent": f"in_{n}"}
    return replace(
        PAYMENT, id=f"pay_{n}", cart_id=f"cart_{n}", provider_id=provider, amount=7300, currency_code="usd", data=data
    )


def _operation(kind: OperationKind, n: int, number: int, provider: str) -> Operation:
    made = operation(kind, n * 10 + number, session_id=f"ps_{n}", amount=7300, currency_code="usd")
    return replace(made, cart_id=f"cart_{n}", provider_id=provider)


def _done(wanted: Operation) -> Operation:
    return replace(wanted, state=OperationState.DONE)
