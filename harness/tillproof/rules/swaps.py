"""Swaps: the difference and nothing but the difference, once, and the order's own Payment left alone."""

from __future__ import annotations

from collections.abc import Iterator

from tillproof.domain.entities import Cart, Data, LineItem, Order, Payment, Swap
from tillproof.domain.statuses import OrderStatus, SwapPaymentStatus
from tillproof.domain.totals import adjustment_total, paid_for
from tillproof.history.events import Ledgered
from tillproof.history.folded import objects
from tillproof.history.story import Story, swap_in
from tillproof.history.verdicts import Breach, Level
from tillproof.history.witnesses import Call, Hold, Try
from tillproof.rules.effects import cart_asked, excused, told, within
from tillproof.rules.idempotency import completions
from tillproof.rules.rule import Rule, rule

_MOVING = ("authorize_payment", "capture_payment", "refund_payment")
_OK = 200


def _asked(story: Story, call: str, swap: Swap) -> list[Try]:
    """Return the tries of this call on the swap."""
    return [t for w in story.wanted(call) for t in w.tries if t.asked.request.get("swap_id") == swap.id]


def _refunds(story: Story, swap: Swap) -> list[Ledgered]:
    """Return what the gateway gave back for the swap: its own operations, and whatever happened while it was processed."""
    asked = _asked(story, "process-swap", swap)
    found: list[Ledgered] = []
    for line in (line for hold in story.holds for line in hold.refunds):
        operation = story.operation(line.entry.reference) or story.operation(line.entry.key)
        mine = operation is not None and operation.batch == swap.id
        if mine or (any(within(attempt, line.step) for attempt in asked) and not _asked_for_itself(story, line)):
            found.append(line)
    return found


def _asked_for_itself(story: Story, line: Ledgered) -> bool:
    """Tell whether a refund of the order was being served when this was given back, beside whatever concerned the swap."""
    wishes = (*story.wanted("refund"), *story.wanted("refund-payment"))
    return any(within(attempt, line.step) for wish in wishes for attempt in wish.tries)


@rule(
    "SWAP-01",
    Level.MUST,
    seed="S17",
    failures="F-SWP-02 F-SWP-03 F-SWP-05",
    witnesses="GCBH",
    title="The difference, once",
    why="The customer pays for the whole order again, or waits for a refund that never comes or comes twice.",
    mend="Count what is returned below zero in a cart of the swap's own; pay it by a Payment of its own, or refund it once.",
)
def swap_01(story: Story) -> list[Breach] | None:
    """
    A positive difference is paid once by the swap's own Payment, a negative one refunded once; zero moves no money.

    By exactly that sum, which is what the new goods cost less what the returned ones did. Not a breach: a difference not
    captured or refunded because nobody processed the swap, or the gateway refused; the Payment of a swap that was canceled.
    """
    confirmed = [swap for swap in story.swaps if swap.confirmed_at is not None]
    if not confirmed:
        return None
    found: list[Breach] = []
    for swap in confirmed:
        due = swap.difference_due or 0
        found.extend(_misreckoned(story, swap, due))
        if due > 0:
            found.extend(_unpaid(story, swap, due))
        else:
            found.extend(_taken(story, swap, due))
        found.extend(_given_back(story, swap, max(-due, 0)))
    return found


def _confirmation(story: Story, swap: Swap) -> int:
    """Return the step of the commit that confirmed the swap."""
    chain = story.chains(Swap)[swap.id]
    return next(step for step, row in chain if row is not None and row.confirmed_at is not None)


def _misreckoned(story: Story, swap: Swap, due: int) -> Iterator[Breach]:
    """Find a difference that is not what its cart comes to, or a cart that leaves out what is returned."""
    step = _confirmation(story, swap)
    cart = story.row(Cart, swap.cart_id, step)
    if cart is None:
        return
    if due != story.total(cart):
        one, other = told(story.total(cart), cart.currency_code), told(due, cart.currency_code)
        yield Breach(rule="SWAP-01", step=step, says=f"the swap's cart is over {one}, its difference {other}")
    worth, lines = _worth(story, swap)
    if abs(worth + adjustment_total(cart)) > lines:  # of each line a minor unit may be rounded either way
        one, other = told(worth, cart.currency_code), told(-adjustment_total(cart), cart.currency_code)
        yield Breach(rule="SWAP-01", step=step, says=f"what is returned cost {one}; the swap counts {other}")


def _worth(story: Story, swap: Swap) -> tuple[int, int]:
    """Return what the goods cost that the customer asked to return, and in how many lines; as the swap says if unheard."""
    asked = next((w.tries[0].asked.request for w in story.wanted("create-swap") if _made(w.tries, swap)), None)
    cart = story.row(Cart, swap.cart_id, story.last_step)
    lines: dict[str, tuple[LineItem, int]] = {}
    for other in story.rows(Cart, story.last_step):
        lines.update((item.id, (item, other.tax_rate)) for item in other.items)
    if asked is None:
        return (-adjustment_total(cart) if cart is not None else 0), 0
    returned: list[Data] = objects(asked.get("return_items"))
    priced = [(*lines[str(one["item_id"])], int(one["quantity"])) for one in returned if one.get("item_id") in lines]
    return sum(paid_for(item, quantity, rate) for item, rate, quantity in priced), len(returned)


