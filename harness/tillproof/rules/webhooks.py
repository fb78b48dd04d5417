"""Webhooks: what a gateway tells of its own accord, heard once, in any order, from nobody else, and never forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from tillproof.domain.entities import Cart, Data, Order, Payment, Refund, WebhookEvent
from tillproof.history.events import Committed
from tillproof.history.story import Story
from tillproof.history.verdicts import Breach, Level
from tillproof.history.witnesses import Call, Notified
from tillproof.rules.effects import cart_asked, is_shopper, serves, told, within
from tillproof.rules.ledger import differences, doubled
from tillproof.rules.rule import Rule, rule

_METHOD = "read_webhook"
_MONEY = frozenset(entity.table for entity in (Order, Payment, Refund))
_SUCCESS = range(200, 300)


def _ok(notified: Notified) -> bool:
    return notified.status in _SUCCESS


def _true(story: Story) -> list[Notified]:
    """Return the deliveries that arrived as the gateway sent them."""
    return [n for n in story.deliveries if n.delivered.arrives and not n.delivered.twist]


def _commits(story: Story, notified: Notified) -> list[Committed]:
    """Return what was committed in serving a delivery."""
    return [commit for commit in story.commits if serves(story, notified, commit.step)]


@rule(
    "HOOK-01",
    Level.MUST,
    seed="S24",
    failures="F-HOOK-01 F-HOOK-09",
    needs="gateway webhooks",
    witnesses="GB",
    title="An event counts once",
    why="A refund or capture that is told of twice is booked twice, and the next one is reckoned from wrong books.",
    mend="Store the event's id in the step that acts on it, unique; an event that is there already changes nothing.",
)
def hook_01(story: Story) -> list[Breach] | None:
    """
    A repeated event adds no effect and no record.

    Repeated is an event that was answered 2xx before. Not a breach: what a delivery does after one that was not.
    """
    found: list[Breach] = []
    dealt_with: set[str] = set()
    seen = False
    for notified in _true(story):
        event = notified.delivered.event
        if event in dealt_with:
            seen = True
            found.extend(_added(story, notified))
        elif _ok(notified):
            dealt_with.add(event)
    return found if seen else None


def _added(story: Story, notified: Notified) -> Iterator[Breach]:
    event = notified.delivered.event
    for line in story.lines:
        if serves(story, notified, line.step):
            says = f"event {event} came again and made another {line.entry.kind} at the gateway"
            yield Breach(rule="HOOK-01", step=line.step, says=says)
    for commit in _commits(story, notified):
        for change in commit.changes:
            if change.table in _MONEY or change.table == WebhookEvent.table:
                yield Breach(rule="HOOK-01", step=commit.step, says=f"event {event} came again and changed a {change.table}")
                break


@rule(
    "HOOK-02",
    Level.MUST,
    seed="S24",
    failures="F-HOOK-02 F-HOOK-04 F-HOOK-05 F-HOOK-10 F-CAP-06 F-STA-08 F-REF-13",
    needs="gateway webhooks",
    witnesses="GCB",
    title="The order of events does not matter",
    why="Paid is turned into canceled by an old message; what was done in the dashboard is never in the books.",
    mend="Take an event as a reason to ask the gateway, and write down what that says now.",
)
def hook_02(story: Story) -> list[Breach] | None:
    """
    Early, late, shuffled or lost and sent again: the events lead to the same final state, the gateway's.

    Judged when quiet, on Payments of orders; and a purchase is finished which the customer asked for and approved on the
    gateway's page. Not a breach: a hold that lapsed, an event that a gateway gave up, or a purchase that was taken back, or
    whose way to pay was, since the customer was asked to act.
    """
    if not (story.quiet and _true(story)):
        return None
    found: list[Breach] = []
    last = max(notified.delivered.step for notified in _true(story))
    for payment in story.payments:
        hold = story.hold_of.get(payment.id)
        if hold is not None and payment.order_id is not None:
            found.extend(
                Breach(rule="HOOK-02", step=last, says=f"after every event was delivered: {says}")
                for says in differences(payment, hold)
            )
    found.extend(_left_unfinished(story))
    return found


def _asks(call: Call) -> bool:
    """Tell whether an authorization came back with the word that the customer must act."""
    return call.returned is not None and call.returned.status == "requires_more"


def _unwanted_since(story: Story, cart_id: str, step: int) -> bool:
    """Tell whether the shopper did anything but buy since, in any tab, or the shop took a way to pay out of the region."""
    cart = story.row(Cart, cart_id, step)
    changed = {cart_id, cart.region_id} if cart is not None else {cart_id}
    for wish in story.wishes:
        end, of = wish.tries[-1].end, wish.tries[0].asked.request.get("id")
        other = (is_shopper(wish.actor) and wish.call != "complete") or wish.call == "remove-region-provider"
        if other and of in changed and (end is None or end > step):
            return True
    return False


def _left_unfinished(story: Story) -> Iterator[Breach]:
    """
    Find approvals that were delivered, of what was still asked for, and that came to nothing.

    What the customer approved before the gateway asked them to act is no answer to that.
    """
    for call, notice, cart in _notices(story):
        if notice.get("says") != "approved" or any(order.cart_id == cart for order in story.orders):
            continue
        step = call.called.step
        approved = story.intents.get(str(notice.get("object_id")))
        later = [c for c in story.called("authorize_payment") if story.cart_of(c) == cart]
        if not later or (approved is not None and approved.released(later[-1].called.step)):
            continue  # what was approved is over
        announced = next((n.delivered.announced for n in story.deliveries if n.span[0] < step < n.span[1]), step)
        asked = [c.called.step for c in later if _asks(c) and c.called.step < announced]
        if not asked or _unwanted_since(story, cart, asked[-1]):
            continue
        if _asks(later[-1]):
            says = "the customer approved what they had asked for, and the purchase was never finished"
            yield Breach(rule="HOOK-02", step=step, says=says)


@rule(
    "HOOK-03",
    Level.MUST,
    seed="S24",
    failures="F-SEC-04 F-SEC-05 F-SEC-08",
    needs="gateway webhooks",
    witnesses="GCB",
    title="Only the gateway is believed",
    why="Anybody who knows the address can tell the shop that it was paid.",
    mend="Check the signature over the raw body, and its time both ways, before reading a word.",
)
def hook_03(story: Story) -> list[Breach] | None:
    """
    Unsigned, wrongly signed, altered, stale or future-dated deliveries change nothing.

    Nor does the processor take them for the gateway's word, nor are they acknowledged. Not a breach: a note in a log, or
    what somebody else changes meanwhile.
    """
    false = [n for n in story.deliveries if n.delivered.twist and n.delivered.arrives]
    if not false:
        return None
    found: list[Breach] = []
    for notified in false:
        what, last = notified.delivered.twist, notified.span[1]
        for call in story.called(_METHOD):
            claim = call.claim
            if serves(story, notified, call.called.step) and claim is not None and claim.outcome == "done":
                says = f"a delivery that was {what} was taken for the gateway's word"
                found.append(Breach(rule="HOOK-03", step=claim.step, says=says, method=_METHOD))
        for commit in _commits(story, notified)[:1]:
            says = f"a delivery that was {what} changed {commit.changes[0].table}"
            found.append(Breach(rule="HOOK-03", step=commit.step, says=says))
        if _ok(notified):
            says = f"a delivery that was {what} was answered {notified.status}"
            found.append(Breach(rule="HOOK-03", step=last, says=says))
    return found


@rule(
    "HOOK-04",
    Level.SHOULD,
    seed="S24",
    failures="F-HOOK-07 F-HOOK-08 F-HOOK-11 F-INT-03",
    needs="gateway webhooks",
    witnesses="GB",
    title="Acknowledged is dealt with",
    why="An event acknowledged and lost is never sent again; one that is done and refused is sent for ever.",
    mend="Store the event before answering 2xx; answer 2xx whenever it is there; on a transient failure do not.",
)
def hook_04(story: Story) -> list[Breach] | None:
    """
    2xx if and only if the event is durably dealt with; already done is 2xx, a transient fault is not.

    Durable is a stored event. A true event is acknowledged in the end. Not a breach: no answer because the shop died.
    """
    deliveries = _true(story)
    if not deliveries:
        return None
    found: list[Breach] = []
    answered: dict[str, Notified] = {}
    for notified in deliveries:
        event, step = notified.delivered.event, notified.span[1]
        stored = [row for row in story.rows(WebhookEvent, step) if row.event_id == event]
        if _ok(notified) and not stored:
            found.append(Breach(rule="HOOK-04", step=step, says=f"event {event} was acknowledged and is stored nowhere"))
        before = [row for row in story.rows(WebhookEvent, notified.delivered.step) if row.event_id == event]
        done = any(row.dealt_with_at is not None for row in before)
        if done and notified.status is not None and not _ok(notified) and not _failed(story, notified):
            says = f"event {event} was dealt with before, and its repeat was answered {notified.status}"
            found.append(Breach(rule="HOOK-04", step=step, says=says))
        if event not in answered or not _ok(answered[event]):
            answered[event] = notified
    for event, notified in answered.items() if story.quiet else ():
        if not _ok(notified):
            says = f"event {event} was never acknowledged, last answered {notified.status}"
            found.append(Breach(rule="HOOK-04", step=notified.span[1], says=says))
    return found


def _failed(story: Story, notified: Notified) -> bool:
    """Tell whether a fault struck while the delivery was served."""
    first, last = notified.span
    return any(first < fault.step < last for fault in story.faults)


@rule(
    "CONC-02",
    Level.SHOULD,
    seed="S24",
    failures="F-CON-05 F-HOOK-03 F-SCA-01",
    needs="gateway webhooks",
    witnesses="GCB",
    title="Completion and event together",
    why="The browser and the bank each finish the purchase: it is charged twice, or the loser spoils the winner's order.",
    mend="Let the event complete the cart through the same attempt and the same operation as the shopper's request.",
)
def conc_02(story: Story) -> list[Breach] | None:
    """
    A completion and a webhook of the same cart, together or one after the other: one order, one live authorization.

    Judged where an event about the cart was served while a completion of it was under way, or both tried to complete it.
    Not a breach: a conflict told to either, which may be retried.
    """
    carts = frozenset(_both(story))
    if not (carts and story.quiet):
        return None
    found = list(doubled(story, "CONC-02", carts))
    for order in story.orders:
        payments = [p for p in story.payments if (p.order_id, p.cart_id) == (order.id, order.cart_id)]
        hold = story.hold_of.get(payments[0].id) if len(payments) == 1 else None
        if order.cart_id in carts and payments and (hold is None or hold.entry.amount != order.total):
            says = f"an order of {told(order.total, order.currency_code)} is left without its one Payment"
            found.append(Breach(rule="CONC-02", step=story.since(order), says=says))
    return found


def _notices(story: Story) -> Iterator[tuple[Call, Data, str]]:
    """Yield what the processor read in deliveries, with the cart each is about."""
    for call in story.called(_METHOD):
        claim = call.claim
        read: object = claim.data if claim is not None and claim.outcome == "done" else None
        if isinstance(read, dict):
            notice = cast("Data", read)
            if isinstance(notice.get("resource_id"), str):
                yield call, notice, notice["resource_id"]


def _both(story: Story) -> Iterator[str]:
    """Yield the carts that a person and an event were at together, or both brought further."""
    tries = [(t, cart_asked(t)) for wish in story.wanted("complete") for t in wish.tries]
    for call, _, cart in _notices(story):
        step = call.called.step
        first, last = next((n.span for n in story.deliveries if n.span[0] < step < n.span[1]), (step, step))
        during = any(within(attempt, step) and cart == of for attempt, of in tries)
        acted = any(
            c.called.method == "authorize_payment" and first < c.called.step < last and story.cart_of(c) == cart
            for c in story.calls
        )
        if during or (acted and any(of == cart for _, of in tries)):
            yield cart


RULES: tuple[Rule, ...] = (hook_01, hook_02, hook_03, hook_04)
"""The rules of this family; CONC-02 is told with the others of its own."""
