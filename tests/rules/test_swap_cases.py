"""SWAP-01 and SWAP-02, case by case: sums, moments and payments around the difference of a swap."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from support.histories import ALL, CART, ITEM, ORDER, PAYMENT, Tape, operation
from support.judging import breaches, broken

from tillproof.domain.entities import Adjustment, Cart, Data, Entity, Payment, Swap
from tillproof.domain.ledger import EntryKind
from tillproof.domain.statuses import OperationKind, OrderStatus, SwapPaymentStatus
from tillproof.history.events import Asked, Unheard

Status = SwapPaymentStatus
R = OperationKind.REFUND
OWN = replace(PAYMENT, order_id="order_1", captured_at=9.0)
MUG_BACK = Adjustment(item_id="li_1", description="mug", quantity=1, amount=-4900)
OPEN = Swap(id="swap_1", order_id="order_1", cart_id="cart_2")
EXTRA = replace(PAYMENT, id="pay_2", cart_id="cart_2", order_id="order_1", swap_id="swap_1", data={"intent": "in_2"})
DONE = {"order": {"id": "order_1"}}


def _basket(due: int, *, back: int = 4900, tax: int = 0) -> Cart:
    """Return the cart of a swap that returns the mug and comes to so much."""
    items = (replace(ITEM, id="li_2", variant_id="rare", unit_price=due + back),) if due + back else ()
    returned = (replace(MUG_BACK, amount=-back),)
    return replace(
        CART, id="cart_2", swap_id="swap_1", items=items, adjustments=returned, tax_rate=tax, idempotency_key=None
    )


def _swap(
    due: int | None,
    cart: Cart | None = None,
    *rows: Entity,
    status: Status = Status.AWAITING,
    confirmed: bool = True,
    returned: tuple[tuple[str, int], ...] = (("li_1", 1),),
    told_of: str = "swap_1",
    can: frozenset[str] = ALL,
) -> Tape:
    """Tell of a captured order of a mug and of its swap, which comes to so much, confirmed with these rows."""
    tape = Tape(can=can).bought()
    tape.capture()
    tape.commit(OWN)
    items = [{"item_id": id_, "quantity": quantity} for id_, quantity in returned]
    tape.ask("create-swap", 2, key=None, order_id="order_1", return_items=items)
    tape.commit(OPEN, cart or _basket(due or 0))
    tape.hear(200, {"swap": {"id": told_of, "cart_id": "cart_2"}})
    tape.commit(replace(OPEN, difference_due=due, confirmed_at=20.0 if confirmed else None, payment_status=status), *rows)
    return tape


def _paid(
    amount: int = 2000,
    *,
    due: int = 2000,
    held: int | None = None,
    took: int | None = None,
    status: Status = Status.AWAITING,
    payment: Payment = EXTRA,
    cart: str | None = "cart_2",
    voided: str = "",
    quiet: bool = True,
    can: frozenset[str] = ALL,
) -> Tape:
    """Tell of a swap over `due` with a Payment of `amount` of its own on an authorization of `held`."""
    tape = Tape(can=can).bought()
    tape.capture()
    tape.commit(OWN)
    tape.ask("create-swap", 2, key=None, order_id="order_1", return_items=[{"item_id": "li_1", "quantity": 1}])
    tape.commit(OPEN, _basket(due))
    tape.hear(200, {"swap": {"id": "swap_1", "cart_id": "cart_2"}})
    held = amount if held is None else held
    if held:
        tape.ledger(EntryKind.INTENT, "in_2", intent="in_2", amount=held, resource=cart)
        tape.ledger(EntryKind.AUTHORIZE, "au_2", intent="in_2", parent="in_2", amount=held, resource=cart)
    if voided == "before":
        tape.void("vo_2", intent="in_2", parent="au_2", amount=held)
    own = replace(payment, amount=amount)
    tape.commit(replace(OPEN, difference_due=due, confirmed_at=20.0), own)
    if voided == "later":
        tape.void("vo_2", intent="in_2", parent="au_2", amount=held)
    if took is not None:
        tape.ledger(EntryKind.CAPTURE, "ca_2", intent="in_2", parent="au_2", amount=took, resource="cart_2")
    captured = {"captured_at": 30.0} if took is not None else {}
    tape.commit(
        replace(OPEN, difference_due=due, confirmed_at=20.0, payment_status=status), replace(own, amount=amount, **captured)
    )
    return tape.quiet() if quiet else tape


def _owing(
    *parts: int, due: int = -1000, status: Status = Status.AWAITING, heard: int | None = None, batch: str | None = None,
    during: bool = True, beside: bool = False, provider: str = "bank", can: frozenset[str] = ALL, quiet: bool = True,
) -> Tape:  # fmt: skip
    """Tell of a swap that owes something, of which these parts are given back while it is processed, or outside of that."""
    tape = _swap(due, can=can)
    tape.commit(replace(OWN, provider_id=provider))
    if during:
        tape.ask("process-swap", 4, id="order_1", swap_id="swap_1")
    if beside:
        tape.ask("refund", 5, key="k5", amount=sum(parts))
    for number, amount in enumerate(parts):
        tape.commit(operation(R, 10 + number, batch=batch, payment_id="pay_1"))
        tape.refund(f"re_{number}", amount=amount, reference=f"op_{10 + number}")
    if beside:
        tape.hear(200, DONE)
    tape.commit(replace(OPEN, difference_due=due, confirmed_at=20.0, payment_status=status))
    if heard is not None:
        tape.ask("process-swap", 6, id="order_1", swap_id="swap_1")
        tape.hear(heard, DONE)
    if during:
        asked = next(e for e in tape.events if isinstance(e, Asked) and e.call == "process-swap")
        tape.put(Unheard, asked=asked.step, actor="operator", call="process-swap", intent=4, lost="answer")
    return tape.quiet() if quiet else tape


def _given_back_late() -> Tape:
    """Tell the operator that the swap is processed, and give back what it owes only then."""
    tape = _swap(-1000)
    tape.ask("process-swap", 4, id="order_1", swap_id="swap_1")
    tape.hear(200, DONE)
    tape.commit(operation(R, 10, batch="swap_1", payment_id="pay_1"))
    tape.refund("re_9", amount=1000, reference="op_10")
    tape.commit(replace(OPEN, difference_due=-1000, confirmed_at=20.0, payment_status=Status.DIFFERENCE_REFUNDED))
    return tape.quiet()


def _called(method: str, *, swap: str = "swap_1", due: int = 0) -> Tape:
    tape = _swap(due, status=Status.CONFIRMED)
    tape.ask("process-swap", 4, id="order_1", swap_id=swap)
    tape.call(method, 9, amount=0)
    tape.back("refused")
    tape.hear(200, DONE)
    return tape.quiet()


def _live(*, due: int = 0, cart: str = "cart_2", ended: bool = False, quiet: bool = True) -> Tape:
    tape = _swap(due)
    tape.ledger(EntryKind.AUTHORIZE, "au_2", intent="in_2", amount=1, resource=cart)
    if ended:
        tape.void("vo_2", intent="in_2", parent="au_2", amount=1)
    return tape.quiet() if quiet else tape


ELSEWHERE = replace(EXTRA, provider_id="manual")
THE_DIFFERENCE: dict[str, tuple[Callable[[], Tape], int | None]] = {
    "not confirmed": (lambda: _swap(None, confirmed=False), None),
    "nothing due": (lambda: _swap(0), 0),
    "nothing due, no sum": (lambda: _swap(None), 0),
    "a cent less than its cart": (lambda: _swap(-1, _basket(0)), 1),
    "a cent more than its cart": (lambda: _swap(1, _basket(0), replace(EXTRA, amount=1), can=frozenset()), 1),
    "counted too little": (lambda: _swap(-4800, _basket(-4800, back=4800)), 1),
    "counted a cent too little": (lambda: _swap(-4899, _basket(-4899, back=4899)), 0),
    "counted two cents too little": (lambda: _swap(-4898, _basket(-4898, back=4898)), 1),
    "counted a cent too much": (lambda: _swap(-4901, _basket(-4901, back=4901)), 0),
    "counted two cents too much": (lambda: _swap(-4902, _basket(-4902, back=4902)), 1),
    "counted otherwise than nobody heard": (lambda: _swap(-4000, _basket(-4000, back=4000), told_of="swap_9"), 0),
    "two returned, one counted": (lambda: _swap(0, returned=(("li_1", 2),)), 1),
    "in two lines, two counted": (lambda: _swap(-4900, _basket(-4900, back=9800), returned=(("li_1", 1), ("li_1", 1))), 0),
    "of another's goods": (lambda: _swap(-4900, returned=(("li_x", 1),)), 1),
    "paid": (_paid, 0),
    "paid a cent less": (lambda: _paid(1999), 1),
    "paid a cent more": (lambda: _paid(2001), 1),
    "paid by a Payment on less": (lambda: _paid(held=1999), 1),
    "paid by a Payment on more": (lambda: _paid(held=2001), 1),
    "paid by a Payment on nothing": (lambda: _paid(held=0), 1),
    "paid by the authorization of another cart": (lambda: _paid(cart="cart_1", quiet=False), 1),
    "paid by what had been let go of": (lambda: _paid(voided="before"), 1),
    "paid, and let go of later": (lambda: _paid(voided="later"), 0),
    "paid by another swap's Payment": (lambda: _paid(payment=replace(EXTRA, swap_id="swap_0")), 1),
    "paid with another processor, on nothing": (lambda: _paid(held=0, payment=ELSEWHERE), 0),
    "paid where there is no gateway": (lambda: _paid(held=0, can=frozenset()), 0),
    "captured": (lambda: _paid(took=2000, status=Status.CAPTURED), 0),
    "captured a cent less": (lambda: _paid(took=1999, status=Status.CAPTURED), 1),
    "said captured": (lambda: _paid(status=Status.CAPTURED), 1),
    "captured, not said": (lambda: _paid(took=2000), 1),
    "captured, not said yet": (lambda: _paid(took=2000, quiet=False), 0),
    "a cent due, unpaid": (lambda: _swap(1), 1),
    "given back": (lambda: _owing(1000, status=Status.DIFFERENCE_REFUNDED), 0),
    "given back in two parts": (lambda: _owing(400, 600, status=Status.DIFFERENCE_REFUNDED), 0),
    "given back a cent more": (lambda: _owing(1001), 1),
    "given back a cent more, by its second part": (lambda: _owing(1000, 1), 1),
    "given back much more, told once": (lambda: _owing(1001, 1, 1), 1),
    "given back a cent less": (lambda: _owing(999), 0),
    "given back a cent less, said to be done": (lambda: _owing(999, status=Status.DIFFERENCE_REFUNDED), 1),
    "given back a cent less, said so yet": (lambda: _owing(999, status=Status.DIFFERENCE_REFUNDED, quiet=False), 0),
    "given back a cent less, told it is done": (lambda: _owing(999, heard=200), 1),
    "given back a cent less, told to try again": (lambda: _owing(999, heard=409), 0),
    "given back, told it is done": (lambda: _owing(1000, heard=200), 0),
    "given back after it was told": (_given_back_late, 1),
    "given back on its own": (lambda: _owing(1000, during=False, batch="swap_1", status=Status.DIFFERENCE_REFUNDED), 0),
    "given back too much on its own": (lambda: _owing(1001, during=False, batch="swap_1"), 1),
    "given back for something else": (lambda: _owing(1001, during=False, batch="b"), 0),
    "given back beside a refund": (lambda: _owing(1001, beside=True), 0),
    "given back beside a refund, as its own": (lambda: _owing(1001, beside=True, batch="swap_1"), 1),
    "said to be done, with another processor": (
        lambda: _owing(status=Status.DIFFERENCE_REFUNDED, provider="manual", can=ALL), 0
    ),
    "said to be done, without a gateway": (lambda: _owing(status=Status.DIFFERENCE_REFUNDED, can=frozenset()), 0),
    "taken for nothing": (_live, 1),
    "taken for what is owed": (lambda: _live(due=-100), 1),
    "taken for nothing, let go of": (lambda: _live(ended=True), 0),
    "taken for nothing, not quiet": (lambda: _live(quiet=False), 0),
    "taken for another cart": (lambda: _live(cart="cart_3"), 0),
    "refunding nothing": (lambda: _called("refund_payment"), 1),
    "capturing nothing": (lambda: _called("capture_payment"), 1),
    "authorizing nothing": (lambda: _called("authorize_payment"), 1),
    "asking for the status": (lambda: _called("get_payment_status"), 0),
    "refunding nothing, for another swap": (lambda: _called("refund_payment", swap="swap_0"), 0),
    "refunding what is owed": (lambda: _called("refund_payment", due=-100), 1),
}  # fmt: skip


@pytest.mark.parametrize("case", THE_DIFFERENCE)
def test_the_difference_is_moved_once(case: str) -> None:
    """To the minor unit, by its own Payment or from the order's, when it is processed; and for nothing, nothing moves."""
    tape, times = THE_DIFFERENCE[case]
    assert broken(tape(), "SWAP-01") == times


