"""Idempotency: what the client's key promises, and what the keys at the gateway keep."""

from __future__ import annotations

from collections.abc import Iterator

from tillproof.domain.entities import Cart, IdempotencyKey, Order, Payment
from tillproof.domain.recovery import PERMITTED
from tillproof.domain.statuses import RecoveryPoint
from tillproof.history.events import Ledgered
from tillproof.history.story import Story, placed_in
from tillproof.history.verdicts import Breach, Level
from tillproof.history.witnesses import Call, Try, Wish
from tillproof.rules.effects import SERVES, cart_asked, changed_mind, refused, told, within
from tillproof.rules.ledger import doubled
from tillproof.rules.rule import Rule, rule

_HEADER, _EXPOSED = "idempotency-key", "access-control-expose-headers"
_OK = 200


def completions(story: Story) -> list[Try]:
    """Return every try at completing a cart, in order."""
    return [attempt for wish in story.wanted("complete") for attempt in wish.tries]


def carried(story: Story, cart_id: str, step: int) -> str | None:
    """Return the key the cart showed at that step."""
    cart = story.row(Cart, cart_id, step)
    return cart.idempotency_key if cart is not None else None


def key_row(story: Story, cart_id: str, step: int) -> IdempotencyKey | None:
    """Return the row of the cart's open attempt at that step."""
    key = carried(story, cart_id, step)
    rows = story.rows(IdempotencyKey, step) if key is not None else ()
    return next((row for row in rows if row.idempotency_key == key), None)


@rule(
    "IDEM-01",
    Level.MUST,
    seed="S18 S19",
    failures="F-INT-08",
    witnesses="CBH",
    title="The key comes first, and in every answer",
    why="A client that was never told its key cannot retry safely.",
    mend="Store the key on the cart before authorizing; send and expose it with every answer, errors included.",
)
def idem_01(story: Story) -> list[Breach] | None:
    """
    Before any authorize call the key exists and the cart carries it; every completion answer bears it, and exposes it.

    Not a breach: an answer without a key while the cart has none yet (the database refused to store it).
    """
    calls = [c for c in story.calls if c.called.method == "authorize_payment"]
    answers = [t for t in completions(story) if t.heard is not None]
    if not calls and not answers:
        return None
    found: list[Breach] = []
    for call in calls:
        cart, step = story.cart_of(call), call.called.step
        if cart is not None and story.row(Cart, cart, step) is not None and key_row(story, cart, step) is None:
            found.append(Breach(rule="IDEM-01", step=step, says="authorized before the cart carried a stored key"))
    for attempt in answers:
        heard = attempt.heard
        if heard is None or carried(story, cart_asked(attempt), heard.step) is None:
            continue
        if not heard.headers.get(_HEADER) or _HEADER not in heard.headers.get(_EXPOSED, "").lower():
            says = f"a completion was answered {heard.status} without its key, or without exposing it"
            found.append(Breach(rule="IDEM-01", step=heard.step, says=says))
    return found


@rule(
    "IDEM-02",
    Level.MUST,
    seed="S20 S22",
    failures="F-IDM-01 F-IDM-15 F-IDM-16",
    witnesses="GBH",
    title="The same request again is the same request",
    why="A retry that counts as a new purchase, capture or refund moves the money once more.",
    mend="Bind the key to what it caused; answer a repeated key from there.",
)
def idem_02(story: Story) -> list[Breach] | None:
    """
    The same key sent n times in a row has the effects of one and ends in the same answer.

    The same type, status and object; not the same bytes. A refused capture or refund is owed no effect. Not a breach: an
    authorization that was let go of before the next was made, what was done in the gateway's dashboard, or a waiting answer
    before the final one.
    """
    repeated = [w for w in story.wishes if w.call in SERVES and len(w.tries) > 1 and w.tries[0].asked.key is not None]
    if not repeated:
        return None
    found: list[Breach] = []
    bought = frozenset(cart_asked(w.tries[0]) for w in repeated if w.call == "complete")
    if bought and story.quiet:
        found.extend(doubled(story, "IDEM-02", bought))
    found.extend(_more_captures(story, repeated))
    found.extend(_more_refunds(story, repeated))
    found.extend(_two_answers(repeated))
    return found


def _meant(story: Story, wishes: list[Wish], repeated: list[Wish], lines: list[Ledgered]) -> list[Wish] | None:
    """
    Return which of these wishes are owed an effect: those not refused, or that had one, or a part of it, all the same.

    None where one bears no key, or none was repeated: then nothing can be said.
    """
    if not all(w.tries[0].asked.key is not None for w in wishes) or not any(w in repeated for w in wishes):
        return None
    steps = [step for line in lines for step in (line.step, _begun(story, line))]
    return [w for w in wishes if not refused(w.final) or any(within(t, step) for t in w.tries for step in steps)]


