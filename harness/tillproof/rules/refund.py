"""Refund: giving money back, as much as was asked for, once, and counting it once."""

from __future__ import annotations

from collections.abc import Iterator

from tillproof.domain.entities import Operation, Payment, Refund
from tillproof.domain.statuses import UNSETTLED, OperationKind, OperationState
from tillproof.history.story import Story
from tillproof.history.verdicts import Breach, Level
from tillproof.history.witnesses import REFUSALS, Call, Hold, Wish
from tillproof.rules.effects import acting, beyond_asking, effects, holds_behind, refused, told, within
from tillproof.rules.rule import Rule, rule

_METHOD = "refund_payment"
_BROKEN, _BROKE = 500, "error-500-before"  # as the gateway answers, and as a fault does in its place and its words


def _payment(story: Story, call: Call) -> Payment | None:
    """Return the Payment a refund call is for, as it was then."""
    operation = story.operation(call.called.reference)
    return story.row(Payment, operation.payment_id, call.called.step) if operation is not None else None


def _hold(story: Story, call: Call) -> Hold | None:
    """Return the authorization a refund call is about."""
    payment = _payment(story, call)
    if payment is not None and payment.id in story.hold_of:
        return story.hold_of[payment.id]
    behind = holds_behind(story, call)
    return behind[-1] if behind else None


@rule(
    "REF-01",
    Level.MUST,
    seed="S14",
    failures="F-REF-02 F-REF-09 F-REF-10",
    needs="gateway",
    witnesses="GB",
    title="Refunded is what the gateway gave back",
    why="The customer is told of money that never came, or the shop forgets what it paid out.",
    mend="Raise amount_refunded in the step that records the gateway's answer, by what it confirmed.",
)
def ref_01(story: Story) -> list[Breach] | None:
    """
    `amount_refunded` grows only by what the gateway confirms, per payment, and then always.

    Compared with the gateway at each commit. Not a breach: books that are behind until the retry has settled the outcome.
    """
    found: list[Breach] = []
    seen = bool(story.called(_METHOD))
    for payment in story.payments:
        hold = story.hold_of.get(payment.id)
        before = 0
        for step, row in story.chains(Payment)[payment.id] if hold is not None else ():
            now = row.amount_refunded if row is not None else before
            if hold is not None and now > before and now > hold.refunded_at(step):
                gave = told(hold.refunded_at(step), hold.entry.currency)
                says = f"the shop says {told(now, payment.currency_code)} refunded; the gateway had given back {gave}"
                found.append(Breach(rule="REF-01", step=step, says=says, method=_METHOD))
            before = now
        if hold is not None and story.quiet and before < hold.refunded:
            gave, says_shop = told(hold.refunded, hold.entry.currency), told(before, payment.currency_code)
            says = f"the gateway gave back {gave}; the shop says {says_shop}"
            found.append(Breach(rule="REF-01", step=hold.refunds[-1].step, says=says, method=_METHOD))
    return found if seen or found else None


@rule(
    "REF-02",
    Level.MUST,
    seed="S14",
    failures="F-REF-04 F-REF-07 F-REF-11",
    needs="gateway",
    witnesses="GCB",
    title="Never more back than was taken",
    why="The shop pays out money it never had.",
    mend="Check what is left, refunds of unknown outcome counted as made, before any gateway call.",
)
def ref_02(story: Story) -> list[Breach] | None:
    """
    Refunded so far, refunds of unknown outcome and the sum asked for never exceed what was captured.

    Nor is a sum sent that is zero, negative, fractional or in another currency. Not a breach: the same refund tried again.
    """
    calls = story.called(_METHOD)
    if not calls:
        return None
    found: list[Breach] = []
    for call in calls:
        flaw = _too_much(story, call)
        if flaw:
            found.append(Breach(rule="REF-02", step=call.called.step, says=flaw, method=_METHOD))
    return found


def _too_much(story: Story, call: Call) -> str:
    amount, currency, step = call.called.arguments.get("amount"), call.called.arguments.get("currency"), call.called.step
    payment, hold = _payment(story, call), _hold(story, call)
    if type(amount) is not int or amount <= 0:
        return f"a refund of {amount!r} minor units was sent to the gateway"
    if payment is not None and currency != payment.currency_code:
        return f"a refund in {currency} was sent for a payment in {payment.currency_code}"
    if hold is None:
        return ""
    mine = call.called.reference
    made = sum(r.entry.amount for r in hold.refunds if r.step < step and r.entry.reference != mine)
    landed = {r.entry.reference for r in hold.refunds if r.step < step}
    unclear = sum(
        row.amount
        for row in story.rows(Operation, step)
        if row.kind is OperationKind.REFUND
        and row.state in (OperationState.WANTED, OperationState.UNKNOWN)
        and row.reference != mine
        and row.reference not in landed
        and payment is not None
        and row.payment_id == payment.id
    )
    taken = hold.captured_at(step)
    if made + unclear + amount > taken:
        back = told(made + unclear + amount, hold.entry.currency)
        return f"{back} to be given back of {told(taken, hold.entry.currency)} captured"
    return ""


