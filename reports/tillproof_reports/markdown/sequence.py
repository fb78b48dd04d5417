"""A finding's run as a Mermaid sequence diagram: the steps the story needs, the fault and the wrong moment as notes."""

from __future__ import annotations

import re

from tillproof.history.log_findings import Finding
from tillproof_reports.steps import FAULT, WRONG, Lane, Step, steps

_PARTICIPANTS: dict[Lane, str] = {
    Lane.CLIENT: "client",
    Lane.BACKEND: "backend",
    Lane.DATABASE: "database",
    Lane.PROCESSOR: "processor",
    Lane.GATEWAY: "gateway",
}
_FOREIGN = re.compile(r"[^A-Za-z0-9 .,()=/_+-]")
_LONGEST = 90
_MOST_STEPS = 40


def sequence(finding: Finding) -> list[str]:
    """Return the diagram as a fenced block, or nothing for a finding without a timeline."""
    if not finding.timeline:
        return []
    currency = finding.money.currency if finding.money is not None else "eur"
    told = [step for step in steps(finding.timeline, currency) if step.tells or _noted(step)]
    lines = ["```mermaid", "sequenceDiagram", *(f"  participant {name}" for name in _PARTICIPANTS.values())]
    for step in told[-_MOST_STEPS:]:
        lines += _arrow(step)
    return [*lines, "```"]


def _arrow(step: Step) -> list[str]:
    since, to = _PARTICIPANTS[step.since], _PARTICIPANTS[step.to]
    name = step.row.point.partition(".")[2] or step.row.point
    words = label(f"{name} {step.row.what}".strip())
    lines: list[str] = []
    if step.tells:
        lines.append(f"  {to}-->>{since}: {words}" if step.answers else f"  {since}->>{to}: {words}")
    if step.changed[0] or step.changed[1]:
        lines.append(f"  Note over gateway: gateway {label(step.cells[0])}, shop {label(step.cells[1])}")
    return lines + [f"  Note over client,gateway: {label(mark.removeprefix(WRONG))}" for mark in _noted(step)]


def _noted(step: Step) -> list[str]:
    return [mark for mark in step.row.marks if mark.startswith((FAULT, WRONG))]


def label(text: str) -> str:
    """Return the text with nothing in it that Mermaid, its HTML or the fence around it could take for more than text."""
    safe = " ".join(_FOREIGN.sub(" ", text).split()) or "-"
    return safe if len(safe) <= _LONGEST else safe[: _LONGEST - 3] + "..."
