"""The targets of a page: each one's part of it, and what is told of all of them side by side."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tillproof.history.coverage import SpaceLine
from tillproof.history.log_footer import MethodSafety, Overall, RuleVerdict
from tillproof.history.log_header import RuleLine
from tillproof_reports.html.findings import Told, told_findings
from tillproof_reports.html.summary import Summary, summary
from tillproof_reports.matrix import Board, Outcome, boards
from tillproof_reports.source import Source
from tillproof_reports.words import counted, is_untried, worst_verdict


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """
    What the page says of one target.

    `index` finds its runs, `suffix` sets its anchors apart, and `of` its headings; both are empty on a page of one target.
    """

    source: Source
    index: int
    suffix: str
    of: str
    summary: Summary
    findings: tuple[Told, ...]
    boards: tuple[Board, ...]
    space_lines: dict[str, dict[str, SpaceLine]]
    goal_runs: dict[str, int]
    count: int


class OverAll(msgspec.Struct, frozen=True, kw_only=True):
    """What the page says of all its targets: the title, and the worst of their verdicts."""

    title: str
    mark: str
    tone: str
    verdict: str
    sentence: str
    gate: str


def part(source: Source, ends: list[Outcome], index: int, *, alone: bool) -> Part:
    """Return a target's part of the page; its runs ended like this, and it is `alone` or one of several."""
    log = source.log
    lines: dict[str, dict[str, SpaceLine]] = {}
    for line in log.footer.space.lines:
        lines.setdefault(line.method, {})[line.cut] = line
    return Part(
        source=source,
        index=index,
        suffix=f"-{index + 1}" if index else "",
        of="" if alone else f" of {log.header.target.name[:80]}",
        summary=summary(source, ends),
        findings=tuple(told_findings(source)),
        boards=boards(log, ends),
        space_lines=lines,
        goal_runs={tally.goal: tally.runs for tally in log.footer.goals},
        count=len(log.findings),
    )


def overall(parts: Sequence[Part]) -> OverAll:
    """Return what is said of all targets: of one, what is said of it."""
    first = parts[0].summary
    names = ", ".join(part.source.log.header.target.name for part in parts)
    if len(parts) == 1:
        told, sentence, gate = first, first.sentence, first.gate
    else:
        worst = worst_verdict(part.source.log.footer.verdict for part in parts)
        the_worst = [part for part in parts if part.source.log.footer.verdict is worst]
        told = next((part for part in the_worst if is_untried(part.source.log)), the_worst[0]).summary
        safe = sum(part.source.log.footer.verdict is Overall.SAFE for part in parts)
        sentence = f"{safe} of {len(parts)} targets pass."
        blocked = sum(bool(part.source.exit) for part in parts)
        gate = f"BLOCKED by {counted(blocked, 'target')}" if blocked else "passes"
    return OverAll(title=names, mark=told.mark, tone=told.tone, verdict=told.verdict, sentence=sentence, gate=gate)


def methods(parts: Sequence[Part]) -> list[tuple[str, list[MethodSafety | None]]]:
    """Return every method with what is said of it for each target, in the order they are told."""
    told = [{safety.method: safety for safety in part.source.log.footer.methods} for part in parts]
    names = dict.fromkeys(name for safeties in told for name in safeties)
    return [(name, [safeties.get(name) for safeties in told]) for name in names]


def rules(parts: Sequence[Part]) -> list[tuple[RuleLine, list[RuleVerdict | None]]]:
    """Return every rule with its verdict for each target, in the order they are told."""
    lines = {line.id: line for part in reversed(parts) for line in part.source.log.header.rules}
    order = dict.fromkeys(line.id for part in parts for line in part.source.log.header.rules)
    told = [{verdict.rule: verdict for verdict in part.source.log.footer.rules} for part in parts]
    return [(lines[id_], [verdicts.get(id_) for verdicts in told]) for id_ in order]
