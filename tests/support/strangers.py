"""Purchases of other people, written by hand: put before and after a run, they change nothing of what it is judged to be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from msgspec.structs import replace
from support.histories import CART, ITEM, KEY, ORDER, PAYMENT, REFUND, SESSION, Tape, operation

from tillproof.domain.entities import Cart, Data, Operation, Order, Payment, Swap, WebhookEvent
from tillproof.domain.ledger import EntryKind
from tillproof.domain.statuses import (
    OperationKind,
    OperationState,
    OrderStatus,
    RecoveryPoint,
    SessionStatus,
    SwapPaymentStatus,
)
from tillproof.history.events import Acknowledged, Announced, AnyEvent, Asked, Called, Delivered, Heard, Returned

_ENTRIES = {
    "initiate_payment": EntryKind.INTENT,
    "authorize_payment": EntryKind.AUTHORIZE,
    "capture_payment": EntryKind.CAPTURE,
    "refund_payment": EntryKind.REFUND,
    "cancel_payment": EntryKind.VOID,
}


@cache
def before() -> tuple[AnyEvent, ...]:
    """
    Tell of those that bought first: one by another processor; two whose money was captured, and in part given back.

    Of what happens to two, one has names that sort before those of the run in between, and one has names that sort after.
    """
    tape = Tape()
    Stranger(tape, "7a", "manual", 7300).buys()
    for one in (Stranger(tape, "0a", "bank", 2100), Stranger(tape, "9a", "bank", 7300)):
        one.buys()
        one.is_captured()
        one.hears_of_it()
        one.is_refunded(700)
    return tuple(tape.events)


@cache
def after() -> tuple[AnyEvent, ...]:
    """Tell of those that bought later: two who cancel, two who swap like for like, one by another processor."""
    tape = Tape()
    for canceling, swapping in (
        (Stranger(tape, "0b", "bank", 2100), Stranger(tape, "8a", "bank", 7300)),
        (Stranger(tape, "9b", "bank", 7300), Stranger(tape, "0c", "bank", 2100)),
    ):
        swapping.buys()
        canceling.buys()
        canceling.cancels()
        swapping.is_captured()
        swapping.swaps()
    Stranger(tape, "6a", "atm", 7300).buys()
    return tuple(tape.events)


@dataclass
class Stranger:
    """Somebody who buys something for so much (minor units of USD); `name` tells their rows from those of others."""

    tape: Tape
    name: str
    provider: str
    amount: int
    calls: int = field(default=0, init=False)

    @property
    def cart(self) -> Cart:
        items = (replace(ITEM, id=f"li_{self.name}", unit_price=self.amount),)
        key = f"key_{self.name}f0e1d2c3b4a596877869a4"
        cart = replace(CART, id=f"cart_{self.name}", region_id="reg_abroad", items=items, idempotency_key=key)
        return replace(cart, currency_code="usd", email=f"{self.name}@c.example")

    @property
    def data(self) -> Data:
        return {"intent": f"in_{self.name}"}

    @property
    def payment(self) -> Payment:
        made = replace(PAYMENT, id=f"pay_{self.name}", cart_id=self.cart.id, provider_id=self.provider, data=self.data)
        return replace(made, amount=self.amount, currency_code="usd", order_id=self.order.id)

    @property
    def order(self) -> Order:
        cart = self.cart
        placed = replace(ORDER, id=f"order_{self.name}", cart_id=cart.id, region_id=cart.region_id, items=cart.items)
        return replace(placed, currency_code="usd", total=self.amount)

    def buys(self) -> None:
        """Buy it all in one go, with a key that the shop made."""
        cart, order, payment = self.cart, self.order, self.payment
        key = replace(KEY, id=f"ikey_{self.name}", idempotency_key=str(cart.idempotency_key), cart_id=cart.id)
        session = replace(SESSION, id=f"ps_{self.name}", cart_id=cart.id, amount=self.amount, currency_code="usd")
        session = replace(session, provider_id=self.provider, data=self.data)

        self.tape.commit(cart, key, replace(session, is_initiated=False, data={}))
        initiated = self._done("initiate_payment")
        self.tape.commit(session, initiated)
        asked = self._asks("shopper", "complete", key.idempotency_key, id=cart.id)
        authorized = self._done("authorize_payment", status="authorized")
        at = replace(key, recovery_point=RecoveryPoint.AUTHORIZED)
        self.tape.commit(replace(session, status=SessionStatus.AUTHORIZED), authorized, at)
        self.tape.commit(replace(payment, order_id=None), replace(key, recovery_point=RecoveryPoint.PAYMENT_CREATED))
        self.tape.commit(order, payment, replace(key, recovery_point=RecoveryPoint.FINISHED))
        asked({"type": "order", "data": {"id": order.id}})

    def is_captured(self) -> None:
        """Have the money taken."""
        answered = self._asks("operator", "capture", f"capture-{self.name}", id=self.order.id)
        done = self._done("capture_payment")
        self.tape.commit(done, replace(self.payment, captured_at=1.0))
        answered({"order": {"id": self.order.id}})

    def hears_of_it(self) -> None:
        """Let the gateway tell that the money was taken."""
        announced = self.tape.put(Announced, event=f"ev_{self.name}", name="intent.captured", number=1)
        came = {"event": f"ev_{self.name}", "attempt": 1, "twist": "", "arrives": True}
        delivered = self.tape.put(Delivered, announced=announced, **came)
        told = WebhookEvent(id=f"whe_{self.name}", event_id=f"ev_{self.name}", provider_id="bank", says="captured")
        self.tape.commit(replace(told, resource=self.cart.id, dealt_with_at=1.0), name="event-stored")
        self.tape.put(Acknowledged, delivered=delivered, status=200, heard=True)

    def is_refunded(self, amount: int) -> None:
        """Have so much given back."""
        answered = self._asks("operator", "refund", f"refund-{self.name}", id=self.order.id, amount=amount)
        done = self._done("refund_payment", amount=amount)
        refund = replace(REFUND, id=f"ref_{self.name}", order_id=self.order.id, payment_id=self.payment.id, amount=amount)
        self.tape.commit(done, replace(self.payment, captured_at=1.0, amount_refunded=amount), refund)
        answered({"order": {"id": self.order.id}})

    def cancels(self) -> None:
        """Have the order canceled."""
        answered = self._asks("operator", "cancel", f"cancel-{self.name}", id=self.order.id)
        done = self._done("cancel_payment")
        rows = (replace(self.payment, canceled_at=1.0), replace(self.order, status=OrderStatus.CANCELED))
        self.tape.commit(done, *rows)
        answered({"order": {"id": self.order.id}})

    def swaps(self) -> None:
        """Swap what was bought for another of its kind: nothing is due."""
        answered = self._asks("shopper", "create-swap", None, order_id=self.order.id)
        swap = Swap(id=f"swap_{self.name}", order_id=self.order.id, cart_id=f"{self.cart.id}_swap")
        self.tape.commit(swap, replace(self.cart, id=swap.cart_id, swap_id=swap.id, items=(), idempotency_key=None))
        answered({"swap": {"id": swap.id, "cart_id": swap.cart_id}})
        self.tape.commit(replace(swap, difference_due=0, confirmed_at=1.0, payment_status=SwapPaymentStatus.CONFIRMED))

    def _asks(self, who: str, call: str, key: str | None, **request: object) -> Callable[[Data], object]:
        """Ask the shop for something; what is returned answers it."""
        told_as = {"actor": f"{who}-{self.name}", "call": call, "intent": self.calls + 1}
        asked = self.tape.put(Asked, number=1, key=key, request=request, **told_as)
        headers = {"idempotency-key": key or "", "access-control-expose-headers": "Idempotency-Key"}
        return lambda body: self.tape.put(Heard, asked=asked, status=200, body=body, headers=headers, **told_as)

    def _done(self, method: str, *, status: str | None = None, amount: int | None = None) -> Operation:
        """Have the processor do something, and the gateway if it is the bank's; return the operation as it is then."""
        self.calls += 1
        kind, sum_ = OperationKind(method.partition("_")[0]), self.amount if amount is None else amount
        wanted = replace(operation(kind), id=f"op_{self.name}_{self.calls}", cart_id=self.cart.id, amount=sum_)
        of = {"session_id": f"ps_{self.name}", "currency_code": "usd", "provider_id": self.provider}
        names = {"idempotency_key": f"gk_{self.name}_{self.calls}", "reference": wanted.id}
        late = {"payment_id": self.payment.id} if kind not in (OperationKind.INITIATE, OperationKind.AUTHORIZE) else {}
        wanted = replace(wanted, **of, **names, **late)
        self.tape.commit(wanted)

        given: Data = {"amount": sum_, "currency": "usd", "resource_id": self.cart.id, "data": self.data}
        sent = {"key": wanted.idempotency_key, "reference": wanted.reference}
        said = {"provider_id": self.provider, "method": method, "number": 1, "attempt": 1, "arguments": given}
        called = self.tape.put(Called, boot=1, **said, **sent)
        if self.provider == "bank":
            entry = _ENTRIES[method]
            above = {EntryKind.AUTHORIZE: "in", EntryKind.CAPTURE: "authorize", EntryKind.VOID: "authorize"}.get(entry)
            above = "capture" if entry is EntryKind.REFUND else above
            id_ = f"in_{self.name}" if entry is EntryKind.INTENT else f"{entry}_{self.name}"
            at = {"intent": f"in_{self.name}", "resource": self.cart.id, "parent": above and f"{above}_{self.name}"}
            self.tape.ledger(entry, id_, amount=sum_, currency="usd", **at, **sent)
        self.tape.put(Returned, called=called, method=method, outcome="done", data=self.data, status=status)
        return replace(wanted, state=OperationState.DONE)
