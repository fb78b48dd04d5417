"""Concurrency: what holds when two requests are under way at the same time, whichever gets how far first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations

from tillproof.domain.entities import Cart, Order, Payment, PaymentSession
from tillproof.domain.statuses import OrderStatus, SessionStatus
from tillproof.history.story import Story, order_in
from tillproof.history.verdicts import Breach, Level
from tillproof.history.witnesses import REFUSALS, Call, Hold, Try, Wish
from tillproof.rules.effects import SERVES, cart_asked, effects, excused, refused, told, within
from tillproof.rules.ledger import doubled
from tillproof.rules.rule import Rule, rule

_OK, _CONFLICT = 200, 409
_CHANGES = frozenset(
    {
        "add-line-item",
        "update-line-item",
        "update-cart",
        "add-shipping-method",
        "create-payment-sessions",
        "select-payment-session",
        "update-payment-session",
        "delete-payment-session",
        "refresh-payment-session",
        "remove-region-provider",
    }
)
"""What a shopper or operator asks for that changes a cart, its sessions, or how it may be paid."""


def at_once(one: Wish, other: Wish) -> bool:
    """Tell whether a request for the one was under way while one for the other was."""
    return any(_overlap(a, b) for a in one.tries for b in other.tries)


def _overlap(one: Try, other: Try) -> bool:
    return within(one, other.asked.step) or within(other, one.asked.step)


def _racing(story: Story, call: str, other: str = "") -> Iterator[tuple[Wish, Wish]]:
    """Yield the pairs of wishes of that kind, or of these two, that were under way at once."""
    ones, others = story.wanted(call), story.wanted(other) if other else []
    pairs = ((a, b) for a in ones for b in others) if other else combinations(ones, 2)
    yield from ((a, b) for a, b in pairs if at_once(a, b))


@rule(
    "CONC-01",
    Level.MUST,
    seed="S12 S24",
    failures="F-CON-01 F-CON-02 F-CON-03",
    witnesses="GBH",
    title="Two completions of one cart, one order",
    why="A double click buys twice, or turns a purchase that was made into one that failed.",
    mend="Guard the cart while it is completed; let the second request wait, or tell it of a conflict.",
)
def conc_01(story: Story) -> list[Breach] | None:
    """
    Two completions of one cart: one order; the loser gets that order or a conflict, and never damages the winner's.

    Asked where both were under way at the same time, with whatever keys. Not a breach: a loser that was refused before there
    was an order, or an order canceled because somebody asked for that.
    """
    raced = [pair for pair in _racing(story, "complete") if cart_asked(pair[0].tries[0]) == cart_asked(pair[1].tries[0])]
    if not raced:
        return None
    carts = frozenset(cart_asked(one.tries[0]) for one, _ in raced)
    found = list(doubled(story, "CONC-01", carts)) if story.quiet else []
    for attempt in {id(t): t for pair in raced for wish in pair for t in wish.tries}.values():
        heard, cart = attempt.heard, cart_asked(attempt)
        ordered = [order.id for order in story.rows(Order, attempt.asked.step) if order.cart_id == cart]
        if heard is None or not ordered or heard.status >= _CONFLICT:
            continue
        told_of = order_in(heard.body)
        if told_of is None or told_of.get("id") not in ordered:
            says = f"the cart had its order, and a second completion was answered {heard.status} without it"
            found.append(Breach(rule="CONC-01", step=heard.step, says=says))
    for order in story.orders:
        if order.cart_id in carts and not any(
            w.tries[0].asked.request.get("id") == order.id for w in story.wanted("cancel")
        ):
            found.extend(_damaged(story, order))
    return found


def _damaged(story: Story, order: Order) -> Iterator[Breach]:
    """Find what of an order's rows was taken back after it was placed, although nobody asked for that."""
    placed = story.since(order)
    for payment in story.rows(Payment):
        if payment.order_id == order.id and payment.canceled_at is not None:
            says = "the Payment of an order that was placed was canceled by another completion"
            yield Breach(rule="CONC-01", step=_changed(story, Payment, payment.id, placed), says=says)
    for session in story.rows(PaymentSession):
        before = story.row(PaymentSession, session.id, placed)
        was = before is not None and before.is_selected and before.status is SessionStatus.AUTHORIZED
        if session.cart_id == order.cart_id and was and session.status is not SessionStatus.AUTHORIZED:
            says = f"the session that paid for an order was made {session.status} by another completion"
            yield Breach(rule="CONC-01", step=_changed(story, PaymentSession, session.id, placed), says=says)


def _changed(story: Story, entity: type[Payment | PaymentSession], id_: str, since: int) -> int:
    """Return the step of the last commit that wrote this row, or `since` where none did after it."""
    return max((step for step, _ in story.versions[entity.table][id_]), default=since)


