"""What rules ask again and again: which entry a method makes, what a wish calls for, how sums are told."""

from __future__ import annotations

from collections.abc import Iterable

from tillproof.domain.entities import Cart, Operation
from tillproof.domain.ledger import EntryKind
from tillproof.domain.money import shown
from tillproof.domain.statuses import OperationKind, OperationState
from tillproof.history.events import Heard, Ledgered
from tillproof.history.story import Story
from tillproof.history.witnesses import Call, Exchange, Hold, Notified, Try

EFFECT: dict[str, EntryKind] = {
    "initiate_payment": EntryKind.INTENT,
    "update_payment": EntryKind.UPDATE,
    "authorize_payment": EntryKind.AUTHORIZE,
    "capture_payment": EntryKind.CAPTURE,
    "refund_payment": EntryKind.REFUND,
    "cancel_payment": EntryKind.VOID,
    "delete_payment": EntryKind.VOID,
}
"""The entry each method with an effect makes at the gateway."""

COUNTED = frozenset({"initiate_payment", "authorize_payment", "capture_payment", "refund_payment"})
"""Methods whose effect is there once or it is wrong. An update may be repeated, and a void may let go of several holds."""

SERVES: dict[str, tuple[str, ...]] = {
    "complete": ("authorize_payment",),
    "capture": ("capture_payment",),
    "refund": ("refund_payment",),
    "cancel": ("cancel_payment",),
    "capture-payment": ("capture_payment",),
    "refund-payment": ("refund_payment",),
    "process-swap": ("capture_payment", "refund_payment"),
    "cancel-swap": ("cancel_payment",),
}
"""The method that what a person wants comes down to, or one of these methods. These calls may be repeated with a key."""


_RELEASES = (OperationKind.CANCEL, OperationKind.DELETE)
_NO = frozenset({400, 402, 403, 404, 410, 422})


def told(amount: object, currency: object) -> str:
    """Write a sum for people: `49.00 EUR`; as it is where it is none."""
    if isinstance(amount, int) and isinstance(currency, str):
        return f"{shown(amount, currency)} {currency.upper()}"
    return f"{amount!r} {currency}"


def refused(heard: Heard | None) -> bool:
    """Tell whether this answer is a definite no: it does not say that one may try again."""
    return heard is not None and heard.status in _NO


def effects(calls: Iterable[Call]) -> list[Ledgered]:
    """Return the effects at the gateway of these tries of one method, in order."""
    return [line for call in calls for line in call.entries if line.entry.kind is EFFECT.get(call.called.method)]


def stands(story: Story, calls: list[Call], step: int) -> bool:
    """Tell whether the effect of these tries was at the gateway at that step, and still is."""
    done = [line for line in effects(calls) if line.step < step]
    if not done or calls[0].called.method in ("update_payment", "initiate_payment"):
        return False
    holds = {hold.entry.id: hold for hold in story.holds}
    return all(line.entry.id not in holds or holds[line.entry.id].stood_at(step) for line in done)


def acting(call: Call) -> list[Exchange]:
    """Return the requests of this call that may act at the gateway: all but reads, and but asking for an access token."""
    return [exchange for exchange in call.exchanges if exchange.asked.method not in ("GET", "HEAD") and not _token(exchange)]


def _token(exchange: Exchange) -> bool:
    """Tell whether credentials were exchanged for an access token (RFC 6749), which moves no money and takes no key."""
    return exchange.asked.path.partition("?")[0].endswith("/oauth2/token")


def looked_up(call: Call, before: int) -> bool:
    """Tell whether the call read anything at the gateway before that step."""
    return any(x.asked.method == "GET" and x.asked.step < before for x in call.exchanges)


def within(attempt: Try, step: int) -> bool:
    """Tell whether the step lies between this request and its end."""
    end = attempt.end
    return attempt.asked.step <= step and (end is None or step <= end)


def serves(story: Story, notified: Notified, step: int) -> bool:
    """Tell whether what happened at that step belonged to serving a delivery, and was not another actor's meanwhile."""
    first, last = notified.span
    return first < step < last and _actor(story, step) == _actor(story, first)