def _begun(story: Story, line: Ledgered) -> int:
    """Return the step at which the shop wrote down that it wanted this effect; it may be made long after, by an event."""
    operation = story.operation(line.entry.reference)
    return story.since(operation) if operation is not None else line.step


def _more_captures(story: Story, repeated: list[Wish]) -> Iterator[Breach]:
    """Find authorizations captured more often than anybody asked for; one wish may capture several of them."""
    wishes = [w for call in ("capture", "capture-payment", "process-swap") for w in story.wanted(call)]
    for hold in story.holds if any(w in repeated for w in wishes) else ():
        made = [line for line in hold.captures if line.step not in story.by_hand]
        meant = _meant(story, wishes, repeated, made)
        if meant is not None and len(made) > len(meant):
            says = f"{len(meant)} asked for with a key, {len(made)} made: capture"
            yield Breach(rule="IDEM-02", step=made[-1].step, says=says, method="capture_payment")


def _more_refunds(story: Story, repeated: list[Wish]) -> Iterator[Breach]:
    """Find more given back than anybody asked for; one wish may be spread over several payments."""
    lines = [line for hold in story.holds for line in hold.refunds if line.step not in story.by_hand]
    meant = _meant(story, [w for call in ("refund", "process-swap") for w in story.wanted(call)], repeated, lines)
    if meant is None or not lines:
        return
    asked = [w.tries[0].asked.request for w in meant]
    processed = {request.get("swap_id") for request in asked}
    due = sum(amount for request in asked if isinstance(amount := request.get("amount"), int))
    due += sum(max(-(swap.difference_due or 0), 0) for swap in story.swaps if swap.id in processed)
    made = sum(line.entry.amount for line in lines)
    if made > due:
        one, other = told(due, lines[0].entry.currency), told(made, lines[0].entry.currency)
        says = f"{one} asked for with a key, {other} made: refund"
        yield Breach(rule="IDEM-02", step=max(line.step for line in lines), says=says, method="refund_payment")


def _two_answers(wishes: list[Wish]) -> Iterator[Breach]:
    """Find keys whose completions were answered with two orders or swaps, or with anything else after one."""
    ordered: dict[str, object] = {}
    for wish in wishes:
        for attempt in wish.tries:
            heard, key = attempt.heard, attempt.asked.key
            if heard is None or key is None or heard.status != _OK or wish.call != "complete":
                continue
            placed = placed_in(heard.body)
            id_ = placed.get("id") if placed is not None else None
            if ordered.setdefault(key, id_) is None:
                ordered[key] = id_
            elif ordered[key] != id_:
                yield Breach(rule="IDEM-02", step=heard.step, says="one key was answered in two ways")


@rule(
    "IDEM-03",
    Level.MUST,
    seed="S21 S22",
    failures="F-IDM-13 F-IDM-15",
    witnesses="CBH",
    title="A retry goes on where it stopped",
    why="A step run again repeats its effect at the gateway; a step left out loses the order.",
    mend="Store the recovery point with each step's outcome, and start a retry there, under the key the client sent.",
)
def idem_03(story: Story) -> list[Breach] | None:
    """
    A retry starts at the stored step: none is repeated, none is left out; a key the client sent is the key used.

    What is stored counts: the point, and where none is, the Payment and the order. Not a breach: a client's key on a cart
    whose attempt is already open under another, or opened under one at the same time (it joins that one), a fresh
    authorization after a release brought the key back to its start, or the very same authorize call asked again.
    """
    tries = completions(story)
    if len(tries) < 2 and not any(t.asked.key for t in tries):  # noqa: PLR2004 - a retry is the second try
        return None
    found: list[Breach] = []
    for chain in story.chains(IdempotencyKey).values():
        before: RecoveryPoint | None = None
        for step, row in chain:
            now = row.recovery_point if row is not None else before
            if before is not None and now is not None and now is not before and now not in PERMITTED[before].leads_to:
                found.append(Breach(rule="IDEM-03", step=step, says=f"the key went from {before} to {now}"))
            before = now
    for call in story.calls:
        if call.called.method == "authorize_payment":
            row = key_row(story, story.cart_of(call) or "", call.called.step)
            moved = row is not None and row.recovery_point is not RecoveryPoint.STARTED
            so = f"the key was at {row.recovery_point}" if row is not None and moved else _paid_already(story, call)
            if so:
                says = f"authorized again although {so}"
                found.append(Breach(rule="IDEM-03", step=call.called.step, says=says, method="authorize_payment"))
    found.extend(_strange_keys(story, tries))
    return found


def _paid_already(story: Story, call: Call) -> str:
    """Say what shows that this authorization, a new one, is of a purchase that is past it; nothing where nothing does."""
    cart, step = story.cart_of(call), call.called.step
    tries = story.by_reference.get(call.called.reference or "", [])
    if cart is None or call not in tries[:1]:
        return ""
    if any(order.cart_id == cart for order in story.rows(Order, step)):
        return "the order had been placed"
    for payment in story.rows(Payment, step):
        if payment.cart_id == cart and payment.provider_id == story.provider_id and payment.canceled_at is None:
            hold = story.hold_of.get(payment.id)
            if hold is not None and hold.stood_at(step):
                return "there was a Payment, and its money was held"
    return ""


