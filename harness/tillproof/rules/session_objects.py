"""What stands behind the sessions: one session per processor of the region, and nothing outdated that can be paid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from tillproof.domain.entities import Cart, Data, PaymentProvider, PaymentSession, Region
from tillproof.domain.ledger import EntryKind
from tillproof.domain.statuses import OperationKind, OperationState, SessionStatus
from tillproof.history.events import Heard
from tillproof.history.folded import objects
from tillproof.history.story import Story
from tillproof.history.verdicts import Breach, Level
from tillproof.history.witnesses import REFUSALS, Intent
from tillproof.rules.effects import beyond_asking, told
from tillproof.rules.rule import Rule, rule

_SETS = (EntryKind.INTENT, EntryKind.UPDATE)
_MAKES = "create-payment-sessions"
_CHANGES = frozenset(
    {
        _MAKES,
        "select-payment-session",
        "update-cart",
        "add-line-item",
        "update-line-item",
        "delete-line-item",
        "add-shipping-method",
    }
)
_OK = 200


@rule(
    "SESS-01",
    Level.MUST,
    seed="S2 S3",
    failures="F-SES-01 F-SES-03 F-SES-05 F-SES-06",
    needs="gateway void",
    witnesses="GCBH",
    title="Nothing outdated can still be paid",
    why="The shopper pays an old total, or pays twice: here and by the method chosen later.",
    mend="Update the gateway object when the cart changes; make it unpayable when another method is chosen.",
)
def sess_01(story: Story) -> list[Breach] | None:
    """
    One session per processor of the region and none for others; nothing outdated stays payable.

    Judged when the client hears that the change is made, when the order is placed, and when all is quiet. Not a breach: an
    object whose deletion or update the gateway refused, or that nobody can look up; one that holds the money of a
    completion under way, which releases it; one that is abandoned and lapses by itself at a gateway that cannot cancel it.
    """
    judged = bool(story.intents) and story.quiet
    found: list[Breach] = []
    for wish in story.wishes:
        heard = wish.final if wish.call in _CHANGES else None
        if heard is None or heard.status != _OK:
            continue
        judged = True
        cart = story.row(Cart, str(wish.tries[-1].asked.request.get("id")), heard.step)
        if cart is not None and cart.completed_at is None:
            if wish.call == _MAKES:
                found.extend(_other_processors(story, heard, cart))
            if story.intents:
                found.extend(_outdated(story, heard, cart))
    if not judged:
        return None
    sessions = story.rows(PaymentSession) if story.quiet else []
    found.extend(_charged_outdated(story, sessions))
    if story.quiet:
        found.extend(_doubled(story, sessions))
        found.extend(_not_updated(story))
        found.extend(_left_payable(story, sessions))
    return found


def _other_processors(story: Story, heard: Heard, cart: Cart) -> Iterator[Breach]:
    """Find sessions that the payment step left out, or made of processors that do not serve the cart's region."""
    region = story.row(Region, cart.region_id, heard.step)
    if region is None:
        return
    installed = {row.id for row in story.rows(PaymentProvider, heard.step) if row.is_installed}
    wanted = [id_ for id_ in region.payment_providers if id_ in installed or not installed] if story.total(cart) > 0 else []
    stored = {s.provider_id: s for s in story.rows(PaymentSession, heard.step) if s.cart_id == cart.id}
    lists: list[list[object]] = [list(stored)]
    body = heard.body.get("cart")
    shown = cast("Data", body).get("payment_sessions") if isinstance(body, dict) else None
    if isinstance(shown, list):
        lists.append([session.get("provider_id") for session in objects(cast("object", shown))])
    for listed in lists:
        missing = next((id_ for id_ in wanted if id_ not in listed), None)
        if missing is not None:
            says = f"the payment step made no session of {missing}, which serves the region"
            yield Breach(rule="SESS-01", step=heard.step, says=says)
            return
        for strange in (name for name in listed if name not in wanted):
            kept = stored.get(strange) if isinstance(strange, str) else None
            if kept is None or not _deletion_refused(story, kept):
                why = "which does not serve the region" if story.total(cart) > 0 else "although there is nothing to pay"
                yield Breach(rule="SESS-01", step=heard.step, says=f"the payment step left a session of {strange}, {why}")
                return


def _deletion_refused(story: Story, session: PaymentSession) -> bool:
    return any(
        o.session_id == session.id and o.kind is OperationKind.DELETE and o.state is OperationState.REFUSED
        for o in story.operations.values()
    ) or any(_let_be(story, story.intents[id_]) for id_ in story.intents_in(session.data))


