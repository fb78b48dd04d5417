"""CONC-01, CONC-03, CONC-04, IDEM-05 and IDEM-06, case by case: who was under way with whom, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from msgspec.structs import replace
from support.histories import AUTHORIZED, CART, ITEM, ORDER, PAYMENT, SESSION, Tape, operation
from support.judging import breaches, broken

from tillproof.domain.entities import Cart, Data, Entity
from tillproof.domain.statuses import OperationKind, OrderStatus, SessionStatus
from tillproof.history.events import Asked, Heard, Returned, Unheard

A, C, R = OperationKind.AUTHORIZE, OperationKind.CAPTURE, OperationKind.REFUND
TOLD: Data = {"type": "order", "data": {"id": "order_1"}}
NO: Data = {"code": "not_allowed"}
PAID = replace(PAYMENT, order_id="order_1")
CAPTURED = replace(PAID, captured_at=9.0)
TWO = replace(CART, items=(replace(ITEM, quantity=2),))

Case = tuple[Callable[[], Tape], int | None]


class Racing(Tape):
    """A tape on which several requests are under way; each is named by the number of its wish."""

    def asks(self, wish: int, call: str = "complete", *, key: str | None = "k1", id_: str = "", actor: str = "") -> Racing:
        """Begin a request."""
        about = id_ or ("order_1" if call in ("capture", "refund", "cancel") else "cart_1")
        who = actor or f"shopper-{wish}"
        self.put(Asked, actor=who, call=call, number=1, intent=wish, key=key, request={"id": about})
        return self

    def hears(self, wish: int, status: int = 200, body: Data | None = None) -> Racing:
        """Answer it."""
        asked = next(e for e in reversed(self.events) if isinstance(e, Asked) and e.intent == wish)
        told_as = {"actor": asked.actor, "call": asked.call, "intent": wish}
        self.put(Heard, asked=asked.step, status=status, body=TOLD if body is None else body, headers={}, **told_as)
        return self

    def misses(self, wish: int) -> Racing:
        """Lose its answer."""
        asked = next(e for e in reversed(self.events) if isinstance(e, Asked) and e.intent == wish)
        self.put(Unheard, asked=asked.step, actor=asked.actor, call=asked.call, intent=wish, lost="answer")
        return self

    def writes(self, *rows: Entity) -> Racing:
        """Commit rows."""
        self.commit(*rows)
        return self

    def begins(self) -> Racing:
        """Begin with a cart whose session is chosen."""
        self.commit(CART, SESSION)
        return self

    def places(self, *rows: Entity) -> Racing:
        """Hold the money and place the order, and these rows."""
        self.intent()
        self.hold()
        self.commit(AUTHORIZED, replace(PAYMENT, data={"intent": "in_1"}))
        self.commit(ORDER, PAID, *rows)
        return self


def _both(status: int = 200, body: Data | None = None, *, id_: str = "", then: tuple[Entity, ...] = (), quiet: bool = True,
          call: str = "") -> Racing:  # fmt: skip
    """Complete a cart again when its order is placed and not told yet, answered so; afterwards these rows are written."""
    tape = Racing().begins().asks(1).places().asks(2, id_=id_).hears(1).hears(2, status, body)
    for row in then:
        tape.commit(row)
    if call:
        tape.asks(3, call).hears(3)
    if quiet:
        tape.quiet()
    return tape


RAISED = replace(AUTHORIZED, status=SessionStatus.ERROR)
CANCELED = replace(ORDER, status=OrderStatus.CANCELED)
FOREIGN = replace(AUTHORIZED, id="ps_2", cart_id="cart_0")
AT_ONCE: dict[str, Case] = {
    "both hear of it": (_both, 0),
    "the loser is told to try again": (lambda: _both(409, {}), 0),
    "the loser is told no": (lambda: _both(400, NO), 1),
    "the loser is told the shop broke": (lambda: _both(500, {}), 0),
    "the loser hears of another": (lambda: _both(200, {"type": "order", "data": {"id": "order_2"}}), 1),
    "the loser is to wait": (lambda: _both(200, {"type": "cart", "data": {}}), 1),
    "of two carts": (lambda: _both(400, NO, id_="cart_0"), None),
    "told no before there was an order": (
        lambda: Racing().begins().asks(1).asks(2).hears(2, 400, NO).places().hears(1).quiet(), 0
    ),
    "told no by a try begun before the order": (
        lambda: Racing().begins().asks(1).asks(2).places().hears(1).hears(2, 400, NO).quiet(), 0
    ),
    "one after the other": (lambda: Racing().begins().asks(1).places().hears(1).asks(2).hears(2, 400, NO).quiet(), None),
    "the second begun as the first was lost": (
        lambda: Racing().begins().asks(1).places().misses(1).asks(2).hears(2, 400, NO).quiet(), None
    ),
    "a second order": (lambda: _both(then=(replace(ORDER, id="order_2"),)), 1),
    "a second order, not quiet yet": (lambda: _both(then=(replace(ORDER, id="order_2"),), quiet=False), 0),
    "its Payment canceled": (lambda: _both(then=(replace(PAID, canceled_at=9.0),)), 1),
    "its Payment canceled, as was asked": (lambda: _both(then=(replace(PAID, canceled_at=9.0),), call="cancel"), 0),
    "its Payment canceled, a capture was asked": (lambda: _both(then=(replace(PAID, canceled_at=9.0),), call="capture"), 1),
    "another order's Payment canceled": (
        lambda: _both(then=(replace(PAID, id="pay_0", order_id="order_0", canceled_at=9.0),)), 0
    ),
    "its session in error": (lambda: _both(then=(RAISED,)), 1),
    "its session canceled": (lambda: _both(then=(replace(AUTHORIZED, status=SessionStatus.CANCELED),)), 1),
    "its session gone on": (lambda: _both(then=(replace(AUTHORIZED, data={"x": 1}),)), 0),
    "a session that was not authorized in error": (
        lambda: _both(then=(replace(SESSION, id="ps_2", is_selected=False), replace(RAISED, id="ps_2"))), 0
    ),
    "another cart's session in error": (
        lambda: _both(then=(FOREIGN, replace(FOREIGN, status=SessionStatus.ERROR))), 0
    ),
}  # fmt: skip


def _desk(first: str, second: str, *sends: tuple[str, int, str], held: int = 4900, taken: int = 0, back: int = 0,
          pay: str = "pay_1", done: int = 0) -> Racing:  # fmt: skip
    """Ask twice at once for something of an order; what is sent to the gateway: method, sum, and what comes of it."""
    tape = Racing()
    tape.bought(*(operation(C, n, payment_id=pay if n == 3 else "pay_1") for n in range(2, 2 + len(sends))))
    if held != 4900:
        hold = next(n for n, e in enumerate(tape.events) if getattr(getattr(e, "entry", None), "id", "") == "au_1")
        tape.events[hold] = replace(tape.events[hold], entry=replace(tape.events[hold].entry, amount=held))  # type: ignore[union-attr]
    if taken:
        tape.capture("ca_0", amount=taken)
    if back:
        tape.refund("re_0", amount=back, parent="ca_0")
    tape.asks(2, first, key="k2", actor="operator").asks(3, second, key="k3", actor="operator-2")
    for number, (method, amount, outcome) in enumerate(sends, 2):
        tape.call(method, number, amount=amount)
        if number - 2 < done:
            tape.capture(f"ca_{number}", amount=amount, reference=f"op_{number}")
        if outcome:
            tape.back(outcome)
    return tape


def _ends(tape: Racing, *rows: Entity, one: int = 200, other: int = 409, id_: str = "") -> Tape:
    for row in rows:
        tape.commit(row)
    tape.hears(2, one, {"order": {"id": "order_1"}}).hears(3, other, {"order": {"id": "order_1"}})
    if id_:
        asked = next(n for n, e in enumerate(tape.events) if isinstance(e, Asked) and e.intent == 3)
        tape.events[asked] = replace(tape.events[asked], request={"id": id_})
    return tape.quiet()


CAP, REF = "capture_payment", "refund_payment"
LIMITS: dict[str, Case] = {
    "two captures of half": (lambda: _ends(_desk("capture", "capture", (CAP, 2450, ""), (CAP, 2450, ""))), 0),
    "two captures of a cent too much": (lambda: _ends(_desk("capture", "capture", (CAP, 2450, ""), (CAP, 2451, ""))), 1),
    "the first refused": (lambda: _ends(_desk("capture", "capture", (CAP, 4900, "refused"), (CAP, 4900, ""))), 0),
    "the first an error": (lambda: _ends(_desk("capture", "capture", (CAP, 4900, "error-object"), (CAP, 4900, ""))), 0),
    "the first unknown": (lambda: _ends(_desk("capture", "capture", (CAP, 4900, "unknown"), (CAP, 4900, ""))), 1),
    "the first done": (lambda: _ends(_desk("capture", "capture", (CAP, 4900, "done"), (CAP, 4900, ""), done=1)), 1),
    "the first refused although done": (
        lambda: _ends(_desk("capture", "capture", (CAP, 4900, "refused"), (CAP, 4900, ""), done=1)), 1
    ),
    "the first unknown, then refused": (lambda: _capture_tried_twice("unknown", "refused"), 0),
    "the first refused, then unknown": (lambda: _capture_tried_twice("refused", "unknown"), 1),
    "the first unknown, and then too": (lambda: _capture_tried_twice("unknown", "unknown"), 1),
    "the first done unheard, then refused": (lambda: _capture_tried_twice("unknown", "refused", did=True), 1),
    "one alone, of too much": (lambda: _ends(_desk("capture", "capture", (CAP, 4901, ""))), 0),
    "three, the second refused": (
        lambda: _ends(_desk("capture", "capture", (CAP, 2000, ""), (CAP, 2900, "refused"), (CAP, 2900, ""))), 0
    ),
    "three, none refused": (lambda: _ends(_desk("capture", "capture", (CAP, 2000, ""), (CAP, 2900, ""), (CAP, 1, ""))), 1),
    "of two payments": (lambda: _ends(_desk("capture", "capture", (CAP, 4900, ""), (CAP, 4900, ""), pay="pay_0")), 0),
    "of no sum": (lambda: _ends(_desk("capture", "capture", (CAP, "4900", ""), (CAP, 4900, ""))), 0),  # type: ignore[arg-type]
    "a capture and a refund": (lambda: _ends(_desk("capture", "refund", (CAP, 4900, ""), (CAP, 4900, ""))), None),
    "two refunds of what was taken": (
        lambda: _ends(_desk("refund", "refund", (REF, 1000, ""), (REF, 1000, ""), taken=2000)), 0
    ),
    "two refunds of a cent more": (
        lambda: _ends(_desk("refund", "refund", (REF, 1000, ""), (REF, 1001, ""), taken=2000)), 1
    ),
    "two refunds of nothing taken": (lambda: _ends(_desk("refund", "refund", (REF, 1, ""), (REF, 1, ""))), 1),
    "two captures beside refunds": (
        lambda: _ends(_desk("refund", "refund", (CAP, 4900, ""), (CAP, 4900, ""), taken=4900)), 0
    ),
    "capture and cancel, one won": (lambda: _ends(_desk("capture", "cancel"), CAPTURED), 0),
    "capture and cancel, the other won": (lambda: _ends(_desk("capture", "cancel"), replace(PAID, canceled_at=9.0)), 0),
    "capture and cancel, both": (lambda: _ends(_desk("capture", "cancel"), replace(CAPTURED, canceled_at=9.0)), 1),
    "capture and cancel, the order as well": (
        lambda: _ends(_desk("capture", "cancel"), CAPTURED, CANCELED), 1
    ),
    "cancel alone, the order as well": (
        lambda: _ends(_desk("capture", "cancel"), replace(PAID, canceled_at=9.0), CANCELED), 0
    ),
    "capture and cancel, another order's": (
        lambda: _ends(_desk("capture", "cancel"), replace(CAPTURED, id="pay_0", order_id="order_0", canceled_at=9.0)), 0
    ),
    "both told yes": (lambda: _ends(_desk("capture", "cancel"), other=200), 1),
    "both told no": (lambda: _ends(_desk("capture", "cancel"), one=409), 0),
    "both told yes, of two orders": (lambda: _ends(_desk("capture", "cancel"), other=200, id_="order_2"), 0),
    "told yes in the second place": (lambda: _ends(_desk("capture", "cancel"), one=400, other=200), 0),
    "two cancels": (lambda: _ends(_desk("cancel", "cancel"), replace(CAPTURED, canceled_at=9.0)), None),
}  # fmt: skip


def _edits(
    call: str = "update-line-item",
    *,
    cart: Cart = CART,
    held: int = 4900,
    in_: str = "eur",
    total: int = 4900,
    order: bool = True,
    early: bool = True,
    quiet: bool = True,
    ends: str = "",
    booked: bool = True,
) -> Tape:
    """Change a cart while it is completed, or after."""
    tape = Racing().begins().asks(1)
    if early:
        tape.asks(2, call)
    tape.intent(amount=held, currency=in_)
    tape.hold(amount=held, currency=in_)
    tape.commit(cart)
    if booked:
        tape.commit(replace(PAYMENT, amount=held, currency_code=in_))
    if order:
        paid = (replace(PAID, amount=held, currency_code=in_),) if booked else ()
        tape.commit(replace(ORDER, total=total), *paid)
    if ends == "voided":
        tape.void()
    if ends == "captured":
        tape.capture(amount=held)
    if ends == "given back":
        tape.capture(amount=held)
        tape.refund(amount=held)
    tape.hears(1)
    if not early:
        tape.asks(2, call)
    tape.hears(2, 200, {})
    return tape.quiet() if quiet else tape


CHANGED: dict[str, Case] = {
    "the same": (_edits, 0),
    "not at once": (lambda: _edits(cart=TWO, early=False), None),
    "not quiet yet": (lambda: _edits(cart=TWO, quiet=False), None),
    "by what changes nothing": (lambda: _edits("get-cart", cart=TWO), None),
    "more in the cart": (lambda: _edits(cart=TWO), 1),
    "less in the cart": (lambda: _edits(cart=replace(CART, items=(replace(ITEM, unit_price=4899),))), 1),
    "another currency": (lambda: _edits(cart=replace(CART, currency_code="usd")), 1),
    "a cent less held": (lambda: _edits(held=4899), 1),
    "a cent more held": (lambda: _edits(held=4901), 1),
    "held in another currency": (lambda: _edits(in_="usd"), 1),
    "an order of a cent more": (lambda: _edits(total=4901), 2),
    "held without an order": (lambda: _edits(order=False), 1),
    "held without an order, let go of": (lambda: _edits(order=False, ends="voided"), 0),
    "taken without an order": (lambda: _edits(order=False, ends="captured"), 1),
    "taken without an order, given back": (lambda: _edits(order=False, ends="given back"), 0),
    "ordered without a Payment": (lambda: _edits(booked=False), 1),
    **{f"by {call}": (partial(_edits, call, cart=TWO), 1) for call in (
        "add-line-item", "update-cart", "add-shipping-method", "create-payment-sessions", "select-payment-session",
        "update-payment-session", "delete-payment-session", "refresh-payment-session", "remove-region-provider")},
}  # fmt: skip


def _same_key(*calls: str, one: str | None = "k1", other: str | None = "k1", status: int = 200, call: str = "complete",
              placed: str = "before", of: str = "cart_1", told: Data | None = None, first: int = 200) -> Tape:  # fmt: skip
    """
    Send two requests at once; `calls`: what they have the processor do, `1` begins and `-1` ends the first, and so on.

    The order is placed before the second is answered, after, or not at all.
    """
    tape = Racing().opened(operation(A, 1))
    assert isinstance(tape, Racing)
    tape.asks(1, call, key=one, actor="shopper").asks(2, call, key=other)
    method = {"complete": "authorize_payment", "capture": "capture_payment", "refund": "refund_payment"}[call]
    begun: dict[str, int] = {}
    for step in calls:
        if step.startswith("-"):
            tape.put(Returned, called=begun[step[1:]], method=method, outcome="done", status="authorized", data={})
        else:
            begun[step] = tape.call(method, int(step), resource_id=of if step == "2" else "cart_1")
    if placed == "before":
        tape.commit(ORDER)
    tape.hears(2, status, told if told is not None else (TOLD if status == 200 else NO))
    if placed == "after":
        tape.commit(ORDER)
    return tape.hears(1, first, None if first == 200 else NO)


def _turned_down(*at: int) -> Tape:
    """Tell the second of two no at its second try, when there is an order; the processor refused at these tries of it."""
    tape = Racing().opened(operation(A, 1))
    assert isinstance(tape, Racing)
    tape.asks(1, actor="shopper")
    for attempt in (1, 2):
        tape.asks(2)
        if attempt in at:
            tape.call("authorize_payment", 1, attempt=attempt)
            tape.back("refused")
        if attempt == 1:
            tape.misses(2)
    tape.commit(ORDER)
    return tape.hears(2, 400, NO).hears(1)


def _capture_tried_twice(one: str, other: str, *, did: bool = False) -> Tape:
    """Capture all of it twice at once; the first is tried twice, with these outcomes, before the second is sent."""
    tape = Racing()
    tape.bought(*(operation(C, n, payment_id="pay_1") for n in (2, 3)))
    tape.asks(2, "capture", key="k2", actor="operator").asks(3, "capture", key="k3", actor="operator-2")
    tape.call(CAP, 2)
    if did:
        tape.capture(reference="op_2")
    tape.back(one)
    tape.call(CAP, 2, attempt=2)
    tape.back(other)
    tape.call(CAP, 3)
    return _ends(tape)


ONE_KEY: dict[str, Case] = {
    "one after the other": (lambda: _same_key("1", "-1", "2", "-2"), 0),
    "both at work": (lambda: _same_key("1", "2", "-1", "-2"), 1),
    "one within the other": (lambda: _same_key("1", "2", "-2", "-1"), 1),
    "both at work, for two carts": (lambda: _same_key("1", "2", "-1", "-2", of="cart_0"), 0),
    "the first never ended": (lambda: _same_key("1", "2", "-2"), 0),
    "both at work to capture": (lambda: _same_key("1", "2", "-1", "-2", call="capture"), 1),
    "with two keys": (lambda: _same_key("1", "2", "-1", "-2", other="k2"), None),
    "with no key": (lambda: _same_key("1", "2", "-1", "-2", one=None, other=None), None),
    "one with no key": (lambda: _same_key("1", "2", "-1", "-2", other=None), None),
    "one told no": (lambda: _same_key("1", "-1", status=400), 1),
    "one told to try again": (lambda: _same_key("1", "-1", status=409), 0),
    "one told no before there was an order": (lambda: _same_key("1", "-1", status=400, placed="after"), 0),
    "one told no, and no order": (lambda: _same_key("1", "-1", status=400, placed="never"), 0),
    "both told no": (lambda: _same_key("1", "-1", status=400, first=400), 0),
    "told no as the processor was": (lambda: _turned_down(2), 0),
    "told no as the processor was each time": (lambda: _turned_down(1, 2), 0),
    "told no as the processor was at the try before": (lambda: _turned_down(1), 1),
    "told no, and the processor was not": (_turned_down, 1),
}


def _contents(*carts: Cart, asked: tuple[int, ...] = (0,), held: bool = True, let_go: bool = False, order: int | None = None,
              of: Cart | None = None, called: bool = True) -> Tape:  # fmt: skip
    """Have a cart hold one thing after another; `asked`: after which of them somebody presses the button."""
    tape = Racing()
    number = 1
    for at, cart in enumerate(carts):
        tape.commit(cart, *([SESSION, operation(A, 1)] if not at else []))
        if at in asked:
            tape.asks(number)
            if called and number == 1:
                tape.call("authorize_payment", 1)
                if held:
                    tape.intent()
                    tape.hold(reference="op_1")
                tape.back(status="authorized")
            tape.hears(number, 409, {})
            number += 1
    if let_go:
        tape.void()
    if order is not None:
        tape.commit(replace(ORDER, total=order), *([of] if of else []))
    return tape.quiet()


def _bought_while(*carts: Cart, before: Cart = CART, after: bool = False, then: Cart | None = None) -> Tape:
    """Have the cart hold these while a completion is under way (`after`: when it is answered), and buy what it holds."""
    tape = Racing().writes(before, SESSION).asks(1)
    if after:
        tape.hears(1, 409, {})
    for cart in carts:
        tape.commit(cart)
    tape.commit(replace(ORDER, total=sum(item.unit_price * item.quantity for item in carts[-1].items)))
    if then is not None:
        tape.commit(then)
    return (tape if after else tape.hears(1)).quiet()


LESS = replace(CART, items=(replace(ITEM, unit_price=4899),))
CONTENTS: dict[str, Case] = {
    "unchanged": (lambda: _contents(CART), None),
    "changed and held": (lambda: _contents(CART, TWO), 1),
    "changed a little and held": (lambda: _contents(CART, LESS), 1),
    "changed and let go of": (lambda: _contents(CART, TWO, let_go=True), 0),
    "changed, never held": (lambda: _contents(CART, TWO, held=False), 0),
    "changed and back": (lambda: _contents(CART, TWO, CART), None),
    "addressed anew": (lambda: _contents(CART, replace(CART, email="x@y.example")), None),
    "changed, asked for and bought": (lambda: _contents(CART, TWO, asked=(0, 1), let_go=True, order=9800), 0),
    "changed and bought unasked": (lambda: _contents(CART, TWO, let_go=True, order=9800), 1),
    "changed and bought at the old sum": (lambda: _contents(CART, TWO, asked=(0, 1), let_go=True, order=4900), 1),
    "changed and bought for more": (lambda: _contents(CART, TWO, asked=(0, 1), let_go=True, order=9801), 1),
    "changed, bought as it was": (lambda: _contents(CART, TWO, CART, order=4900), None),
    "never asked for": (lambda: _contents(CART, TWO, asked=(), order=9800), None),
    "asked for only before it was so": (lambda: _contents(CART, TWO, called=False, order=9800), 1),
    "asked for when it was so": (lambda: _contents(CART, TWO, asked=(1,), called=False, order=9800), None),
    "changed while asked for": (lambda: _bought_while(TWO), None),
    "changed while asked for, and back later": (lambda: _bought_while(TWO, then=CART), None),
    "changed when it was answered": (lambda: _bought_while(TWO, after=True), 1),
    "asked for when it was so, then another": (lambda: _contents(CART, TWO, CART, asked=(1,), called=False, order=4900), 1),
}

TABLES = {"CONC-01": AT_ONCE, "CONC-03": LIMITS, "CONC-04": CHANGED, "IDEM-06": ONE_KEY, "IDEM-05": CONTENTS}


@pytest.mark.parametrize(("rule", "case"), [(rule, case) for rule, table in TABLES.items() for case in table])
def test_at_once_and_in_between(rule: str, case: str) -> None:
    """Each rule sees its breaches, lets pass what is none, and is silent where nothing was at once or was changed."""
    tape, times = TABLES[rule][case]
    assert broken(tape(), rule) == times


def test_a_breach_of_a_race_is_told_where_it_was_made() -> None:
    """At the second call, at the commit that took the order's rows back, at the later of two answers."""
    tape = _ends(_desk("capture", "capture", (CAP, 2450, ""), (CAP, 2451, "")))
    (beyond,) = breaches(tape, "CONC-03")
    assert (beyond.method, "49.01 EUR" in beyond.says, "49.00 EUR" in beyond.says) == (CAP, True, True)
    tape = _both(then=(RAISED,))
    (damaged,) = breaches(tape, "CONC-01")
    assert tape.events[damaged.step - 1].step == damaged.step - 1
    assert any(change.row == RAISED for change in getattr(tape.events[damaged.step], "changes", ()))
    tape = _ends(_desk("capture", "cancel"), other=200)
    assert breaches(tape, "CONC-03")[0].step == max(e.step for e in tape.events if isinstance(e, Heard))
    (both,) = breaches(_same_key("1", "2", "-1", "-2"), "IDEM-06")
    assert both.method == "authorize_payment"