def _actor(story: Story, step: int) -> str:
    """Return whose turn it was at that step; empty where one actor was at work at a time."""
    return next((turn.actor for turn in reversed(story.turns) if turn.step <= step), "")


def cart_asked(attempt: Try) -> str:
    """Return the id of the cart a completion was asked for."""
    return str(attempt.asked.request.get("id", ""))


def decided(story: Story, call: Call) -> int:
    """Return the step of the commit that decided this try, as its operation tells; without one, that of the call itself."""
    step, operation = call.called.step, story.operation(call.called.reference)
    chain = story.chains(Operation).get(operation.id, []) if operation is not None else []
    return max((at for at, _ in chain if at <= step), default=step)


def holds_behind(story: Story, call: Call) -> list[Hold]:
    """Return the authorizations a call is about: of the gateway objects its data speaks of, else of its cart."""
    spoken = story.intents_in(call.called.arguments.get("data"))
    if spoken:
        return [hold for intent in spoken for hold in story.intents[intent].holds]
    cart = story.cart_of(call)
    return [hold for hold in story.holds if hold.cart == cart]


def beyond_asking(story: Story, operation: Operation | None) -> bool:
    """
    Tell whether an operation may rightly stay listed for a person.

    Nobody wants it any more, so it must not be repeated; and the processor cannot look without acting. Or the run never let
    anybody ask: a fault without end struck each of its tries.
    """
    if operation is None or operation.state is not OperationState.LISTED:
        return False
    tries = story.by_reference.get(operation.reference, [])
    if tries and all(_struck_without_end(story, call) for call in tries):
        return True
    if story.can("look_up"):
        return False
    chain = story.chains(Operation)[operation.id]
    return any(row is not None and row.state is OperationState.UNWANTED for _, row in chain)


def _struck_without_end(story: Story, call: Call) -> bool:
    """Tell whether a fault that strikes again and again struck while this call was under way."""
    if call.returned is not None:
        end = call.returned.step
    else:
        end = min((death.step for death in story.deaths if death.step > call.called.step), default=story.last_step)
    return any(fault.fault.endswith("x*") and call.called.step < fault.step <= end for fault in story.faults)


def excused(story: Story, hold: Hold) -> bool:
    """Tell whether this authorization is left to a person: nobody could ask about it, or have it let go of."""
    made = story.operation(hold.entry.reference) or story.operation(hold.entry.key)
    releases = (row for row in story.operations.values() if row.kind in _RELEASES and row.state is OperationState.LISTED)
    mine = (row for row in releases if any(hold in story.intents[id_].holds for id_ in story.intents_in(row.data)))
    return any(beyond_asking(story, row) for row in (made, *mine))


def changed_mind(story: Story, since: int, until: int) -> bool:
    """Tell whether the shopper asked for anything but to buy between two steps, or was about to: for other contents, say."""
    return any(
        w.start < until and ((end := w.tries[-1].end) is None or end > since)
        for w in story.wishes
        if w.call != "complete" and is_shopper(w.actor)
    )


def is_shopper(actor: str) -> bool:
    """Tell whether the actor is the shopper, in whichever tab."""
    return actor.partition("-")[0] == "shopper"


def payable(cart: Cart) -> tuple[object, ...]:
    """Return what of a cart is paid for; address, e-mail and choice of processor are left out (IDEM-05)."""
    lines = tuple((item.variant_id, item.unit_price, item.quantity) for item in cart.items)
    return lines, tuple(method.price for method in cart.shipping_methods), cart.tax_rate, cart.currency_code


def same_purchase(one: Cart | None, other: Cart | None) -> bool:
    """Tell whether two versions of a cart are payable for the same."""
    if one is None or other is None:
        return one is other
    if one.items is other.items and one.shipping_methods is other.shipping_methods:  # most versions share them
        return one.tax_rate == other.tax_rate and one.currency_code == other.currency_code
    return payable(one) == payable(other)
