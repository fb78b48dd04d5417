"""The client's words: keys and ids that are an attack, and claims about money that are not the client's to make."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from tillproof.domain.entities import Cart, Data, IdempotencyKey, PaymentSession
from tillproof.domain.statuses import SessionStatus
from tillproof.history.folded import strings
from tillproof.history.story import Story
from tillproof.history.verdicts import Breach, Level
from tillproof.history.witnesses import Try
from tillproof.rules.effects import told, within
from tillproof.rules.rule import Rule, rule

_HARMLESS = re.compile(r"[!#-&(-;=?-~]{1,255}")  # printable ASCII without space, quotes and angle brackets
_LEAST = 16  # characters of a made key: fewer can be tried out
_NUMBERED = re.compile(r"(.*?)(\d+)")
_REFUSED = 400

_CLAIMS = frozenset({"amount", "currency", "currency_code", "status", "payment_status", "paid", "captured", "total"})
"""Names under which a storefront may claim what only the server and the gateway can know."""


@rule(
    "SEC-02",
    Level.SHOULD,
    seed="S18",
    failures="F-SEC-09",
    witnesses="BCH",
    title="Keys and ids are checked, and made keys cannot be guessed",
    why="A guessed key is somebody else's purchase; a hostile one breaks logs, headers and queries.",
    mend="Take only short, printable keys and known ids; make keys of at least 128 random bits, and of nothing else.",
)
def sec_02(story: Story) -> list[Breach] | None:
    """
    Hostile keys and ids are refused without effect; made keys are long, never repeated, and made of nothing known.

    Hostile: empty, longer than 255, or with blanks, quotes, brackets, control or non-ASCII characters. Not a breach: a key
    or id that merely names nothing.
    """
    hostile = [t for wish in story.wishes for t in wish.tries if _attacks(t)]
    made = list(_made(story))
    if not hostile and not made:
        return None
    found: list[Breach] = []
    for attempt in hostile:
        found.extend(_let_in(story, attempt))
    found.extend(_guessable(story, made))
    return found


def _attacks(attempt: Try) -> bool:
    """Tell whether the request's key or the id it is about is hostile."""
    given = (attempt.asked.key, attempt.asked.request.get("id"))
    return any(isinstance(text, str) and not _HARMLESS.fullmatch(text) for text in given)


def _let_in(story: Story, attempt: Try) -> Iterator[Breach]:
    heard, key = attempt.heard, attempt.asked.key
    if heard is not None and heard.status < _REFUSED:
        says = f"{attempt.asked.call} with a hostile key or id was answered {heard.status}"
        yield Breach(rule="SEC-02", step=heard.step, says=says)
    hostile = key is not None and not _HARMLESS.fullmatch(key)
    if hostile and heard is not None and key in heard.headers.values():
        yield Breach(rule="SEC-02", step=heard.step, says="a hostile key was sent back in a header")
    rows = story.rows(IdempotencyKey) if hostile else ()
    if any(row.idempotency_key == key for row in rows):
        yield Breach(rule="SEC-02", step=attempt.asked.step, says="a hostile key was stored")
    for call in story.calls:
        if within(attempt, call.called.step) and call.entries:
            says = f"{attempt.asked.call} with a hostile key or id had an effect at the gateway"
            yield Breach(rule="SEC-02", step=call.called.step, says=says, method=call.called.method)


def _made(story: Story) -> Iterator[tuple[int, IdempotencyKey]]:
    """Find the keys the shop made itself, and the step at which each was first stored."""
    sent = {attempt.asked.key for wish in story.wishes for attempt in wish.tries}
    for chain in story.chains(IdempotencyKey).values():
        step, row = chain[0]
        if row is not None and row.idempotency_key not in sent:
            yield step, row


