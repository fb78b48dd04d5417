"""Amounts: the same sum, in whole minor units, on every side."""

from __future__ import annotations

from collections.abc import Iterator

from tillproof.domain.entities import Cart, Order, Payment
from tillproof.domain.ledger import EntryKind
from tillproof.history.story import Story
from tillproof.history.verdicts import Breach, Level
from tillproof.history.witnesses import Call
from tillproof.rules.effects import EFFECT, decided, effects, told
from tillproof.rules.rule import Rule, rule

_SUMMED = ("initiate_payment", "update_payment", "authorize_payment", "capture_payment", "refund_payment")
_OTHERS = (EntryKind.INTENT, EntryKind.UPDATE, EntryKind.AUTHORIZE, EntryKind.CAPTURE, EntryKind.REFUND)


@rule(
    "AMT-01",
    Level.MUST,
    seed="S13",
    failures="F-AMT-01 F-AMT-02 F-AMT-03",
    needs="gateway",
    witnesses="GC",
    title="The gateway's sum is the cart's",
    why="The customer pays a hundred times the price, or a hundredth of it.",
    mend="Convert with the currency's own number of decimals (0, 2 or 3), and the gateway's exceptions.",
)
def amt_01(story: Story) -> list[Breach] | None:
    """
    The sum at the gateway, in minor units, is the sum asked for, whatever the currency's decimals; also on the way back.

    Not a breach: an effect of an earlier try, for what was asked for then.
    """
    seen = False
    found: list[Breach] = []
    for call in story.called(*_SUMMED):
        amount = call.called.arguments.get("amount")
        for line in call.entries:
            if line.entry.kind not in _OTHERS or amount is None:
                continue
            seen = True
            if line.entry.amount != amount:
                asked = told(amount, call.called.arguments.get("currency") or line.entry.currency)
                says = f"asked for {asked}, the gateway has {told(line.entry.amount, line.entry.currency)}"
                found.append(Breach(rule="AMT-01", step=line.step, says=says, method=call.called.method))
    return found if seen else None


@rule(
    "AMT-02",
    Level.MUST,
    seed="S13",
    failures="F-AMT-04 F-AMT-05 F-AMT-09 F-REF-06",
    witnesses="GCB",
    title="One sum, in whole minor units, everywhere",
    why="A cent short on some prices, for ever; and a refund refused because of it.",
    mend="Count in integers; bring the session to the cart's total before authorizing; call nobody for nothing.",
)
def amt_02(story: Story) -> list[Breach] | None:
    """
    Sums are whole minor units and the same in cart, session, Payment, gateway and order; total 0 makes no gateway call.

    Compared when the order was placed. Not a breach: a session that was behind while the cart was being edited.
    """
    calls = [c for c in story.calls if c.called.method in _SUMMED]
    if not calls and not story.orders:
        return None
    found: list[Breach] = []
    for call in calls:
        amount = call.called.arguments.get("amount")
        if amount is not None and type(amount) is not int:
            says = f"{call.called.method} was given {amount!r}, which is no whole number of minor units"
            found.append(Breach(rule="AMT-02", step=call.called.step, says=says, method=call.called.method))
        if call.called.method == "authorize_payment" and amount == 0:
            says = "an authorization of nothing was asked for"
            found.append(Breach(rule="AMT-02", step=call.called.step, says=says, method=call.called.method))
    return [*found, *_unequal(story), *_lost_in_transit(story)]


def _unequal(story: Story) -> Iterator[Breach]:
    """Find orders whose sum is not the same in the cart, the session and the Payment."""
    for order in story.ever(Order):
        placed = story.since(order)
        cart = story.row(Cart, order.cart_id, placed)
        sums = {"cart": story.total(cart)} if cart is not None else {}
        for session in story.selected(order.cart_id, placed) if order.total else ():
            sums["session"] = session.amount
        for payment in story.rows(Payment, placed):
            if payment.cart_id == order.cart_id and payment.canceled_at is None:
                sums["Payment"] = payment.amount
        for name, amount in sums.items():
            if amount != order.total:
                one, other = told(order.total, order.currency_code), told(amount, order.currency_code)
                yield Breach(rule="AMT-02", step=placed, says=f"the order is of {one}, its {name} of {other}")


def _lost_in_transit(story: Story) -> Iterator[Breach]:
    """Find sums that are another at the gateway than in the call that moved them."""
    for call in story.called("authorize_payment", "capture_payment", "refund_payment"):
        amount = call.called.arguments.get("amount")
        for line in effects([call]):
            if type(amount) is int and line.entry.amount != amount:
                one, other = told(amount, line.entry.currency), told(line.entry.amount, line.entry.currency)
                says = f"{call.called.method} was given {one} and moved {other}"
                yield Breach(rule="AMT-02", step=line.step, says=says, method=call.called.method)


@rule(
    "AMT-03",
    Level.MUST,
    seed="S2 S3",
    failures="F-AMT-08 F-SES-06",
    witnesses="GCB",
    title="One currency from cart to refund",
    why="Ten dollars become ten euros.",
    mend="Take the currency from the cart's region at each call; replace a session when the region changes.",
)
def amt_03(story: Story) -> list[Breach] | None:
    """
    Session, authorization, Payment and refund share the currency of the cart.

    Compared when a call is decided on. Not a breach: an old session in the old currency that is on its way out.
    """
    calls = [c for c in story.calls if c.called.method in EFFECT and c.called.arguments.get("currency")]
    if not calls:
        return None
    found: list[Breach] = []
    for call in calls:
        meant = _currency(story, call)
        asked = str(call.called.arguments["currency"])
        had = [line.entry.currency for line in call.entries if line.entry.kind in _OTHERS]
        wrong = next((c for c in (asked, *had) if meant is not None and c != meant), None)
        if wrong is not None:
            says = f"{call.called.method} in {wrong.upper()} for a purchase in {str(meant).upper()}"
            found.append(Breach(rule="AMT-03", step=call.called.step, says=says, method=call.called.method))
    return found


def _currency(story: Story, call: Call) -> str | None:
    """Return the currency a call should be in: its payment's, or else that of its cart when it was decided on."""
    operation = story.operation(call.called.reference)
    if operation is not None and operation.payment_id is not None:
        payment = story.row(Payment, operation.payment_id, call.called.step)
        return payment.currency_code if payment is not None else None
    if call.called.method != "authorize_payment":
        return None
    cart = story.row(Cart, story.cart_of(call), decided(story, call))
    return cart.currency_code if cart is not None else None


RULES: tuple[Rule, ...] = (amt_01, amt_02, amt_03)
"""The rules of this family."""
