"""IDEM-01 to IDEM-04 and IDEM-07 to IDEM-10, case by case: what is sent with which key, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from support.histories import CART, HEADERS, KEY, ORDER, PAYMENT, Tape, operation
from support.judging import breaches, broken

from tillproof.domain.entities import Data, Swap
from tillproof.domain.statuses import OperationKind, OperationState, RecoveryPoint
from tillproof.history.events import Acted, Called

A, C, R, V = OperationKind.AUTHORIZE, OperationKind.CAPTURE, OperationKind.REFUND, OperationKind.CANCEL
P = RecoveryPoint
KEYED = replace(CART, idempotency_key="k1")
DONE: Data = {"order": {"id": "order_1"}}
Case = tuple[Callable[[], Tape], int | None]


def _answer(headers: dict[str, str], cart: object = KEYED, *, status: int = 409, call: str = "complete") -> Tape:
    tape = Tape()
    tape.commit(cart, KEY)  # type: ignore[arg-type]
    tape.ask(call)
    tape.hear(status, {}, headers)
    return tape


def _authorizes(*, cart: bool = True, key: bool = True, row: bool = True, late: bool = False, method: str = "") -> Tape:
    tape = Tape()
    if cart:
        tape.commit(KEYED if key and not late else CART, *([KEY] if row and not late else []))
    tape.call(method or "authorize_payment", 1)
    if late:
        tape.commit(KEYED, KEY)
    return tape


BEARS: dict[str, Case] = {
    "borne and exposed": (lambda: _answer(HEADERS), 0),
    "exposed among others": (lambda: _answer({**HEADERS, "access-control-expose-headers": "etag, IDEMPOTENCY-KEY"}), 0),
    "not exposed": (lambda: _answer({**HEADERS, "access-control-expose-headers": "etag"}), 1),
    "exposed, not borne": (lambda: _answer({"access-control-expose-headers": "Idempotency-Key"}), 1),
    "borne empty": (lambda: _answer({**HEADERS, "idempotency-key": ""}), 1),
    "of a cart without one": (lambda: _answer({}, CART), 0),
    "of another call": (lambda: _answer({}, call="capture"), None),
    "a good answer without": (lambda: _answer({}, status=200), 1),
    "authorized with a key": (_authorizes, 0),
    "authorized without": (lambda: _authorizes(key=False), 1),
    "authorized with one not stored": (lambda: _authorizes(row=False), 1),
    "authorized with one stored later": (lambda: _authorizes(late=True), 1),
    "authorized for no cart of ours": (lambda: _authorizes(cart=False), 0),
    "captured without": (lambda: _authorizes(key=False, method="capture_payment"), None),
    "refunded without": (lambda: _authorizes(key=False, method="refund_payment"), None),
}  # fmt: skip


class Sent(Tape):
    """A tape of a captured order on which things are asked for with keys."""

    def sold(self) -> Sent:
        """Begin with an order whose money was taken."""
        self.bought()
        self.capture("ca_0")
        return self

    def wants(self, call: str, wish: int, *tries: int, key: str | None = "k2", back: tuple[int, ...] = (), takes: int = 0,
              **request: object) -> Sent:  # fmt: skip
        """Ask for something as often as told, each time answered so (0: not at all); during the last the money moves."""
        for number, status in enumerate(tries, 1):
            self.ask(call, wish, key=key, **request)
            if number == len(tries):
                for amount in back:
                    self.refund(f"re_{len(self.events)}", parent="ca_0", amount=amount)
                for _ in range(takes):
                    self.capture(f"ca_{len(self.events)}", amount=100)
            if status:
                self.hear(status, DONE if status == 200 else {})
            else:
                self.lose()
        return self

    def by_hand(self, what: str, amount: int = 100) -> Sent:
        """Let somebody move money in the gateway's own dashboard."""
        self.put(Acted, actor="operator", what=f"{what}-at-the-gateway")
        self.refund(f"re_{len(self.events)}", parent="ca_0", amount=amount)
        return self

    def swapped(self, due: int | None) -> Sent:
        """Have a swap over so much."""
        self.commit(Swap(id="swap_1", order_id="order_1", cart_id="cart_2", difference_due=due))
        return self


