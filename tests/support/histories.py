"""Histories of runs written by hand: a tape that events are put on, and the rows they are about."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from tillproof.domain.entities import (
    Cart,
    Data,
    Entity,
    IdempotencyKey,
    LineItem,
    Operation,
    Order,
    Payment,
    PaymentSession,
    Refund,
)
from tillproof.domain.ledger import Entry, EntryKind
from tillproof.domain.statuses import OperationKind, OperationState, RecoveryPoint, SessionStatus
from tillproof.history.events import (
    Acted,
    AnyEvent,
    Asked,
    Booted,
    Called,
    Change,
    Committed,
    Died,
    Faulted,
    GatewayAnswered,
    GatewayAsked,
    GaveUp,
    Heard,
    History,
    Ledgered,
    Phase,
    Returned,
    RunKey,
    Unheard,
)

ALL = frozenset({"gateway", "void", "partial_refund", "several_refunds", "requires_more", "declines", "look_up"})
"""What the bank's processor declares."""

HEADERS = {"idempotency-key": "k1", "access-control-expose-headers": "Idempotency-Key"}

ITEM = LineItem(id="li_1", variant_id="variant_mug", title="mug", unit_price=4900, quantity=1)
CART = Cart(id="cart_1", region_id="reg_home", currency_code="eur", tax_rate=0, email="a@b.example", items=(ITEM,))
SESSION = PaymentSession(
    id="ps_1", cart_id="cart_1", provider_id="bank", amount=4900, currency_code="eur", is_selected=True, is_initiated=True
)
AUTHORIZED = replace(SESSION, status=SessionStatus.AUTHORIZED, data={"intent": "in_1"})
PAYMENT = Payment(
    id="pay_1", cart_id="cart_1", provider_id="bank", amount=4900, currency_code="eur", data={"intent": "in_1"}
)
ORDER = Order(
    id="order_1", cart_id="cart_1", region_id="reg_home", currency_code="eur", email="a@b.example", items=(ITEM,), total=4900
)
KEY = IdempotencyKey(id="ikey_1", idempotency_key="k1", request_method="POST", request_path="/complete", cart_id="cart_1")
REFUND = Refund(id="ref_1", order_id="order_1", payment_id="pay_1", amount=2000)


def operation(
    kind: OperationKind, number: int = 1, state: OperationState = OperationState.WANTED, **more: object
) -> Operation:
    """Return the operation `op_<number>`, which sends `gk_<number>` to the gateway."""
    given: dict[str, Any] = {"session_id": "ps_1", "amount": 4900, "currency_code": "eur", **more}
    return Operation(
        id=f"op_{number}",
        kind=kind,
        state=state,
        idempotency_key=f"gk_{number}",
        reference=f"op_{number}",
        provider_id="bank",
        cart_id="cart_1",
        **given,
    )


