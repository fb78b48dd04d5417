"""Cancel: letting go of what is held, really, and knowing that it was."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from tillproof.domain.entities import Data, IdempotencyKey, Payment
from tillproof.domain.statuses import RecoveryPoint
from tillproof.history.folded import objects
from tillproof.history.story import Story
from tillproof.history.verdicts import Breach, Level
from tillproof.history.witnesses import REFUSALS, Call, Hold
from tillproof.rules.effects import cart_asked, holds_behind, refused, told, within
from tillproof.rules.idempotency import completions, key_row
from tillproof.rules.rule import Rule, rule

_METHOD = "cancel_payment"
_REFUSED = 400


def _held(hold: Hold, step: int) -> bool:
    """Tell whether the gateway held money on it, uncaptured, at that step."""
    return hold.stood_at(step) and hold.captured_at(step) < hold.entry.amount


def _canceled_at(story: Story, payment_id: str) -> int | None:
    """Return the step at which a Payment was first marked canceled."""
    chain = story.chains(Payment)[payment_id]
    return next((step for step, row in chain if row is not None and row.canceled_at is not None), None)


@rule(
    "VOID-01",
    Level.MUST,
    seed="S16",
    failures="F-VOID-01 F-VOID-04 F-VOID-05 F-VOID-08",
    needs="gateway void",
    witnesses="GCBH",
    title="Canceled is what the gateway let go of",
    why="The customer's money stays blocked for a purchase that everybody believes canceled.",
    mend="Answer done only when the gateway confirms the void; mark the order canceled with that answer.",
)
def void_01(story: Story) -> list[Breach] | None:
    """
    `canceled_at` is set only after the gateway let go; a failed void leaves the order as it was and says so.

    A second cancel changes nothing. Not a breach: canceled because the authorization lapsed, or was refunded in full.
    """
    calls = story.called(_METHOD, "delete_payment")
    found: list[Breach] = []
    marked = False
    for payment in story.payments:
        step, hold = _canceled_at(story, payment.id), story.hold_of.get(payment.id)
        marked = marked or step is not None
        if step is not None and hold is not None and _held(hold, step):
            says = f"marked canceled while the gateway held {told(hold.entry.amount, hold.entry.currency)}"
            found.append(Breach(rule="VOID-01", step=step, says=says))
    for call in calls:
        claim = call.claim
        if claim is None or claim.outcome != "done":
            continue
        if any(_held(hold, claim.step) for hold in holds_behind(story, call)):
            says = f"{claim.method} says done; the gateway still holds the money"
            found.append(Breach(rule="VOID-01", step=claim.step, says=says, method=claim.method))
    found.extend(_unsaid(story))
    return found if marked or calls else None


def _unsaid(story: Story) -> list[Breach]:
    """Find cancellations that were refused and answered as if they had been done."""
    found: list[Breach] = []
    for attempt in (t for call in ("cancel", "cancel-swap") for wish in story.wanted(call) for t in wish.tries):
        heard = attempt.heard
        last = next((c for c in reversed(story.called(_METHOD)) if within(attempt, c.called.step)), None)
        if heard is not None and last is not None and last.outcome in REFUSALS and heard.status < _REFUSED:
            says = f"the cancellation was refused; the client was answered {heard.status}"
            found.append(Breach(rule="VOID-01", step=heard.step, says=says, method=_METHOD))
    return found


@rule(
    "VOID-02",
    Level.MUST,
    seed="S15 S16",
    failures="F-VOID-02 F-VOID-03 F-SWP-06",
    needs="gateway void",
    witnesses="GCB",
    title="Captured money is not voided",
    why="Money comes back, or is taken, that the books know nothing of.",
    mend="Refuse to cancel what was captured, or book it as a refund; capture nothing that is canceled.",
)
def void_02(story: Story) -> list[Breach] | None:
    """
    Captured money is not voided: refused, or refunded and booked as a refund; after cancel nothing is captured.

    Canceled is what the processor was asked to cancel, and what the books say is canceled. Not a breach: letting go of the
    rest of a partial capture.
    """
    voids = story.called(_METHOD, "delete_payment")
    found: list[Breach] = []
    marked = False
    for payment in story.payments:
        hold, canceled = story.hold_of.get(payment.id), _canceled_at(story, payment.id)
        marked = marked or canceled is not None
        late = [c for c in hold.captures if c.step > canceled] if hold is not None and canceled is not None else []
        if late:
            says = f"{told(late[0].entry.amount, late[0].entry.currency)} was captured after the cancellation"
            found.append(Breach(rule="VOID-02", step=late[0].step, says=says, method="capture_payment"))
        if hold is not None and payment.amount_refunded < hold.refunded:
            found.extend(_unbooked(hold, voids))
    found += [
        Breach(rule="VOID-02", step=hold.ended, says="captured money was voided")
        for hold in story.holds
        if hold.ended is not None and not hold.lapsed and hold.captured_at(hold.ended) >= hold.entry.amount
    ]
    return found if voids or marked else None


def _unbooked(hold: Hold, voids: list[Call]) -> list[Breach]:
    """Find the refunds that cancellations made of captured money."""
    lines = [line for call in voids for line in call.entries if line in hold.refunds]
    return [
        Breach(
            rule="VOID-02",
            step=line.step,
            says=f"canceling gave back {told(line.entry.amount, line.entry.currency)} of captured money, unbooked",
        )
        for line in lines
    ]


@rule(
    "VOID-03",
    Level.MUST,
    seed="S12 S23",
    failures="F-CON-06 F-VOID-06",
    needs="gateway void",
    witnesses="GBH",
    title="A completion that fails lets go",
    why="The shopper cannot buy and cannot spend the money elsewhere either.",
    mend="Release the authorization, and wait for the gateway to confirm it, before giving the final no.",
)
def void_03(story: Story) -> list[Breach] | None:
    """
    A completion that fails for good after authorization releases it, before it says so and before a later try.

    Judged where the shop itself gives the final no (stock ran out, the processor left the region), and wherever money was
    held anew for a cart before the gateway had let go of the last. Not a breach: a conflict the client may retry, while the
    release is under way; a plain decline; money the shopper confirmed on the gateway's own page, of which the shop may not
    have heard yet; or a release that the gateway refused.
    """
    found: list[Breach] = []
    exercised = any(
        row is not None and row.recovery_point is RecoveryPoint.RELEASING for chain in _keys(story) for _, row in chain
    )
    for attempt in completions(story):
        heard = attempt.heard
        if heard is None or heard.status < _REFUSED:
            continue
        cart, sold = cart_asked(attempt), sold_out(heard.body)
        exercised = exercised or sold
        held = [h for h in story.holds if h.cart == cart and _held(h, heard.step)]
        if held and (sold or (refused(heard) and any(_kept(story, h, heard.step) for h in held))):
            why = "that it is out of stock" if sold else "no for good"
            says = f"told {why}, the shopper's money is still held"
            found.append(Breach(rule="VOID-03", step=heard.step, says=says))
    for call in story.called("authorize_payment"):
        row = key_row(story, story.cart_of(call) or "", call.called.step)
        if row is not None and row.recovery_point is RecoveryPoint.RELEASING:
            says = "authorized anew before the release of the last attempt was settled"
            found.append(Breach(rule="VOID-03", step=call.called.step, says=says))
    found.extend(_held_beside(story))
    return found if exercised or found else None


def _held_beside(story: Story) -> Iterator[Breach]:
    """Find authorizations made while an earlier one of the cart was held, which was then let go of all the same."""
    for earlier, later in combinations(story.holds, 2):
        if earlier.cart is None or earlier.cart != later.cart or earlier.ended is None or earlier.lapsed:
            continue
        if earlier.entry.reference in story.by_reference and _held(earlier, later.step):
            one, other = told(later.entry.amount, later.entry.currency), told(earlier.entry.amount, earlier.entry.currency)
            says = f"{one} was authorized while {other} of the last attempt was still held"
            yield Breach(rule="VOID-03", step=later.step, says=says)


def _kept(story: Story, hold: Hold, step: int) -> bool:
    """Tell whether the shop knew then that it held this money, for no order, and was not refused when letting it go."""
    if story.bought(hold.cart, step):
        return False
    tries = story.by_reference.get(hold.entry.reference or "", [])
    knew = any(c.returned is not None and c.returned.status == "authorized" and c.returned.step < step for c in tries)
    return knew and not any(
        call.outcome in REFUSALS and hold in holds_behind(story, call) for call in story.called(_METHOD, "delete_payment")
    )


def _keys(story: Story) -> list[list[tuple[int, IdempotencyKey | None]]]:
    return list(story.chains(IdempotencyKey).values())


def sold_out(body: Data) -> bool:
    """Tell whether an answer says that something in the cart is out of stock."""
    told_of = objects(body["errors"]) if "errors" in body else [body]
    return any(error.get("code") == "insufficient_inventory" for error in told_of)


RULES: tuple[Rule, ...] = (void_01, void_02, void_03)
"""The rules of this family."""