def _settled_between(*, begun: bool) -> Sent:
    """Refund a cent between two tries of a wish for two, which is then refused; `begun`: by what the first try began."""
    tape = Sent().sold().wants("refund", 2, 0, 200, back=(500,), amount=500)
    tape.ask("refund", 3, key="k3", amount=2)
    if begun:
        tape.commit(operation(R, 3, payment_id="pay_1", amount=1))
    tape.lose()
    tape.refund("re_3", parent="ca_0", amount=1, reference="op_3")
    return tape.wants("refund", 3, 400, key="k3", amount=2)


def _uncaptured() -> Sent:
    tape = Sent()
    tape.bought()
    return tape


def _two(*answers: tuple[int, Data], key: str | None = "k1", call: str = "complete") -> Tape:
    tape = Tape().opened()
    for status, body in answers:
        tape.ask(call, key=key)
        tape.hear(status, body)
    return tape


def _order(id_: str | None, type_: str = "order") -> tuple[int, Data]:
    return 200, {"type": type_, "data": {"id": id_} if id_ else {}}


WAITS: tuple[int, Data] = (200, {"type": "cart", "data": {}})
ON_SWAP: Data = {"swap_id": "swap_1"}
ONCE: dict[str, Case] = {
    "refunded once": (lambda: Sent().sold().wants("refund", 2, 0, 200, back=(500,), amount=500), 0),
    "refunded a cent more": (lambda: Sent().sold().wants("refund", 2, 0, 200, back=(501,), amount=500), 1),
    "refunded twice": (lambda: Sent().sold().wants("refund", 2, 0, 200, back=(500, 500), amount=500), 1),
    "refunded in parts": (lambda: Sent().sold().wants("refund", 2, 0, 200, back=(200, 300), amount=500), 0),
    "refunded less": (lambda: Sent().sold().wants("refund", 2, 0, 200, back=(499,), amount=500), 0),
    "refunded twice, not repeated": (lambda: Sent().sold().wants("refund", 2, 200, back=(500, 500), amount=500), None),
    "refunded twice, without a key": (
        lambda: Sent().sold().wants("refund", 2, 0, 200, key=None, back=(500, 500), amount=500), None
    ),
    "refunded twice, beside one without a key": (
        lambda: Sent().sold().wants("refund", 2, 0, 200, back=(500, 500), amount=500)
                .wants("refund", 3, 200, key=None, amount=1), 0
    ),
    "refunded twice, as asked twice": (
        lambda: Sent().sold().wants("refund", 2, 0, 200, back=(500,), amount=500)
                .wants("refund", 3, 200, key="k3", back=(500,), amount=500), 0
    ),
    "refunded though refused": (
        lambda: Sent().sold().wants("refund", 2, 0, 200, back=(500,), amount=500)
                .wants("refund", 3, 400, key="k3", back=(500,), amount=500), 0
    ),
    "refunded besides what was refused": (
        lambda: Sent().sold().wants("refund", 2, 0, 200, back=(500, 500), amount=500)
                .wants("refund", 3, 400, key="k3", amount=500), 1
    ),
    "refunded in part by an event, before the rest was refused": (lambda: _settled_between(begun=True), 0),
    "refunded between the tries of what was refused": (lambda: _settled_between(begun=False), 1),
    "refunded by hand": (
        lambda: Sent().sold().wants("refund", 2, 0, 200, back=(500,), amount=500).by_hand("refunded"), 0
    ),
    "refunded by something done at the gateway and by us": (
        lambda: Sent().sold().by_hand("refunded").wants("refund", 2, 0, 200, back=(500, 1), amount=500), 1
    ),
    "a swap refunded once": (
        lambda: Sent().sold().swapped(-500).wants("process-swap", 2, 0, 200, back=(500,), **ON_SWAP), 0
    ),
    "a swap refunded, and an order": (
        lambda: Sent().sold().swapped(-500).wants("process-swap", 2, 200, back=(500,), **ON_SWAP)
                .wants("refund", 3, 0, 200, key="k3", back=(1,), amount=1), 0
    ),
    "a swap refunded, and an order twice": (
        lambda: Sent().sold().swapped(-500).wants("process-swap", 2, 200, back=(500,), **ON_SWAP)
                .wants("refund", 3, 0, 200, key="k3", back=(1, 1), amount=1), 1
    ),
    "a swap that is due, and an order twice": (
        lambda: Sent().sold().swapped(500).wants("process-swap", 2, 200, **ON_SWAP)
                .wants("refund", 3, 0, 200, key="k3", back=(1, 1), amount=1), 1
    ),
    "a swap without a sum, and an order": (
        lambda: Sent().sold().swapped(None).wants("process-swap", 2, 200, **ON_SWAP)
                .wants("refund", 3, 0, 200, key="k3", back=(1,), amount=1), 0
    ),
    "captured once": (lambda: _uncaptured().wants("capture", 2, 0, 200, takes=1), 0),
    "captured again and again": (lambda: _uncaptured().wants("capture", 2, 0, 200, takes=9), 1),
    "captured twice, as asked": (
        lambda: _uncaptured().wants("capture", 2, 0, 200, takes=1).wants("capture-payment", 3, 200, key="k3", takes=1), 0
    ),
    "captured twice, once for a swap": (
        lambda: _uncaptured().wants("capture", 2, 0, 200, takes=1).wants("process-swap", 3, 200, key="k3", takes=1), 0
    ),
    "captured twice, one without a key": (
        lambda: _uncaptured().wants("capture", 2, 0, 200, takes=2).wants("capture", 3, 200, key=None), 0
    ),
    "captured twice, not repeated": (lambda: _uncaptured().wants("capture", 2, 200, takes=2), None),
    "one order twice": (lambda: _two(_order("order_1"), _order("order_1")), 0),
    "two orders": (lambda: _two(_order("order_1"), _order("order_2")), 1),
    "an order, then a swap": (lambda: _two(_order("order_1"), _order("swap_1", "swap")), 1),
    "three orders": (lambda: _two(_order("order_1"), _order("order_2"), _order("order_3")), 2),
    "an order, then to wait": (lambda: _two(_order("order_1"), WAITS), 1),
    "to wait, then an order": (lambda: _two(WAITS, _order("order_1")), 0),
    "to wait, then two orders": (lambda: _two(WAITS, _order("order_1"), _order("order_2")), 1),
    "an order, then a conflict": (lambda: _two(_order("order_1"), (409, {})), 0),
    "an order, then another in an error": (lambda: _two(_order("order_1"), (500, _order("order_2")[1])), 0),
    "two orders, without a key": (lambda: _two(_order("order_1"), _order("order_2"), key=None), None),
    "two orders shown by captures": (lambda: _two(_order("order_1"), _order("order_2"), call="capture"), 0),
}  # fmt: skip