@rule(
    "REF-03",
    Level.MUST,
    seed="S14 S15",
    failures="F-REF-08",
    witnesses="GCB",
    title="What is not captured is not refunded",
    why="Money is paid out that was never taken.",
    mend="Refuse the refund of an uncaptured payment before calling the gateway; cancel it instead.",
)
def ref_03(story: Story) -> list[Breach] | None:
    """
    What is not captured is not refunded.

    Not a breach: a refund of what the gateway captured while the shop had yet to record it.
    """
    if not story.wanted("refund") and not story.called(_METHOD):
        return None
    found: list[Breach] = []
    for call in story.called(_METHOD):
        payment, hold = _payment(story, call), _hold(story, call)
        booked = payment is None or payment.captured_at is not None
        if not booked and (hold is None or not hold.captured_at(call.called.step)):
            found.append(
                Breach(rule="REF-03", step=call.called.step, says="an uncaptured payment was refunded", method=_METHOD)
            )
    return found


@rule(
    "REF-04",
    Level.MUST,
    seed="S14",
    failures="F-REF-01 F-REF-03 F-REF-12",
    witnesses="GB",
    title="One refund is counted once",
    why="The customer is owed money that the books say was paid.",
    mend="Count a refund in the step that settles its operation; find it settled, and count nothing.",
)
def ref_04(story: Story) -> list[Breach] | None:
    """
    One gateway refund is counted once, on its own payment, however often it is heard of.

    Not a breach: two refunds of the same sum that were both asked for and both made.
    """
    refunds = story.rows(Refund)
    if not refunds:
        return None
    found: list[Breach] = []
    for payment in story.payments:
        mine = [refund for refund in refunds if refund.payment_id == payment.id]
        counted, hold = sum(refund.amount for refund in mine), story.hold_of.get(payment.id)
        step = story.since(mine[-1]) if mine else 0
        if counted != payment.amount_refunded:
            booked = told(payment.amount_refunded, payment.currency_code)
            says = f"refunds of {told(counted, payment.currency_code)}; the payment says {booked}"
            found.append(Breach(rule="REF-04", step=step, says=says, method=_METHOD))
        if hold is not None and len(mine) > len(hold.refunds):
            says = f"{len(mine)} refunds in the books, {len(hold.refunds)} at the gateway"
            found.append(Breach(rule="REF-04", step=step, says=says, method=_METHOD))
    return found


@rule(
    "REF-05",
    Level.MUST,
    seed="S14",
    failures="F-REF-06 F-REF-07",
    needs="gateway",
    witnesses="GCBH",
    title="Everything captured can be given back",
    why="The customer's last cents stay with the shop, or a second part is never paid out.",
    mend="Let any part of what is left be refunded: send the sum as it is, in minor units, each part under its own key.",
)
def ref_05(story: Story) -> list[Breach] | None:
    """
    Everything captured can be refunded, to the last minor unit, in any number of parts.

    A refund that is done gave back the sum asked for; one within what is left is neither refused, by the processor or by
    the shop, nor left unanswered for good. Not a breach: a part refused by a processor that declares no partial or no
    further refunds, one refused while another of unknown outcome is in the way, one that the gateway itself failed to do at
    this try (how soon that is to be believed, GATE-02 says), one that a fault without end kept from being asked about, or a
    later try that is refused as too old, by the clock the shop came up with: it can be asked for anew.
    """
    calls = story.called(_METHOD)
    found: list[Breach] = []
    for call in calls:
        claim, amount = call.claim, call.called.arguments.get("amount")
        hold = _hold(story, call)
        if claim is None or hold is None or type(amount) is not int:
            continue
        made = sum(
            x.entry.amount
            for x in effects(story.by_reference.get(call.called.reference or "", [call]))
            if x.step < claim.step
        )
        if claim.outcome == "done" and made < amount:
            asked, gave = told(amount, hold.entry.currency), told(made, hold.entry.currency)
            says = f"asked to refund {asked}, gave back {gave}, says done"
            found.append(Breach(rule="REF-05", step=claim.step, says=says, method=_METHOD))
        elif claim.outcome in REFUSALS and not _excused(story, call) and _owed(story, hold, amount, call.called.step):
            says = f"a refund of {told(amount, hold.entry.currency)} was refused although that much is left"
            found.append(Breach(rule="REF-05", step=claim.step, says=says, method=_METHOD))
    if story.quiet:
        found.extend(_unanswered(story, calls))
    found.extend(_turned_away(story, calls))
    return found if calls or found else None