def _strange_keys(story: Story, tries: list[Try]) -> Iterator[Breach]:
    for attempt in tries:
        key, heard, cart = attempt.asked.key, attempt.heard, cart_asked(attempt)
        if key is None or heard is None or heard.status != _OK or carried(story, cart, attempt.asked.step) is not None:
            continue
        if carried(story, cart, heard.step) != key and not _joined(attempt, tries):
            yield Breach(rule="IDEM-03", step=heard.step, says="the client's key was put aside for another")


def _joined(attempt: Try, tries: list[Try]) -> bool:
    """Tell whether another completion of the cart, with another key or none, was under way at the same time."""
    asked, cart = attempt.asked, cart_asked(attempt)
    others = (t for t in tries if t.asked.key != asked.key and cart_asked(t) == cart)
    return any(within(attempt, t.asked.step) or within(t, asked.step) for t in others)


@rule(
    "IDEM-09",
    Level.MUST,
    seed="S20 S23",
    failures="F-INT-11 F-IDM-12 F-IDM-14 F-SCA-02 F-STA-09",
    witnesses="BH",
    title="Only a final answer is final",
    why="The shopper can never pay for this cart again, or the operator never learn what became of the money.",
    mend="Keep the key open until the outcome is final; free a dead request's lock; ask the gateway on every retry.",
)
def idem_09(story: Story) -> list[Breach] | None:
    """
    After `requires_more`, `pending`, an error or a crash the same request still comes to its end, once the cause is gone.

    Asked of clients that kept trying after the faults were gone. Not a breach: a person who walked away, or one who heard
    a definite no.
    """
    if story.history.run.client == "walks-away":
        return None
    tried = [w for w in story.wishes if w.call in SERVES and (len(w.tries) > 1 or w.gave_up is not None)]
    after = challenged_wishes(story)
    if not tried and not after:
        return None
    found = [
        Breach(rule="IDEM-09", step=wish.gave_up, says=f"{wish.call}: no final answer after {len(wish.tries)} tries")
        for wish in tried
        if wish.gave_up is not None and kept_trying(story, wish)
    ]
    found += [
        Breach(rule="IDEM-09", step=wish.final.step, says="the challenge was passed, and still it asks for the customer")
        for wish in after
        if wish.final is not None and wish.final.body.get("payment_status") == "requires_more"
    ]
    return found


def kept_trying(story: Story, wish: Wish) -> bool:
    """Tell whether the client went on trying while nothing was made to fail any more."""
    off = story.phases.get("faults-off", -1 if not story.history.run.plan else story.last_step)
    return sum(attempt.asked.step > off for attempt in wish.tries) > 1


def challenged_wishes(story: Story) -> list[Wish]:
    """
    Return the completions asked for after a passed challenge.

    None where the gateway set another since on the same object, or on a new one because the shopper wanted something else or
    what was held after the first was let go.
    """
    passed = [act.step for act in story.acts if act.what == "challenge-passed"]
    challenges = [line for line in story.lines if line.entry.kind == "challenge"] if passed else []
    before = [line for line in challenges if line.step < passed[-1]]
    if not before or story.quiet is False:
        return []
    first = story.intents[before[-1].entry.intent]
    for line in challenges[len(before) :]:
        if line.entry.intent == first.id or changed_mind(story, before[-1].step, line.step) or first.released(line.step):
            return []
    return [wish for wish in story.wanted("complete") if wish.start > passed[-1]]


@rule(
    "IDEM-10",
    Level.SHOULD,
    seed="S24",
    failures="F-INT-08 F-IDM-04 F-IDM-09",
    witnesses="GBH",
    title="No key, or a new one, joins the open attempt",
    why="A shopper who presses the button again in a new window pays twice.",
    mend="Guard the cart as well as the key: look for its open attempt before starting one.",
)
def idem_10(story: Story) -> list[Breach] | None:
    """
    Completions without a key, or with several, still end in at most one order and one live authorization per cart.

    Not a breach: a second authorization after the first was let go of.
    """
    keys: dict[str, list[str | None]] = {}
    for attempt in completions(story):
        keys.setdefault(cart_asked(attempt), []).append(attempt.asked.key)
    carts = frozenset(cart for cart, sent in keys.items() if len(sent) > 1 and (None in sent or len(set(sent)) > 1))
    if not carts or not story.quiet:
        return None
    return list(doubled(story, "IDEM-10", carts))


RULES: tuple[Rule, ...] = (idem_01, idem_02, idem_03, idem_09, idem_10)
"""The rules of this family about the client's key; `gateway_keys` has those about the gateway's, `contents` IDEM-05."""