@rule(
    "CONC-03",
    Level.MUST,
    seed="S14 S15 S16",
    failures="F-CON-08 F-CON-09 F-REF-05",
    needs="gateway",
    witnesses="GCBH",
    title="Two people at the desk, and no more than there is",
    why="Both read the same balance: money is given back twice, taken twice, or taken from an order that is canceled.",
    mend="Write the intent down in the step that checks what is left; count what is under way as gone.",
)
def conc_03(story: Story) -> list[Breach] | None:
    """
    Two captures, or two refunds, together never exceed what is left; of capture and cancel one wins, and B says which.

    Asked where both were under way at the same time. What was sent to the gateway counts, from the moment it is sent until
    it is refused, whether the gateway did it or not. Not a breach: the same capture or refund tried again.
    """
    captured, refunded = list(_racing(story, "capture")), list(_racing(story, "refund"))
    contested = list(_racing(story, "capture", "cancel"))
    if not (captured or refunded or contested):
        return None
    found: list[Breach] = []
    if captured:
        found.extend(_beyond(story, "capture_payment", lambda hold, _step: hold.entry.amount))
    if refunded:
        found.extend(_beyond(story, "refund_payment", lambda hold, step: hold.captured_at(step)))
    for capture, cancel in contested:
        found.extend(_both_won(story, capture, cancel))
    return found


def _beyond(story: Story, method: str, most: Callable[[Hold, int], int]) -> Iterator[Breach]:
    """Find calls sent while others of the same Payment, done or not refused yet, left less than they ask for."""
    firsts: dict[str, Call] = {}
    for call in story.called(method):
        reference, amount = call.called.reference or "", call.called.arguments.get("amount")
        hold = story.hold_of.get(_payment_of(story, call) or "")
        if reference in firsts or hold is None or type(amount) is not int:
            continue
        sent = [c for c in firsts.values() if _payment_of(story, c) == _payment_of(story, call)]
        firsts[reference] = call
        together = amount + sum(int(c.called.arguments["amount"]) for c in sent if not _was_refused(story, c, call))
        limit = most(hold, call.called.step)
        if sent and together > limit:
            one, other = told(together, hold.entry.currency), told(limit, hold.entry.currency)
            says = f"{one} asked of the gateway by several at once, where there was {other}"
            yield Breach(rule="CONC-03", step=call.called.step, says=says, method=method)


def _payment_of(story: Story, call: Call) -> str | None:
    operation = story.operation(call.called.reference)
    return operation.payment_id if operation is not None else None


def _was_refused(story: Story, call: Call, before: Call) -> bool:
    """Tell whether nothing had come of this effect, definitely, when the other call was sent."""
    tries = story.by_reference.get(call.called.reference or "", [call])
    ended = [t.returned for t in tries if t.returned is not None and t.returned.step < before.called.step]
    return bool(ended) and ended[-1].outcome in ("refused", "error-object") and not effects(tries)


def _both_won(story: Story, capture: Wish, cancel: Wish) -> Iterator[Breach]:
    """Find an order of which both were told, or recorded, that they had their way."""
    id_ = capture.tries[0].asked.request.get("id")
    for payment in story.payments:
        if payment.order_id != id_:
            continue
        step = _changed(story, Payment, payment.id, capture.start)
        order = next((order for order in story.orders if order.id == id_), None)
        if payment.captured_at is not None and payment.canceled_at is not None:
            says = "capture and cancel both won: the Payment is captured and canceled"
            yield Breach(rule="CONC-03", step=step, says=says)
        elif payment.captured_at is not None and order is not None and order.status is OrderStatus.CANCELED:
            says = "capture and cancel both won: the order is canceled, its Payment captured"
            yield Breach(rule="CONC-03", step=step, says=says)
    heard = [wish.final for wish in (capture, cancel) if wish.final is not None and wish.final.status == _OK]
    if len(heard) > 1 and capture.tries[0].asked.request.get("id") == cancel.tries[0].asked.request.get("id"):
        says = "capture and cancel of one order were both told that it was done"
        yield Breach(rule="CONC-03", step=max(answer.step for answer in heard), says=says)


