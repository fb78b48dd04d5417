"""Sessions: one chosen, and that one charged; nothing that claims more than is so."""

from __future__ import annotations

from tillproof.domain.entities import Payment, PaymentSession, Region
from tillproof.domain.statuses import OperationKind
from tillproof.history.folded import strings
from tillproof.history.story import Story
from tillproof.history.verdicts import Breach, Level
from tillproof.history.witnesses import Call
from tillproof.rules.effects import beyond_asking, decided, told
from tillproof.rules.rule import Rule, rule


@rule(
    "SESS-02",
    Level.MUST,
    seed="S5 S12",
    failures="F-CON-04 F-SES-02 F-SES-04 F-SES-07",
    witnesses="CB",
    title="One session chosen, and that one charged",
    why="The shopper is charged by a method they did not choose.",
    mend="Select in one atomic step; authorize and make the Payment from the selected session only.",
)
def sess_02(story: Story) -> list[Breach] | None:
    """
    Exactly one session is selected, it belongs to the cart, and it is the one authorized and made into the Payment.

    Looked at when the authorization is decided on and when the Payment is made. Not a breach: a call, or its repeat, that
    was decided on before the shopper chose anew.
    """
    found: list[Breach] = []
    seen = False
    for call in story.calls:
        operation = story.operation(call.called.reference) if call.called.method == "authorize_payment" else None
        if operation is None or call.called.attempt != 1:
            continue
        seen = True
        chosen = story.selected(operation.cart_id, decided(story, call))
        if [session.id for session in chosen] != [operation.session_id]:
            says = f"authorized a session that is not the one chosen ({len(chosen)} are)"
            found.append(Breach(rule="SESS-02", step=call.called.step, says=says))
    for payment in story.rows(Payment):
        seen = True
        chosen = story.selected(payment.cart_id, story.since(payment))
        if [session.provider_id for session in chosen] != [payment.provider_id]:
            says = "a Payment was made from a session that is not the one chosen"
            found.append(Breach(rule="SESS-02", step=story.since(payment), says=says))
    return found if seen else None


@rule(
    "SESS-03",
    Level.SHOULD,
    seed="S4",
    failures="F-INT-10 F-INT-13",
    witnesses="CB",
    title="A failed start leaves nothing that claims to work",
    why="The shopper chooses a method that cannot work, and the checkout is stuck.",
    mend="Mark a session initiated with the gateway's answer, not before; try again when it is chosen again.",
)
def sess_03(story: Story) -> list[Breach] | None:
    """
    A failed start leaves no session that claims to work.

    Not a breach: a session initiated by a later try, or one whose lost start was found at the gateway.
    """
    failed = [c for c in story.called("initiate_payment") if c.outcome != "done"]
    if not failed:
        return None
    found: list[Breach] = []
    for session_id, chain in story.chains(PaymentSession).items():
        step = next((at for at, row in chain if row is not None and row.is_initiated), None)
        row = story.row(PaymentSession, session_id, step) if step is not None else None
        if step is None or row is None or row.provider_id != story.provider_id:
            continue
        starts = [c for c in story.called("initiate_payment", "find_effect") if _starts(story, c, session_id, step)]
        if not any(call.outcome == "done" for call in starts):
            says = "a session claims to be initiated; no start of it ever succeeded"
            found.append(Breach(rule="SESS-03", step=step, says=says, method="initiate_payment"))
    return found


def _starts(story: Story, call: Call, session_id: str, step: int) -> bool:
    """Tell whether this call started that session before that step; without operations, whether it started any."""
    if call.returned is None or call.returned.step > step:
        return False
    operation = story.operation(call.called.reference)
    return operation is None or (operation.kind is OperationKind.INITIATE and operation.session_id == session_id)


@rule(
    "SESS-04",
    Level.SHOULD,
    seed="S6 S17",
    failures="F-REF-14",
    needs="gateway",
    witnesses="GC",
    title="Data still lead to the gateway's object",
    why="The next capture, refund or cancel finds nothing to act on: money stays where it is.",
    mend="Return data with everything later calls need, also after a refund; take the new status into the old data.",
)
def sess_04(story: Story) -> list[Breach] | None:
    """
    After every operation `data` still lets every later one work; it came from this session's gateway object.

    Judged by the gateway's ids in it. Not a breach: data of a session that was deleted or canceled, a new object made by
    an update, or a processor that keeps no id of the gateway at all.
    """
    found: list[Breach] = []
    seen = False
    known = {line.entry.id for line in story.lines} | story.intents.keys()
    for call in story.called("update_payment", "authorize_payment", "capture_payment", "refund_payment", "retrieve_payment"):
        claim, before = call.claim, call.called.arguments.get("data")
        if claim is None or claim.outcome != "done" or not any(text in known for text in strings(before)):
            continue
        seen = True
        if not any(text in known for text in strings(claim.data)):
            says = f"{claim.method} returned data that no longer lead to the gateway's object"
            found.append(Breach(rule="SESS-04", step=claim.step, says=says, method=claim.method))
        elif _strange(story, call):
            says = f"{claim.method} returned the data of another cart's gateway object"
            found.append(Breach(rule="SESS-04", step=claim.step, says=says, method=claim.method))
    return found if seen else None


def _strange(story: Story, call: Call) -> bool:
    """Tell whether the data returned speak of another cart's gateway object."""
    mine = {story.intents[i].cart for i in story.intents_in(call.called.arguments.get("data"))}
    returned = call.returned.data if call.returned is not None else None
    return bool(mine) and any(story.intents[i].cart not in mine for i in story.intents_in(returned))


@rule(
    "SESS-05",
    Level.MUST,
    seed="S2",
    failures="F-SES-03",
    witnesses="GB",
    title="A processor that left the region places no order",
    why="The shop sells by a method it has switched off, maybe because it is not paid by it.",
    mend="Check the region again before authorizing and before placing; release what was held.",
)
def sess_05(story: Story) -> list[Breach] | None:
    """
    A processor that left the cart's region places no order, and what it held is released.

    Not a breach: an order placed before it left, or with another processor.
    """
    left: dict[tuple[str, str], int] = {}
    for id_, chain in story.chains(Region).items():
        enabled: tuple[str, ...] = ()
        for step, row in chain:
            for provider in (p for p in enabled if row is None or p not in row.payment_providers):
                left.setdefault((id_, provider), step)
            enabled = row.payment_providers if row is not None else ()
    if not left:
        return None
    found: list[Breach] = []
    for order in story.orders:
        placed = story.since(order)
        region = story.row(Region, order.region_id, placed)
        for payment in story.rows(Payment, placed):
            gone = region is not None and payment.provider_id not in region.payment_providers
            if payment.order_id == order.id and gone:
                says = f"an order was placed with {payment.provider_id}, which had left the region"
                found.append(Breach(rule="SESS-05", step=placed, says=says))
    for hold in story.holds if story.quiet and story.can("void") else ():
        if not story.bought(hold.cart, story.last_step) and hold.held and not _let_go_later(story, hold.entry.reference):
            says = f"{told(hold.held, hold.entry.currency)} stays held by a processor that left the region"
            found.append(Breach(rule="SESS-05", step=hold.step, says=says))
    return found


def _let_go_later(story: Story, reference: str | None) -> bool:
    return beyond_asking(story, story.operation(reference))


RULES: tuple[Rule, ...] = (sess_02, sess_03, sess_04, sess_05)
"""The rules of this family about the sessions themselves; SESS-01 is in `session_objects`."""
