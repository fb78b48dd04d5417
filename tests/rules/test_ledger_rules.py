"""LED and CRASH: what is left at the gateway, in the books, and after a cut."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from msgspec.structs import replace
from support.histories import ALL, KEY, ORDER, PAYMENT, SESSION, Tape, operation
from support.judging import broken

from tillproof.domain.entities import Cart, Entity
from tillproof.domain.ledger import EntryKind
from tillproof.domain.statuses import OperationKind, OperationState, PaymentStatus, RecoveryPoint
from tillproof.history.story import fold

A, C, R = OperationKind.AUTHORIZE, OperationKind.CAPTURE, OperationKind.REFUND
UNWANTED, LISTED, DONE = OperationState.UNWANTED, OperationState.LISTED, OperationState.DONE


def _two_holds() -> Tape:
    tape = Tape().bought()
    tape.hold("au_2")
    return tape.quiet()


def _voided_then_held() -> Tape:
    tape = Tape().opened()
    tape.hold("au_0")
    tape.void(parent="au_0")
    tape.hold("au_1")
    return tape.quiet()


def _second_order() -> Tape:
    tape = Tape().bought()
    tape.commit(replace(ORDER, id="order_2"))
    return tape.quiet()


def _untraced() -> Tape:
    tape = Tape().bought()
    tape.hold("au_2", intent="in_9", resource=None)
    return tape


def _named_too_late() -> Tape:
    tape = Tape().opened()
    tape.ledger(EntryKind.INTENT, "in_9", intent="in_9", reference="op_9")
    tape.commit(operation(OperationKind.INITIATE, 9))
    return tape


def _held_for_nothing(can: frozenset[str] = ALL, *, lost: bool = False) -> Tape:
    tape = Tape(can=can).opened(operation(A, 1))
    tape.call("authorize_payment")
    tape.hold(reference="op_1")
    if lost:
        tape.commit(operation(A, 1, UNWANTED))
        tape.commit(operation(A, 1, LISTED))
    return tape.quiet()


def _nothing_behind() -> Tape:
    tape = Tape().opened()
    tape.commit(PAYMENT)
    tape.commit(ORDER)
    return tape.quiet()


def _lapsed_later() -> Tape:
    tape = Tape().bought()
    tape.ledger(EntryKind.LAPSE, "la_1", parent="au_1")
    return tape.quiet()


def _other_sum() -> Tape:
    tape = Tape().opened()
    tape.hold(amount=490)
    tape.commit(replace(PAYMENT, order_id="order_1"))
    tape.commit(ORDER)
    return tape.quiet()


def _paid_elsewhere() -> Tape:
    tape = Tape().opened()
    tape.commit(replace(PAYMENT, provider_id="manual"))
    tape.commit(ORDER)
    return tape.quiet()


def _captured_unbooked() -> Tape:
    tape = Tape().bought()
    tape.capture()
    return tape.quiet()


def _short(status: PaymentStatus, *, took: int = 4000) -> Tape:
    """Have the gateway take so much of 49.00, and the order say what its payment comes to."""
    tape = Tape().bought()
    tape.capture(amount=took)
    tape.commit(replace(PAYMENT, order_id="order_1", captured_at=9.0), replace(ORDER, payment_status=status))
    return tape.quiet()


def _remainder_let_go() -> Tape:
    tape = Tape().bought()
    tape.capture()
    tape.commit(replace(PAYMENT, order_id="order_1", captured_at=9.0))
    tape.void(amount=0)
    return tape.quiet()


@pytest.mark.parametrize(
    ("rule", "tape", "times"),
    [
        ("LED-01", _two_holds, 1),
        ("LED-01", _second_order, 1),
        ("LED-01", _voided_then_held, 0),
        ("LED-01", Tape, None),
        ("LED-02", _untraced, 1),
        ("LED-02", _named_too_late, 1),
        ("LED-02", _voided_then_held, 0),
        ("LED-03", _held_for_nothing, 1),
        ("LED-03", lambda: _held_for_nothing(ALL - {"look_up"}, lost=True), 0),
        ("LED-03", lambda: _held_for_nothing(lost=True), 1),
        ("LED-04", _nothing_behind, 1),
        ("LED-04", _other_sum, 1),
        ("LED-04", _lapsed_later, 0),
        ("LED-04", _paid_elsewhere, None),
        ("LED-05", _captured_unbooked, 1),
        ("LED-05", _lapsed_later, 0),
        ("LED-05", _remainder_let_go, 0),
        *(("LED-05", partial(_short, status), 1 if status is PaymentStatus.CAPTURED else 0) for status in PaymentStatus),
        ("LED-05", lambda: _short(PaymentStatus.CAPTURED, took=4899), 1),
        ("LED-05", lambda: _short(PaymentStatus.CAPTURED, took=1), 1),
        ("LED-05", lambda: _short(PaymentStatus.CAPTURED, took=4900), 0),
    ],
)
def test_what_is_left_at_the_gateway(rule: str, tape: Callable[[], Tape], times: int | None) -> None:
    """Each ledger rule is broken by its case and not by what merely looks like it."""
    assert broken(tape(), rule) == times


def _cut(*, acted: bool, again: bool, injected: bool = True, state: OperationState = DONE) -> Tape:
    """Cut one refund before or after the gateway acted, and try it again."""
    tape = Tape().bought()
    tape.capture()
    tape.commit(operation(R, 3, payment_id="pay_1"))
    tape.call("refund_payment", 3, amount=2000)
    if acted:
        tape.refund("re_1", reference="op_3")
    tape.back("exception", injected=injected)
    tape.call("refund_payment", 3, attempt=2, amount=2000)
    if again:
        tape.refund("re_2", reference="op_3")
    tape.back()
    tape.commit(operation(R, 3, state, payment_id="pay_1"))
    return tape.quiet()


def _cut_before_doubled() -> Tape:
    tape = _cut(acted=False, again=True)
    tape.refund("re_3", reference="op_3")
    return tape


def _moved_to(point: RecoveryPoint) -> Tape:
    tape = Tape().opened()
    tape.commit(replace(KEY, recovery_point=point))
    return tape


def _commit_lost(*, again: bool) -> Tape:
    tape = Tape().bought()
    tape.commit(operation(C, 2))
    tape.call("capture_payment", 2)
    tape.capture(reference="op_2")
    tape.back()
    tape.strike("commit.capture-recorded#1", "commit-fails")
    tape.call("capture_payment", 2, attempt=2)
    if again:
        tape.capture("ca_2", reference="op_2")
    tape.back()
    return tape


def _free_cart() -> Tape:
    tape = Tape()
    cart = Cart(id="cart_1", region_id="r", currency_code="eur", tax_rate=0, idempotency_key="k1")
    tape.commit(cart, KEY)
    tape.commit(replace(ORDER, total=0), replace(SESSION, amount=0), replace(KEY, recovery_point=RecoveryPoint.FINISHED))
    tape.strike("commit.order-placed#1", "commit-unheard")
    return tape


def _unheard(*, moves: bool, status: int = 200) -> Tape:
    """Lose the answer to a completion that was committed, and ask again."""
    tape = Tape().bought()
    tape.events.pop()
    tape.lose()
    tape.ask()
    if moves:
        tape.hold("au_2")
    tape.hear(status, None if status == 200 else {"code": "invalid_state_error"})
    return tape


def _conflict_on_the_way() -> Tape:
    tape = _unheard(moves=False, status=409)
    tape.ask()
    tape.hear()
    return tape


@pytest.mark.parametrize(
    ("rule", "tape", "times"),
    [
        ("CRASH-01", _cut_before_doubled, 1),
        ("CRASH-01", lambda: _cut(acted=False, again=True), 0),
        ("CRASH-01", lambda: _cut(acted=True, again=False), None),
        ("CRASH-01", lambda: _cut(acted=False, again=False, state=OperationState.UNKNOWN), 1),
        ("CRASH-02", lambda: _cut(acted=True, again=True), 1),
        ("CRASH-02", lambda: _cut(acted=True, again=False), 0),
        ("CRASH-02", lambda: _cut(acted=True, again=False, state=LISTED), 1),
        ("CRASH-03", lambda: _commit_lost(again=True), 1),
        ("CRASH-03", lambda: _commit_lost(again=False), 0),
        ("CRASH-03", lambda: _moved_to(RecoveryPoint.AUTHORIZED), 1),
        ("CRASH-03", lambda: _moved_to(RecoveryPoint.PAYMENT_CREATED), 1),
        ("CRASH-03", _free_cart, 0),
        ("CRASH-04", lambda: _unheard(moves=True), 1),
        ("CRASH-04", lambda: _unheard(moves=False, status=409), 1),
        ("CRASH-04", _conflict_on_the_way, 0),
        ("CRASH-04", lambda: Tape().bought(), None),
    ],
)
def test_what_is_true_after_a_cut(rule: str, tape: Callable[[], Tape], times: int | None) -> None:
    """Each crash rule is broken by its case and not by a retry that found what was done."""
    assert broken(tape(), rule) == times


def test_an_effect_that_lands_late_belongs_to_the_call_that_asked_for_it() -> None:
    """An entry written while another call is under way goes to the call whose reference it bears."""
    tape = Tape().opened()
    tape.call("refund_payment", 3)
    tape.back("unknown")
    tape.call("get_payment_status", 4)
    tape.refund("re_1", reference="op_3")
    tape.back()
    story = fold(tape.history())
    assert [len(call.entries) for call in story.calls] == [1, 0]


NAMED = {"intent": "in_9"}
OPERATION = operation(OperationKind.INITIATE, 9)
TRACES: dict[str, tuple[Entity, dict[str, object]]] = {
    "its operation's reference": (OPERATION, {"reference": "op_9"}),
    "its operation's key": (OPERATION, {"key": "gk_9"}),
    "the client's key": (replace(KEY, id="ikey_9", idempotency_key="k9"), {"key": "k9"}),
    "the object in a session's data": (replace(SESSION, id="ps_9", data=NAMED), {}),
    "the object in a Payment's data": (replace(PAYMENT, id="pay_9", data=NAMED), {}),
    "the object in an operation's data": (replace(OPERATION, data=NAMED), {}),
}
"""By what an effect is traced: the row that has it, and what the effect itself bears."""


def _traced(row: Entity, when: str, kind: EntryKind = EntryKind.AUTHORIZE, **names: object) -> Tape:
    """Have an effect on an object of the gateway's own, and store this row before it, after it or not at all."""
    tape = Tape().opened()
    tape.ledger(EntryKind.INTENT, "in_9", intent="in_9", reference="op_0")
    if when == "before":
        tape.commit(row)
    given: dict[str, object] = {"intent": "in_9", "resource": None, "reference": None, "key": None, **names}
    tape.ledger(kind, "au_9", **given)
    if when == "after":
        tape.commit(row)
    return tape


@pytest.mark.parametrize("trace", TRACES)
@pytest.mark.parametrize(("when", "times"), [("before", 0), ("after", 1), ("never", 1)])
def test_an_effect_is_traced_by_what_was_stored_before_it(trace: str, when: str, times: int) -> None:
    """Any one of these leads to it, if it was there first."""
    row, names = TRACES[trace]
    assert broken(_traced(row, when, EntryKind.AUTHORIZE, **names), "LED-02") == times


@pytest.mark.parametrize("kind", EntryKind)
def test_only_what_moves_money_or_makes_an_object_has_to_be_traced(kind: EntryKind) -> None:
    """A challenge, a decline and a lapse are the gateway's own doing."""
    own = kind in (EntryKind.CHALLENGE, EntryKind.DECLINE, EntryKind.LAPSE)
    assert broken(_traced(OPERATION, "never", kind), "LED-02") == (0 if own else 1)
