"""SESS-01: what can still be paid at the gateway, compared with the cart, the sessions and what is chosen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from support.histories import ALL, CART, ITEM, ORDER, SESSION, Tape, operation
from support.judging import breaches, broken

from tillproof.domain.entities import Cart, Entity, PaymentProvider, Region
from tillproof.domain.ledger import EntryKind
from tillproof.domain.statuses import OperationKind, OperationState, SessionStatus
from tillproof.history.events import Asked

TWO = replace(CART, items=(replace(ITEM, quantity=2),))
ONE_CENT_LESS = replace(CART, items=(replace(ITEM, unit_price=4899),))
ONE_CENT_MORE = replace(CART, items=(replace(ITEM, unit_price=4901),))
REFUND_OF_A_CENT = replace(CART, items=(replace(ITEM, unit_price=-1),))
REGION = Region(id="reg_home", name="home", currency_code="eur", payment_providers=("bank", "manual"))
MINE = replace(SESSION, data={"intent": "in_1"})
MANUAL = replace(SESSION, id="ps_2", provider_id="manual", is_initiated=False, is_selected=False)
LAPSES = ALL | {"unpaid_lapses"}

Write = Callable[[Tape], object]


def _nothing(_tape: Tape) -> None:
    """Let nothing else happen."""


def _changed(
    cart: Cart = CART, *rows: Entity, call: str = "update-cart", before: Write = _nothing, after: Write = _nothing,
    status: int = 200, can: frozenset[str] = ALL, gone: tuple[Entity, ...] = (),
) -> Tape:  # fmt: skip
    """Have a shopper change their cart into this one; `before` and `after` they hear of it something else happens."""
    tape = Tape(can=can).opened()
    tape.put(Asked, actor="shopper", call=call, number=1, intent=1, key=None, request={"id": "cart_1"})
    tape.commit(cart, *rows, gone=gone)
    before(tape)
    tape.hear(status, {"cart": {}})
    after(tape)
    return tape


def _update(amount: int, currency: str = "eur") -> Write:
    return lambda tape: tape.ledger(EntryKind.UPDATE, "up_1", amount=amount, currency=currency)


def _another(tape: Tape) -> None:
    tape.intent("in_2", intent="in_2", amount=1, reference="op_0")


def _refused(method: str, data: str = "in_1") -> Write:
    def write(tape: Tape) -> None:
        tape.call(method, 5, data={"intent": data})
        tape.back("refused")

    return write


def _held_then_let_go(tape: Tape) -> None:
    tape.hold()
    tape.void()


def _captured(tape: Tape) -> None:
    tape.hold()
    tape.capture()
    tape.void(amount=0)


HEARD: dict[str, tuple[Callable[[], Tape], int | None]] = {
    "as it was": (_changed, 0),
    "a cent less": (lambda: _changed(ONE_CENT_LESS), 1),
    "a cent more": (lambda: _changed(ONE_CENT_MORE), 1),
    "in another currency": (lambda: _changed(replace(CART, currency_code="usd")), 1),
    "of a call that changes nothing": (lambda: _changed(TWO, call="get-cart"), None),
    "answered with a conflict": (lambda: _changed(TWO, status=409), None),
    "of a cart that is completed": (lambda: _changed(replace(TWO, completed_at=1.0)), 0),
    "updated before it was heard": (lambda: _changed(TWO, before=_update(9800)), 0),
    "updated to another sum": (lambda: _changed(TWO, before=_update(9801)), 1),
    "updated to another currency": (lambda: _changed(TWO, before=_update(9800, "usd")), 1),
    "updated only later": (lambda: _changed(TWO, after=_update(9800)), 1),
    "made unpayable before it was heard": (lambda: _changed(TWO, before=lambda t: t.void(parent="in_1")), 0),
    "made unpayable only later": (lambda: _changed(TWO, after=lambda t: t.void(parent="in_1")), 1),
    "held": (lambda: _changed(TWO, before=Tape.hold), 0),
    "held, and let go of": (lambda: _changed(TWO, before=_held_then_let_go), 0),
    "captured": (lambda: _changed(TWO, before=_captured), 0),
    "held only later": (lambda: _changed(TWO, after=Tape.hold), 1),
    "another object": (lambda: _changed(before=_another), 1),
    "another object later": (lambda: _changed(after=_another), 0),
    "another cart's object": (
        lambda: _changed(before=lambda t: t.intent("in_2", intent="in_2", amount=1, resource="cart_0")), 0
    ),
    "its update refused": (lambda: _changed(TWO, before=_refused("update_payment")), 0),
    "its deletion refused": (lambda: _changed(TWO, before=_refused("delete_payment")), 0),
    "its cancellation refused": (lambda: _changed(TWO, before=_refused("cancel_payment")), 0),
    "its authorization refused": (lambda: _changed(TWO, before=_refused("authorize_payment")), 1),
    "the update of another refused": (lambda: _changed(TWO, before=_refused("update_payment", "in_9")), 1),
    "another chosen": (lambda: _changed(CART, replace(MINE, is_selected=False), replace(MANUAL, is_selected=True)), 1),
    "none chosen": (lambda: _changed(CART, replace(MINE, is_selected=False)), 0),
    "another chosen, where the unpaid lapses": (
        lambda: _changed(CART, replace(MINE, is_selected=False), replace(MANUAL, is_selected=True), can=LAPSES), 0
    ),
    "of a session, where the unpaid lapses": (lambda: _changed(TWO, can=LAPSES), 1),
    "of no session, where the unpaid lapses": (lambda: _changed(TWO, can=LAPSES, gone=(MINE,)), 0),
    "of no session": (lambda: _changed(TWO, gone=(MINE,)), 1),
}  # fmt: skip


@pytest.mark.parametrize("case", HEARD)
def test_what_a_shopper_hears_of_can_be_paid_as_it_is(case: str) -> None:
    """When a change is answered no object at the gateway stays payable for anything else, unless it was refused or holds."""
    tape, times = HEARD[case]
    assert broken(tape(), "SESS-01") == times


def _offered(
    *sessions: Entity,
    cart: Cart = CART,
    rows: tuple[Entity, ...] = (REGION,),
    call: str = "create-payment-sessions",
    refused: tuple[OperationKind, str, OperationState] | None = None,
) -> Tape:
    """Have the payment step make these sessions; before it an operation on one of them may have come to something."""
    tape = Tape()
    tape.commit(cart, *rows)
    if refused is not None:
        kind, session, state = refused
        tape.commit(operation(kind, 9, state, session_id=session))
    tape.put(Asked, actor="shopper", call=call, number=1, intent=1, key=None, request={"id": "cart_1"})
    tape.commit(*sessions)
    tape.hear(200, {"cart": {}})
    return tape


BANK = replace(SESSION, is_initiated=False)
HERE, GONE = PaymentProvider(id="bank"), PaymentProvider(id="manual", is_installed=False)
STRANGE = replace(BANK, id="ps_3", provider_id="cash")
FREE = replace(CART, items=())
DELETE, REFUSED = OperationKind.DELETE, OperationState.REFUSED
OFFERED: dict[str, tuple[Callable[[], Tape], int | None]] = {
    "both": (lambda: _offered(BANK, MANUAL), 0),
    "one": (lambda: _offered(BANK), 1),
    "the other": (lambda: _offered(MANUAL), 1),
    "one more": (lambda: _offered(BANK, MANUAL, STRANGE), 1),
    "one more, when something else was asked": (lambda: _offered(BANK, MANUAL, STRANGE, call="update-cart"), 0),
    "one more, whose deletion was refused": (
        lambda: _offered(BANK, MANUAL, STRANGE, refused=(DELETE, "ps_3", REFUSED)), 0
    ),
    "one more, whose deletion is done": (
        lambda: _offered(BANK, MANUAL, STRANGE, refused=(DELETE, "ps_3", OperationState.DONE)), 1
    ),
    "one more, whose update was refused": (
        lambda: _offered(BANK, MANUAL, STRANGE, refused=(OperationKind.UPDATE, "ps_3", REFUSED)), 1
    ),
    "one more, whose authorization was refused": (
        lambda: _offered(BANK, MANUAL, STRANGE, refused=(OperationKind.AUTHORIZE, "ps_3", REFUSED)), 1
    ),
    "one more, another's deletion refused": (
        lambda: _offered(BANK, MANUAL, STRANGE, refused=(DELETE, "ps_1", REFUSED)), 1
    ),
    "in no region": (lambda: _offered(STRANGE, rows=()), 0),
    "what is not installed": (
        lambda: _offered(BANK, rows=(REGION, HERE, GONE)), 0
    ),
    "only one, both installed": (
        lambda: _offered(BANK, rows=(REGION, HERE, replace(GONE, is_installed=True))), 1
    ),
    "of another cart": (lambda: _offered(BANK, MANUAL, replace(STRANGE, cart_id="cart_0")), 0),
    "for nothing": (lambda: _offered(BANK, cart=FREE), 1),
    "none for nothing": (lambda: _offered(cart=FREE), 0),
    "for less than nothing": (lambda: _offered(BANK, cart=REFUND_OF_A_CENT), 1),
    "none for less than nothing": (lambda: _offered(cart=REFUND_OF_A_CENT), 0),
    "none for a cent": (lambda: _offered(cart=replace(CART, items=(replace(ITEM, unit_price=1),))), 1),
}  # fmt: skip


@pytest.mark.parametrize("case", OFFERED)
def test_the_payment_step_offers_what_serves_the_region(case: str) -> None:
    """One session of each processor that is enabled there and installed, if there is something to pay, and no other."""
    tape, times = OFFERED[case]
    assert broken(tape(), "SESS-01") == times


def test_an_object_left_payable_is_told_with_what_the_cart_is_now() -> None:
    """Over another sum, or paid by another method; and over what it can still be paid."""
    less = breaches(_changed(replace(CART, items=(replace(ITEM, unit_price=100),))), "SESS-01")[0].says
    assert less == "the cart is over 1.00 EUR, and a gateway object over 49.00 EUR can still be paid"
    chosen = replace(MANUAL, is_selected=True)
    other = breaches(_changed(CART, replace(MINE, is_selected=False), chosen), "SESS-01")[0].says
    assert other == "the cart is paid another way, and a gateway object over 49.00 EUR can still be paid"


def test_a_session_too_many_is_told_with_the_reason() -> None:
    """It does not serve the region, or there is nothing to pay."""
    assert "does not serve" in breaches(_offered(BANK, MANUAL, STRANGE), "SESS-01")[0].says
    assert "nothing to pay" in breaches(_offered(BANK, cart=FREE), "SESS-01")[0].says
    cent = replace(CART, items=(replace(ITEM, unit_price=1),))
    assert "does not serve" in breaches(_offered(BANK, MANUAL, STRANGE, cart=cent), "SESS-01")[0].says
    assert "no session of manual" in breaches(_offered(BANK), "SESS-01")[0].says


def _rest(*rows: Entity, write: Write = _nothing, can: frozenset[str] = ALL, gone: tuple[Entity, ...] = ()) -> Tape:
    """Come to rest after these rows were written and this happened."""
    tape = Tape(can=can).opened()
    tape.commit(*rows, gone=gone)
    write(tape)
    return tape.quiet()


def _placed(*sessions: Entity, order: int = 4900, cart: Cart = CART) -> Tape:
    tape = Tape().opened()
    tape.hold()
    tape.commit(cart, *sessions)
    tape.commit(replace(ORDER, total=order))
    return tape.quiet()


def _updates(says: str = "done", meant: int = 9800, *, first: Write = _nothing, then: Write = _nothing) -> Tape:
    tape = Tape().opened()
    first(tape)
    tape.call("update_payment", 5, amount=meant)
    tape.back(says)
    then(tape)
    tape.commit(replace(MINE, amount=9800))
    _update(9800)(tape)
    return tape.quiet()


PAID = replace(MINE, status=SessionStatus.AUTHORIZED)
AT_REST: dict[str, tuple[Callable[[], Tape], int | None]] = {
    "as it was": (_rest, 0),
    "a session of less": (lambda: _rest(replace(MINE, amount=4899)), 1),
    "a session of more": (lambda: _rest(replace(MINE, amount=4901)), 1),
    "a session in another currency": (lambda: _rest(replace(MINE, currency_code="usd")), 1),
    "a session of less, its update refused": (
        lambda: _rest(replace(MINE, amount=4899), write=_refused("update_payment")), 0
    ),
    "a session of less, its object unpayable": (
        lambda: _rest(replace(MINE, amount=4899), write=lambda t: t.void(parent="in_1")), 0
    ),
    "a session of less, its object held": (lambda: _rest(replace(MINE, amount=4899), write=Tape.hold), 0),
    "a session of less, its object captured": (lambda: _rest(replace(MINE, amount=4899), write=_captured), 0),
    "no session": (lambda: _rest(gone=(MINE,)), 1),
    "no session, where the unpaid lapses": (lambda: _rest(gone=(MINE,), can=LAPSES), 0),
    "no session, its deletion refused": (lambda: _rest(gone=(MINE,), write=_refused("delete_payment")), 0),
    "two sessions of one processor": (lambda: _rest(replace(MINE, id="ps_9")), 1),
    "sessions of two processors": (lambda: _rest(MANUAL), 0),
    "sessions of one processor on two carts": (lambda: _rest(replace(BANK, id="ps_9", cart_id="cart_0")), 0),
    "authorized over less": (lambda: _rest(replace(PAID, amount=4899), write=Tape.hold), 1),
    "authorized over more": (lambda: _rest(replace(PAID, amount=4901), write=Tape.hold), 1),
    "authorized over just that": (lambda: _rest(PAID, write=Tape.hold), 0),
    "authorized over less, by another processor": (
        lambda: _rest(replace(MANUAL, status=SessionStatus.AUTHORIZED, amount=4899)), 0
    ),
    "authorized over less, its deletion refused": (
        lambda: _rest(replace(PAID, amount=4899), operation(DELETE, 9, REFUSED), write=Tape.hold), 0
    ),
    "ordered over less": (lambda: _placed(replace(PAID, amount=4899)), 1),
    "ordered over more": (lambda: _placed(replace(PAID, amount=4901)), 1),
    "ordered over just that": (lambda: _placed(PAID), 0),
    "ordered for nothing": (lambda: _placed(replace(PAID, amount=4899), order=0), 0),
    "ordered, and another session over less": (lambda: _placed(PAID, replace(MANUAL, is_selected=True, amount=1)), 0),
    "ordered, and a session not chosen over less": (
        lambda: _placed(replace(PAID, is_selected=False, amount=4899), replace(MANUAL, is_selected=True)), 0
    ),
    "update done that was": (lambda: _updates(first=_update(9800)), 0),
    "update done that was not": (_updates, 1),
    "update done to another sum": (lambda: _updates(first=_update(9799)), 1),
    "update done that came later": (lambda: _updates(then=_update(9800)), 1),
    "update refused": (lambda: _updates("refused"), 0),
    "update to what it was": (lambda: _updates(meant=4900), 0),
    "update of what is unpayable": (lambda: _updates(first=lambda t: t.void(parent="in_1")), 0),
    "update of what is unpayable later": (lambda: _updates(then=lambda t: t.void(parent="in_1")), 1),
}  # fmt: skip


@pytest.mark.parametrize("case", AT_REST)
def test_what_is_left_when_all_is_quiet(case: str) -> None:
    """Sessions, their objects and their carts agree on the sum; nothing is payable that no session stands for."""
    tape, times = AT_REST[case]
    assert broken(tape(), "SESS-01") == times