Write = Callable[[Tape], object]


def _touched(write: Write, *, due: int | None = None, before: bool = False, order: bool = True) -> Tape:
    """Make a swap of a captured order, confirmed over `due` if told; after it is made, or before, something happens."""
    tape = Tape().bought()
    tape.capture(amount=4000)
    tape.commit(OWN)
    if before:
        write(tape)
    tape.ask("create-swap", 2, key=None, order_id="order_1", return_items=[{"item_id": "li_1", "quantity": 1}])
    tape.commit(OPEN if order else replace(OPEN, order_id="order_x"), _basket(0))
    tape.hear(200, {"swap": {"id": "swap_1", "cart_id": "cart_2"}})
    if due is not None:
        tape.commit(replace(OPEN, difference_due=due, confirmed_at=20.0))
    if not before:
        write(tape)
    return tape


def _own(**changes: object) -> Write:
    return lambda tape: tape.commit(replace(OWN, **changes))


def _refunded(call: str, request: Data, *, during: bool = True, beside: str = "") -> Write:
    """Refund something of the order's own Payment while this is asked for, and maybe a refund beside it."""

    def write(tape: Tape) -> None:
        tape.ask(call, 4, **request)
        if beside:
            tape.ask(beside, 5, key="k5", amount=100)
        if during:
            tape.refund(amount=100)
        if beside:
            tape.hear(200, DONE)
        first = next(e for e in tape.events if isinstance(e, Asked) and e.call == call and e.intent == 4)
        tape.put(Unheard, asked=first.step, actor=first.actor, call=call, intent=4, lost="answer")
        if not during:
            tape.refund(amount=100)

    return write