def _points(*points: RecoveryPoint, calls: str = "", other: str | None = None) -> Tape:
    tape = Tape().opened()
    for point in points:
        tape.commit(replace(KEY, recovery_point=point))
    tape.ask(key="k1")
    if calls:
        tape.call(calls, 1)
    tape.hear(409, {})
    if other is not None:
        tape.commit(replace(KEY, id="ikey_2", idempotency_key="k2", recovery_point=P.FINISHED))
    return tape


def _once_paid(*rows: object, attempt: int = 1, provider: str = "bank", void: bool = False, of: str = "cart_1") -> Tape:
    tape = Tape().opened(operation(A, 1))
    tape.ask()
    tape.hold(reference="op_0")
    tape.commit(*(replace(row, provider_id=provider) if row is PAYMENT else row for row in rows))  # type: ignore[arg-type]
    if void:
        tape.void()
    if attempt == 2:
        tape.call("authorize_payment", 1)
    tape.call("authorize_payment", 1, attempt=attempt, resource_id=of)
    tape.hear(409, {})
    return tape


def _put_aside(key: str | None, status: int = 200, *, before: str | None = None, after: str | None = "k1",
               beside: str | None = "", cart: str = "cart_1", early: bool = True) -> Tape:  # fmt: skip
    """Complete with a key a cart that bore one before and bears one after; maybe with another completion beside it."""
    tape = Tape()
    tape.commit(replace(CART, idempotency_key=before), KEY)
    first = tape.ask(key=key)
    if beside != "" and early:
        tape.ask(wish=2, key=beside, id=cart)
        tape.lose()
    tape.commit(replace(CART, idempotency_key=after))
    asked = tape.events[first]
    tape.put(type(tape.events[tape.hear(status, {})]), asked=first, actor="shopper", call="complete", intent=1,
             status=status, body={}, headers=HEADERS)  # fmt: skip
    del tape.events[-2]
    tape.events[-1] = replace(tape.events[-1], step=len(tape.events) - 1)
    assert asked.step == first
    if beside != "" and not early:
        tape.ask(wish=2, key=beside, id=cart)
        tape.lose()
    return tape


