"""CAP, VOID, GATE, SESS-02 to SESS-05 and LED, case by case: what is done after the order, and what is left of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from msgspec.structs import replace
from support.histories import ALL, AUTHORIZED, CART, KEY, ORDER, PAYMENT, SESSION, Tape, operation
from support.judging import breaches, broken

from tillproof.domain.entities import Data, Entity, Region, Swap
from tillproof.domain.ledger import EntryKind
from tillproof.domain.statuses import OperationKind, RecoveryPoint
from tillproof.history.events import GatewayAnswered, GatewayAsked, Phase

A, C, X, START = OperationKind.AUTHORIZE, OperationKind.CAPTURE, OperationKind.CANCEL, OperationKind.INITIATE
PAID = replace(PAYMENT, order_id="order_1")
CAPTURED = replace(PAID, captured_at=9.0)
CANCELED = replace(PAID, canceled_at=9.0)
Case = tuple[Callable[[], Tape], int | None]
Write = Callable[[Tape], object]


def _nothing(_tape: Tape) -> None:
    """Let nothing else happen."""


def _all(*writes: Write) -> Write:
    def write(tape: Tape) -> None:
        for each in writes:
            each(tape)

    return write


def _rows(*rows: Entity) -> Write:
    return lambda tape: tape.commit(*rows)


def _after(write: Write, *, quiet: bool = False, can: frozenset[str] = ALL) -> Tape:
    """Buy, then let something happen."""
    tape = Tape(can=can).bought(operation(C, 2, payment_id="pay_1"), operation(X, 4, payment_id="pay_1"))
    write(tape)
    return tape.quiet() if quiet else tape


def _takes(
    amount: int = 4900, id_: str = "ca_1", *, reference: str | None = None, intent: str = "in_1", parent: str = "au_1"
) -> Write:
    return lambda tape: tape.capture(id_, amount=amount, reference=reference, intent=intent, parent=parent)


def _calls(method: str, outcome: str = "done", *, number: int = 2, injected: bool = False, meanwhile: Write = _nothing,
           data: Data | None = None, status: str | None = None) -> Write:  # fmt: skip
    def write(tape: Tape) -> None:
        tape.call(method, number, data={"intent": "in_1"} if data is None else data)
        meanwhile(tape)
        tape.back(outcome, injected=injected, status=status)

    return write


def _asked(call: str, status: int, meanwhile: Write, *, id_: str = "order_1") -> Write:
    def write(tape: Tape) -> None:
        tape.ask(call, 2, key="k2", id=id_)
        meanwhile(tape)
        tape.hear(status, {})

    return write


CAP, VOID = "capture_payment", "cancel_payment"
MINE = _takes(reference="op_2")
IN_PARTS = _all(_takes(1, "ca_1", reference="op_2"), _takes(1, "ca_2", reference="op_2"))
TAKEN: dict[str, Case] = {
    "nothing": (lambda: _after(_nothing), None),
    "said and taken": (lambda: _after(_all(_takes(), _rows(CAPTURED))), 0),
    "said and not taken": (lambda: _after(_rows(CAPTURED)), 1),
    "said before it was taken": (lambda: _after(_all(_rows(CAPTURED), _takes())), 1),
    "said twice before it was taken": (
        lambda: _after(_all(_rows(CAPTURED), _rows(replace(CAPTURED, amount_refunded=0, data={})), _takes())), 1
    ),
    "answered and taken": (lambda: _after(_calls(CAP, meanwhile=MINE)), 0),
    "answered and not taken": (lambda: _after(_calls(CAP)), 1),
    "answered before it was taken": (lambda: _after(_all(_calls(CAP), MINE)), 1),
    "answered, taken before": (lambda: _after(_all(_takes(), _calls(CAP))), 0),
    "answered, taken of another": (
        lambda: _after(_all(lambda t: t.hold("au_9", intent="in_9", resource="cart_9"),
                            _takes(id_="ca_9", intent="in_9", parent="au_9"), _calls(CAP))), 1
    ),
    "refused and not taken": (lambda: _after(_calls(CAP, "refused")), 0),
    "a fault said done": (lambda: _after(_calls(CAP, injected=True)), 0),
    "taken, called and never said": (lambda: _after(_calls(CAP, meanwhile=MINE), quiet=True), 1),
    "taken, called and not said yet": (lambda: _after(_calls(CAP, meanwhile=MINE)), 0),
}  # fmt: skip

AS_HELD: dict[str, Case] = {
    "taken": (lambda: _after(_calls(CAP, meanwhile=MINE)), 0),
    "nothing called": (lambda: _after(_takes()), None),
    "held anew": (lambda: _after(_calls(CAP, meanwhile=lambda t: t.hold("au_2", reference="op_2"))), 1),
    "begun anew": (lambda: _after(_calls(CAP, meanwhile=lambda t: t.intent("in_2", intent="in_2", reference="op_2"))), 1),
    "declined": (lambda: _after(_calls(CAP, meanwhile=lambda t: t.ledger(EntryKind.DECLINE, "de_1", reference="op_2"))), 0),
    "taken in two parts": (
        lambda: _after(_calls(CAP, meanwhile=IN_PARTS)), 1
    ),
    "taken in two parts where parts can be": (
        lambda: _after(_calls(CAP, meanwhile=IN_PARTS),
                       can=ALL | {"partial_capture"}), 1
    ),
    "taken by two calls": (
        lambda: _after(_all(_calls(CAP, meanwhile=_takes(1, "ca_1", reference="op_2")),
                            _calls(CAP, number=3, meanwhile=_takes(1, "ca_2", reference="op_3")))), 1
    ),
    "taken by two calls where parts can be": (
        lambda: _after(_all(_calls(CAP, meanwhile=_takes(1, "ca_1", reference="op_2")),
                            _calls(CAP, number=3, meanwhile=_takes(1, "ca_2", reference="op_3"))),
                       can=ALL | {"partial_capture"}), 0
    ),
    "refunded twice by one call": (
        lambda: _after(_all(_calls(CAP, meanwhile=MINE),
                            _calls("refund_payment", number=3, meanwhile=_all(
                                lambda t: t.refund("re_1", amount=1, reference="op_3"),
                                lambda t: t.refund("re_2", amount=1, reference="op_3"))))), 0
    ),
}  # fmt: skip

SEEN_TO_FAIL: dict[str, Case] = {
    "done": (lambda: _after(_asked("capture", 200, _calls(CAP))), None),
    **{f"refused, answered {status}": (
        partial(_after, _asked("capture", status, _calls(CAP, "refused"))), 1 if status < 400 else 0)
        for status in (200, 202, 399, 400, 409, 500)},
    "an error object, answered 200": (lambda: _after(_asked("capture", 200, _calls(CAP, "error-object"))), 1),
    "refused, then done, answered 200": (
        lambda: _after(_asked("capture", 200, _all(_calls(CAP, "refused"), _calls(CAP)))), 0
    ),
    "done, then refused, answered 200": (
        lambda: _after(_asked("capture", 200, _all(_calls(CAP), _calls(CAP, "refused")))), 1
    ),
    "refused before it was asked": (lambda: _after(_all(_calls(CAP, "refused"), _asked("capture", 200, _nothing))), 0),
    "refused of a payment, answered 200": (lambda: _after(_asked("capture-payment", 200, _calls(CAP, "refused"))), 1),
    "refused while refunding": (lambda: _after(_asked("refund", 200, _calls(CAP, "refused"))), 0),
    "refused, and said": (lambda: _after(_all(_calls(CAP, "refused"), _rows(CAPTURED))), 1),
    "refused, and said before": (lambda: _after(_all(_rows(CAPTURED), _calls(CAP, "refused"))), 0),
    "refused, and said of another": (
        lambda: _after(_all(_calls(CAP, "refused"), _rows(replace(CAPTURED, id="pay_9", cart_id="cart_9")))), 0
    ),
    "refused, taken and said": (lambda: _after(_all(_calls(CAP, "refused"), _takes(), _rows(CAPTURED))), 0),
    "refused, done later and said": (lambda: _after(_all(_calls(CAP, "refused"), _calls(CAP), _rows(CAPTURED))), 0),
    "done, refused and said": (lambda: _after(_all(_calls(CAP), _calls(CAP, "refused"), _rows(CAPTURED))), 1),
    "refused, written and said": (lambda: _after(_all(_calls(CAP, "refused"), _rows(PAID), _rows(CAPTURED))), 0),
    "refused of no operation, and said": (lambda: _after(_all(_calls(CAP, "refused", number=9), _rows(CAPTURED))), 0),
}  # fmt: skip

LET_GO: dict[str, Case] = {
    "nothing": (lambda: _after(_nothing), None),
    "let go of, and said": (lambda: _after(_all(Tape.void, _rows(CANCELED))), 0),
    "said, and held": (lambda: _after(_rows(CANCELED)), 1),
    "said before it was let go of": (lambda: _after(_all(_rows(CANCELED), Tape.void)), 1),
    "said, all taken": (lambda: _after(_all(_takes(), _rows(CANCELED))), 0),
    "said, a part taken": (lambda: _after(_all(_takes(4899), _rows(CANCELED))), 1),
    "answered and let go of": (lambda: _after(_calls(VOID, number=4, meanwhile=Tape.void)), 0),
    "answered and held": (lambda: _after(_calls(VOID, number=4)), 1),
    "deleted and held": (lambda: _after(_calls("delete_payment", number=4)), 1),
    "refused and held": (lambda: _after(_calls(VOID, "refused", number=4)), 0),
    "a fault said done": (lambda: _after(_calls(VOID, number=4, injected=True)), 0),
    "answered, all taken": (lambda: _after(_all(_takes(), _calls(VOID, number=4))), 0),
    **{f"refused, answered {status}": (
        partial(_after, _asked("cancel", status, _calls(VOID, "refused", number=4))), 1 if status < 400 else 0)
        for status in (200, 202, 399, 400, 409)},
    "refused of a swap, answered 200": (lambda: _after(_asked("cancel-swap", 200, _calls(VOID, "refused", number=4))), 1),
    "refused while capturing": (lambda: _after(_asked("capture", 200, _calls(VOID, "refused", number=4))), 0),
    "refused, then unknown, answered 200": (
        lambda: _after(_asked("cancel", 200, _all(_calls(VOID, "refused", number=4), _calls(VOID, "unknown", number=4)))), 0
    ),
    "refused before it was asked": (
        lambda: _after(_all(_calls(VOID, "refused", number=4), _asked("cancel", 200, _nothing))), 0
    ),
    "deletion refused, answered 200": (
        lambda: _after(_asked("cancel", 200, _calls("delete_payment", "refused", number=4))), 0
    ),
}  # fmt: skip


def _lapses(tape: Tape) -> None:
    tape.ledger(EntryKind.LAPSE, "la_1", parent="au_1")


def _gives_back(amount: int) -> Write:
    return _calls(VOID, number=4, meanwhile=lambda t: t.refund(amount=amount, reference="op_4"))


NOT_VOIDED: dict[str, Case] = {
    "nothing": (lambda: _after(_nothing), None),
    "taken before it was canceled": (lambda: _after(_all(_takes(), _rows(CANCELED))), 0),
    "taken after it was canceled": (lambda: _after(_all(_rows(CANCELED), _takes())), 1),
    "taken twice after it was canceled": (
        lambda: _after(_all(_rows(CANCELED), _takes(1), _takes(1, "ca_2"))), 1
    ),
    "all taken, then voided": (lambda: _after(_all(_takes(), _calls(VOID, number=4, meanwhile=Tape.void))), 1),
    "more than all taken, then voided": (lambda: _after(_all(_takes(4901), _calls(VOID, number=4, meanwhile=Tape.void))), 1),
    "a part taken, then voided": (lambda: _after(_all(_takes(4899), _calls(VOID, number=4, meanwhile=Tape.void))), 0),
    "all taken, then lapsed": (lambda: _after(_all(_takes(), _calls(VOID, number=4, meanwhile=_lapses))), 0),
    "given back, unbooked": (lambda: _after(_all(_takes(), _gives_back(4900))), 1),
    "given back, booked": (
        lambda: _after(_all(_takes(), _gives_back(4900), _rows(replace(CAPTURED, amount_refunded=4900)))), 0
    ),
    "given back, booked in part": (
        lambda: _after(_all(_takes(), _gives_back(4900), _rows(replace(CAPTURED, amount_refunded=4899)))), 1
    ),
    "given back by a refund, unbooked": (
        lambda: _after(_all(_takes(), _calls(VOID, number=4), lambda t: t.refund(amount=1, reference="op_9"))), 0
    ),
    "given back by a deletion, unbooked": (
        lambda: _after(_all(_takes(), _calls("delete_payment", number=4,
                                             meanwhile=lambda t: t.refund(amount=1, reference="op_4")))), 1
    ),
}  # fmt: skip

SOLD_OUT: Data = {"errors": [{"code": "other"}, {"code": "insufficient_inventory"}]}


def _fails(
    status: int,
    body: Data | None = None,
    *,
    said: str | None = "authorized",
    hold: str = "held",
    first: Write = _nothing,
    rows: tuple[Entity, ...] = (),
    late: bool = False,
    point: RecoveryPoint | None = None,
) -> Tape:
    """Answer a completion so that was authorized, whose money is held, or let go of before or after the answer."""
    tape = Tape().opened(operation(A, 1))
    tape.ask()
    tape.call("authorize_payment", 1)
    if hold:
        of = {"intent": "in_9", "resource": "cart_0"} if hold == "another" else {}
        tape.hold(reference="op_1", **of)
    if late:
        tape.hear(status, {} if body is None else body)
    tape.back("done" if said else "unknown", status=said)
    if hold == "let go":
        tape.void()
    if hold == "taken":
        tape.capture()
    tape.commit(*rows, *([replace(KEY, recovery_point=point)] if point else []))
    first(tape)
    if not late:
        tape.hear(status, {} if body is None else body)
    if hold == "let go later":
        tape.void()
    return tape


FAILS: dict[str, Case] = {
    "no for good": (lambda: _fails(400), 1),
    "to be tried again": (lambda: _fails(409), None),
    "the shop broke": (lambda: _fails(500), None),
    "yes": (lambda: _fails(200), None),
    "out of stock": (lambda: _fails(409, SOLD_OUT), 1),
    "out of stock, told plainly": (lambda: _fails(409, {"code": "insufficient_inventory"}), 1),
    "out of something else": (lambda: _fails(409, {"errors": [{"code": "other"}]}), None),
    "out of stock, let go": (lambda: _fails(409, SOLD_OUT, hold="let go"), 0),
    "out of stock, let go later": (lambda: _fails(409, SOLD_OUT, hold="let go later"), 1),
    "out of stock, taken": (lambda: _fails(409, SOLD_OUT, hold="taken"), 0),
    "out of stock, never held": (lambda: _fails(409, SOLD_OUT, hold=""), 0),
    "out of stock, another's held": (lambda: _fails(409, SOLD_OUT, hold="another"), 0),
    "no for good, let go": (lambda: _fails(400, hold="let go"), None),
    "no for good, let go later": (lambda: _fails(400, hold="let go later"), 1),
    "no for good, not known of": (lambda: _fails(400, said=None), None),
    "no for good, known to wait": (lambda: _fails(400, said="requires_more"), None),
    "no for good, known of later": (lambda: _fails(400, late=True), None),
    "no for good, ordered": (lambda: _fails(400, rows=(ORDER,)), None),
    "no for good, another ordered": (lambda: _fails(400, rows=(replace(ORDER, cart_id="cart_0"),)), 1),
    "no for good, a swap confirmed": (
        lambda: _fails(400, rows=(Swap(id="s", order_id="o", cart_id="cart_1", confirmed_at=1.0),)), None
    ),
    "no for good, letting go refused": (lambda: _fails(400, first=_calls(VOID, "refused", number=4)), None),
    "no for good, deleting refused": (lambda: _fails(400, first=_calls("delete_payment", "refused", number=4)), None),
    "no for good, letting go unknown": (lambda: _fails(400, first=_calls(VOID, "unknown", number=4)), 1),
    "no for good, letting go of another refused": (
        lambda: _fails(400, first=_calls(VOID, "refused", number=4, data={"intent": "in_9"})), None
    ),
    "releasing": (lambda: _fails(409, point=RecoveryPoint.RELEASING), 0),
    "paid": (lambda: _fails(409, point=RecoveryPoint.PAYMENT_CREATED), None),
    "authorized anew while releasing": (
        lambda: _fails(409, point=RecoveryPoint.RELEASING, first=_calls("authorize_payment", number=3)), 1
    ),
    "captured while releasing": (
        lambda: _fails(409, point=RecoveryPoint.RELEASING, first=_calls(CAP, number=3)), 0
    ),
    "authorized anew while started": (
        lambda: _fails(409, point=RecoveryPoint.STARTED, first=_calls("authorize_payment", number=3)), None
    ),
}  # fmt: skip


def _reads(
    method: str,
    outcome: str = "done",
    *,
    answer: int | str | None = None,
    kind: str = "",
    status: str | None = None,
    effect: Write = _nothing,
    late: bool = False,
    injected: bool = False,
    decline: bool = False,
    number: int = 2,
) -> Write:
    """Have a processor hear something of the gateway (a page where `answer` is text), and say something."""

    def write(tape: Tape) -> None:
        tape.call(method, number)
        if answer is not None:
            asked = tape.put(GatewayAsked, method="POST", path="/x", number=1, key=None, body={})
            body = answer if isinstance(answer, str) else {}
            tape.put(GatewayAnswered, asked=asked, status=200 if isinstance(answer, str) else answer, body=body)
        if not late:
            effect(tape)
        if decline:
            tape.ledger(EntryKind.DECLINE, "de_1", reference="op_2")
        if kind:
            tape.strike("gateway.POST:/x#1", kind)
        tape.back(outcome, status=status, injected=injected)
        if late:
            effect(tape)

    return write


BELIEVES: dict[str, Case] = {
    "a yes with an effect": (lambda: _after(_reads(CAP, answer=200, effect=MINE)), None),
    "a yes without": (lambda: _after(_reads(CAP, answer=200)), 1),
    "a yes whose effect came later": (lambda: _after(_reads(CAP, answer=200, effect=MINE, late=True)), None),
    "a page with an effect": (lambda: _after(_reads(CAP, answer="<html>", effect=MINE)), 0),
    "a page without": (lambda: _after(_reads(CAP, answer="<html>")), 1),
    "a no": (lambda: _after(_reads(CAP, answer=300)), 1),
    "a no whose effect came later": (lambda: _after(_reads(CAP, answer=400, effect=MINE, late=True)), 1),
    "a no, and says so": (lambda: _after(_reads(CAP, "refused", answer=400)), 0),
    "a no, and a fault says done": (lambda: _after(_reads(CAP, answer=400, injected=True)), 0),
    "nothing": (lambda: _after(_reads(CAP)), None),
    "a decline": (lambda: _after(_reads(CAP, decline=True)), 1),
    "a decline of an authorization, authorized": (
        lambda: _after(_all(Tape.void, _reads("authorize_payment", status="authorized", decline=True))), 1
    ),
    "a decline of an authorization, pending": (
        lambda: _after(_all(Tape.void, _reads("authorize_payment", status="pending", decline=True))), 0
    ),
    "a decline of an authorization that stands": (
        lambda: _after(_reads("authorize_payment", status="authorized", decline=True)), 0
    ),
    "a no inside a yes": (lambda: _after(_reads(CAP, answer=200, kind="no-200", effect=MINE)), 0),
    "what cannot be understood": (lambda: _after(_reads(CAP, answer=200, kind="malformed-200", effect=MINE)), 1),
    "what cannot be understood, for a no": (lambda: _after(_reads(CAP, "refused", kind="html-502-before")), 1),
    "what cannot be understood, for unknown": (lambda: _after(_reads(CAP, "unknown", kind="html-502-before")), None),
    "one not understood, one a yes without": (
        lambda: _after(_all(_reads(CAP, kind="html-200"), _reads(CAP, answer=200))), 2
    ),
    "one fine, one a yes without": (
        lambda: _after(_all(_reads(CAP, answer=200, effect=MINE), _reads("refund_payment", answer=200, number=3))), 1
    ),
    "one refused, one a yes without": (
        lambda: _after(_all(_reads(CAP, "refused", answer=400), _reads("refund_payment", answer=200, number=3))), 1
    ),
    "a yes without, for a cancellation": (lambda: _after(_reads(VOID, answer=200)), None),
}  # fmt: skip

WAITS: dict[str, Case] = {
    **{f"{kind}, done": (partial(_after, _reads(CAP, kind=kind)), 1) for kind in (
        "busy-429", "in-progress-409", "error-500-before", "error-500-after", "stored-500-before", "stored-500-after",
        "unavailable-503")},
    **{f"{status}, refused": (partial(_after, _reads(CAP, "refused", answer=status)), 1)
       for status in (409, 425, 429, 500, 503)},
    "400, refused": (lambda: _after(_reads(CAP, "refused", answer=400)), None),
    "500, unknown": (lambda: _after(_reads(CAP, "unknown", answer=500)), 0),
    "500, a fault says done": (lambda: _after(_reads(CAP, answer=500, injected=True)), 0),
    "a page, done": (lambda: _after(_reads(CAP, kind="html-200")), None),
    "500, cancellation done": (lambda: _after(_reads(VOID, answer=500)), 1),
    "500, deletion done": (lambda: _after(_reads("delete_payment", answer=500)), 1),
    "500, start done": (lambda: _after(_reads("initiate_payment", answer=500)), 1),
    "500, update done": (lambda: _after(_reads("update_payment", answer=500)), 1),
    "500, status done": (lambda: _after(_reads("get_payment_status", answer=500)), None),
    "a yes, then 500, done": (lambda: _after(_all(_reads(CAP, answer=200), _reads(CAP, answer=500))), 1),
}  # fmt: skip

TABLES = {
    "CAP-01": TAKEN, "CAP-02": AS_HELD, "CAP-04": SEEN_TO_FAIL, "VOID-01": LET_GO, "VOID-02": NOT_VOIDED, "VOID-03": FAILS,
    "GATE-01": BELIEVES, "GATE-02": WAITS,
}  # fmt: skip


@pytest.mark.parametrize(("rule", "case"), [(rule, case) for rule, table in TABLES.items() for case in table])
def test_orders(rule: str, case: str) -> None:
    """Each rule sees its breaches, lets pass what is none, and is silent where it has nothing to judge."""
    tape, times = TABLES[rule][case]
    assert broken(tape(), rule) == times


def test_a_breach_names_its_method_and_moment() -> None:
    """The first capture after a cancellation, the second of two, the answer that was believed."""
    tape = _after(_all(_rows(CANCELED), _takes(1), _takes(2, "ca_2")))
    (late,) = breaches(tape, "VOID-02")
    assert (late.step, late.method, "0.01 EUR" in late.says) == (len(tape.events) - 2, CAP, True)
    tape = _after(_calls(CAP, meanwhile=IN_PARTS))
    (twice,) = breaches(tape, "CAP-02")
    assert (twice.step, twice.method) == (len(tape.events) - 2, CAP)
    (unsaid,) = breaches(_after(_calls(CAP, meanwhile=MINE), quiet=True), "CAP-01")
    assert unsaid.method == CAP
    (believed,) = breaches(_after(_reads(VOID, "refused", answer=503)), "GATE-02")
    assert (believed.method, believed.says) == (VOID, "cancel_payment says refused after the gateway said 503")


REGION = Region(id="reg_home", name="home", currency_code="eur", payment_providers=("bank", "manual"))


def _left(
    *,
    region: tuple[str, ...] = ("manual",),
    order: bool = False,
    first: bool = False,
    held: bool = True,
    void: bool = False,
    provider: str = "bank",
    of: str = "order_1",
    quiet: bool = True,
    can: frozenset[str] = ALL,
    back: bool = False,
) -> Tape:
    """Take a processor out of the region, before or after an order was placed with it, or with money held for none."""
    tape = Tape(can=can).opened(REGION)
    if held:
        tape.hold()
    rows = (replace(PAYMENT, provider_id=provider, order_id=of), ORDER)
    if order and first:
        tape.commit(*rows)
    tape.commit(replace(REGION, payment_providers=region))
    if back:
        tape.commit(REGION)
    if order and not first:
        tape.commit(*rows)
    if void:
        tape.void()
    return tape.quiet() if quiet else tape


LEFT: dict[str, Case] = {
    "nobody left": (lambda: _left(region=("bank", "manual")), None),
    "one came": (lambda: _left(region=("bank", "manual", "cash")), None),
    "it left, and holds": (_left, 1),
    "it left, and let go": (lambda: _left(void=True), 0),
    "it left, and holds, not quiet": (lambda: _left(quiet=False), 0),
    "it left, and holds, which cannot be let go": (lambda: _left(can=ALL - {"void"}), 0),
    "it left, and never held": (lambda: _left(held=False), 0),
    "it left, and placed an order": (lambda: _left(order=True), 1),
    "it left after the order": (lambda: _left(order=True, first=True), 0),
    "it left, came back and placed an order": (lambda: _left(order=True, back=True), 0),
    "it left, another placed an order": (lambda: _left(order=True, provider="manual"), 0),
    "it left, and its Payment is another order's": (lambda: _left(order=True, of="order_0"), 0),
}


def _starts(
    outcome: str = "unknown",
    *,
    later: str = "",
    again: str = "done",
    kind: OperationKind = START,
    session: str = "ps_1",
    claims: bool = True,
    provider: str = "bank",
    after: bool = False,
) -> Tape:
    """Have the start of a session end so, and maybe try again, before or after it claims to be initiated."""
    tape = Tape()
    mine = replace(SESSION, provider_id=provider)
    tape.commit(CART, KEY, replace(mine, is_initiated=False), operation(kind, 1, session_id=session))
    tape.call("initiate_payment", 1)
    tape.back(outcome, injected=True)
    if claims and after:
        tape.commit(mine)
    if later:
        tape.call(later, 1, attempt=2)
        tape.back(again)
    if claims and not after:
        tape.commit(mine)
    return tape


STARTED: dict[str, Case] = {
    "done": (lambda: _starts("done"), None),
    "unknown, and claims to work": (_starts, 1),
    "refused, and claims to work": (lambda: _starts("refused"), 1),
    "unknown, and does not": (lambda: _starts(claims=False), 0),
    "unknown, then done": (lambda: _starts(later="initiate_payment"), 0),
    "unknown, then refused": (lambda: _starts(later="initiate_payment", again="refused"), 1),
    "unknown, then found": (lambda: _starts(later="find_effect"), 0),
    "unknown, then done, too late": (lambda: _starts(later="initiate_payment", after=True), 1),
    "unknown, then updated": (lambda: _starts(later="update_payment"), 1),
    "unknown, another's done": (lambda: _starts(later="initiate_payment", session="ps_2"), 1),
    "unknown, another kind done": (lambda: _starts(later="initiate_payment", kind=A), 1),
    "unknown, another processor's session": (lambda: _starts(provider="manual"), 0),
}


def _charged(
    session: str = "ps_1",
    *,
    attempt: int = 1,
    chosen: tuple[str, ...] = ("ps_1",),
    method: str = "authorize_payment",
    number: int = 1,
) -> Tape:
    """Call the processor for one of three sessions."""
    tape = Tape()
    sessions = [replace(SESSION, id=id_, is_selected=id_ in chosen, provider_id=id_) for id_ in ("ps_0", "ps_1", "ps_2")]
    tape.commit(CART, *sessions)
    tape.commit(operation(A, 1, session_id=session))
    tape.call(method, number, attempt=attempt)
    return tape


def _made(provider: str, *chosen: str) -> Tape:
    tape = Tape()
    providers = (("ps_1", "bank"), ("ps_2", "manual"), ("ps_0", "atm"))
    tape.commit(CART, *(replace(SESSION, id=i, provider_id=p, is_selected=p in chosen) for i, p in providers))
    tape.commit(replace(PAYMENT, provider_id=provider))
    return tape


CHOSEN: dict[str, Case] = {
    "the one chosen": (_charged, 0),
    "one not chosen": (lambda: _charged("ps_2"), 1),
    "one lower not chosen": (lambda: _charged("ps_0"), 1),
    "none chosen": (lambda: _charged(chosen=()), 1),
    "two chosen": (lambda: _charged(chosen=("ps_1", "ps_2")), 1),
    "not chosen, a repeat": (lambda: _charged("ps_2", attempt=2), None),
    "not chosen, a capture": (lambda: _charged("ps_2", method=CAP), None),
    "not chosen, of no operation": (lambda: _charged("ps_2", number=9), None),
    "a Payment of the one chosen": (lambda: _made("bank", "bank"), 0),
    "a Payment of another": (lambda: _made("manual", "bank"), 1),
    "a Payment of a lower one": (lambda: _made("atm", "bank"), 1),
    "a Payment of two": (lambda: _made("bank", "bank", "manual"), 1),
    "a Payment of none": (lambda: _made("bank"), 1),
}  # fmt: skip


def _leads(data: Data, *, before: Data | None = None, method: str = "refund_payment", outcome: str = "done",
           injected: bool = False) -> Tape:  # fmt: skip
    tape = Tape().bought()
    tape.intent("in_2", intent="in_2", resource="cart_0")
    tape.call(method, 5, data={"intent": "in_1"} if before is None else before)
    tape.back(outcome, data=data, injected=injected)
    return tape


LEADS: dict[str, Case] = {
    "the object": (lambda: _leads({"intent": "in_1"}), 0),
    "an entry of it": (lambda: _leads({"charge": "au_1"}), 0),
    "deep within": (lambda: _leads({"a": [{"b": "in_1"}]}), 0),
    "nothing": (lambda: _leads({}), 1),
    "something else": (lambda: _leads({"intent": "in_7"}), 1),
    "another cart's": (lambda: _leads({"intent": "in_2"}), 1),
    "both": (lambda: _leads({"intent": "in_1", "other": "in_2"}), 1),
    "nothing, as before": (lambda: _leads({}, before={"mine": "x"}), None),
    "nothing, refused": (lambda: _leads({}, outcome="refused"), None),
    "nothing, a fault's": (lambda: _leads({}, injected=True), None),
    **{f"nothing, of {method}": (partial(_leads, {}, method=method), 1) for method in (
        "update_payment", "authorize_payment", CAP, "retrieve_payment")},
    "nothing, of a deletion": (lambda: _leads({}, method="delete_payment"), None),
    "nothing, of a cancellation": (lambda: _leads({}, method=VOID), None),
}  # fmt: skip

SESSION_TABLES = {"SESS-02": CHOSEN, "SESS-03": STARTED, "SESS-04": LEADS, "SESS-05": LEFT}


@pytest.mark.parametrize(("rule", "case"), [(rule, case) for rule, table in SESSION_TABLES.items() for case in table])
def test_sessions(rule: str, case: str) -> None:
    """Which session is charged, which claims to work, what its data lead to, and what a processor that left may do."""
    tape, times = SESSION_TABLES[rule][case]
    found = broken(tape(), rule)
    assert (found if times is not None else found or None) == times


def _books(*, order: int = 4900, paid: Entity | None = PAYMENT, hold: Write = Tape.hold, cart: str = "cart_1") -> Tape:
    """Place an order over so much, paid so, with the money held so."""
    tape = Tape().opened()
    hold(tape)
    if paid is not None:
        tape.commit(paid)
    tape.commit(AUTHORIZED, replace(ORDER, total=order, cart_id=cart))
    return tape


def _held(amount: int = 4900, *, currency: str = "eur", resource: str | None = "cart_1") -> Write:
    return lambda tape: tape.hold(amount=amount, currency=currency, resource=resource)


MONEY: dict[str, Case] = {
    "held": (_books, 0),
    "held a cent less": (lambda: _books(hold=_held(amount=4899)), 1),
    "held a cent more": (lambda: _books(hold=_held(amount=4901)), 1),
    "held in another currency": (lambda: _books(hold=_held(currency="usd")), 1),
    "held for another cart": (lambda: _books(hold=_held(resource="cart_0")), 1),
    "held for whatever cart": (lambda: _books(hold=_held(resource=None)), 0),
    "held and let go of": (lambda: _books(hold=_all(Tape.hold, Tape.void)), 1),
    "not held": (lambda: _books(hold=_nothing), 1),
    "not paid": (lambda: _books(paid=None), 1),
    "paid and canceled": (lambda: _books(paid=replace(PAYMENT, canceled_at=1.0)), 1),
    "paid for another cart": (lambda: _books(paid=replace(PAYMENT, cart_id="cart_0")), 1),
    "paid with another processor": (lambda: _books(paid=replace(PAYMENT, provider_id="manual"), hold=_nothing), None),
    "for nothing": (lambda: _books(order=0, paid=None), None),
    "for a cent": (lambda: _books(order=1, paid=None), 1),
}


@pytest.mark.parametrize("case", MONEY)
def test_no_order_without_its_money(case: str) -> None:
    """The very sum, in the currency, for that cart, held when the order is placed."""
    tape, times = MONEY[case]
    assert broken(tape(), "LED-04") == times


@pytest.mark.parametrize(
    ("state", "swept", "ordered", "times"),
    [("held", True, "", 1), ("held", False, "", None), ("held", True, "order", 0), ("held", True, "swap", 0),
     ("voided", True, "", 0), ("captured", True, "", 1), ("given back", True, "", 0), ("nothing", True, "", None)],
)  # fmt: skip
def test_nothing_stays_held_for_nothing(state: str, swept: bool, ordered: str, times: int | None) -> None:  # noqa: FBT001
    """After the sweep what still costs the customer something belongs to an order or a swap."""
    tape = Tape().opened()
    if state != "nothing":
        tape.hold()
    if state in ("captured", "given back"):
        tape.capture()
    if state == "given back":
        tape.refund(amount=4900)
    if state == "voided":
        tape.void()
    own = {"order": {"order_id": "order_1"}, "swap": {"swap_id": "swap_1"}}.get(ordered, {})
    tape.commit(replace(PAYMENT, **own))
    for name in ("faults-off", "settle", *(["sweep"] if swept else []), "quiet"):
        tape.put(Phase, name=name)
    assert broken(tape, "LED-03") == times
