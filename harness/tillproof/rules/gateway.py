"""Gateway: replies that look like success and are not."""

from __future__ import annotations

from tillproof.history.story import Story
from tillproof.history.verdicts import Breach, Level
from tillproof.history.witnesses import Call
from tillproof.rules.effects import effects, holds_behind
from tillproof.rules.rule import Rule, rule

_MOVERS = ("authorize_payment", "capture_payment", "refund_payment")
_ERRORS = 300


def _doubtful(call: Call) -> bool:
    """Tell whether the gateway's last word in this call was anything but a plain yes with an effect."""
    answers = [x.answered for x in call.exchanges if x.answered is not None]
    return bool(answers) and (answers[-1].status >= _ERRORS or isinstance(answers[-1].body, str) or not call.entries)


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
    A reply that is not understood, or that says no inside a 2xx, is never taken for success.

    Not a breach: done, said of an effect that an earlier try had, or that the shopper set off on the gateway's page.
    """
    found: list[Breach] = []
    seen = False
    for call in story.called(*_MOVERS):
        declined = any(line.entry.kind == "decline" for line in call.entries)
        if not declined and not _doubtful(call):
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


RULES: tuple[Rule, ...] = (gate_01,)
"""The rules of this family."""