def _steps_left_out() -> dict[str, Case]:
    allowed = {
        P.STARTED: {P.AUTHORIZED, P.FINISHED, P.RELEASING},
        P.AUTHORIZED: {P.PAYMENT_CREATED, P.RELEASING},
        P.PAYMENT_CREATED: {P.FINISHED, P.RELEASING},
        P.RELEASING: {P.STARTED},
        P.FINISHED: set[P](),
    }
    ways = {
        P.STARTED: (), P.AUTHORIZED: (P.AUTHORIZED,), P.PAYMENT_CREATED: (P.AUTHORIZED, P.PAYMENT_CREATED),
        P.RELEASING: (P.RELEASING,), P.FINISHED: (P.FINISHED,),
    }  # fmt: skip

    def case(way: tuple[P, ...], to: P, wrong: int) -> Case:
        return lambda: _points(*way, to), wrong

    return {
        f"from {one} to {other}": case(ways[one], other, 0 if one is other or other in allowed[one] else 1)
        for one in P
        for other in P
    }


GOES_ON: dict[str, Case] = {
    **_steps_left_out(),
    "authorized at the start": (lambda: _points(calls="authorize_payment"), 0),
    "authorized again": (lambda: _points(P.AUTHORIZED, calls="authorize_payment"), 1),
    "authorized again when finished": (lambda: _points(P.FINISHED, calls="authorize_payment"), 1),
    "captured when authorized": (lambda: _points(P.AUTHORIZED, calls="capture_payment"), 0),
    "authorized beside another key": (lambda: _points(calls="authorize_payment", other="k2"), 0),
    "authorized once ordered": (lambda: _once_paid(ORDER), 1),
    "authorized once another is ordered": (lambda: _once_paid(replace(ORDER, cart_id="cart_0")), 0),
    "authorized once paid": (lambda: _once_paid(PAYMENT), 1),
    "authorized once paid with another": (lambda: _once_paid(PAYMENT, provider="manual"), 0),
    "authorized once paid and canceled": (lambda: _once_paid(replace(PAYMENT, canceled_at=1.0)), 0),
    "authorized once another is paid": (lambda: _once_paid(replace(PAYMENT, cart_id="cart_0")), 0),
    "authorized once let go of": (lambda: _once_paid(PAYMENT, void=True), 0),
    "authorized for another once paid": (lambda: _once_paid(PAYMENT, of="cart_0"), 0),
    "the client's key used": (lambda: _put_aside("k1"), 0),
    "the client's key put aside": (lambda: _put_aside("mine"), 1),
    "the client's key joins": (lambda: _put_aside("mine", before="k1"), 0),
    "no key of the client's": (lambda: _put_aside(None), None),
    "the client's key refused": (lambda: _put_aside("mine", 409), 0),
    "the client's key put aside for none": (lambda: _put_aside("mine", after=None), 1),
    "joined one under way with another": (lambda: _put_aside("mine", beside="k1"), 0),
    "joined one under way with none": (lambda: _put_aside("mine", beside=None), 0),
    "one under way with the same": (lambda: _put_aside("mine", beside="mine"), 1),
    "one under way of an earlier cart": (lambda: _put_aside("mine", beside="k1", cart="cart_0"), 1),
    "one under way of a later cart": (lambda: _put_aside("mine", beside="k1", cart="cart_2"), 1),
    "another only later": (lambda: _put_aside("mine", beside="k1", early=False), 1),
}  # fmt: skip


