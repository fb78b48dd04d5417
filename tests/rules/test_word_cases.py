"""HOOK, IDEM-04, SEC-02 and SEC-03, case by case: words that come from outside, and what they may not do."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from msgspec.structs import replace
from support.histories import AUTHORIZED, CART, HEADERS, KEY, ORDER, PAYMENT, REFUND, SESSION, Tape
from support.judging import broken

from tillproof.domain.entities import Data, Entity, WebhookEvent
from tillproof.domain.ledger import EntryKind
from tillproof.domain.statuses import SessionStatus
from tillproof.history.events import Acknowledged, Announced, Asked, Delivered

CAN = frozenset({"gateway", "webhooks", "requires_more", "partial_refund"})
STORED = WebhookEvent(id="whe_1", event_id="ev_1", provider_id="bank", says="captured", resource="cart_1", dealt_with_at=9.0)
Case = tuple[Callable[[], Tape], int | None]
Write = Callable[[Tape], object]


class Told(Tape):
    """A tape of a bought cart, on which the gateway tells of things."""

    def __init__(self) -> None:
        super().__init__(can=CAN)
        self.bought()

    def hears(self, *meanwhile: Write, status: int | None = 200, event: str = "ev_1", twist: str = "", arrives: bool = True,
              before: Write | None = None, after: Write | None = None) -> Told:  # fmt: skip
        """Deliver an event; something happens meanwhile, or just before or after it."""
        announced = self.put(Announced, event=event, name="intent.captured", number=1)
        if before is not None:
            before(self)
        delivered = self.put(Delivered, announced=announced, event=event, attempt=1, twist=twist, arrives=arrives)
        for write in meanwhile:
            write(self)
        self.put(Acknowledged, delivered=delivered, status=status, heard=status is not None)
        if after is not None:
            after(self)
        return self


def _rows(*rows: Entity) -> Write:
    return lambda tape: tape.commit(*rows)


def _reads(outcome: str = "done", *, injected: bool = False, method: str = "read_webhook") -> Write:
    def write(tape: Tape) -> None:
        tape.call(method, 0)
        tape.back(outcome, injected=injected)

    return write


KEPT = _rows(STORED)
COUNTED: dict[str, Case] = {
    "once": (lambda: Told().hears(KEPT), None),
    "twice": (lambda: Told().hears(KEPT).hears(), 0),
    "twice, the first refused": (lambda: Told().hears(KEPT, status=409).hears(_rows(REFUND)), None),
    "twice, the first lost": (lambda: Told().hears(KEPT, arrives=False).hears(_rows(REFUND)), None),
    "twice, the first false": (lambda: Told().hears(KEPT, twist="forged").hears(_rows(REFUND)), None),
    "twice, the first unheard": (lambda: Told().hears(KEPT, status=None).hears(_rows(REFUND)), None),
    "twice, of two events": (lambda: Told().hears(KEPT).hears(_rows(REFUND), event="ev_2"), None),
    "twice, of a higher and a lower": (lambda: Told().hears(KEPT, event="ev_2").hears(_rows(REFUND)), None),
    "three times, the last with a refund": (lambda: Told().hears(KEPT).hears().hears(_rows(REFUND)), 1),
    "a refund": (lambda: Told().hears(KEPT).hears(_rows(REFUND)), 1),
    "a refund and a payment in one step": (lambda: Told().hears(KEPT).hears(_rows(REFUND, PAYMENT)), 1),
    "a refund and a payment in two": (lambda: Told().hears(KEPT).hears(_rows(REFUND), _rows(PAYMENT)), 2),
    "an order": (lambda: Told().hears(KEPT).hears(_rows(ORDER)), 1),
    "the event": (lambda: Told().hears(KEPT).hears(KEPT), 1),
    "a session": (lambda: Told().hears(KEPT).hears(_rows(SESSION)), 0),
    "a session, then a payment": (lambda: Told().hears(KEPT).hears(_rows(SESSION, PAYMENT)), 1),
    "a refund just before": (lambda: Told().hears(KEPT).hears(before=_rows(REFUND)), 0),
    "a refund just after": (lambda: Told().hears(KEPT).hears(after=_rows(REFUND)), 0),
    "a capture at the gateway": (lambda: Told().hears(KEPT).hears(Tape.capture), 1),
    "a capture just before": (lambda: Told().hears(KEPT).hears(before=Tape.capture), 0),
    "a capture just after": (lambda: Told().hears(KEPT).hears(after=Tape.capture), 0),
    "answered 299, then a refund": (lambda: Told().hears(KEPT, status=299).hears(_rows(REFUND)), 1),
    "answered 300, then a refund": (lambda: Told().hears(KEPT, status=300).hears(_rows(REFUND)), None),
    "answered 199, then a refund": (lambda: Told().hears(KEPT, status=199).hears(_rows(REFUND)), None),
}

BELIEVED: dict[str, Case] = {
    "a true one": (lambda: Told().hears(_reads(), KEPT), None),
    "a false one that is lost": (lambda: Told().hears(_reads(), KEPT, twist="forged", arrives=False), None),
    "refused": (lambda: Told().hears(_reads("rejected"), twist="forged", status=400), 0),
    "read as true": (lambda: Told().hears(_reads(), twist="forged", status=400), 1),
    "read as true just before": (lambda: Told().hears(before=_reads(), twist="forged", status=400), 0),
    "read as true just after": (lambda: Told().hears(after=_reads(), twist="forged", status=400), 0),
    "read as true by a fault": (lambda: Told().hears(_reads(injected=True), twist="forged", status=400), 0),
    "something else done": (lambda: Told().hears(_reads(method="read_standing"), twist="forged", status=400), 0),
    "written down": (lambda: Told().hears(KEPT, twist="forged", status=400), 1),
    "written down in two steps": (lambda: Told().hears(KEPT, _rows(REFUND), twist="forged", status=400), 1),
    "written down just before": (lambda: Told().hears(before=KEPT, twist="forged", status=400), 0),
    "written down just after": (lambda: Told().hears(after=KEPT, twist="forged", status=400), 0),
    "answered 200": (lambda: Told().hears(twist="forged"), 1),
    "answered 299": (lambda: Told().hears(twist="forged", status=299), 1),
    "answered 300": (lambda: Told().hears(twist="forged", status=300), 0),
    "answered by nobody": (lambda: Told().hears(twist="forged", status=None), 0),
    "two, both answered 200": (lambda: Told().hears(twist="forged").hears(twist="stale"), 2),
}

AT_REST: dict[str, Case] = {
    "stored and answered": (lambda: Told().hears(KEPT).quiet(), 0),
    "answered, stored before": (lambda: Told().hears(before=KEPT).quiet(), 0),
    "answered, stored after": (lambda: Told().hears(after=KEPT), 1),
    "answered, another stored": (lambda: Told().hears(_rows(replace(STORED, event_id="ev_0"))), 1),
    "answered and not stored": (lambda: Told().hears(), 1),
    "false, answered and not stored": (lambda: Told().hears(twist="forged"), None),
    "refused": (lambda: Told().hears(status=409), 0),
    "refused to the end": (lambda: Told().hears(status=409).quiet(), 1),
    "refused, then taken": (lambda: Told().hears(status=409).hears(KEPT).quiet(), 0),
    "taken, then refused as it was open": (
        lambda: Told().hears(_rows(replace(STORED, dealt_with_at=None))).hears(status=409).quiet(), 0
    ),
    "taken, then refused": (lambda: Told().hears(KEPT).hears(status=409).quiet(), 1),
    "taken, then unanswered": (lambda: Told().hears(KEPT).hears(status=None).quiet(), 0),
    "taken, then refused by a fault": (
        lambda: Told().hears(KEPT).hears(lambda t: t.strike("commit.x#1", "fails"), status=500), 0
    ),
    "taken, then refused after a fault": (
        lambda: Told().hears(KEPT).hears(before=lambda t: t.strike("commit.x#1", "fails"), status=500), 1
    ),
    "taken, then refused before a fault": (
        lambda: Told().hears(KEPT).hears(after=lambda t: t.strike("commit.x#1", "fails"), status=500), 1
    ),
    "two refused to the end": (lambda: Told().hears(status=409).hears(status=409, event="ev_2").quiet(), 2),
    "one of two refused to the end": (lambda: Told().hears(KEPT).hears(status=409, event="ev_2").quiet(), 1),
}  # fmt: skip


def _uses(*uses: tuple[str, str, int, str], stored: bool = True, late: bool = False, method: str = "") -> Tape:
    """
    Send one key with this and that: call, id, status of the answer, and an id that the answer tells.

    It is stored while the first is served, or only after the last. During the last a method may have an effect.
    """
    tape = Tape()
    tape.commit(CART, replace(CART, id="cart_0"), ORDER)
    for number, (call, id_, status, tells) in enumerate(uses, 1):
        tape.put(Asked, actor="shopper", call=call, number=1, intent=number, key="k1", request={"id": id_})
        if number == 1 and stored and not late:
            tape.commit(KEY)
        if number == len(uses) and method:
            tape.call(method, 2)
            kind = EntryKind.VOID if method == "cancel_payment" else EntryKind.CAPTURE
            tape.ledger(kind, "x_1", parent="in_1", reference="op_2")
            tape.back()
        tape.hear(status, {"told": [tells]})
    if late:
        tape.commit(KEY)
    return tape


ONE, BAD = ("complete", "cart_1", 200, ""), ("complete", "cart_0", 409, "")
SERVES: dict[str, Case] = {
    "one thing": (lambda: _uses(ONE), None),
    "one thing twice": (lambda: _uses(ONE, ONE), None),
    "another, refused": (lambda: _uses(ONE, BAD), 0),
    "another, told yes": (lambda: _uses(ONE, ("complete", "cart_0", 200, "")), 1),
    "another, sent elsewhere": (lambda: _uses(ONE, ("complete", "cart_0", 399, "")), 1),
    "another, refused at last": (lambda: _uses(ONE, ("complete", "cart_0", 400, "")), 0),
    "another call": (lambda: _uses(ONE, ("capture", "cart_1", 200, "")), 1),
    "another call that takes no key": (lambda: _uses(ONE, ("update-cart", "cart_0", 200, "")), None),
    "another, told of the cart": (lambda: _uses(ONE, ("complete", "cart_0", 409, "cart_1")), 1),
    "another, told of the order": (lambda: _uses(ONE, ("complete", "cart_0", 409, "order_1")), 1),
    "another, told of itself": (lambda: _uses(ONE, ("complete", "cart_0", 409, "cart_0")), 0),
    "another, told of a third": (lambda: _uses(ONE, ("complete", "cart_0", 409, "order_0")), 0),
    "another, with an effect": (lambda: _uses(ONE, BAD, method="capture_payment"), 1),
    "another, with a void": (lambda: _uses(ONE, BAD, method="cancel_payment"), 0),
    "another, and the first again": (lambda: _uses(ONE, BAD, ONE), 0),
    "another, and a third": (lambda: _uses(ONE, ("complete", "cart_0", 200, ""), ("capture", "o", 200, "")), 2),
    "another, never stored": (lambda: _uses(ONE, ("complete", "cart_0", 200, ""), stored=False), None),
    "another, stored later": (lambda: _uses(ONE, ("complete", "cart_0", 200, ""), late=True), None),
}


def _claim(
    data: object = None,
    *,
    call: str = "update-payment-session",
    order: int | None = None,
    held: tuple[int, str] | None = None,
    placed_first: bool = False,
    provider: str = "bank",
    status: SessionStatus = SessionStatus.PENDING,
    of: str = "cart_1",
    late: bool = False,
) -> Tape:
    """Have a storefront claim something about a cart, which is then authorized or ordered somehow."""
    tape = Tape().opened(replace(CART, id="cart_2"))
    tape.intent("in_2", intent="in_2", resource="cart_2")
    if placed_first and order is not None:
        tape.commit(replace(ORDER, total=order))
    given = {"status": "authorized"} if data is None else data
    tape.put(Asked, actor="shopper", call=call, number=1, intent=7, key=None, request={"id": of, "data": given})
    tape.hear(200, {})
    if held is not None and not late:
        tape.hold(amount=held[0], currency=held[1])
    tape.commit(replace(AUTHORIZED, status=status, provider_id=provider))
    if held is not None and late:
        tape.hold(amount=held[0], currency=held[1])
    if order is not None and not placed_first:
        tape.commit(replace(ORDER, total=order))
    return tape


PAID = SessionStatus.AUTHORIZED
CLAIMS: dict[str, Case] = {
    "nothing came of it": (_claim, 0),
    "of another kind": (lambda: _claim({"gift": "yes"}), None),
    "no object": (lambda: _claim("authorized"), None),
    "by another call": (lambda: _claim(call="update-cart"), None),
    **{f"of {name}": (partial(_claim, {name: 1}), 0) for name in (
        "amount", "currency", "currency_code", "status", "payment_status", "paid", "captured", "total")},
    "of a gateway object": (lambda: _claim({"deep": [{"id": "in_2"}]}), 0),
    "authorized and held": (lambda: _claim(status=PAID, held=(4900, "eur")), 0),
    "authorized and not held": (lambda: _claim(status=PAID), 1),
    "authorized and held later": (lambda: _claim(status=PAID, held=(4900, "eur"), late=True), 1),
    "authorized by another processor": (lambda: _claim(status=PAID, provider="manual"), 0),
    "authorized, of another cart": (lambda: _claim(status=PAID, of="cart_2"), 0),
    "ordered and held": (lambda: _claim(order=4900, held=(4900, "eur")), 0),
    "ordered and a cent less held": (lambda: _claim(order=4900, held=(4899, "eur")), 1),
    "ordered and a cent more held": (lambda: _claim(order=4900, held=(4901, "eur")), 1),
    "ordered and held in another currency": (lambda: _claim(order=4900, held=(4900, "usd")), 1),
    "ordered and not held": (lambda: _claim(order=4900), 1),
    "ordered for nothing": (lambda: _claim(order=0), 0),
    "ordered for a cent": (lambda: _claim(order=1), 1),
    "ordered before": (lambda: _claim(order=4900, placed_first=True), 0),
    "ordered by another processor": (lambda: _claim(order=4900, provider="manual"), 0),
    "ordered, of another cart": (lambda: _claim(order=4900, of="cart_2"), 0),
}  # fmt: skip


def _key(key: str | None, status: int = 400, *, id_: object = "cart_1", stored: str = "", echoed: str = "", acts: str = "",
         entry: bool = True) -> Tape:  # fmt: skip
    tape = Tape()
    tape.commit(CART)
    if acts == "before":
        tape.call("capture_payment", 2)
        tape.hold(reference="op_2")
        tape.back()
    tape.ask(key=key, id=id_)
    if stored:
        tape.commit(replace(KEY, idempotency_key=stored))
    if acts == "meanwhile":
        tape.call("capture_payment", 2)
        if entry:
            tape.hold(reference="op_2")
        tape.back()
    tape.hear(status, {}, {**HEADERS, "idempotency-key": echoed} if echoed else HEADERS)
    return tape


MADE = "key_0123456789abcdef01234567"


def _made(*keys: str, cart: Data | None = None) -> Tape:
    tape = Tape()
    tape.commit(replace(CART, **(cart or {})))
    for number, key in enumerate(keys):
        tape.commit(replace(KEY, id=f"ikey_{number}", idempotency_key=key))
    return tape


GUESSED: dict[str, Case] = {
    "refused": (lambda: _key("a b"), 0),
    "let in": (lambda: _key("a b", 200), 1),
    "sent elsewhere": (lambda: _key("a b", 399), 1),
    "a plain key": (lambda: _key("k1", 200), None),
    "as long as it may be": (lambda: _key("k" * 255, 200), None),
    "no key, a plain id": (lambda: _key(None, 200), None),
    "no key, a hostile id": (lambda: _key(None, id_="<x>"), 0),
    "a number for an id": (lambda: _key("k1", 200, id_=7), None),
    "echoed": (lambda: _key("a b", echoed="a b"), 1),
    "another echoed": (lambda: _key("a b", echoed="a"), 0),
    "a plain key echoed, a hostile id": (lambda: _key("k1", id_="<x>", echoed="k1"), 0),
    "stored": (lambda: _key("a b", stored="a b"), 1),
    "a plain key stored, a hostile id": (lambda: _key("k1", id_="<x>", stored="k1"), 0),
    "acted on": (lambda: _key("a b", acts="meanwhile"), 1),
    "called without an effect": (lambda: _key("a b", acts="meanwhile", entry=False), 0),
    "acted before": (lambda: _key("a b", acts="before"), 0),
    "made": (lambda: _made(MADE), 0),
    "made of sixteen": (lambda: _made("abcdefghijklmnop"), 0),
    "made of fifteen": (lambda: _made("abcdefghijklmno"), 1),
    "made twice": (lambda: _made(MADE, MADE), 1),
    "made counting up": (lambda: _made("checkout-00000000001", "checkout-00000000002"), 1),
    "made counting down": (lambda: _made("checkout-00000000002", "checkout-00000000001"), 0),
    "made two apart": (lambda: _made("checkout-00000000001", "checkout-00000000003"), 0),
    "made of two kinds": (lambda: _made("checkout-00000000001", "purchase-00000000002"), 0),
    "made of the cart": (lambda: _made("x" * 16 + "cart_1"), 1),
    "made of the address": (lambda: _made("x" * 16 + "a@b.example"), 1),
    "made without an address": (lambda: _made(MADE, cart={"email": None}), 0),
    "made with an empty address": (lambda: _made(MADE, cart={"email": ""}), 0),
}

TABLES = {
    "HOOK-01": COUNTED, "HOOK-03": BELIEVED, "HOOK-04": AT_REST, "IDEM-04": SERVES, "SEC-03": CLAIMS, "SEC-02": GUESSED,
}  # fmt: skip


@pytest.mark.parametrize(("rule", "case"), [(rule, case) for rule, table in TABLES.items() for case in table])
def test_words_from_outside(rule: str, case: str) -> None:
    """Each rule sees its breaches, lets pass what is none, and is silent where nobody said anything of the kind."""
    tape, times = TABLES[rule][case]
    assert broken(tape(), rule) == times
