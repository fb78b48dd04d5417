"""Customer action: the 3-D Secure challenge, before it and after it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from tillproof.domain.entities import Data, PaymentSession
from tillproof.domain.ledger import EntryKind
from tillproof.domain.statuses import SessionStatus
from tillproof.history.folded import objects
from tillproof.history.story import Story, placed_in
from tillproof.history.verdicts import Breach, Level
from tillproof.history.witnesses import REFUSALS, Intent, Try
from tillproof.rules.effects import cart_asked, changed_mind, is_shopper, refused, within
from tillproof.rules.idempotency import challenged_wishes, completions
from tillproof.rules.ledger import doubled
from tillproof.rules.rule import Rule, rule


def _new_objects(story: Story, id_: str) -> list[Breach]:
    """Find gateway objects made for a payment that was already challenged, by the processor or by the backend."""
    challenged: dict[str, int] = {}
    for line in story.lines:
        if line.entry.kind is EntryKind.CHALLENGE:
            challenged.setdefault(line.entry.intent, line.step)
    found: dict[int, Breach] = {}
    for call in story.called("authorize_payment"):
        spoken = story.intents_in(call.called.arguments.get("data"))
        if not any(challenged.get(intent, call.called.step) < call.called.step for intent in spoken):
            continue
        for line in call.entries:
            if line.entry.kind is EntryKind.INTENT:
                says = "asked again about a challenged payment, authorize_payment made a new gateway object"
                found[line.step] = Breach(rule=id_, step=line.step, says=says, method="authorize_payment")
    for intent, since in challenged.items():
        for new in story.intents.values():
            if new.step > since and _beside(story, story.intents[intent], since, new):
                says = "a payment was challenged, and another was started in its place"
                found.setdefault(new.step, Breach(rule=id_, step=new.step, says=says))
    return list(found.values())


def _beside(story: Story, old: Intent, since: int, new: Intent) -> bool:
    """
    Tell whether a new gateway object is for the same purchase as one challenged at step `since`, and without need.

    There is need where the shopper wanted something else, or the first was refused, lapsed, or let go after it was held, or
    its challenge failed.
    """
    if old.cart is None or (new.cart, new.amount, new.currency) != (old.cart, old.amount, old.currency):
        return False
    if changed_mind(story, since, new.step) or old.released(new.step):
        return False
    over = (EntryKind.DECLINE, EntryKind.LAPSE)
    if any(line.entry.kind in over and since < line.step < new.step for line in old.entries):
        return False
    if any(act.what == "challenge-failed" and since < act.step < new.step for act in story.acts):
        return False
    return not any(
        call.outcome in REFUSALS and old.id in story.intents_in(call.called.arguments.get("data"))
        for call in story.called("authorize_payment")
        if since < call.called.step < new.step
    )


@rule(
    "SCA-01",
    Level.MUST,
    seed="S9",
    failures="F-SCA-03",
    needs="gateway requires_more",
    witnesses="GCH",
    title="A challenge is told, and nothing is placed",
    why="The shopper cannot act on what they are not told, and each new attempt blocks their money once more.",
    mend="Answer requires_more with the public fields the shopper needs; ask again about the same gateway object.",
)
def sca_01(story: Story) -> list[Breach] | None:
    """
    `requires_more` answers with what the customer needs and places nothing; asking again makes no new gateway object.

    Not a breach: an answer without public fields where the processor declared none, or to a cart that the shopper changed
    while it was on its way; or a new object because they wanted something else, or the first was refused or let go.
    """
    if not any(line.entry.kind is EntryKind.CHALLENGE for line in story.lines):
        return None
    found = _new_objects(story, "SCA-01")
    for call in story.called("authorize_payment"):
        claim = call.claim
        challenged = any(line.entry.kind is EntryKind.CHALLENGE for line in call.entries)
        held = any(line.entry.kind is EntryKind.AUTHORIZE for line in call.entries)
        if claim is not None and challenged and not held and claim.status == SessionStatus.AUTHORIZED:
            says = "the gateway wants the customer to act; authorize_payment says authorized"
            found.append(Breach(rule="SCA-01", step=claim.step, says=says, method="authorize_payment"))
    found.extend(_untold(story))
    return found


def _untold(story: Story) -> Iterator[Breach]:
    """Find answers to a completion that needs the customer, without what the customer needs, or with an order."""
    waits = [c for c in story.called("authorize_payment") if c.returned and c.returned.status == SessionStatus.REQUIRES_MORE]
    for attempt in completions(story):
        heard = attempt.heard
        call = next((c for c in reversed(waits) if within(attempt, c.called.step)), None)
        if heard is None or call is None or call.returned is None:
            continue
        if placed_in(heard.body) is not None:
            yield Breach(rule="SCA-01", step=heard.step, says="an order was placed although the customer has yet to act")
        needed = story.history.public & _keys(call.returned.data)
        session = _chosen(heard.body) if not _changed_meanwhile(story, attempt) else None
        if heard.body.get("type") == "cart" and session is not None and not needed <= _keys(session.get("data")):
            missing = ", ".join(sorted(needed - _keys(session.get("data"))))
            yield Breach(rule="SCA-01", step=heard.step, says=f"the customer was not told {missing}")


def _changed_meanwhile(story: Story, attempt: Try) -> bool:
    """Tell whether the shopper asked anything else of this cart, in another tab, while this request was under way."""
    others = (other for w in story.wishes if is_shopper(w.actor) and w.call != "complete" for other in w.tries)
    mine = (other for other in others if cart_asked(other) == cart_asked(attempt))
    return any(within(attempt, other.asked.step) or within(other, attempt.asked.step) for other in mine)


def _chosen(body: Data) -> Data | None:
    cart = body.get("data")
    sessions = objects(cast("Data", cart).get("payment_sessions")) if isinstance(cart, dict) else []
    return next((session for session in sessions if session.get("is_selected")), None)


def _keys(data: object) -> frozenset[str]:
    return frozenset(cast("Data", data)) if isinstance(data, dict) else frozenset()


@rule(
    "SCA-02",
    Level.MUST,
    seed="S9 S20 S22",
    failures="F-SCA-01 F-SCA-02 F-SCA-04",
    needs="gateway requires_more",
    witnesses="GCBH",
    title="After the challenge, one authorization",
    why="The shopper proved who they are and still cannot buy, or is charged twice.",
    mend="Treat requires_more as a definite answer: the next call is new and acts on the same gateway object.",
)
def sca_02(story: Story) -> list[Breach] | None:
    """
    After the challenge a retry with the same key completes, with one authorization.

    Not a breach: a challenge set anew on the same gateway object after the first was passed (the first was never reached
    because of a fault), or on a new one because the shopper wanted something else or what was held was let go.
    """
    passed = any(act.what == "challenge-passed" for act in story.acts)
    if not passed or not any(line.entry.kind is EntryKind.CHALLENGE for line in story.lines):
        return None
    found = _new_objects(story, "SCA-02")
    if story.quiet:
        found.extend(doubled(story, "SCA-02"))
    for wish in challenged_wishes(story):
        final = wish.final
        if final is not None and final.body.get("payment_status") == SessionStatus.REQUIRES_MORE:
            says = "the challenge was passed, and still the customer is asked to act"
            found.append(Breach(rule="SCA-02", step=final.step, says=says))
    return found


_MOST = 5


@rule(
    "SCA-03",
    Level.SHOULD,
    seed="S10 S23",
    failures="F-SCA-05 F-SCA-06",
    needs="gateway requires_more",
    witnesses="GBH",
    title="A challenge comes to an end",
    why="The shopper is sent to their bank again and again, or a good card shows the old error.",
    mend="Take a failed challenge for a refusal; count the challenges in a row; begin afresh with another method.",
)
def sca_03(story: Story) -> list[Breach] | None:
    """
    A failed challenge, or one without end, ends in `error` after five requests at most, and another method then works.

    Counted in a row, as long as the shopper neither acts nor chooses anew. Not a breach: a challenge set anew after one
    that failed or ended in an error (though its answer was lost), or another method refused by its own processor.
    """
    if not any(line.entry.kind is EntryKind.CHALLENGE for line in story.lines):
        return None
    failed = [act.step for act in story.acts if act.what == "challenge-failed"]
    rows = list(_in_a_row(story))
    if not failed and all(count < _MOST for count, _ in rows):
        return None
    found = [
        Breach(rule="SCA-03", step=step, says=f"the customer was asked to act {count} times in a row, without an end")
        for count, step in rows
        if count > _MOST
    ]
    found.extend(_still_asked(story, failed))
    found.extend(_another_refused(story, failed, [step for count, step in rows if count >= _MOST]))
    return found


def _in_a_row(story: Story) -> Iterator[tuple[int, int]]:
    """Yield, for each completion that asks the customer to act, the how-many-eth in a row it is, and its answer's step."""
    count, since = 0, -1
    for wish in story.wanted("complete"):
        final = wish.final
        if final is None or final.body.get("payment_status") != SessionStatus.REQUIRES_MORE:
            count = 0
            continue
        acted = any(since < act.step < wish.start for act in story.acts) or changed_mind(story, since, wish.start)
        count = 1 if acted or _ended_in_error(story, since, final.step) else count + 1
        since = final.step
        yield count, final.step