def _carries(*calls: tuple[str, str | None, str, int]) -> Tape:
    """Make calls: method, key, reference and attempt; each sends its key to the gateway."""
    tape = Tape().opened()
    for method, key, reference, attempt in calls:
        given: Data = {"amount": 4900, "currency": "eur", "resource_id": "cart_1", "data": {}}
        tape.put(Called, boot=1, provider_id="bank", method=method, number=1, key=key, reference=reference, attempt=attempt,
                 arguments=given)  # fmt: skip
        tape.exchange("/x", key)
        tape.back()
    return tape


TWO_KEYS: dict[str, Case] = {
    "one call": (lambda: _carries(("capture_payment", "a", "op_1", 1)), None),
    "one call twice": (lambda: _carries(("capture_payment", "a", "op_1", 1), ("capture_payment", "a", "op_1", 2)), None),
    "two calls, two keys": (lambda: _carries(("capture_payment", "a", "op_1", 1), ("refund_payment", "b", "op_2", 1)), 0),
    "two calls, one key": (lambda: _carries(("capture_payment", "a", "op_1", 1), ("refund_payment", "a", "op_2", 1)), 1),
    "two captures, one key": (lambda: _carries(("capture_payment", "a", "op_1", 1), ("capture_payment", "a", "op_2", 1)), 1),
    "a call and a look, one key": (
        lambda: _carries(("capture_payment", "a", "op_1", 1), ("get_payment_status", "a", "op_2", 1)), None
    ),
    "two calls, one without a key": (
        lambda: _carries(("capture_payment", "a", "op_1", 1), ("refund_payment", None, "op_2", 1)), None
    ),
    "three calls, the first key again": (
        lambda: _carries(("capture_payment", "a", "op_1", 1), ("refund_payment", "b", "op_2", 1),
                         ("refund_payment", "a", "op_3", 1)), 1
    ),
}  # fmt: skip


def _presses(*keys: str | None, cart: str = "cart_1", held: int = 2, quiet: bool = True) -> Tape:
    tape = Tape().opened()
    for number, key in enumerate(keys, 1):
        tape.ask(wish=number, key=key, id="cart_1" if number == 1 else cart)
        tape.hear(409, {})
    for number in range(held):
        tape.hold(f"au_{number}")
    return tape.quiet() if quiet else tape


JOINS: dict[str, Case] = {
    "none twice": (lambda: _presses(None, None), 1),
    "none twice, one hold": (lambda: _presses(None, None, held=1), 0),
    "one, then none": (lambda: _presses("k1", None), 1),
    "two": (lambda: _presses("k1", "k2"), 1),
    "one twice": (lambda: _presses("k1", "k1"), None),
    "one alone": (lambda: _presses("k1"), None),
    "none alone": (lambda: _presses(None), None),
    "of two carts": (lambda: _presses("k1", "k2", cart="cart_0"), None),
    "not quiet": (lambda: _presses("k1", "k2", quiet=False), None),
}


def _gives_up(tries: int, call: str = "complete", *, off_after: int = 0, plan: str = "x", given_up: bool = True,
              client: str = "keeps-key") -> Tape:  # fmt: skip
    """Ask so often in vain; after so many of them the faults are off (with no plan there never were any)."""
    tape = Tape(client=client, plan=plan).opened()
    for number in range(tries):
        if number == off_after and plan:
            tape.quiet()
        tape.ask(call)
        tape.hear(409, {})
    if tries == off_after and plan:
        tape.quiet()
    if given_up:
        tape.give_up()
    return tape


