"""Processor contract: keeping nothing, and answering in the contract's words."""

from __future__ import annotations

from math import isfinite
from typing import Any

from tillproof.domain.statuses import SessionStatus
from tillproof.history.events import Returned
from tillproof.history.story import Story
from tillproof.history.verdicts import Breach, Level
from tillproof.history.witnesses import REFUSALS, Call
from tillproof.rules.effects import effects, holds_behind
from tillproof.rules.rule import Rule, rule

_FIVE = frozenset(SessionStatus)
_LARGEST = 65_536  # characters of text in a session's data
_DEEPEST = 64
_STATUS = ("authorize_payment", "get_payment_status")


@rule(
    "PROC-01",
    Level.MUST,
    seed="S1 S6",
    failures="F-REF-14",
    witnesses="GC",
    title="A processor keeps nothing between calls",
    why="After a restart nobody can capture, refund or cancel what was bought before.",
    mend="Put everything a later call needs into data; read nothing from the instance.",
)
def proc_01(story: Story) -> list[Breach] | None:
    """
    After a restart every method works from `data`, context and key alone.

    Judged where the same method did work on the same `data` before the restart. Not a breach: a refusal by the gateway
    itself, an exception that a fault raised, or a method that fails without a restart too, which is a defect but not of
    memory.
    """
    first = story.boots[0].boot if story.boots else 1
    found: list[Breach] = []
    seen = False
    for calls in story.by_method.values():
        if calls[-1].called.boot == first:
            continue
        for call in calls:
            claim = call.claim
            if call.called.boot == first or not call.called.arguments.get("data"):
                continue
            seen = True
            if claim is None or call.exchanges or not _worked_before(calls, call):
                continue
            if claim.outcome in ("exception", "nonsense"):
                says = f"after a restart {claim.method} failed: {claim.message or claim.outcome}"
                found.append(Breach(rule="PROC-01", step=claim.step, says=says, method=claim.method))
            elif claim.outcome in REFUSALS and _possible(story, call):
                says = f"after a restart {claim.method} refused without asking the gateway"
                found.append(Breach(rule="PROC-01", step=claim.step, says=says, method=claim.method))
    return found if seen else None


def _worked_before(calls: list[Call], call: Call) -> bool:
    """Tell whether the method was done with the same data by an earlier boot, and did not fail like this within one."""
    data, boot = call.called.arguments.get("data"), call.called.boot
    worked = False
    for other in calls:
        if other.called.step >= call.called.step:
            break
        claim = other.claim
        if claim is None:
            continue
        if claim.outcome == "done":
            worked = worked or (other.called.boot < boot and other.called.arguments.get("data") == data)
        elif claim.outcome == call.outcome and other.called.boot == calls[0].called.boot and not other.exchanges:
            return False
    return worked


def _possible(story: Story, call: Call) -> bool:
    """Tell whether the gateway could have done what was asked, or had done it."""
    amount, step = call.called.arguments.get("amount"), call.called.step
    if effects(story.by_reference.get(call.called.reference or "", [])):
        return True
    if type(amount) is not int:
        return False
    for hold in holds_behind(story, call):
        taken, back = hold.captured_at(step), hold.refunded_at(step)
        if call.called.method == "capture_payment" and hold.stood_at(step) and amount <= hold.entry.amount - taken:
            return True
        if call.called.method == "refund_payment" and amount <= taken - back:
            return True
    return False


@rule(
    "PROC-02",
    Level.MUST,
    seed="S6 S7",
    failures="F-STA-05",
    witnesses="C",
    title="Every answer fits the contract",
    why="What the backend cannot understand or store it cannot act on: the payment is stuck.",
    mend="Return Done, Refused or Unknown, with one of the five statuses and data that is plain JSON.",
)
def proc_02(story: Story) -> list[Breach] | None:
    """
    Every answer fits the contract: one of the five statuses, data that survives JSON unchanged and is of bounded size.

    Whatever else comes back is named. Not a breach: what a fault put in the processor's mouth, or an exception, which
    counts as unknown.
    """
    seen = False
    found: list[Breach] = []
    checked: set[int] = set()
    for calls in story.by_method.values():
        for call in calls:
            claim = call.claim
            if claim is None:
                continue
            seen = True
            flaw = _flaw(claim, checked)
            if flaw:
                found.append(Breach(rule="PROC-02", step=claim.step, says=f"{claim.method} {flaw}", method=claim.method))
    return found if seen else None


def _flaw(claim: Returned, checked: set[int]) -> str:
    if claim.outcome == "nonsense":
        return f"answered with no outcome: {claim.message}"
    if claim.status is not None and claim.status not in _FIVE:
        return f"answered with the status {claim.status!r}, which does not exist"
    if claim.outcome != "done":
        return ""
    if claim.status is None and claim.method in _STATUS:
        return "answered done without a status"
    if id(claim.data) in checked:  # most answers hand the same data on
        return ""
    checked.add(id(claim.data))
    data: Any = claim.data
    if type(data) is not dict:
        return "returned data that is no JSON object"
    size = _size(data, 0)
    if size is None:
        return "returned data that does not survive JSON"
    return f"returned data of {size} characters" if size > _LARGEST else ""


def _size(value: Any, depth: int) -> int | None:  # noqa: ANN401 - whatever a processor returns
    """Return how much text a JSON value holds, or None if it is none."""
    if value is None or isinstance(value, bool | int):
        return 4
    if isinstance(value, str):
        return len(value)
    if isinstance(value, float):
        return 8 if isfinite(value) else None
    if depth == _DEEPEST or type(value) not in (dict, list):
        return None
    parts = list(value)  # of an object, its names
    if type(value) is dict:
        if not all(isinstance(name, str) for name in parts):
            return None
        parts += value.values()
    total = 0
    for part in parts:
        size = _size(part, depth + 1)
        if size is None:
            return None
        total += size
    return total


RULES: tuple[Rule, ...] = (proc_01, proc_02)
"""The rules of this family."""
