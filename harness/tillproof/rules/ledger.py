"""
Ledger: what the gateway holds in the end, and whether the shop knows.

What must hold at every step is looked for at every step, here and in the other families: each commit and each line of the
ledger, and what was put right since is a breach all the same, at the step that was wrong. Only what a shop has time for
(to hear, to ask, to let go) is judged when quiet, and says so.
"""

from __future__ import annotations

from collections.abc import Iterator

from tillproof.domain.entities import IdempotencyKey, Operation, Order, Payment, PaymentSession
from tillproof.domain.ledger import EntryKind
from tillproof.domain.statuses import PaymentStatus
from tillproof.history.story import Story
from tillproof.history.verdicts import Breach, Level
from tillproof.history.witnesses import Hold
from tillproof.rules.effects import excused, told
from tillproof.rules.rule import Rule, rule

_ACTS = frozenset({*EntryKind} - {EntryKind.CHALLENGE, EntryKind.DECLINE, EntryKind.LAPSE})


def doubled(story: Story, id_: str, carts: frozenset[str] | None = None) -> Iterator[Breach]:
    """Find carts (these, or all) with more than one order at any moment, or more than one live authorization at the end."""
    orders: dict[str, Order] = {}
    for order in story.ever(Order):
        before, step = orders.get(order.cart_id), story.since(order)
        if before is not None and story.row(Order, before.id, step) and (carts is None or order.cart_id in carts):
            yield Breach(rule=id_, step=step, says=f"a second order, {order.id}, was placed for one cart")
        orders[order.cart_id] = order
    for swap in story.swaps:
        of_swap = orders.get(swap.cart_id)
        if of_swap is not None and (carts is None or swap.cart_id in carts):
            yield Breach(rule=id_, step=story.since(of_swap), says=f"an order, {of_swap.id}, was placed for a swap's cart")
    live: dict[str, Hold] = {}
    for hold in story.holds:
        if not hold.live or hold.cart is None or (carts is not None and hold.cart not in carts) or excused(story, hold):
            continue
        first = live.setdefault(hold.cart, hold)
        if first is not hold:
            one, other = told(first.entry.amount, first.entry.currency), told(hold.entry.amount, hold.entry.currency)
            yield Breach(rule=id_, step=hold.step, says=f"one cart has two live authorizations: {one} and {other}")


@rule(
    "LED-01",
    Level.MUST,
    seed="S12 S24",
    failures="F-CON-01 F-CON-03 F-CON-07 F-SWP-04",
    witnesses="GB",
    title="One cart, one order, one authorization",
    why="Each further authorization or order is the same purchase paid for once more.",
    mend="Repeat an unanswered authorization with its own key; let go of one before making another.",
)
def led_01(story: Story) -> list[Breach] | None:
    """
    A cart has at most one order, at any moment, and when quiet at most one live authorization; a swap's cart has no order.

    Not a breach: an authorization voided, lapsed or refunded in full beside a live one (a released attempt and the next).
    """
    if not story.quiet or not (story.holds or story.orders):
        return None
    return list(doubled(story, "LED-01"))


@rule(
    "LED-02",
    Level.SHOULD,
    seed="S6 S21",
    failures="F-INT-01 F-INT-10 F-SES-04 F-REF-13 F-SES-08",
    needs="gateway",
    witnesses="GB",
    title="Every effect can be traced",
    why="What the shop cannot find at the gateway it can neither count nor let go of.",
    mend="Store the reference or the gateway object's id before the call, and send it with the call.",
)
def led_02(story: Story) -> list[Breach] | None:
    """
    Every effect at the gateway can be traced to a row by an id, key or reference that was durable before the call.

    Not a breach: an effect without key and reference on a gateway object whose id was stored (a card confirmed in the
    browser).
    """
    acts = [line for line in story.lines if line.entry.kind in _ACTS]
    if not acts:
        return None
    since: dict[str, int] = {}
    for chain in story.chains(Operation).values():
        for step, row in chain[:1]:
            if row is not None:
                since.setdefault(row.reference, step)
                since.setdefault(row.idempotency_key, step)
    for key in story.chains(IdempotencyKey).values():
        for step, made in key[:1]:
            if made is not None:
                since.setdefault(made.idempotency_key, step)
    _objects_known(story, since)
    return [
        Breach(
            rule="LED-02",
            step=line.step,
            says=f"{line.entry.kind} of {told(line.entry.amount, line.entry.currency)}: nothing the shop stored leads to it",
        )
        for line in acts
        if not any(
            name is not None and since.get(name, line.step) < line.step
            for name in (line.entry.reference, line.entry.key, line.entry.intent)
        )
    ]


