"""Gateway: replies that look like success and are not, and those that leave the outcome open."""

from __future__ import annotations

from tillproof.domain.redirect import followed
from tillproof.history.story import Story
from tillproof.history.verdicts import Breach, Level
from tillproof.history.witnesses import Call
from tillproof.rules.effects import acting, effects, holds_behind
from tillproof.rules.rule import Rule, rule

_MOVERS = ("authorize_payment", "capture_payment", "refund_payment")
_ERRORS = 300
_WAIT = frozenset({409, 425, 429})
_BROKEN = 500

GARBLED = frozenset(
    {
        "html-502-before",
        "html-502-after",
        "html-200",
        "empty-200",
        "object-200",
        "malformed-200",
        "cut-200",
        "redirect-307",
    }
)
"""Faults that put something in the place of the gateway's answer that nobody can understand."""

BUSY = frozenset(
    {
        "busy-429",
        "in-progress-409",
        "error-500-before",
        "error-500-after",
        "stored-500-before",
        "stored-500-after",
        "unavailable-503",
    }
)
"""Faults that put "not now" or "something went wrong" in the place of the gateway's answer."""

WAITED = frozenset({"timeout-before", "timeout-after"})
REDIRECT = "redirect-307"
"""Faults after which nothing comes, and the one that sends the caller elsewhere."""

NO_IN_YES = "no-200"
"""The fault that puts a no inside a 200 in the place of the gateway's answer."""


def _doubtful(call: Call) -> bool:
    """Tell whether the gateway's last word in this call was anything but a plain yes with an effect."""
    answers = [x.answered for x in call.exchanges if x.answered is not None]
    return bool(answers) and (answers[-1].status >= _ERRORS or isinstance(answers[-1].body, str) or not call.entries)


def last_word(call: Call) -> str:
    """
    Tell what the processor heard last from the gateway in this call, where that leaves the outcome open.

    A fault's kind, or `409`, `500` and the like; empty where the gateway answered yes or no, or was never asked.
    """
    end = call.returned.step if call.returned is not None else call.called.step
    step, word = -1, ""
    for exchange in call.exchanges:
        answer = exchange.answered
        if answer is not None:
            open_ = answer.status in _WAIT or answer.status >= _BROKEN
            step, word = answer.step, str(answer.status) if open_ else ""
    for fault in call.disturbed:
        if step < fault.step < end:
            step, word = fault.step, fault.kind
    return word


@rule(
    "GATE-01",
    Level.SHOULD,
    seed="S10",
    failures="F-GW-01 F-GW-02 F-STA-03 F-STA-06",
    needs="gateway",
    witnesses="GC",
    title="A no inside a yes is a no",
    why="The shop ships on a payment that the gateway declined.",
    mend="Read the body, not the HTTP status; what you do not understand is unknown.",
)
def gate_01(story: Story) -> list[Breach] | None:
    """
    A reply that is not understood, or that says no inside a 2xx, is never success; one not understood is no refusal either.

    Not a breach: done, said of an effect that an earlier try had, or that the shopper set off on the gateway's page.
    """
    found: list[Breach] = []
    seen = False
    for call in story.called(*_MOVERS):
        declined = any(line.entry.kind == "decline" for line in call.entries)
        if call.claim is not None and call.definite and last_word(call) in GARBLED:
            seen = True
            says = f"{call.claim.method} says {call.claim.outcome} after a reply that nobody can understand"
            found.append(Breach(rule="GATE-01", step=call.claim.step, says=says, method=call.claim.method))
            continue
        if not declined and not _doubtful(call) and last_word(call) != NO_IN_YES:
            continue
        seen = True
        claim = call.claim
        if (
            claim is None
            or claim.outcome != "done"
            or (claim.method == "authorize_payment" and claim.status != "authorized")
        ):
            continue
        done = effects(story.by_reference.get(call.called.reference or "", [call]))
        if claim.method == "authorize_payment":
            done += [
                line
                for h in holds_behind(story, call)
                if h.stood_at(claim.step)
                for line in story.lines
                if line.entry is h.entry
            ]
        if not any(line.step < claim.step for line in done):
            says = f"{claim.method} took an answer for success that was none; nothing was done at the gateway"
            found.append(Breach(rule="GATE-01", step=claim.step, says=says, method=claim.method))
    return found if seen else None


@rule(
    "GATE-02",
    Level.SHOULD,
    seed="S20",
    failures="F-GW-03 F-GW-04 F-GW-06 F-IDM-05 F-IDM-17",
    needs="gateway",
    witnesses="GC",
    title="Busy and broken are not answers",
    why="A good customer is turned away under load; or is told no next to a charge, and pays again.",
    mend="Take 409, 429 and 5xx for unknown, and ask again with the same key.",
)
def gate_02(story: Story) -> list[Breach] | None:
    """
    Busy, in progress and a gateway's own error are settled by waiting and asking with the same key, not by believing them.

    Not a breach: done or refused, said after the gateway was asked once more and answered.
    """
    found: list[Breach] = []
    seen = False
    for call in story.called(*_MOVERS, "cancel_payment", "delete_payment", "initiate_payment", "update_payment"):
        word = last_word(call)
        if word not in BUSY and not word.isdigit():
            continue
        seen = True
        if call.claim is not None and call.definite:
            says = f"{call.claim.method} says {call.claim.outcome} after the gateway said {word}"
            found.append(Breach(rule="GATE-02", step=call.claim.step, says=says, method=call.claim.method))
    return found if seen else None


@rule(
    "GATE-03",
    Level.SHOULD,
    seed="S24",
    failures="F-GW-07 F-GW-09",
    needs="gateway",
    witnesses="GC",
    title="Wait, but not for ever; go, but not wherever you are sent",
    why="One silent gateway holds up every checkout; or a payment is sent a second time, to wherever a proxy points.",
    mend="Set a time-out on every gateway call, and follow no redirect with anything but a read.",
)
def gate_03(story: Story) -> list[Breach] | None:
    """
    Each call to the gateway ends by a deadline of the processor's own, and no redirect is followed by what acts.

    Not a breach: a redirect followed by a read, or the same request sent again to the same address.
    """
    found: list[Breach] = []
    seen = False
    for fault in story.faults:
        if not fault.point.startswith("gateway."):
            continue
        call = next((call for call in reversed(story.calls) if call.called.step < fault.step), None)
        if call is None:
            continue
        method = call.called.method
        seen = seen or fault.kind in WAITED or fault.kind == REDIRECT
        if fault.endless:
            says = f"{method} waits for the gateway without a deadline"
            found.append(Breach(rule="GATE-03", step=fault.step, says=says, method=method))
    for call in story.calls:
        for exchange in acting(call):
            if followed(exchange.asked.path):
                says = f"{call.called.method} followed a redirect with a {exchange.asked.method}"
                found.append(Breach(rule="GATE-03", step=exchange.asked.step, says=says, method=call.called.method))
    return found if seen else None


RULES: tuple[Rule, ...] = (gate_01, gate_02, gate_03)
"""The rules of this family."""
