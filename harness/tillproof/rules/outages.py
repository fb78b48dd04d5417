"""Outages: databases that fail, processes that end, clocks that are set wrong."""

from __future__ import annotations

from collections.abc import Iterator

from tillproof.history.story import Story
from tillproof.history.verdicts import Breach, Level
from tillproof.rules.crash import standing
from tillproof.rules.effects import COUNTED
from tillproof.rules.idempotency import kept_trying
from tillproof.rules.ledger import doubled
from tillproof.rules.rule import Rule, rule

_REFUSED, _CONFLICT = range(400, 500), 409


def _twice(story: Story, id_: str) -> Iterator[Breach]:
    """Find effects that were wanted once and are there more often, by what was asked for and by what a cart ended with."""
    for calls in story.efforts:
        method, done = calls[0].called.method, standing(story, calls)
        if method in COUNTED and len(done) > 1:
            says = f"one {method} was wanted, and {len(done)} are at the gateway"
            yield Breach(rule=id_, step=done[1].step, says=says, method=method)
    if story.quiet:
        yield from doubled(story, id_)


def _stuck(story: Story, id_: str) -> Iterator[Breach]:
    """Find what clients that kept trying never got to its end, although nothing was wrong any more."""
    for wish in story.wishes:
        if wish.gave_up is not None and kept_trying(story, wish):
            says = f"{wish.call}: no final answer after {len(wish.tries)} tries, although all was well again"
            yield Breach(rule=id_, step=wish.gave_up, says=says)


@rule(
    "OPS-01",
    Level.SHOULD,
    seed="S20 S23",
    failures="F-INT-02 F-OPS-01 F-OPS-02 F-OPS-06",
    witnesses="GBH",
    title="A database that fails costs a retry, no more",
    why="Charged, thrown back to the cart by an error page, and charged again.",
    mend="Call no gateway in a transaction; answer a failed commit with a conflict; let the retry ask what became of it.",
)
def ops_01(story: Story) -> list[Breach] | None:
    """
    Lost connection, failed commit, full disk or restart at any step: the retry completes, and no effect is doubled.

    Asked where a commit was made to fail or the process ended. Not a breach: a person who walked away, or an
    authorization that was let go of before the next was made.
    """
    if not story.deaths and not any(fault.point.startswith("commit.") for fault in story.faults):
        return None
    return [*_twice(story, "OPS-01"), *_stuck(story, "OPS-01")]


@rule(
    "OPS-02",
    Level.SHOULD,
    seed="S24",
    failures="F-OPS-03 F-IDM-09",
    witnesses="GCBH",
    title="A clock that is set wrong moves no money",
    why="Every machine's clock is corrected now and then; a purchase under way at that moment is paid twice, or never.",
    mend="Measure leases by a clock nobody sets; derive no key from the time; ask the gateway what time it is.",
)
def ops_02(story: Story) -> list[Breach] | None:
    """
    A clock set hours ahead or back doubles no effect, refuses no event, and keeps nobody waiting until it is right again.

    An event is refused by a 4xx, save a conflict, and by a processor that says it is not the gateway's word. Not a breach:
    an answer that takes a retry or two, where the one before was lost; or longer, where more went wrong.
    """
    wrong = [fault for fault in story.faults if fault.point.startswith("clock.")]
    if not wrong:
        return None
    found = [*_twice(story, "OPS-02"), *_stuck(story, "OPS-02")]
    right_again = story.phases.get("faults-off", story.last_step)
    for wish in story.wishes if len(story.faults) == 1 else ():
        waited = [attempt for attempt in wish.tries if attempt.asked.step > right_again]
        if waited and wish.start < right_again and story.history.run.client != "walks-away":
            says = f"{wish.call}: no final answer before the clock was right again"
            found.append(Breach(rule="OPS-02", step=waited[0].asked.step, says=says))
    found.extend(_good_events_refused(story, wrong[0].step, right_again))
    return found


def _good_events_refused(story: Story, since: int, until: int) -> Iterator[Breach]:
    """Find events that came as the gateway sent them, and were refused while the clock was wrong."""
    for notified in story.deliveries:
        first, last = notified.span
        if not since < first < until or notified.delivered.twist or not notified.delivered.arrives:
            continue
        if any(first < fault.step < last for fault in story.faults):
            continue
        event, status = notified.delivered.event, notified.status
        for call in story.called("read_webhook"):
            if first < call.called.step < last and call.claim is not None and call.claim.outcome == "rejected":
                says = f"event {event} was taken for somebody else's while the clock was wrong"
                yield Breach(rule="OPS-02", step=call.claim.step, says=says, method="read_webhook")
        if status in _REFUSED and status != _CONFLICT:
            says = f"event {event} was answered {status} while the clock was wrong"
            yield Breach(rule="OPS-02", step=last, says=says)


RULES: tuple[Rule, ...] = (ops_01, ops_02)
"""The rules of this family."""