def _objects_known(story: Story, since: dict[str, int]) -> None:
    """Note since when each gateway object's id is in stored data."""
    for chains in (story.chains(PaymentSession), story.chains(Payment), story.chains(Operation)):
        for chain in chains.values():
            before: object = None
            for step, row in chain:
                if row is None or row.data is before:  # most versions of a row share their data
                    continue
                before = row.data
                for intent in story.intents_in(before):
                    since[intent] = min(step, since.get(intent, step))


@rule(
    "LED-03",
    Level.MUST,
    seed="S24",
    failures="F-INT-09 F-CON-06 F-VOID-07",
    needs="gateway void",
    witnesses="GB",
    title="No money held for nothing",
    why="The customer's money is blocked for a purchase that does not exist.",
    mend="Look for what a lost call did and let go of it; sweep checkouts that nobody comes back to.",
)
def led_03(story: Story) -> list[Breach] | None:
    """
    When quiet and after the sweep, each live authorization belongs to an order, or has been voided or refunded.

    Not a breach: one whose operation nobody wants any more, listed for a person because the processor cannot look it up; or
    one whose release is listed because a fault without end struck each try.
    """
    if not (story.quiet and "sweep" in story.phases and story.holds):
        return None
    ordered = {story.hold_of[p.id].entry.id for p in story.payments if p.id in story.hold_of and (p.order_id or p.swap_id)}
    return [
        Breach(
            rule="LED-03",
            step=hold.step,
            says=f"{told(hold.outstanding, hold.entry.currency)} stays with no order to show for it",
        )
        for hold in story.holds
        if hold.live and hold.entry.id not in ordered and not excused(story, hold)
    ]


@rule(
    "LED-04",
    Level.MUST,
    seed="S8 S11 S13",
    failures="F-STA-01 F-AMT-06 F-AMT-07",
    needs="gateway",
    witnesses="GB",
    title="No order without its money",
    why="The shop ships goods that nobody has paid for, or for another sum than was authorized.",
    mend="Answer authorized only when the gateway confirms it, for the amount and currency that were asked for.",
)
def led_04(story: Story) -> list[Breach] | None:
    """
    Each order with a total above zero has a Payment whose authorization was live at the gateway when it was placed.

    For exactly that amount and currency, and made for that cart; also where the order was taken back since. Not a breach: an
    order paid with another processor, or an authorization that lapsed after the order was placed.
    """
    found: list[Breach] = []
    judged = False
    for order in story.ever(Order):
        placed = story.since(order)
        paid = [p for p in story.rows(Payment, placed) if p.cart_id == order.cart_id and p.canceled_at is None]
        ours = [p for p in paid if p.provider_id == story.provider_id]
        if order.total <= 0 or (paid and not ours):
            continue
        judged = True
        flaw = _unpaid(story, order, ours[0] if ours else None, placed)
        if flaw:
            found.append(Breach(rule="LED-04", step=placed, says=flaw))
    return found if judged else None


