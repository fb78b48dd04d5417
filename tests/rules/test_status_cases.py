"""STAT-01 to STAT-06, case by case: every status, every kind of call, before and after."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from msgspec.structs import replace
from support.histories import ALL, AUTHORIZED, CART, ORDER, PAYMENT, SESSION, Tape, operation
from support.judging import breaches, broken

from tillproof.domain.entities import Data, Entity, Operation, PaymentSession, Swap
from tillproof.domain.ledger import EntryKind
from tillproof.domain.statuses import OperationKind, OperationState, SessionStatus

A, C = OperationKind.AUTHORIZE, OperationKind.CAPTURE
S, Op = SessionStatus, OperationState
Case = tuple[Callable[[], Tape], int | None]


def _said(method: str, status: str | None, outcome: str = "done", *, injected: bool = False) -> Tape:
    tape = Tape()
    tape.call(method, 1)
    tape.back(outcome, status=status, injected=injected)
    return tape


def _told(body: Data, call: str = "complete") -> Tape:
    tape = _said("authorize_payment", "pending")
    tape.ask(call)
    tape.hear(200, body)
    return tape


def _stored(*statuses: str) -> Tape:
    tape = Tape()
    for status in statuses:
        tape.commit(replace(SESSION, status=status))
    tape.commit(gone=(SESSION,))
    return tape


def _of(*sessions: object) -> Data:
    return {"payment_sessions": list(sessions)}


FIVE: dict[str, Case] = {
    "one of the five": (lambda: _said("authorize_payment", "pending"), 0),
    "a sixth": (lambda: _said("authorize_payment", "paid"), 1),
    "a sixth, of the status": (lambda: _said("get_payment_status", "paid"), 1),
    "a sixth, of what was looked for": (lambda: _said("find_effect", "paid"), 1),
    "a sixth, of a capture": (lambda: _said("capture_payment", "paid"), None),
    "none": (lambda: _said("authorize_payment", None), None),
    "a sixth that a fault said": (lambda: _said("authorize_payment", "paid", injected=True), None),
    "stored, one of the five": (lambda: _stored("pending"), 0),
    "stored, each of the five": (lambda: _stored(*S), 0),
    "stored, a sixth between": (lambda: _stored("pending", "paid", "pending"), 1),
    "told, a sixth": (lambda: _told({"payment_status": "paid"}), 1),
    "told, one of the five": (lambda: _told({"payment_status": "error"}), 0),
    "told, no text": (lambda: _told({"payment_status": 1}), 1),
    "told, nothing": (lambda: _told({"payment_status": None}), 1),
    "told of a session": (lambda: _told({"cart": _of({"status": "paid"})}), 1),
    "told of two sessions": (lambda: _told({"cart": _of({"status": "paid"}, {"status": "open"})}), 2),
    "told of the cart of a completion": (lambda: _told({"type": "cart", "data": _of({"status": "paid"})}), 1),
    "told of both": (
        lambda: _told({"type": "cart", "payment_status": "open", "data": _of({"status": "paid"}, {"status": "error"})}), 2
    ),
    "told of something else": (lambda: _told({"type": "order", "data": _of({"status": "paid"})}), 0),
    "told of no cart": (lambda: _told({"cart": "paid"}), 0),
    "told to the operator": (lambda: _told({"cart": _of({"status": "paid"})}, "capture"), 1),
}  # fmt: skip


def _claims(
    status: str = "authorized", *, method: str = "authorize_payment", hold: str = "", data: Data | None = None,
    can: frozenset[str] = ALL, injected: bool = False,
) -> Tape:  # fmt: skip
    """Have the processor say `authorized` of a purchase whose money is held, and let go of, at some time."""
    tape = Tape(can=can).opened(operation(A, 1))
    if hold in ("before", "ended before"):
        tape.hold(reference="op_0")
    if hold == "ended before":
        tape.void()
    tape.call(method, 1)
    if hold in ("meanwhile", "ended meanwhile"):
        tape.hold(reference="op_1")
    if hold == "ended meanwhile":
        tape.void()
    if hold == "of another":
        tape.intent("in_9", intent="in_9")
        tape.hold("au_9", intent="in_9", parent="in_9")
    tape.back(status=status, data={"intent": "in_1"} if data is None else data, injected=injected)
    if hold == "later":
        tape.hold(reference="op_1")
    return tape


def _paid_with(*sessions: PaymentSession, order: int | None = None, payment: bool = True) -> Tape:
    tape = Tape(can=frozenset())
    tape.commit(CART, *sessions)
    if payment:
        tape.commit(PAYMENT)
    if order is not None:
        tape.commit(replace(ORDER, total=order))
    return tape


def _on_its_word(
    total: int = 4900, *, held: str = "", of: str = "cart_1", asked: bool = False, provider: str = "bank",
    can: frozenset[str] = ALL,
) -> Tape:  # fmt: skip
    """Place an order on a session that says authorized; what is held is let go of before it is asked about, or after."""
    tape = Tape(can=can)
    tape.commit(CART, replace(AUTHORIZED, provider_id=provider, data={}), operation(A, 1))
    if held:
        tape.hold(resource=of, parent=None, amount=max(total, 1))
    if held == "let go of first":
        tape.void()
    if asked:
        tape.call("get_payment_status", 1, data={})
        tape.back("unknown", injected=True)
    if held == "let go of then":
        tape.void()
    tape.commit(replace(ORDER, total=total))
    if held == "let go of later":
        tape.void()
    return tape


def _heard(id_: str, type_: str = "order", call: str = "complete") -> Tape:
    tape = Tape().opened(replace(ORDER, total=0), Swap(id="swap_1", order_id="order_1", cart_id="cart_2"))
    tape.ask(call)
    tape.hear(200, {"type": type_, "data": {"id": id_}})
    return tape


AUTHORIZED_ONLY: dict[str, Case] = {
    "held before": (lambda: _claims(hold="before"), 0),
    "held meanwhile": (lambda: _claims(hold="meanwhile"), 0),
    "held and let go of meanwhile": (lambda: _claims(hold="ended meanwhile"), 0),
    "held and let go of before": (lambda: _claims(hold="ended before"), 1),
    "held only later": (lambda: _claims(hold="later"), 1),
    "held of another object": (lambda: _claims(hold="of another"), 1),
    "held of another object, data of none": (lambda: _claims(hold="of another", data={}), 1),
    "held of another object, data of that": (lambda: _claims(hold="of another", data={"intent": "in_9"}), 0),
    "not held": (_claims, 1),
    "not held, another status": (lambda: _claims("pending"), 0),
    "not held, an error": (lambda: _claims("error"), 0),
    "not held, a fault spoke": (lambda: _claims(injected=True), 0),
    "not held, asked for the status": (lambda: _claims(method="get_payment_status"), 1),
    "not held, said of a capture": (lambda: _claims(method="capture_payment"), None),
    "not held, without a gateway": (lambda: _claims(can=frozenset()), 0),
    **{
        f"a Payment while {status}": (partial(_paid_with, replace(AUTHORIZED, status=status)),
                                      0 if status is S.AUTHORIZED else 1)
        for status in S
    },
    **{
        f"an order while {status}": (
            partial(_paid_with, replace(AUTHORIZED, status=status), order=4900, payment=False),
            0 if status is S.AUTHORIZED else 1,
        )
        for status in S
    },
    "an order for nothing": (lambda: _paid_with(SESSION, order=0, payment=False), 0),
    "an order for less than nothing": (lambda: _paid_with(SESSION, order=-1, payment=False), 0),
    "an order for less than nothing on a session's word": (lambda: _on_its_word(-1), 0),
    "an order of a cent": (lambda: _paid_with(SESSION, order=1, payment=False), 1),
    "an order on a session's word": (_on_its_word, 1),
    "an order of a cent on a session's word": (lambda: _on_its_word(1), 1),
    "an order for nothing on a session's word": (lambda: _on_its_word(0), 0),
    "an order on a session's word, without a gateway": (lambda: _on_its_word(can=frozenset()), 0),
    "an order on another processor's word": (lambda: _on_its_word(provider="manual"), 0),
    "an order on what is held": (lambda: _on_its_word(held="still"), 0),
    "an order on what an earlier cart holds": (lambda: _on_its_word(held="still", of="cart_0"), 1),
    "an order on what a later cart holds": (lambda: _on_its_word(held="still", of="cart_2"), 1),
    "an order on what was held before it was asked": (lambda: _on_its_word(held="let go of first", asked=True), 1),
    "an order on what was held when it was asked": (lambda: _on_its_word(held="let go of then", asked=True), 0),
    "an order on what was held until then": (lambda: _on_its_word(held="let go of later"), 0),
    "an order without a session": (lambda: _paid_with(order=4900, payment=False), 0),
    "a Payment without a session": (_paid_with, 0),
    "a session not chosen": (lambda: _paid_with(replace(SESSION, is_selected=False), order=4900), 0),
    "two chosen, one authorized": (lambda: _paid_with(SESSION, replace(AUTHORIZED, id="ps_2"), order=4900), 0),
    "told of the order": (lambda: _heard("order_1"), 0),
    "told of another order": (lambda: _heard("order_2"), 1),
    "told of a swap": (lambda: _heard("swap_1", "swap"), 0),
    "told of another swap": (lambda: _heard("swap_2", "swap"), 1),
    "told of another order, not by a completion": (lambda: _heard("order_2", call="capture"), 0),
    "nothing happened": (Tape, None),
}  # fmt: skip


def _declines(status: str | None, outcome: str = "done", *, held: bool = False, injected: bool = False) -> Tape:
    tape = Tape().opened(operation(A, 1))
    tape.call("authorize_payment", 1)
    tape.ledger(EntryKind.DECLINE, "de_1", reference="op_1")
    if held:
        tape.hold(reference="op_1")
    tape.back(outcome, status=status, injected=injected)
    return tape


def _refused(
    session: SessionStatus, before: OperationState = Op.WANTED, after: OperationState = Op.REFUSED, kind: OperationKind = A,
    **more: object,
) -> Tape:  # fmt: skip
    tape = Tape().opened(operation(kind, 1, before, **more))
    tape.call("authorize_payment", 1)
    tape.back("refused", injected=True)
    tape.commit(operation(kind, 1, after, **more), replace(SESSION, status=session))
    tape.commit(gone=(operation(kind, 1, after, **more),))
    return tape


ERRORS: dict[str, Case] = {
    **{
        f"declined, and said {status}": (partial(_declines, status),
                                         1 if status in (S.AUTHORIZED, S.PENDING, S.REQUIRES_MORE) else 0)
        for status in S
    },
    "declined, then held": (lambda: _declines("authorized", held=True), None),
    "declined, and refused": (lambda: _declines(None, "refused"), 0),
    "declined, and an error object": (lambda: _declines(None, "error-object"), 0),
    "declined, and a fault said pending": (lambda: _declines("pending", injected=True), 0),
    "not declined": (lambda: _said("authorize_payment", "pending"), None),
    "refused": (lambda: _said("authorize_payment", None, "refused"), 0),
    "refused to capture": (lambda: _said("capture_payment", None, "refused"), None),
    **{
        f"refused, the session {status}": (partial(_refused, status),
                                           1 if status in (S.AUTHORIZED, S.PENDING) else 0)
        for status in S
    },
    **{
        f"refused after {state}": (partial(_refused, S.PENDING, state),
                                   1 if state in (Op.WANTED, Op.UNKNOWN, Op.AWAITING) else 0)
        for state in Op
    },
    "done": (lambda: _refused(S.PENDING, after=Op.DONE), 0),
    "unknown": (lambda: _refused(S.PENDING, after=Op.UNKNOWN), 0),
    "a capture refused": (lambda: _refused(S.PENDING, kind=C), 0),
    "an update refused": (lambda: _refused(S.PENDING, kind=OperationKind.UPDATE), 0),
    "refused, of no session": (lambda: _refused(S.PENDING, session_id=None), 0),
    "refused, of another session": (lambda: _refused(S.PENDING, session_id="ps_2"), 0),
}  # fmt: skip


def _answered(
    status: int, *, call: str = "capture", outcome: str = "unknown", first: tuple[str, str] | None = None,
    later: tuple[str, str] | None = None, body: Data | None = None, outside: bool = False, method: str = "",
) -> Tape:  # fmt: skip
    """Answer a request so whose call ended so; before or after it another call may have ended somehow."""
    tape = Tape().bought(operation(C, 2, payment_id="pay_1"))
    if outside:
        tape.call(method or "capture_payment", 2)
        tape.back(outcome, injected=True)
    tape.ask(call, 2, key="k2")
    if first is not None:
        tape.call(first[0], 8)
        tape.back(first[1], injected=True)
    if not outside:
        tape.call(method or {"capture": "capture_payment", "complete": "authorize_payment"}[call], 2)
        tape.back(outcome, injected=True)
    if later is not None:
        tape.call(later[0], 9)
        tape.back(later[1], injected=True)
    tape.hear(status, {} if body is None else body)
    return tape


def _says_no(kind: str = "", outcome: str = "refused", *, injected: bool = False) -> Tape:
    tape = Tape().bought(operation(C, 2, payment_id="pay_1"))
    tape.call("capture_payment", 2)
    if kind:
        tape.strike("gateway.POST:/x#1", kind)
    tape.back(outcome, injected=injected)
    return tape


GUESSES: dict[str, Case] = {
    "no, after a page nobody understands": (lambda: _says_no("html-200"), None),
    "no, after being told to wait": (lambda: _says_no("busy-429"), 1),
    "no, after the gateway broke": (lambda: _says_no("error-500-after"), 1),
    "an error object, after the gateway broke": (lambda: _says_no("stored-500-before", "error-object"), 1),
    "done, after the gateway broke": (lambda: _says_no("error-500-after", "done"), None),
    "unknown, after the gateway broke": (lambda: _says_no("error-500-after", "unknown"), 0),
    "no, which a fault said": (lambda: _says_no("error-500-after", injected=True), None),
    "no": (_says_no, None),
    **{f"answered {status}": (partial(_answered, status), times)
       for status, times in ((200, 1), (400, 1), (404, 1), (408, 1), (409, 0), (410, 1), (499, 1), (500, 0), (503, 0))},
    "answered no, once it was known": (lambda: _answered(400, outcome="refused"), None),
    "answered yes, once it was known": (lambda: _answered(200, outcome="done"), None),
    "looked after it": (lambda: _answered(400, later=("get_payment_status", "done")), 0),
    "looked in vain": (lambda: _answered(400, later=("get_payment_status", "unknown")), 1),
    "looked before it": (lambda: _answered(400, first=("get_payment_status", "done")), 1),
    "did something else after it": (lambda: _answered(400, later=("cancel_payment", "done")), 1),
    "asked again and known": (lambda: _answered(400, later=("capture_payment", "refused")), 0),
    "known, asked again and not": (lambda: _answered(400, first=("capture_payment", "refused")), 1),
    "not asked in that request": (lambda: _answered(400, outside=True), 0),
    "asked for something else": (lambda: _answered(400, method="retrieve_payment"), 0),
    "a completion told to wait": (lambda: _answered(200, call="complete", body={"type": "cart", "data": {}}), 0),
    "a completion told of its order": (
        lambda: _answered(200, call="complete", body={"type": "order", "data": {"id": "order_1"}}), 1
    ),
    "a capture told of nothing": (lambda: _answered(200, body={"type": "cart", "data": {}}), 1),
    "of what nobody sends again": (lambda: _answered(400, call="complete", method="update_payment"), 0),
}  # fmt: skip


def _then(*versions: Entity, hold: bool = True, let_go: bool = False) -> Tape:
    tape = Tape().opened()
    if hold:
        tape.hold()
    if let_go:
        tape.void()
    for version in versions:
        tape.commit(version)
    return tape


MOVED = replace(PAYMENT, captured_at=5.0, amount_refunded=100)
OVER = replace(PAYMENT, canceled_at=5.0)
BACK: dict[str, Case] = {
    "once": (lambda: _then(PAYMENT), None),
    "captured": (lambda: _then(PAYMENT, MOVED), 0),
    "captured, and no more": (lambda: _then(MOVED, replace(MOVED, captured_at=None)), 1),
    "captured later": (lambda: _then(MOVED, replace(MOVED, captured_at=6.0)), 1),
    "captured sooner": (lambda: _then(MOVED, replace(MOVED, captured_at=4.0)), 1),
    "canceled": (lambda: _then(PAYMENT, OVER), 0),
    "canceled, and no more": (lambda: _then(OVER, PAYMENT), 1),
    "canceled at another time": (lambda: _then(OVER, replace(OVER, canceled_at=4.0)), 1),
    "refunded further": (lambda: _then(MOVED, replace(MOVED, amount_refunded=101)), 0),
    "refunded less": (lambda: _then(MOVED, replace(MOVED, amount_refunded=99)), 1),
    "all of it taken back": (lambda: _then(MOVED, PAYMENT), 2),
    "back and forth": (lambda: _then(MOVED, PAYMENT, MOVED, PAYMENT), 4),
    "another payment": (lambda: _then(MOVED, replace(PAYMENT, id="pay_2")), None),
    "pending again": (lambda: _then(AUTHORIZED, SESSION), 1),
    "pending again, let go of": (lambda: _then(AUTHORIZED, SESSION, let_go=True), None),
    "pending again, never held": (lambda: _then(AUTHORIZED, SESSION, hold=False), None),
    "pending again, of another cart": (
        lambda: _then(replace(AUTHORIZED, id="ps_9", cart_id="cart_2"), replace(SESSION, id="ps_9", cart_id="cart_2")), None
    ),
    "pending again, by another processor": (
        lambda: _then(*(replace(s, id="ps_9", provider_id="manual") for s in (AUTHORIZED, SESSION))), None
    ),
    "an error": (lambda: _then(AUTHORIZED, replace(SESSION, status=S.ERROR)), None),
    "an error, pending": (lambda: _then(replace(SESSION, status=S.ERROR), SESSION), None),
    "canceled before": (lambda: _then(replace(SESSION, status=S.CANCELED), SESSION), None),
    "pending twice": (lambda: _then(AUTHORIZED, SESSION, AUTHORIZED, SESSION), 2),
}  # fmt: skip


def _canceled(*statuses: SessionStatus, method: str = "authorize_payment", of: Operation | None = None) -> Tape:
    tape = Tape()
    tape.commit(CART, of or operation(A, 1))
    for status in statuses:
        tape.commit(replace(SESSION, status=status))
    if method:
        tape.call(method, 1)
    return tape


END: dict[str, Case] = {
    "canceled": (lambda: _canceled(S.CANCELED, method=""), 0),
    "never canceled": (lambda: _canceled(S.PENDING, S.AUTHORIZED), None),
    "canceled, then authorized": (lambda: _canceled(S.CANCELED, S.AUTHORIZED, method=""), 1),
    "canceled, then pending and authorized": (lambda: _canceled(S.CANCELED, S.PENDING, S.AUTHORIZED, method=""), 1),
    "canceled, then an error": (lambda: _canceled(S.CANCELED, S.ERROR, method=""), 0),
    "canceled, then waiting": (lambda: _canceled(S.CANCELED, S.REQUIRES_MORE, method=""), 0),
    "authorized, then canceled": (lambda: _canceled(S.AUTHORIZED, S.CANCELED, method=""), 0),
    "canceled, and authorize called": (lambda: _canceled(S.CANCELED), 1),
    "canceled, and deleted": (lambda: _canceled(S.CANCELED, method="delete_payment"), 0),
    "canceled, and updated": (lambda: _canceled(S.CANCELED, method="update_payment"), 0),
    "canceled and pending, and authorize called": (lambda: _canceled(S.CANCELED, S.PENDING), 0),
    "canceled, and another authorized": (lambda: _canceled(S.CANCELED, of=operation(A, 1, session_id="ps_2")), 0),
    "canceled, and one unknown authorized": (lambda: _canceled(S.CANCELED, of=operation(A, 2)), 0),
}

TABLES = {
    "STAT-01": FIVE, "STAT-02": AUTHORIZED_ONLY, "STAT-03": ERRORS, "STAT-04": GUESSES, "STAT-05": BACK, "STAT-06": END,
}  # fmt: skip


@pytest.mark.parametrize(("rule", "case"), [(rule, case) for rule, table in TABLES.items() for case in table])
def test_statuses(rule: str, case: str) -> None:
    """Each rule sees its breaches, lets pass what is none, and is silent where it has nothing to judge."""
    tape, times = TABLES[rule][case]
    assert broken(tape(), rule) == times


def test_what_is_wrong_is_told_with_method_and_status() -> None:
    """A sixth status is named, and the call that a guess was made of."""
    (sixth,) = breaches(_said("get_payment_status", "paid"), "STAT-01")
    assert (sixth.method, "'paid'" in sixth.says) == ("get_payment_status", True)
    (guess,) = breaches(_answered(400), "STAT-04")
    assert (guess.method, "answered 400" in guess.says, "unknown" in guess.says) == ("capture_payment", True, True)
    (payment,) = breaches(_paid_with(replace(SESSION, status=S.ERROR)), "STAT-02")
    assert "the session was error" in payment.says
