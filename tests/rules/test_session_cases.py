"""SESS-02 to SESS-05, LED-03 and LED-04, case by case: sessions, and the money behind them and behind orders."""

from __future__ import annotations

from functools import partial

import pytest
from msgspec.structs import replace
from support.histories import ALL, AUTHORIZED, CART, KEY, ORDER, PAYMENT, SESSION, Tape, operation
from support.judging import broken
from support.writes import Case, Write, all_of, nothing

from tillproof.domain.entities import Data, Entity, Region
from tillproof.domain.statuses import OperationKind
from tillproof.history.events import Phase

A, START = OperationKind.AUTHORIZE, OperationKind.INITIATE
CAP, VOID = "capture_payment", "cancel_payment"
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
    "held and let go of": (lambda: _books(hold=all_of(Tape.hold, Tape.void)), 1),
    "not held": (lambda: _books(hold=nothing), 1),
    "not paid": (lambda: _books(paid=None), 1),
    "paid and canceled": (lambda: _books(paid=replace(PAYMENT, canceled_at=1.0)), 1),
    "paid for another cart": (lambda: _books(paid=replace(PAYMENT, cart_id="cart_0")), 1),
    "paid with another processor": (lambda: _books(paid=replace(PAYMENT, provider_id="manual"), hold=nothing), None),
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