def _unpaid(story: Story, order: Order, payment: Payment | None, placed: int) -> str:
    total = told(order.total, order.currency_code)
    if payment is None:
        return f"an order of {total} was placed with no Payment"
    hold = story.hold_of.get(payment.id)
    if hold is None or not hold.stood_at(placed):
        return f"an order of {total} was placed while the gateway held nothing for it"
    if (hold.entry.amount, hold.entry.currency) != (order.total, order.currency_code):
        return f"an order of {total} was placed on an authorization of {told(hold.entry.amount, hold.entry.currency)}"
    if hold.entry.resource not in (None, order.cart_id):
        return f"an order of {total} was placed on an authorization made for another cart"
    return ""


@rule(
    "LED-05",
    Level.MUST,
    seed="S13 S14 S15 S16",
    failures="F-CAP-02 F-STA-11 F-CAP-04 F-HOOK-06 F-STA-13",
    needs="gateway",
    witnesses="GB",
    title="The books agree with the gateway",
    why="The shop acts on what its books say: it refunds, ships or writes off the wrong sum.",
    mend="Write down what the gateway confirmed, once, in the same step that records the outcome of the call.",
)
def led_05(story: Story) -> list[Breach] | None:
    """
    When quiet, each Payment says what the gateway did: authorized, captured, refunded, let go.

    An order that says captured was captured whole. Not a breach: an authorization that lapsed at the gateway (nobody voided
    it), or the rest of a partial capture let go.
    """
    if not story.quiet or not story.payments:
        return None
    found: list[Breach] = []
    for payment in story.payments:
        hold = story.hold_of.get(payment.id)
        if hold is not None:
            found.extend(
                Breach(rule="LED-05", step=_last_change(story, payment, hold), says=says)
                for says in (*differences(payment, hold), *_short(story, payment, hold))
            )
    return found


def _short(story: Story, payment: Payment, hold: Hold) -> Iterator[str]:
    """Say so where an order is called captured of which the gateway took a part."""
    order = story.row(Order, payment.order_id, story.last_step)
    if order is not None and order.payment_status is PaymentStatus.CAPTURED and 0 < hold.captured < payment.amount:
        took, for_ = told(hold.captured, hold.entry.currency), told(payment.amount, payment.currency_code)
        yield f"the shop calls the order captured; of {for_} the gateway took {took}"


def _last_change(story: Story, payment: Payment, hold: Hold) -> int:
    """Return when the two last moved: before that, they may still have been about to agree."""
    lines = (*hold.captures, *hold.refunds)
    return max(story.chains(Payment)[payment.id][-1][0], hold.ended or 0, *(line.step for line in lines), hold.step)


def differences(payment: Payment, hold: Hold) -> Iterator[str]:
    """Say in what a Payment does not agree with what the gateway did."""

    def sums(shop: int, gateway: int) -> str:
        return f"the shop says {told(shop, payment.currency_code)}, the gateway {told(gateway, hold.entry.currency)}"

    if payment.amount != hold.entry.amount:
        yield f"authorized: {sums(payment.amount, hold.entry.amount)}"
    if (payment.captured_at is not None) != bool(hold.captures):
        yield f"captured: {sums(payment.amount if payment.captured_at is not None else 0, hold.captured)}"
    if payment.amount_refunded != hold.refunded:
        yield f"refunded: {sums(payment.amount_refunded, hold.refunded)}"
    if not hold.refunded <= hold.captured <= hold.entry.amount:
        took, gave = told(hold.captured, hold.entry.currency), told(hold.refunded, hold.entry.currency)
        yield f"of {told(hold.entry.amount, hold.entry.currency)} authorized the gateway took {took} and gave back {gave}"
    voided = hold.ended is not None and not hold.lapsed and not hold.captures
    if voided and payment.canceled_at is None:
        yield "the gateway let go of the money; the shop still counts on it"
    if payment.canceled_at is not None and hold.live:
        yield f"canceled in the shop; the gateway keeps {told(hold.outstanding, hold.entry.currency)}"


RULES: tuple[Rule, ...] = (led_01, led_02, led_03, led_04, led_05)
"""The rules of this family."""