def _guessable(story: Story, made: list[tuple[int, IdempotencyKey]]) -> Iterator[Breach]:
    known = {cart.id for cart in story.rows(Cart)} | {cart.email for cart in story.rows(Cart) if cart.email}
    seen: set[str] = set()
    counted: dict[str, int] = {}
    for step, row in made:
        key = row.idempotency_key
        numbered = _NUMBERED.fullmatch(key)
        stem, number = (numbered[1], int(numbered[2])) if numbered else (key, -1)
        if any(word in key for word in known):
            yield Breach(rule="SEC-02", step=step, says="a made key tells what it is for")
        elif len(key) < _LEAST or (number >= 0 and counted.get(stem, number) == number - 1):
            yield Breach(rule="SEC-02", step=step, says="a made key can be guessed")
        elif key in seen:
            yield Breach(rule="SEC-02", step=step, says="a made key was made before")
        seen.add(key)
        counted[stem] = number


@rule(
    "SEC-03",
    Level.MUST,
    seed="S12 S13",
    failures="F-SEC-06 F-SEC-07 F-SCA-07",
    needs="gateway",
    witnesses="GCBH",
    title="What the client says of money is not believed",
    why="Goods at any price the shopper likes, or for somebody else's payment.",
    mend="Take amount, currency and payment from the server's own rows, and the outcome from the gateway.",
)
def sec_03(story: Story) -> list[Breach] | None:
    """
    What is charged, for which cart, and whether it succeeded comes from server and gateway, never from the client.

    Asked where a storefront claimed a sum, a status, or the gateway's object of another cart. Not a breach: other things
    it tells, which a processor may keep.
    """
    claims = [t for w in story.wishes if w.call == "update-payment-session" for t in w.tries if _claims(story, t)]
    if not claims:
        return None
    first, carts = claims[0].asked.step, {str(t.asked.request.get("id")) for t in claims}
    found = [*_believed(story, first, carts)]
    for order in story.orders:
        placed = story.since(order)
        if order.cart_id not in carts or placed < first or not order.total:
            continue
        held = [h for h in story.holds if h.cart == order.cart_id and h.stood_at(placed)]
        mine = [h for h in held if (h.entry.amount, h.entry.currency) == (order.total, order.currency_code)]
        if not mine and story.selected(order.cart_id, placed)[0].provider_id == story.provider_id:
            sums = ", ".join(told(h.entry.amount, h.entry.currency) for h in held) or "nothing"
            says = f"an order of {told(order.total, order.currency_code)} was placed on the client's word; held: {sums}"
            found.append(Breach(rule="SEC-03", step=placed, says=says))
    return found


def _claims(story: Story, attempt: Try) -> bool:
    """Tell whether a storefront's words were about money: a claim by name, or some gateway object's id."""
    data = attempt.asked.request.get("data")
    given = cast("Data", data) if isinstance(data, dict) else {}
    return bool(_CLAIMS & given.keys() or any(text in story.intents for text in strings(given)))


def _believed(story: Story, first: int, carts: set[str]) -> Iterator[Breach]:
    """Find sessions that a claim made authorized, and calls that act on another cart's gateway object."""
    for chain in story.chains(PaymentSession).values():
        for step, row in chain:
            if row is None or row.cart_id not in carts or step < first or row.provider_id != story.provider_id:
                continue
            paid = any(h.cart == row.cart_id and h.step < step for h in story.holds)
            if row.status is SessionStatus.AUTHORIZED and not paid:
                yield Breach(rule="SEC-03", step=step, says="a session is authorized on the client's word")
                break
    for call in story.called("authorize_payment", "update_payment"):
        cart = story.cart_of(call)
        spoken = story.intents_in(call.called.arguments.get("data"))
        owners = {story.intents[intent].cart for intent in spoken}
        if cart in carts and call.called.step > first and owners - {cart, None}:
            says = f"{call.called.method} for one cart acts on another cart's gateway object"
            yield Breach(rule="SEC-03", step=call.called.step, says=says, method=call.called.method)


RULES: tuple[Rule, ...] = (sec_02, sec_03)
"""SEC-02 and SEC-03."""