def _from_the_first_step(tries: int) -> Tape:
    """Ask so often in vain, from the very first step of a run without faults."""
    tape = Tape()
    for _ in range(tries):
        tape.ask()
        tape.hear(409, {})
    tape.give_up()
    return tape


FINAL: dict[str, Case] = {
    "twice without faults, from the first step": (lambda: _from_the_first_step(2), 1),
    "once without faults, from the first step": (lambda: _from_the_first_step(1), 0),
    "twice after the faults": (lambda: _gives_up(3, off_after=1), 1),
    "once after the faults": (lambda: _gives_up(3, off_after=2), 0),
    "never after the faults": (lambda: _gives_up(3, off_after=3), 0),
    "twice without faults": (lambda: _gives_up(2, plan=""), 1),
    "once without faults": (lambda: _gives_up(1, plan=""), 0),
    "not given up": (lambda: _gives_up(3, given_up=False), 0),
    "once, not given up": (lambda: _gives_up(1, given_up=False), None),
    "walking away": (lambda: _gives_up(3, client="walks-away"), None),
    "without a key": (lambda: _gives_up(3, client="no-key"), 1),
    "of a refund": (lambda: _gives_up(3, "refund"), 1),
    "of what nobody repeats": (lambda: _gives_up(3, "update-cart"), None),
}


TABLES = {
    "IDEM-01": BEARS, "IDEM-02": ONCE, "IDEM-03": GOES_ON, "IDEM-08": TWO_KEYS, "IDEM-09": FINAL, "IDEM-10": JOINS,
}  # fmt: skip


@pytest.mark.parametrize(("rule", "case"), [(rule, case) for rule, table in TABLES.items() for case in table])
def test_keys(rule: str, case: str) -> None:
    """Each rule sees its breaches, lets pass what is none, and is silent where it has nothing to judge."""
    tape, times = TABLES[rule][case]
    assert broken(tape(), rule) == times


def test_an_operation_that_is_refused_may_be_followed_by_another() -> None:
    """Only while the outcome is open, and only of the same kind on the same object, is a new one a breach."""
    for state, kind, payment, times in (
        (OperationState.WANTED, C, "pay_1", 1),
        (OperationState.UNKNOWN, C, "pay_1", 1),
        (OperationState.REFUSED, C, "pay_1", 0),
        (OperationState.DONE, C, "pay_1", 0),
        (OperationState.LISTED, C, "pay_1", 0),
        (OperationState.UNKNOWN, V, "pay_1", 0),
        (OperationState.UNKNOWN, C, "pay_0", 0),
    ):
        tape = Tape().bought(operation(C, 2, payment_id="pay_1", created_at=1.0))
        tape.call("capture_payment", 2)
        tape.back("unknown")
        method = "capture_payment" if kind is C else "cancel_payment"
        tape.commit(operation(C, 2, state, payment_id="pay_1", created_at=1.0))
        tape.commit(operation(kind, 3, payment_id=payment, created_at=2.0, amount=1))
        tape.call(method, 3, amount=1)
        tape.back()
        assert broken(tape, "IDEM-07") == times, (state, kind, payment)


def test_a_key_put_aside_is_told_at_the_answer() -> None:
    """And a second effect at the last line of it."""
    tape = _put_aside("mine")
    assert breaches(tape, "IDEM-03")[0].step == len(tape.events) - 1
    tape = Sent().sold().wants("refund", 2, 0, 200, back=(500, 501), amount=500)
    (breach,) = breaches(tape, "IDEM-02")
    assert (breach.step, breach.method) == (len(tape.events) - 2, "refund_payment")
    assert breach.says == "5.00 EUR asked for with a key, 10.01 EUR made: refund"
    tape = _uncaptured().wants("capture", 2, 0, 200, takes=9)
    (breach,) = breaches(tape, "IDEM-02")
    assert (breach.step, breach.method) == (len(tape.events) - 2, "capture_payment")