@rule(
    "CONC-04",
    Level.SHOULD,
    seed="S13",
    failures="F-CON-04 F-CON-11 F-AMT-07 F-OPS-04",
    witnesses="GBH",
    title="What changes while it is paid is not sold at the old price",
    why="The shopper pays for two and gets three, or pays for what they had just taken back.",
    mend="Compare what was authorized with the cart in the step that places the order; release it if it differs.",
)
def conc_04(story: Story) -> list[Breach] | None:
    """
    A change of cart, sessions or region during a completion: the order's total is the authorized one, or nothing is held.

    Asked where a request for the change was under way while a completion was, once all is quiet. Not a breach: a change that
    was refused, or an authorization left to a person because nobody can ask about it safely.
    """
    changes = [wish for wish in story.wishes if wish.call in _CHANGES]
    completions = [w for w in story.wanted("complete") if any(at_once(w, change) for change in changes)]
    if not completions or not story.quiet:
        return None
    found: list[Breach] = []
    for cart_id in dict.fromkeys(cart_asked(wish.tries[0]) for wish in completions):
        orders = [order for order in story.orders if order.cart_id == cart_id]
        for order in orders:
            found.extend(_sold_otherwise(story, order))
        paid = {payment.id for payment in story.payments if payment.order_id in {order.id for order in orders}}
        kept = [story.hold_of.get(id_) for id_ in paid]
        for hold in story.holds:
            if hold.cart == cart_id and hold.live and hold not in kept and not excused(story, hold):
                says = f"{told(hold.outstanding, hold.entry.currency)} stays with no order for it, after a change meanwhile"
                found.append(Breach(rule="CONC-04", step=hold.step, says=says))
    return found


def _sold_otherwise(story: Story, order: Order) -> Iterator[Breach]:
    """Find an order whose total is not that of its cart, or not what was authorized for it."""
    placed, currency = story.since(order), order.currency_code
    cart = story.row(Cart, order.cart_id, placed)
    if cart is not None and (story.total(cart), cart.currency_code) != (order.total, currency):
        says = f"an order of {told(order.total, currency)} from a cart of {told(story.total(cart), cart.currency_code)}"
        yield Breach(rule="CONC-04", step=placed, says=says)
    for payment in story.payments:
        hold = story.hold_of.get(payment.id)
        if payment.order_id == order.id and hold is not None:
            authorized = hold.entry.amount, hold.entry.currency
            if authorized != (order.total, currency):
                says = f"an order of {told(order.total, currency)} for {told(*authorized)} authorized"
                yield Breach(rule="CONC-04", step=placed, says=says)


@rule(
    "IDEM-06",
    Level.SHOULD,
    seed="S20",
    failures="F-IDM-11 F-IDM-12 F-IDM-17 F-CON-10",
    witnesses="CBH",
    title="The same key twice at once runs once",
    why="Both requests go to the gateway; what is one purchase there depends on luck, and a shopper is told it failed.",
    mend="Take the key's lock in one step, for longer than the gateway may take; answer the other with a conflict.",
)
def idem_06(story: Story) -> list[Breach] | None:
    """
    The same key twice at once: one request runs, the other waits or gets a conflict it can retry; never two at work.

    Two are at work when two calls of what the request comes down to are under way at the same time, for one cart. The other
    is not told a definite no once the first has its order. Not a breach: the processor's refusal of one of the two, whenever
    that is heard.
    """
    raced = [
        (one, other)
        for call in SERVES
        for one, other in _racing(story, call)
        if one.tries[0].asked.key is not None and one.tries[0].asked.key == other.tries[0].asked.key
    ]
    if not raced:
        return None
    methods = dict.fromkeys(method for one, _ in raced for method in SERVES[one.call])
    found = [breach for method in methods for breach in _both_at_work(story, method)]
    for one, other in raced:
        for loser, winner in ((one, other), (other, one)):
            lost, won = loser.final, winner.final
            order = order_in(won.body) if won is not None and won.status == _OK else None
            if lost is None or order is None or not refused(lost) or _turned_down(story, loser.tries[-1]):
                continue
            if any(row.id == order.get("id") for row in story.rows(Order, lost.step)):
                says = f"the same key was told {lost.status} by one request, and of its order by the other"
                found.append(Breach(rule="IDEM-06", step=lost.step, says=says))
    return found


def _turned_down(story: Story, attempt: Try) -> bool:
    """Tell whether a processor, any of them, refused what this request comes down to while it was under way."""
    methods = SERVES[attempt.asked.call]
    ended = (call.returned for call in story.calls if call.called.method in methods and call.outcome in REFUSALS)
    return any(returned is not None and within(attempt, returned.step) for returned in ended)


def _both_at_work(story: Story, method: str) -> Iterator[Breach]:
    """Find calls of the method, for one cart, of which the second began before the first had come back."""
    for one, other in combinations(story.called(method), 2):
        ended = one.returned.step if one.returned is not None else one.called.step
        if one.called.step < other.called.step < ended and story.cart_of(one) == story.cart_of(other):
            says = f"two requests with one key were both at {method}"
            yield Breach(rule="IDEM-06", step=other.called.step, says=says, method=method)


RULES: tuple[Rule, ...] = (conc_01, conc_03, conc_04)
"""The rules of this family; IDEM-06 is told among those about the client's key."""
