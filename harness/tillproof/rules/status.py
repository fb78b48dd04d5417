"""Status: the five words for a session, and who may say which."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, cast

from tillproof.domain.entities import Data, Operation, Order, Payment, PaymentSession
from tillproof.domain.ledger import EntryKind
from tillproof.domain.statuses import OperationKind, OperationState, SessionStatus
from tillproof.history.folded import objects
from tillproof.history.story import Story, placed_in
from tillproof.history.verdicts import Breach, Level
from tillproof.history.witnesses import DEFINITE, REFUSALS, Try, Wish
from tillproof.rules.effects import EFFECT, SERVES, effects, holds_behind, stands, told, within
from tillproof.rules.gateway import BUSY, last_word
from tillproof.rules.rule import Rule, rule

_FIVE = frozenset(SessionStatus)
_AUTHORIZED = SessionStatus.AUTHORIZED
_WANTED = (OperationState.WANTED, OperationState.UNKNOWN, OperationState.AWAITING)
_ANSWERS = ("authorize_payment", "get_payment_status", "find_effect")
_OK, _CONFLICT, _SERVER = 200, 409, 500


def _statuses(body: Data) -> list[Any]:
    """Return the session statuses an answer tells of."""
    cart = body.get("data") if body.get("type") == "cart" else body.get("cart")
    told_of = (
        [s.get("status") for s in objects(cast("Data", cart).get("payment_sessions"))] if isinstance(cart, dict) else []
    )
    return [body["payment_status"], *told_of] if "payment_status" in body else told_of


@rule(
    "STAT-01",
    Level.MUST,
    seed="S7",
    failures="F-STA-05",
    witnesses="CBH",
    title="Five statuses and no sixth",
    why="What has no meaning is taken to mean something: often that all went well.",
    mend="Map the gateway's words to the five; what you cannot map is unknown.",
)
def stat_01(story: Story) -> list[Breach] | None:
    """
    A session's status is one of the five, in every answer and row.

    Not a breach: a sixth that a fault put in the processor's mouth, as long as nobody believes it.
    """
    found: list[Breach] = []
    seen = False
    for call in story.called(*_ANSWERS):
        claim = call.claim
        if claim is not None and claim.status is not None:
            seen = True
            if claim.status not in _FIVE:
                says = f"{claim.method} answered with the status {claim.status!r}"
                found.append(Breach(rule="STAT-01", step=claim.step, says=says, method=claim.method))
    for chain in story.chains(PaymentSession).values():
        for step, row in chain:
            seen = True
            if row is not None and row.status not in _FIVE:
                found.append(Breach(rule="STAT-01", step=step, says=f"a session is stored as {row.status!r}"))
    found.extend(_told_a_sixth(story))
    return found if seen else None


def _told_a_sixth(story: Story) -> Iterator[Breach]:
    for wish in story.wishes:
        for attempt in wish.tries:
            heard = attempt.heard
            for status in _statuses(heard.body) if heard is not None else ():
                if heard is not None and (not isinstance(status, str) or status not in _FIVE):
                    yield Breach(rule="STAT-01", step=heard.step, says=f"the client was told {status!r}")


@rule(
    "STAT-02",
    Level.MUST,
    seed="S8 S11 S12",
    failures="F-STA-01 F-STA-02 F-STA-06 F-STA-07 F-SCA-07 F-STA-10",
    witnesses="GCBH",
    title="Only authorized places an order",
    why="Goods are shipped that the customer never paid for.",
    mend="Say authorized only when the gateway holds the money; place nothing on any other status.",
)
def stat_02(story: Story) -> list[Breach] | None:
    """
    Only `authorized`, as the gateway itself confirms, places an order or makes a Payment; the answer says what is.

    Also where order or Payment were taken back since. Not a breach: `authorized` said of money that was captured or refunded
    since, or let go by somebody else while the answer was on its way; or an order of total zero.
    """
    found = [*_claimed(story), *_placed(story)]
    there = {order.id for order in story.orders} | {swap.id for swap in story.swaps}
    for wish in story.wanted("complete"):
        for attempt in wish.tries:
            heard = attempt.heard
            placed = placed_in(heard.body) if heard is not None else None
            if heard is not None and placed is not None and str(placed.get("id")) not in there:
                found.append(
                    Breach(rule="STAT-02", step=heard.step, says="the client heard of an order that does not exist")
                )
    exercised = (
        found or story.orders or story.payments or any(c.outcome == "done" for c in story.called("authorize_payment"))
    )
    return found if exercised else None


def _claimed(story: Story) -> Iterator[Breach]:
    """Find calls where the processor itself says authorized and the gateway holds nothing."""
    if not story.can("gateway"):
        return
    for call in story.called("authorize_payment", "get_payment_status"):
        claim = call.claim
        if claim is None or claim.status != _AUTHORIZED:
            continue
        spoken = story.intents_in(claim.data)
        holds = [h for i in spoken for h in story.intents[i].holds] if spoken else holds_behind(story, call)
        if not any(hold.stood_between(call.called.step, claim.step) for hold in holds):
            says = f"{claim.method} says authorized; the gateway holds nothing"
            yield Breach(rule="STAT-02", step=claim.step, says=says, method=claim.method)


def _placed(story: Story) -> Iterator[Breach]:
    """Find Payments made, and orders placed, from a session that is not authorized."""
    for payment in story.ever(Payment):
        since = story.since(payment)
        sessions = story.selected(payment.cart_id, since)
        if sessions and all(session.status is not _AUTHORIZED for session in sessions):
            sum_ = told(payment.amount, payment.currency_code)
            says = f"a Payment of {sum_} was made while the session was {sessions[0].status}"
            yield Breach(rule="STAT-02", step=since, says=says)
    for order in story.ever(Order):
        placed = story.since(order)
        sessions = story.selected(order.cart_id, placed)
        if order.total > 0 and sessions and all(session.status is not _AUTHORIZED for session in sessions):
            says = (
                f"an order of {told(order.total, order.currency_code)} was placed while the session was {sessions[0].status}"
            )
            yield Breach(rule="STAT-02", step=placed, says=says)
        elif order.total > 0 and sessions and story.can("gateway") and not _confirmed(story, order, sessions[0], placed):
            says = "an order was placed on a session that says authorized; the gateway has confirmed nothing of the kind"
            yield Breach(rule="STAT-02", step=placed, says=says)


def _confirmed(story: Story, order: Order, session: PaymentSession, placed: int) -> bool:
    """Tell whether the gateway held money for the order since it was last asked, or another processor paid for it."""
    asked = [c.called.step for c in story.called("authorize_payment", "get_payment_status") if c.called.step < placed]
    since = max(asked, default=placed)
    held = (hold for hold in story.holds if hold.cart == order.cart_id)
    return session.provider_id != story.provider_id or any(hold.stood_between(since, placed) for hold in held)


@rule(
    "STAT-03",
    Level.MUST,
    seed="S10",
    failures="F-STA-03 F-STA-04 F-CAP-09",
    witnesses="GCB",
    title="A definite no is an error",
    why="The shopper waits for a payment that will never come.",
    mend="Answer a decline with Refused; store the session as error in the step that records it.",
)
def stat_03(story: Story) -> list[Breach] | None:
    """
    A refusal that is definite makes the session `error`: never `authorized`, not a silent `pending`.

    Not a breach: a look-up that found nothing of an authorization nobody wants any more, or an exception, which is no
    definite answer.
    """
    found: list[Breach] = []
    exercised = False
    for call in story.called("authorize_payment"):
        declined = any(line.entry.kind is EntryKind.DECLINE for line in call.entries) and not effects([call])
        exercised = exercised or declined or call.outcome in REFUSALS
        claim = call.claim
        if declined and claim is not None and claim.status in ("authorized", "pending", "requires_more"):
            says = f"the gateway declined; authorize_payment says {claim.status}"
            found.append(Breach(rule="STAT-03", step=claim.step, says=says, method="authorize_payment"))
    found.extend(_silent(story))
    return found if exercised else None


def _silent(story: Story) -> Iterator[Breach]:
    """Find refused authorizations whose session went on as if nothing had been said."""
    for chain in story.chains(Operation).values():
        for (_, before), (step, row) in pairwise(chain):
            if row is None or before is None or row.kind is not OperationKind.AUTHORIZE:
                continue
            if before.state not in _WANTED or row.state is not OperationState.REFUSED:
                continue
            session = story.row(PaymentSession, row.session_id, step)
            if session is not None and session.status in (_AUTHORIZED, SessionStatus.PENDING):
                says = f"the authorization was refused; the session is {session.status}"
                yield Breach(rule="STAT-03", step=step, says=says)


@rule(
    "STAT-04",
    Level.SHOULD,
    seed="S10 S23",
    failures="F-INT-12 F-GW-05 F-GW-10 F-STA-12",
    witnesses="GCH",
    title="Unknown is neither yes nor no",
    why="Told no, the shopper pays again; told yes, the shop ships. Either may be wrong.",
    mend="Answer Unknown when nothing definite was heard, and tell the client that it may retry.",
)
def stat_04(story: Story) -> list[Breach] | None:
    """
    An unknown outcome is told neither as success nor as final failure, by the processor or to the client.

    Not a breach: a no to the client after the gateway was asked within the same request, or a repeat refused because what
    it held has been let go of since.
    """
    found: list[Breach] = []
    exercised = False
    for calls in story.by_reference.values():
        for call in calls:
            exercised = exercised or not call.definite
            claim = call.claim
            if claim is not None and claim.outcome in REFUSALS and stands(story, calls, claim.step):
                says = f"{claim.method} says it was refused; the gateway has done it"
                found.append(Breach(rule="STAT-04", step=claim.step, says=says, method=claim.method))
            elif claim is not None and claim.outcome in REFUSALS and last_word(call) in BUSY:
                says = f"{claim.method} says it was refused; the gateway said neither yes nor no"
                found.append(Breach(rule="STAT-04", step=claim.step, says=says, method=claim.method))
    for wish in story.wishes:
        if wish.call in SERVES:
            found.extend(b for attempt in wish.tries for b in _guessed(story, wish, attempt))
    return found if exercised or found else None


def _guessed(story: Story, wish: Wish, attempt: Try) -> Iterator[Breach]:
    """Find a final answer given while the last word on the call it needed was that nobody knows."""
    heard = attempt.heard
    if heard is None or heard.status >= _SERVER or heard.status == _CONFLICT:
        return
    if heard.status == _OK and wish.call == "complete" and placed_in(heard.body) is None:
        return
    asked = [c for c in story.calls if within(attempt, c.called.step)]
    mine = [c for c in asked if c.called.method in SERVES[wish.call]]
    if not mine or mine[-1].definite:
        return
    later = [c for c in asked if c.called.step > mine[-1].called.step and c.called.method not in EFFECT]
    if not any(c.outcome in DEFINITE for c in later):
        says = f"{mine[-1].called.method} ended in {mine[-1].outcome}; the client was answered {heard.status}"
        yield Breach(rule="STAT-04", step=heard.step, says=says, method=mine[-1].called.method)


@rule(
    "STAT-05",
    Level.SHOULD,
    seed="S7",
    failures="F-CON-02 F-CON-12 F-STA-08 F-HOOK-05",
    witnesses="GB",
    title="No step back",
    why="Money that was taken or given back is forgotten, and moved again.",
    mend="Let an older message change nothing that a newer one has settled.",
)
def stat_05(story: Story) -> list[Breach] | None:
    """
    Captured, refunded and canceled never move backwards, nor `authorized` to `pending` while the money is still held.

    Not a breach: a session that is pending again because its authorization was let go of.
    """
    moved = any(len(chain) > 1 for chain in story.chains(Payment).values())
    found = [*_payments_back(story), *_sessions_back(story)]
    return found if moved or found else None


def _payments_back(story: Story) -> Iterator[Breach]:
    for chain in story.chains(Payment).values():
        for (_, before), (step, row) in pairwise(chain):
            if before is None or row is None:
                continue
            for name in ("captured_at", "canceled_at"):
                if getattr(before, name) is not None and getattr(row, name) != getattr(before, name):
                    yield Breach(rule="STAT-05", step=step, says=f"{name} was taken back or moved")
            if row.amount_refunded < before.amount_refunded:
                yield Breach(rule="STAT-05", step=step, says="amount_refunded went down")


def _sessions_back(story: Story) -> Iterator[Breach]:
    for chain in story.chains(PaymentSession).values():
        for (_, was), (step, now) in pairwise(chain):
            if was is None or now is None or was.status is not _AUTHORIZED or now.status is not SessionStatus.PENDING:
                continue
            held = any(hold.cart == now.cart_id and hold.stood_at(step) for hold in story.holds)
            if held and now.provider_id == story.provider_id:
                yield Breach(rule="STAT-05", step=step, says="an authorized session is pending again; the money is held")


@rule(
    "STAT-06",
    Level.MUST,
    seed="S7 S10",
    failures="F-VOID-06",
    witnesses="CB",
    title="Canceled is the end of a session",
    why="A purchase the shopper gave up is charged after all.",
    mend="Make a fresh session when the shopper chooses again; authorize no canceled one.",
)
def stat_06(story: Story) -> list[Breach] | None:
    """
    A canceled session places nothing and is never authorized again; choosing again makes a fresh one.

    Not a breach: another session of the same processor on the same cart.
    """
    canceled: dict[str, int] = {}
    found: list[Breach] = []
    for id_, chain in story.chains(PaymentSession).items():
        for step, row in chain:
            if row is not None and row.status is SessionStatus.CANCELED:
                canceled.setdefault(id_, step)
            elif row is not None and id_ in canceled and row.status is _AUTHORIZED:
                found.append(Breach(rule="STAT-06", step=step, says="a canceled session is authorized again"))
    for call in story.calls if canceled else ():
        operation = story.operation(call.called.reference) if call.called.method == "authorize_payment" else None
        session = story.row(PaymentSession, operation.session_id, call.called.step) if operation is not None else None
        if session is not None and session.status is SessionStatus.CANCELED:
            says = "a canceled session was authorized"
            found.append(Breach(rule="STAT-06", step=call.called.step, says=says, method="authorize_payment"))
    return found if canceled else None


RULES: tuple[Rule, ...] = (stat_01, stat_02, stat_03, stat_04, stat_05, stat_06)
"""The rules of this family."""