def _excused(story: Story, call: Call) -> bool:
    """Tell whether the gateway itself broke, or the shop came up with another clock since, by which the key is too old."""
    operation = story.operation(call.called.reference)
    meant = story.by_reference.get(call.called.reference or "", [call])[0].called.step
    if operation is not None:
        meant = min(meant, story.since(operation))  # who died before the first try may have sent it, for all it knows
    was_set = any(fault.point.startswith("clock.") and fault.step < call.called.step for fault in story.faults)
    came_up = any(meant < boot.step < call.called.step for boot in story.boots)
    broke = any(x.answered is not None and x.answered.status >= _BROKEN for x in acting(call))
    struck = any(fault.kind == _BROKE and not fault.point.startswith("gateway.GET:") for fault in call.disturbed)
    return broke or struck or (was_set and came_up)


def _turned_away(story: Story, calls: list[Call]) -> Iterator[Breach]:
    """Find refunds of what is left that the shop refused by itself: the processor was never asked."""
    for wish in story.wanted("refund"):
        amount, final = wish.tries[0].asked.request.get("amount"), wish.final
        if final is None or not refused(final) or type(amount) is not int or _key_was_taken(story, wish):
            continue
        if any(within(attempt, call.called.step) for attempt in wish.tries for call in calls):
            continue
        order, moments = wish.tries[0].asked.request.get("id"), (wish.tries[-1].asked.step, final.step)
        if amount > 0 and all(_is_left(story, order, amount, step) for step in moments):
            currency = next(
                payment.currency_code for payment in story.rows(Payment, final.step) if payment.order_id == order
            )
            says = f"the shop refused a refund of {told(amount, currency)} although that much is left"
            yield Breach(rule="REF-05", step=final.step, says=says)


def _key_was_taken(story: Story, wish: Wish) -> bool:
    """Tell whether the key of this wish had been sent with another before."""
    key = wish.tries[0].asked.key
    return key is not None and any(w.start < wish.start and w.tries[0].asked.key == key for w in story.wishes)


def _is_left(story: Story, order: object, amount: int, step: int) -> bool:
    """Tell whether that much of an order's Payments was left then, by the books too, with no outcome unknown there."""
    taken = [p for p in story.rows(Payment, step) if p.order_id == order and p.captured_at and p.canceled_at is None]
    ids = {payment.id for payment in taken}
    if any(row.payment_id in ids and row.state in UNSETTLED for row in story.rows(Operation, step)):
        return False
    left = 0
    for payment in taken:
        hold = story.hold_of.get(payment.id)
        if hold is not None:
            rest = min(payment.amount - payment.amount_refunded, hold.captured_at(step) - hold.refunded_at(step))
            part = min(rest, amount - left)
            left += part if _owed(story, hold, part, step) else 0
    return left >= amount


def _unanswered(story: Story, calls: list[Call]) -> Iterator[Breach]:
    """Find refunds of what is left that were asked for again and again, and never made nor refused."""
    for reference in dict.fromkeys(call.called.reference for call in calls):
        tries = story.by_reference.get(reference or "", [])
        last = tries[-1] if tries else None
        amount = last.called.arguments.get("amount") if last is not None else None
        if last is None or type(amount) is not int or any(call.definite for call in tries) or effects(tries):
            continue
        hold = _hold(story, last)
        if beyond_asking(story, story.operation(reference)):
            continue
        if hold is not None and _owed(story, hold, amount, last.called.step):
            says = f"a refund of {told(amount, hold.entry.currency)} was never made although that much is left"
            yield Breach(rule="REF-05", step=last.called.step, says=says, method=_METHOD)


def _owed(story: Story, hold: Hold, amount: int, step: int) -> bool:
    """Tell whether that much could be refunded then, by a processor of these capabilities."""
    taken, back = hold.captured_at(step), hold.refunded_at(step)
    if (amount < taken and not story.can("partial_refund")) or (back and not story.can("several_refunds")):
        return False
    return 0 < amount <= taken - back


RULES: tuple[Rule, ...] = (ref_01, ref_02, ref_03, ref_04, ref_05)
"""The rules of this family."""