ON_SWAP: Data = {"id": "order_1", "swap_id": "swap_1"}
LET_ALONE: dict[str, tuple[Callable[[], Tape], int | None]] = {
    "nothing happens": (lambda: _touched(lambda _: None), 0),
    "another amount": (lambda: _touched(_own(amount=4901)), 1),
    "another capture": (lambda: _touched(_own(captured_at=10.0)), 1),
    "no capture any more": (lambda: _touched(_own(captured_at=None)), 1),
    "canceled": (lambda: _touched(_own(canceled_at=1.0)), 1),
    "of the swap": (lambda: _touched(_own(swap_id="swap_1")), 1),
    "refunded in the books": (lambda: _touched(_own(amount_refunded=1)), 0),
    "other data": (lambda: _touched(_own(data={"intent": "in_1", "x": 1})), 0),
    "two changes at once": (lambda: _touched(_own(amount=1, swap_id="swap_1")), 2),
    "another amount before": (lambda: _touched(_own(amount=4901), before=True), 0),
    "the swap's own Payment": (lambda: _touched(lambda t: (t.commit(EXTRA), t.commit(replace(EXTRA, amount=1)))), 0),
    "another order's Payment": (
        lambda: _touched(lambda t: (t.commit(replace(OWN, id="pay_3", order_id="order_3")),
                                    t.commit(replace(OWN, id="pay_3", order_id="order_3", amount=1)))), 0
    ),
    "of no order": (lambda: _touched(_own(amount=1), order=False), 0),
    "the order canceled": (lambda: _touched(lambda t: t.commit(replace(ORDER, status=OrderStatus.CANCELED))), 1),
    "the order canceled before": (
        lambda: _touched(lambda t: t.commit(replace(ORDER, status=OrderStatus.CANCELED)), before=True), 0
    ),
    "the order canceled twice": (
        lambda: _touched(lambda t: [t.commit(replace(ORDER, status=OrderStatus.CANCELED)) for _ in (1, 2)]), 1
    ),
    "the order changed": (lambda: _touched(lambda t: t.commit(replace(ORDER, total=1))), 0),
    "captured further": (lambda: _touched(lambda t: t.capture("ca_9", amount=100)), 1),
    "captured further before": (lambda: _touched(lambda t: t.capture("ca_9", amount=100), before=True), 0),
    "let go of": (lambda: _touched(Tape.void), 1),
    "let go of before": (lambda: _touched(Tape.void, before=True), 0),
    "lapsed": (lambda: _touched(lambda t: t.ledger(EntryKind.LAPSE, "la_1", parent="au_1")), 0),
    "authorized once more": (lambda: _touched(lambda t: t.hold("au_9")), 1),
    "authorized once more before": (lambda: _touched(lambda t: t.hold("au_9"), before=True), 0),
    "the swap's, captured": (lambda: _touched(lambda t: t.commit(replace(EXTRA, captured_at=1.0))), 0),
    "the swap's, canceled": (lambda: _touched(lambda t: t.commit(replace(EXTRA, canceled_at=1.0))), 0),
    "the swap's, captured and canceled": (
        lambda: _touched(lambda t: [t.commit(replace(EXTRA, captured_at=1.0, canceled_at=2.0)) for _ in (1, 2)]), 1
    ),
    "another swap's, captured and canceled": (
        lambda: _touched(lambda t: t.commit(replace(EXTRA, swap_id="swap_0", captured_at=1.0, canceled_at=2.0))), 0
    ),
    "given back while canceling": (lambda: _touched(_refunded("cancel-swap", ON_SWAP)), 1),
    "given back after canceling": (lambda: _touched(_refunded("cancel-swap", ON_SWAP, during=False)), 0),
    "given back while canceling another": (
        lambda: _touched(_refunded("cancel-swap", {**ON_SWAP, "swap_id": "swap_0"})), 0
    ),
    "given back while canceling, as asked for beside it": (
        lambda: _touched(_refunded("cancel-swap", ON_SWAP, beside="refund")), 0
    ),
    "given back while canceling, as asked of its payment": (
        lambda: _touched(_refunded("cancel-swap", ON_SWAP, beside="refund-payment")), 0
    ),
    "given back while completing": (lambda: _touched(_refunded("complete", {"id": "cart_2"})), 1),
    "given back while completing another": (lambda: _touched(_refunded("complete", {"id": "cart_0"})), 0),
    "given back while completing yet another": (lambda: _touched(_refunded("complete", {"id": "cart_3"})), 0),
    "given back while processing": (lambda: _touched(_refunded("process-swap", ON_SWAP)), 1),
    "given back while processing what owes it": (lambda: _touched(_refunded("process-swap", ON_SWAP), due=-1), 0),
    "given back while processing what is even": (lambda: _touched(_refunded("process-swap", ON_SWAP), due=0), 1),
    "given back while processing what is due": (lambda: _touched(_refunded("process-swap", ON_SWAP), due=1), 1),
    "given back while capturing": (lambda: _touched(_refunded("capture", {"id": "order_1"})), 0),
}  # fmt: skip


@pytest.mark.parametrize("case", LET_ALONE)
def test_the_order_s_own_payment_is_let_alone(case: str) -> None:
    """From when the swap is made nothing of it changes in the books or at the gateway, save what is owed or asked for."""
    tape, times = LET_ALONE[case]
    assert broken(tape(), "SWAP-02") == times


def test_what_is_wrong_is_told_in_sums() -> None:
    """The difference and what was paid, given back, or counted."""
    told = {
        "48.00 EUR": _swap(-4800, _basket(-4800, back=4800)),
        "19.99 EUR": _paid(1999),
        "of 20.00 EUR the gateway took 19.99 EUR": _paid(took=1999, status=Status.CAPTURED),
        "10.01 EUR was given back for a swap; owed is 10.00 EUR": _owing(1001),
        "of 1000 minor units 999 were given back": _owing(999, heard=200),
        "0.01 EUR was taken for a swap that costs nothing": _live(),
    }
    for words, tape in told.items():
        assert any(words in breach.says for breach in breaches(tape, "SWAP-01")), words
