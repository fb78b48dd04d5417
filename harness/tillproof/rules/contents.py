"""Contents: what is paid for is what the shopper asked to buy."""

from __future__ import annotations

from collections.abc import Iterator

from tillproof.domain.entities import Cart
from tillproof.history.story import Story
from tillproof.history.verdicts import Breach, Level
from tillproof.history.witnesses import Hold, Try
from tillproof.rules.effects import cart_asked, excused, same_purchase, told
from tillproof.rules.idempotency import completions
from tillproof.rules.rule import Rule, rule


@rule(
    "IDEM-05",
    Level.SHOULD,
    seed="S18 S13",
    failures="F-IDM-07",
    needs="gateway",
    witnesses="GCB",
    title="Other contents, another payment",
    why="The shopper pays for yesterday's cart, or twice: for the old contents and for the new.",
    mend="Compare the contents before going on; find and release what was done for the old ones, then start afresh.",
)
def idem_05(story: Story) -> list[Breach] | None:
    """
    After the payable contents changed, no order and no live authorization is left for the old ones.

    Nor is there one for contents for which no completion was asked for. Lines, total and currency count; address, e-mail
    and choice of processor do not. Not a breach: an old authorization listed for a person because nobody can look it up,
    or one that is settled after the person who asked for it went away.
    """
    changed = False
    for call in story.called("authorize_payment"):
        then, now = _contents(story, story.cart_of(call), call.called.step)
        changed = changed or not same_purchase(then, now)
    found = list(_never_asked_for(story))
    if not changed:
        return found or None
    for hold in story.holds:
        then, now = _contents(story, hold.cart, _asked_for(story, hold))
        if hold.live and not same_purchase(then, now) and not excused(story, hold):
            says = f"{told(hold.entry.amount, hold.entry.currency)} stays authorized for contents that were changed"
            found.append(Breach(rule="IDEM-05", step=hold.step, says=says))
    for order in story.orders:
        placed = story.since(order)
        cart = story.row(Cart, order.cart_id, placed)
        if cart is not None and order.total != story.total(cart):
            one, other = told(order.total, order.currency_code), told(story.total(cart), cart.currency_code)
            says = f"an order of {one} for a cart of {other}"
            found.append(Breach(rule="IDEM-05", step=placed, says=says))
    return found


def _never_asked_for(story: Story) -> Iterator[Breach]:
    """Find orders, and authorizations still live, for contents for which nobody had pressed the button by then."""
    presses: dict[str, list[Try]] = {}
    for attempt in completions(story):
        presses.setdefault(cart_asked(attempt), []).append(attempt)
    for order in story.orders:
        placed = story.since(order)
        if order.cart_id in presses and not _asked_to_buy(story, order.cart_id, presses[order.cart_id], placed):
            sum_ = told(order.total, order.currency_code)
            says = f"an order of {sum_} was placed for contents that nobody had asked to buy"
            yield Breach(rule="IDEM-05", step=placed, says=says)
    for hold in story.holds:
        asked = _asked_for(story, hold)
        called = bool(story.by_reference.get(hold.entry.reference or ""))
        if not (called and hold.live and hold.cart in presses) or excused(story, hold):
            continue
        if not _asked_to_buy(story, hold.cart, presses[hold.cart], asked):
            sum_ = told(hold.entry.amount, hold.entry.currency)
            says = f"{sum_} was authorized for contents that nobody had asked to buy"
            yield Breach(rule="IDEM-05", step=hold.step, says=says)


def _asked_to_buy(story: Story, cart_id: str, presses: list[Try], step: int) -> bool:
    """Tell whether the cart's contents at that step are those of a completion asked for by then."""
    chain = story.chains(Cart).get(cart_id, [])
    if len(chain) == 1:
        return True
    bought = story.row(Cart, cart_id, step)
    if bought is None:
        return True
    for attempt in presses:
        asked, end = attempt.asked.step, attempt.end
        if asked >= step:
            continue
        if same_purchase(story.row(Cart, cart_id, asked), bought):
            return True
        if any(same_purchase(row, bought) for at, row in chain if asked < at < step and (end is None or at < end)):
            return True
    return False


def _asked_for(story: Story, hold: Hold) -> int:
    """Return when the authorization was first asked for: it may have landed later."""
    calls = story.by_reference.get(hold.entry.reference or "")
    return calls[0].called.step if calls else hold.step


def _contents(story: Story, cart_id: str | None, step: int) -> tuple[Cart | None, Cart | None]:
    """Return the cart as it was at that step, and as it was in the end (when its order was placed, if it was)."""
    orders = [story.since(order) for order in story.orders if order.cart_id == cart_id]
    return story.row(Cart, cart_id, step), story.row(Cart, cart_id, min(orders, default=story.last_step))


RULES: tuple[Rule, ...] = (idem_05,)
"""The rule about the contents of a purchase."""