def _ended_in_error(story: Story, since: int, until: int) -> bool:
    """Tell whether a session became `error` between two steps."""
    chains = story.chains(PaymentSession).values()
    return any(
        row is not None and row.status is SessionStatus.ERROR for c in chains for step, row in c if since < step < until
    )


def _still_asked(story: Story, failed: list[int]) -> Iterator[Breach]:
    """Find completions after a failed challenge that ask for it all the same, or leave the session as if it were open."""
    challenges = [line.step for line in story.lines if line.entry.kind is EntryKind.CHALLENGE]
    for step in failed:
        wish = next((w for w in story.wanted("complete") if w.start > step), None)
        heard = wish.final if wish is not None else None
        if wish is None or heard is None or not any(at < step for at in challenges):
            continue
        if any(step < at < heard.step for at in challenges) or changed_mind(story, step, wish.start):
            continue
        if heard.body.get("payment_status") == SessionStatus.REQUIRES_MORE:
            yield Breach(rule="SCA-03", step=heard.step, says="the challenge failed, and still the customer is asked to act")
        for session in story.selected(cart_asked(wish.tries[0]), heard.step) if refused(heard) else ():
            if session.status in (SessionStatus.REQUIRES_MORE, SessionStatus.AUTHORIZED):
                says = f"the challenge failed; the session is {session.status}"
                yield Breach(rule="SCA-03", step=heard.step, says=says)


def _another_refused(story: Story, failed: list[int], endless: list[int]) -> Iterator[Breach]:
    """Find completions by another method that are refused although its processor refused nothing."""
    ended = min([*failed, *endless], default=story.last_step)
    chosen = [w for w in story.wishes if w.call == "select-payment-session" and w.start > ended]
    for choice in chosen[:1]:
        wish = next((w for w in story.wanted("complete") if w.start > choice.start), None)
        if wish is None or wish.final is None or choice.final is None or refused(choice.final) or not refused(wish.final):
            continue
        asked = [c for c in story.calls if c.called.method == "authorize_payment" and c.called.step > wish.start]
        if all(call.outcome == "done" for call in asked):
            yield Breach(rule="SCA-03", step=wish.final.step, says="another method was chosen, and buying is refused")


RULES: tuple[Rule, ...] = (sca_01, sca_02, sca_03)
"""The rules of this family."""