def _made(tries: list[Try], swap: Swap) -> bool:
    """Tell whether these tries to make a swap were answered with this one."""
    return any(t.heard is not None and (swap_in(t.heard.body) or {}).get("id") == swap.id for t in tries)


def _unpaid(story: Story, swap: Swap, due: int) -> Iterator[Breach]:
    """Find a swap whose difference is not paid by one Payment of its own, for that sum, or is not what was captured."""
    step = _confirmation(story, swap)
    own: list[Payment] = []
    for moment in (step, story.last_step):
        own = [payment for payment in story.rows(Payment, moment) if payment.swap_id == swap.id]
        if [payment.amount for payment in own] != [due]:
            sums = ", ".join(told(payment.amount, payment.currency_code) for payment in own) or "nothing"
            yield Breach(rule="SWAP-01", step=step, says=f"of a difference of {due} minor units its own Payment has {sums}")
            return
    if own[0].provider_id != story.provider_id or not story.can("gateway"):
        return
    hold = story.hold_of.get(own[0].id)
    if hold is None or not hold.stood_at(step) or hold.cart not in (None, swap.cart_id) or hold.entry.amount != due:
        says = f"the swap was confirmed while the gateway held nothing of {told(due, own[0].currency_code)} for it"
        yield Breach(rule="SWAP-01", step=step, says=says)
    elif story.quiet and hold.captured != (due if swap.payment_status is SwapPaymentStatus.CAPTURED else 0):
        took = told(hold.captured, hold.entry.currency)
        says = f"the swap is {swap.payment_status}; of {told(due, hold.entry.currency)} the gateway took {took}"
        yield Breach(rule="SWAP-01", step=hold.captures[-1].step if hold.captures else step, says=says)


def _taken(story: Story, swap: Swap, due: int) -> Iterator[Breach]:
    """Find money taken for a swap that costs nothing; where nothing is due either way, find any call that moves money."""
    for hold in story.holds if story.quiet else ():
        if hold.cart == swap.cart_id and hold.live and not excused(story, hold):
            says = f"{told(hold.outstanding, hold.entry.currency)} was taken for a swap that costs nothing"
            yield Breach(rule="SWAP-01", step=hold.step, says=says)
    if due == 0:
        for call in _while_processed(story, swap):
            says = f"nothing is due, and {call.called.method} was called"
            yield Breach(rule="SWAP-01", step=call.called.step, says=says)


def _while_processed(story: Story, swap: Swap) -> list[Call]:
    """Return the calls that move money, of any processor, while the swap was processed."""
    asked = _asked(story, "process-swap", swap)
    return [
        call
        for call in story.calls
        if call.called.method in _MOVING and any(within(attempt, call.called.step) for attempt in asked)
    ]


def _given_back(story: Story, swap: Swap, owed: int) -> Iterator[Breach]:
    """Find more given back than is owed, less than the books or the answer say, or anything where nothing is owed."""
    lines = _refunds(story, swap)
    made = 0
    for line in lines:
        made += line.entry.amount
        if made > owed:
            one, other = told(made, line.entry.currency), told(owed, line.entry.currency)
            yield Breach(rule="SWAP-01", step=line.step, says=f"{one} was given back for a swap; owed is {other}")
            return
    if not owed or not story.can("gateway") or not _ours(story, swap):
        return
    if story.quiet and made < owed and swap.payment_status is SwapPaymentStatus.DIFFERENCE_REFUNDED:
        says = f"the swap counts as refunded; of {owed} minor units {made} were given back"
        yield Breach(rule="SWAP-01", step=story.chains(Swap)[swap.id][-1][0], says=says)
    for attempt in _asked(story, "process-swap", swap):
        heard = attempt.heard
        given = sum(line.entry.amount for line in lines if heard is not None and line.step < heard.step)
        if heard is not None and heard.status == _OK and given < owed:
            says = f"the operator was told that the swap is processed; of {owed} minor units {given} were given back"
            yield Breach(rule="SWAP-01", step=heard.step, says=says)


def _ours(story: Story, swap: Swap) -> bool:
    """Tell whether every Payment of the swap's order is of the processor under test, whose gateway's books we have."""
    return all(p.provider_id == story.provider_id for p in story.rows(Payment) if p.order_id == swap.order_id)