def _outdated(story: Story, heard: Heard, cart: Cart) -> Iterator[Breach]:
    """Find gateway objects that can be paid although the answer says that the cart is over something else by now."""
    step = heard.step
    for intent in story.intents.values():
        if intent.cart != cart.id or intent.step > step or (intent.closed is not None and intent.closed <= step):
            continue
        if any(hold.stood_at(step) or hold.captured_at(step) for hold in intent.holds):
            continue
        entry = next((x.entry for x in reversed(intent.entries) if x.step <= step and x.entry.kind in _SETS), None)
        if entry is None:
            continue
        chosen = story.selected(cart.id, step)
        another = bool(chosen) and all(session.provider_id != story.provider_id for session in chosen)
        if story.can("unpaid_lapses") and (another or not _session_of(story, intent, step)):
            continue
        outdated = another or entry.amount != story.total(cart) or entry.currency != cart.currency_code
        if outdated and not _let_be(story, intent):
            now = "paid another way" if another else f"over {told(story.total(cart), cart.currency_code)}"
            says = f"the cart is {now}, and a gateway object over {told(entry.amount, entry.currency)} can still be paid"
            yield Breach(rule="SESS-01", step=step, says=says)


def _session_of(story: Story, intent: Intent, step: int) -> bool:
    """Tell whether a session stood for the gateway object at that step."""
    return any(intent.id in story.intents_in(session.data) for session in story.rows(PaymentSession, step))


def _charged_outdated(story: Story, sessions: list[PaymentSession]) -> Iterator[Breach]:
    """Find orders, and authorizations left when all is quiet, made of a session for another sum than the cart's."""
    ordered: set[str] = set()
    for order in story.orders:
        placed = story.since(order)
        ordered.add(order.cart_id)
        cart = story.row(Cart, order.cart_id, placed)
        for session in story.selected(order.cart_id, placed) if cart is not None and order.total > 0 else ():
            if session.provider_id == story.provider_id:
                yield from _other_sum(story, session, cart, placed)
    for session in sessions:
        if session.status is not SessionStatus.AUTHORIZED or session.cart_id in ordered:
            continue
        if session.provider_id == story.provider_id and not _deletion_refused(story, session):
            yield from _other_sum(story, session, story.row(Cart, session.cart_id, story.last_step), story.last_step)


def _other_sum(story: Story, session: PaymentSession, cart: Cart | None, step: int) -> Iterator[Breach]:
    if cart is not None and (session.amount, session.currency_code) != (story.total(cart), cart.currency_code):
        one, other = told(session.amount, session.currency_code), told(story.total(cart), cart.currency_code)
        says = f"the session authorized is over {one}, its cart over {other}"
        yield Breach(rule="SESS-01", step=step, says=says)


def _left_payable(story: Story, sessions: list[PaymentSession]) -> Iterator[Breach]:
    """Find gateway objects that no session stands for, or for another sum, and that can be paid when all is quiet."""
    for intent in story.intents.values():
        if intent.closed is not None or any(hold.live or hold.captures for hold in intent.holds):
            continue
        mine = [s for s in sessions if intent.id in story.intents_in(s.data)]
        if not mine and not story.can("unpaid_lapses") and not _let_be(story, intent):
            says = f"a gateway object over {told(intent.amount, intent.currency)} that no session knows can still be paid"
            yield Breach(rule="SESS-01", step=intent.entries[-1].step, says=says)
        for session in mine:
            if (session.amount, session.currency_code) != (intent.amount, intent.currency) and not _let_be(story, intent):
                sum_, old = told(session.amount, session.currency_code), told(intent.amount, intent.currency)
                says = f"the session is over {sum_}, its gateway object over {old}"
                yield Breach(rule="SESS-01", step=intent.entries[-1].step, says=says)


def _doubled(story: Story, sessions: list[PaymentSession]) -> Iterator[Breach]:
    seen: dict[tuple[str, str], PaymentSession] = {}
    for session in sessions:
        if seen.setdefault((session.cart_id, session.provider_id), session) is not session:
            says = f"one cart has two sessions of {session.provider_id}"
            yield Breach(rule="SESS-01", step=story.since(session), says=says)


def _not_updated(story: Story) -> Iterator[Breach]:
    """Find updates that the processor says are done, while the gateway's object is over the old sum and payable."""
    for call in story.called("update_payment"):
        claim, arguments = call.claim, call.called.arguments
        if claim is None or claim.outcome != "done":
            continue
        for id_ in story.intents_in(claim.data):
            intent = story.intents[id_]
            sums = [line.entry for line in intent.entries if line.step < claim.step and line.entry.kind in _SETS]
            meant = (arguments.get("amount"), arguments.get("currency"))
            if (intent.closed or claim.step) < claim.step or not sums or (sums[-1].amount, sums[-1].currency) == meant:
                continue
            says = f"update_payment says done; the gateway's object is over {told(sums[-1].amount, sums[-1].currency)} still"
            yield Breach(rule="SESS-01", step=claim.step, says=says, method="update_payment")


def _let_be(story: Story, intent: Intent) -> bool:
    """Tell whether there was a good reason to leave a gateway object alone: refused, or not to be asked about."""
    operation = story.operation(intent.entries[0].entry.reference)
    refused = any(
        call.outcome in REFUSALS and intent.id in story.intents_in(call.called.arguments.get("data"))
        for call in story.called("delete_payment", "cancel_payment", "update_payment")
    )
    return refused or beyond_asking(story, operation)


RULES: tuple[Rule, ...] = (sess_01,)
"""The rules of this family that need the gateway's own objects."""