class Tape:
    """A history under construction. Each method puts one event (or a call whole) on it and returns its step."""

    def __init__(self, *, client: str = "keeps-key", plan: str = "", can: frozenset[str] = ALL) -> None:
        self.events: list[AnyEvent] = []
        self.run = RunKey(journey="buy", client=client, dialect="none", plan=plan, seed=1)
        self.can = can

    def history(self, **more: object) -> History:
        given: dict[str, Any] = {"public": frozenset({"challenge_url"}), "secrets": ("s3cret",), **more}
        return History(
            run=self.run,
            provider_id="bank",
            capabilities=self.can,
            abandoned_after=86_400.0,
            ended=True,
            events=tuple(self.events),
            **given,
        )

    def quiet(self) -> Tape:
        for name in ("faults-off", "settle", "sweep", "quiet"):
            self.put(Phase, name=name)
        return self

    def put(self, event: type, /, **fields: object) -> int:
        step = len(self.events)
        self.events.append(event(step=step, at=float(step), **fields))
        return step

    def commit(self, *rows: Entity, name: str = "step", gone: tuple[Entity, ...] = ()) -> int:
        changes = (*(Change(r.table, r.id, r) for r in rows), *(Change(r.table, r.id, None) for r in gone))
        return self.put(Committed, boot=1, name=name, number=1, changes=changes)

    def ledger(self, kind: EntryKind, id_: str, **more: object) -> int:
        given: dict[str, Any] = {"intent": "in_1", "amount": 4900, "currency": "eur", "resource": "cart_1", **more}
        return self.put(Ledgered, entry=Entry(kind=kind, id=id_, **given))

    def intent(self, id_: str = "in_1", **more: object) -> int:
        return self.ledger(EntryKind.INTENT, id_, **{"reference": "op_0", **more})

    def hold(self, id_: str = "au_1", **more: object) -> int:
        return self.ledger(EntryKind.AUTHORIZE, id_, **{"parent": "in_1", **more})

    def capture(self, id_: str = "ca_1", **more: object) -> int:
        return self.ledger(EntryKind.CAPTURE, id_, **{"parent": "au_1", **more})

    def refund(self, id_: str = "re_1", **more: object) -> int:
        return self.ledger(EntryKind.REFUND, id_, **{"parent": "ca_1", "amount": 2000, **more})

    def void(self, id_: str = "vo_1", **more: object) -> int:
        return self.ledger(EntryKind.VOID, id_, **{"parent": "au_1", **more})

    def call(self, method: str, number: int = 1, *, attempt: int = 1, boot: int = 1, **arguments: object) -> int:
        given: Data = {"amount": 4900, "currency": "eur", "resource_id": "cart_1", "data": {"intent": "in_1"}, **arguments}
        return self.put(
            Called,
            boot=boot,
            provider_id="bank",
            method=method,
            number=1,
            key=f"gk_{number}",
            reference=f"op_{number}",
            attempt=attempt,
            arguments=given,
        )

    def back(self, outcome: str = "done", *, injected: bool = False, **more: object) -> int:
        """End the call made last."""
        called = next(e for e in reversed(self.events) if isinstance(e, Called))
        given: dict[str, Any] = {"data": {"intent": "in_1"} if outcome == "done" else None, **more}
        return self.put(Returned, called=called.step, method=called.method, outcome=outcome, injected=injected, **given)

    def exchange(self, path: str, key: str | None, status: int = 200, *, method: str = "POST") -> int:
        asked = self.put(GatewayAsked, method=method, path=path, number=1, key=key, body={})
        self.put(GatewayAnswered, asked=asked, status=status, body={})
        return asked

    def ask(self, call: str = "complete", wish: int = 1, *, key: str | None = "k1", **request: object) -> int:
        actor = "shopper" if call == "complete" else "operator"
        given: Data = {"id": "cart_1" if call == "complete" else "order_1", **request}
        return self.put(Asked, actor=actor, call=call, number=1, intent=wish, key=key, request=given)

    def hear(self, status: int = 200, body: Data | None = None, headers: dict[str, str] | None = None) -> int:
        """Answer the request made last; by default with the order."""
        asked = next(e for e in reversed(self.events) if isinstance(e, Asked))
        return self.put(
            Heard,
            asked=asked.step,
            actor=asked.actor,
            call=asked.call,
            intent=asked.intent,
            status=status,
            body={"type": "order", "data": {"id": "order_1"}} if body is None else body,
            headers=HEADERS if headers is None else headers,
        )

    def lose(self, lost: str = "answer") -> int:
        asked = next(e for e in reversed(self.events) if isinstance(e, Asked))
        return self.put(Unheard, asked=asked.step, actor=asked.actor, call=asked.call, intent=asked.intent, lost=lost)

    def give_up(self) -> int:
        asked = next(e for e in reversed(self.events) if isinstance(e, Asked))
        return self.put(GaveUp, actor=asked.actor, call=asked.call, intent=asked.intent)

    def act(self, what: str) -> int:
        return self.put(Acted, actor="shopper", what=what)

    def strike(self, point: str, kind: str) -> int:
        return self.put(Faulted, point=point, kind=kind, fault=f"{point}={kind}")

    def restart(self, boot: int = 2) -> int:
        self.put(Died, boot=boot - 1)
        return self.put(Booted, boot=boot)

    def opened(self, *rows: Entity) -> Tape:
        """Begin with a cart that carries its key, an authorized session known to the gateway, and these rows."""
        self.put(Booted, boot=1)
        cart = replace(CART, idempotency_key="k1")
        self.commit(cart, replace(SESSION, data={"intent": "in_1"}), KEY, operation(OperationKind.INITIATE, 0), *rows)
        self.intent()
        return self

    def bought(self, *rows: Entity) -> Tape:
        """Begin with a purchase that went well: authorized once, one Payment, one order, and these rows."""
        self.opened(operation(OperationKind.AUTHORIZE, 1))
        self.ask()
        self.call("authorize_payment", 1)
        self.hold(reference="op_1", key="gk_1")
        self.back(status="authorized")
        authorized = replace(KEY, recovery_point=RecoveryPoint.AUTHORIZED)
        self.commit(AUTHORIZED, operation(OperationKind.AUTHORIZE, 1, OperationState.DONE), authorized)
        self.commit(PAYMENT, replace(KEY, recovery_point=RecoveryPoint.PAYMENT_CREATED))
        finished = replace(KEY, recovery_point=RecoveryPoint.FINISHED)
        self.commit(ORDER, replace(PAYMENT, order_id="order_1"), finished, *rows)
        self.hear()
        return self