@rule(
    "SWAP-02",
    Level.MUST,
    seed="S17",
    failures="F-SWP-01 F-SWP-06",
    witnesses="GBH",
    title="The order's own Payment is left alone",
    why="A swap that fails or is canceled takes the paid order with it, or is charged on what was paid already.",
    mend="Give the swap its own Payment; on cancel let go of that one only, and only if it was not captured.",
)
def swap_02(story: Story) -> list[Breach] | None:
    """
    Making, failing or canceling a swap leaves the order's own Payment as it was, save the agreed difference.

    Compared from when the swap was made. Nor is the swap's own Payment canceled once it was captured. Not a breach: a
    refund of the order that was asked for itself, or of a swap that owes it, booked and at the gateway.
    """
    if not story.swaps:
        return None
    found: dict[tuple[int, str], Breach] = {}
    for swap in story.swaps:
        order = next((order for order in story.orders if order.id == swap.order_id), None)
        if order is None:
            continue
        for breach in (
            *_rows_touched(story, swap, order),
            *_holds_touched(story, swap, order),
            *_canceled_though_captured(story, swap),
        ):
            found.setdefault((breach.step, breach.says), breach)
    return list(found.values())


def _own(story: Story, order: Order) -> list[Payment]:
    """Return the Payments the order was placed with."""
    return [payment for payment in story.rows(Payment) if payment.cart_id == order.cart_id and payment.order_id == order.id]


def _rows_touched(story: Story, swap: Swap, order: Order) -> Iterator[Breach]:
    """Find what changed in the books of the order and of its own Payment that no swap may change."""
    since = story.since(swap)
    for payment in _own(story, order):
        before = story.row(Payment, payment.id, since)
        for step, row in story.chains(Payment)[payment.id]:
            if before is None or row is None or step <= since:
                continue
            for name in ("amount", "captured_at", "canceled_at", "swap_id", "order_id"):
                if getattr(row, name) != getattr(before, name):
                    yield Breach(rule="SWAP-02", step=step, says=f"the {name} of the order's own Payment changed")
    if not any(wish.tries[0].asked.request.get("id") == order.id for wish in story.wanted("cancel")):
        for step, now in story.chains(Order)[order.id]:
            if step > since and now is not None and now.status is OrderStatus.CANCELED:
                yield Breach(rule="SWAP-02", step=step, says="the order was canceled with its swap")
                return


def _canceled_though_captured(story: Story, swap: Swap) -> Iterator[Breach]:
    """Find the swap's own Payment marked canceled after it was captured."""
    for payment in (payment for payment in story.rows(Payment) if payment.swap_id == swap.id):
        for step, row in story.chains(Payment)[payment.id]:
            if row is not None and row.canceled_at is not None and row.captured_at is not None:
                says = "the swap's own Payment was canceled although it was captured"
                yield Breach(rule="SWAP-02", step=step, says=says)
                break


def _holds_touched(story: Story, swap: Swap, order: Order) -> Iterator[Breach]:
    """Find what happened at the gateway to the money of the order's own Payment that no swap may do."""
    since, windows = story.since(swap), _windows(story, swap)
    for hold in (story.hold_of[p.id] for p in _own(story, order) if p.id in story.hold_of):
        currency = hold.entry.currency
        for line in hold.captures:
            if line.step > since:
                says = f"{told(line.entry.amount, currency)} was captured of the order's own Payment after the swap was made"
                yield Breach(rule="SWAP-02", step=line.step, says=says)
        if hold.ended is not None and not hold.lapsed and hold.ended > since:
            says = "the order's own Payment was let go of after the swap was made"
            yield Breach(rule="SWAP-02", step=hold.ended, says=says)
        for other in _later(story, hold, since):
            says = f"{told(other.entry.amount, currency)} was authorized on the order's own Payment after the swap was made"
            yield Breach(rule="SWAP-02", step=other.step, says=says)
        for line in hold.refunds:
            if any(within(attempt, line.step) for attempt in windows) and not _asked_for_itself(story, line):
                says = f"{told(line.entry.amount, currency)} of the order's own Payment was given back, and no swap owes it"
                yield Breach(rule="SWAP-02", step=line.step, says=says)


def _later(story: Story, hold: Hold, since: int) -> list[Hold]:
    """Return the authorizations made on the same gateway object after that step."""
    return [other for other in story.intents[hold.entry.intent].holds if other is not hold and other.step > since]


def _windows(story: Story, swap: Swap) -> list[Try]:
    """Return the requests about the swap that may give nothing back; processing one that owes something may."""
    made = [t for w in story.wanted("create-swap") if _made(w.tries, swap) for t in w.tries]
    made += [t for t in completions(story) if cart_asked(t) == swap.cart_id]
    made += _asked(story, "cancel-swap", swap)
    owes = swap.difference_due is not None and swap.difference_due < 0
    return made if owes else [*made, *_asked(story, "process-swap", swap)]


RULES: tuple[Rule, ...] = (swap_01, swap_02)
"""The rules of this family."""
