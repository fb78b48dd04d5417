"""Key owners: a key that was used for one thing is worth nothing for another."""

from __future__ import annotations

from collections.abc import Iterator

from tillproof.domain.entities import IdempotencyKey, Order
from tillproof.history.folded import strings
from tillproof.history.story import Story
from tillproof.history.verdicts import Breach, Level
from tillproof.history.witnesses import Try
from tillproof.rules.effects import COUNTED, EFFECT, SERVES, within
from tillproof.rules.rule import Rule, rule

_REFUSED = 400

Use = tuple[str, str]
"""What a key was sent for: the call, and the id of the cart, order or payment."""


@rule(
    "IDEM-04",
    Level.MUST,
    seed="S18",
    failures="F-IDM-06 F-SEC-09",
    witnesses="GBH",
    title="A key serves the one thing it was made for",
    why="A shopper is shown a stranger's order, and their own cart is never bought.",
    mend="Store what a key was for, and compare it on every use: cart, route and customer; tell nothing of the other.",
)
def idem_04(story: Story) -> list[Breach] | None:
    """
    A key used for another cart or route is refused: no effect, nothing of the other told.

    Judged where the shop had stored the key for the other use. Not a breach: a conflict that invites a retry, on the way
    to the refusal.
    """
    found: list[Breach] = []
    exercised = False
    owners: dict[str, Use] = {}
    for attempt in _keyed(story):
        key, use = str(attempt.asked.key), _use(attempt)
        owner = owners.get(key)
        if owner is None or owner == use:
            if _stored(story, key, attempt.end):
                owners.setdefault(key, use)
            continue
        if _stored(story, key, attempt.asked.step):
            exercised = True
            found.extend(_misused(story, attempt, owner))
    return found if exercised else None


def _keyed(story: Story) -> list[Try]:
    tries = [t for wish in story.wishes if wish.call in SERVES for t in wish.tries if t.asked.key is not None]
    return sorted(tries, key=lambda attempt: attempt.asked.step)


def _use(attempt: Try) -> Use:
    return attempt.asked.call, str(attempt.asked.request.get("id", ""))


def _stored(story: Story, key: str, step: int | None) -> bool:
    at = story.last_step if step is None else step
    return any(row.idempotency_key == key for row in story.rows(IdempotencyKey, at))


def _misused(story: Story, attempt: Try, owner: Use) -> Iterator[Breach]:
    """Find what a request with somebody else's key got: success, an effect, or news of the other."""
    heard = attempt.heard
    told = f"the key of another {owner[0]}"
    if heard is not None and heard.status < _REFUSED:
        yield Breach(rule="IDEM-04", step=heard.step, says=f"{attempt.asked.call} with {told} was answered {heard.status}")
    for call in story.calls:
        method = call.called.method
        if method in COUNTED and within(attempt, call.called.step):
            done = [line for line in call.entries if line.entry.kind is EFFECT[method]]
            if done:
                says = f"{attempt.asked.call} with {told} had an effect at the gateway"
                yield Breach(rule="IDEM-04", step=done[0].step, says=says, method=method)
    strangers = {order.id for order in story.rows(Order) if order.cart_id == owner[1]} | {owner[1]}
    if heard is not None and strangers & set(strings(heard.body)) - {_use(attempt)[1]}:
        yield Breach(rule="IDEM-04", step=heard.step, says=f"{attempt.asked.call} was told of what {told} was for")


RULES: tuple[Rule, ...] = (idem_04,)
"""IDEM-04."""
