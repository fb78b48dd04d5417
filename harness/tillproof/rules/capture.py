"""Capture: taking the money that is held, once, and saying so only when it is true."""

from __future__ import annotations

from tillproof.domain.entities import Payment
from tillproof.domain.ledger import EntryKind
from tillproof.history.story import Story
from tillproof.history.verdicts import Breach, Level
from tillproof.history.witnesses import REFUSALS
from tillproof.rules.effects import effects, holds_behind, told, within
from tillproof.rules.rule import Rule, rule

_METHOD = "capture_payment"
_REFUSED = 400


def _captured_at(story: Story, payment_id: str) -> int | None:
    """Return the step at which a Payment was first marked captured."""
    chain = story.chains(Payment)[payment_id]
    return next((step for step, row in chain if row is not None and row.captured_at is not None), None)


@rule(
    "CAP-01",
    Level.MUST,
    seed="S15",
    failures="F-CAP-09 F-CAP-10 F-INT-05 F-STA-07",
    needs="gateway",
    witnesses="GCB",
    title="Captured is what the gateway took",
    why="The shop ships on money it does not have, or captures again what it has.",
    mend="Answer done only when the gateway confirms the capture; set captured_at with that answer.",
)
def cap_01(story: Story) -> list[Breach] | None:
    """
    `captured_at` is set only after the gateway confirms the capture, and then always.

    Judged when it is first set, taken back since or not. Not a breach: a repeat that reports what an earlier try captured.
    """
    calls = story.called(_METHOD)
    captured = {p.id: step for p in story.payments if (step := _captured_at(story, p.id)) is not None}
    if not calls and not captured:
        return None
    found: list[Breach] = []
    for id_, step in captured.items():
        hold = story.hold_of.get(id_)
        if hold is not None and not hold.captured_at(step):
            found.append(Breach(rule="CAP-01", step=step, says="captured_at was set; the gateway had taken nothing"))
    for call in calls:
        claim = call.claim
        done = effects(story.by_reference.get(call.called.reference or "", [call]))
        if claim is None or claim.outcome != "done" or any(line.step < claim.step for line in done):
            continue
        if not any(hold.captured_at(claim.step) for hold in holds_behind(story, call)):
            says = "capture_payment says done; the gateway has taken nothing"
            found.append(Breach(rule="CAP-01", step=claim.step, says=says, method=_METHOD))
    if story.quiet:
        for payment in story.payments:
            hold = story.hold_of.get(payment.id)
            if hold is not None and hold.captures and payment.captured_at is None:
                says = f"the gateway took {told(hold.captured, hold.entry.currency)}; captured_at was never set"
                found.append(Breach(rule="CAP-01", step=hold.captures[0].step, says=says, method=_METHOD))
    return found


@rule(
    "CAP-02",
    Level.MUST,
    seed="S1 S17",
    failures="F-CAP-01 F-CON-08",
    needs="gateway",
    witnesses="GC",
    title="A capture takes what is held",
    why="A capture that charges anew takes the money once more and leaves the first hold standing.",
    mend="Capture the stored authorization by its id; a repeat must find the first capture.",
)
def cap_02(story: Story) -> list[Breach] | None:
    """
    Capture acts on the stored authorization, makes no new one, and repeated has one effect.

    Not a breach: several captures of one hold, each asked for, where partial capture is declared.
    """
    calls = story.called(_METHOD)
    if not calls:
        return None
    found: list[Breach] = []
    for line in (line for call in calls for line in call.entries):
        if line.entry.kind in (EntryKind.AUTHORIZE, EntryKind.INTENT):
            says = f"capture_payment made a new {line.entry.kind} instead of capturing what is held"
            found.append(Breach(rule="CAP-02", step=line.step, says=says, method=_METHOD))
    twice = [h.captures[1] for h in story.holds if len(h.captures) > 1 and not story.can("partial_capture")]
    twice += [done[1] for tries in story.by_reference.values() if len(done := effects(tries)) > 1 and tries[0] in calls]
    steps = dict.fromkeys(line.step for line in twice)
    found += [Breach(rule="CAP-02", step=s, says="one payment was captured twice", method=_METHOD) for s in steps]
    return found


@rule(
    "CAP-03",
    Level.MUST,
    seed="S13",
    failures="F-CAP-03 F-CAP-07 F-SWP-07",
    needs="gateway",
    witnesses="GC",
    title="The sum captured is the sum asked for",
    why="The shop gives money away, or takes more than the customer agreed to.",
    mend="Hand the amount on unchanged, in the gateway's own minor units.",
)
def cap_03(story: Story) -> list[Breach] | None:
    """
    The captured sum is the Payment's amount, or the lesser sum asked for.

    Not a breach: a lesser sum that was asked for, with the rest let go of or shown as held.
    """
    seen = False
    found: list[Breach] = []
    for call in story.called(_METHOD):
        arguments = call.called.arguments
        for line in effects([call]):
            seen = True
            entry = line.entry
            if (entry.amount, entry.currency) != (arguments.get("amount"), arguments.get("currency")):
                asked = told(arguments.get("amount"), arguments.get("currency") or entry.currency)
                says = f"asked to capture {asked}, the gateway took {told(entry.amount, entry.currency)}"
                found.append(Breach(rule="CAP-03", step=line.step, says=says, method=_METHOD))
    return found if seen else None


@rule(
    "CAP-04",
    Level.MUST,
    seed="S15",
    failures="F-CAP-05 F-CAP-08",
    witnesses="GCBH",
    title="A failed capture is seen to fail",
    why="The operator believes the money is there and ships.",
    mend="Answer the client with the refusal; change no row.",
)
def cap_04(story: Story) -> list[Breach] | None:
    """
    A capture that fails, or on a canceled, lapsed or unauthorized payment, is a visible error and changes nothing.

    Not a breach: success after a refused try, if the same request got it done in the end.
    """
    refused = [c for c in story.called(_METHOD) if c.outcome in REFUSALS]
    if not refused:
        return None
    found: list[Breach] = []
    for wish in story.wanted("capture"):
        for attempt in wish.tries:
            heard = attempt.heard
            last = next((c for c in reversed(story.called(_METHOD)) if within(attempt, c.called.step)), None)
            if heard is not None and last is not None and last.outcome in REFUSALS and heard.status < _REFUSED:
                says = f"the capture was refused; the client was answered {heard.status}"
                found.append(Breach(rule="CAP-04", step=heard.step, says=says, method=_METHOD))
    for call in refused:
        step = call.returned.step if call.returned is not None else call.called.step
        operation = story.operation(call.called.reference)
        chain = story.chains(Payment).get(operation.payment_id or "", []) if operation is not None else []
        after = next((row for at, row in chain if at > step), None)
        taken = after is not None and any(h.captured for h in story.holds if h.cart == after.cart_id)
        others = [c for c in story.called(_METHOD) if c.called.step > step and story.cart_of(c) == story.cart_of(call)]
        later = any(other.outcome == "done" for other in others)
        if after is not None and after.captured_at is not None and not taken and not later:
            found.append(
                Breach(rule="CAP-04", step=step, says="the capture was refused, and captured_at was set", method=_METHOD)
            )
    return found


RULES: tuple[Rule, ...] = (cap_01, cap_02, cap_03, cap_04)
"""The rules of this family."""
