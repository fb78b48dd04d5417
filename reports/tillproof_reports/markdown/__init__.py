"""Markdown for a pull-request comment or a job summary: the verdict, what is new, the methods, the rest folded away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from tabulate import tabulate

from tillproof.history.compare import Comparison
from tillproof.history.coverage import CUTS
from tillproof.history.known import Gate, Known
from tillproof.history.log import Log
from tillproof.history.log_findings import Finding, Swapped
from tillproof.history.log_footer import MethodSafety, Overall, Retry
from tillproof.history.verdicts import Money3, Verdict
from tillproof_reports.markdown.escaping import code, in_cell, prose
from tillproof_reports.markdown.sequence import sequence
from tillproof_reports.money import money_table
from tillproof_reports.source import Source
from tillproof_reports.space import by_dialect, made_of, missed_goals, space_rows
from tillproof_reports.words import counted, heading, replay_command, swap_phrase, trigger

_TOLD_IN_FULL = 10
"""Findings with a diagram of their own. A comment has a greatest length; the log has them all."""

_RETRY: dict[Retry, str] = {
    Retry.SAFE: "safe",
    Retry.AT_MOST_ONCE: "at most once",
    Retry.UNSAFE: "**UNSAFE**",
    Retry.NOT_EXERCISED: "not exercised",
}


def render(source: Source, to: Path) -> bytes:
    """
    Return the page in GitHub's and GitLab's Markdown; several targets one below the other, under a table of their verdicts.

    With a baseline only new findings are told in full; those that are accepted as known never are.
    """
    del to
    lines = _side_by_side(source.targets) if source.beside else []
    for of in source.targets:
        lines += _target(of)
    return ("\n".join(lines) + "\n").encode()


def _target(source: Source) -> list[str]:
    log, compared = source.log, source.compared
    lines = [f"## tillproof: {heading(log)}", "", _first(log), ""]
    lines += _against(compared)
    open_ = compared.new if compared is not None else log.findings
    full = [finding for finding in open_ if source.known(finding) is None]
    for finding in full[:_TOLD_IN_FULL]:
        lines += [*_finding(finding, log, new=compared is not None, lapsed=source.lapsed(finding)), ""]
    if len(full) > _TOLD_IN_FULL:
        lines += [f"And {counted(len(full) - _TOLD_IN_FULL, 'more finding')}, in the log.", ""]
    if compared is not None:
        lines += _others("Still there", [f for f in compared.still if source.known(f) is None])
        lines += _others("Fixed", compared.fixed)
        lines += _others("No longer exercised, so not known to be fixed", compared.unexercised)
    lines += _known(source.gate) if source.gate is not None else []
    return [*lines, "### Methods", "", *_methods(log), "", *_rules(log), "", *_coverage(log), *_end(source)]


def _side_by_side(sources: Sequence[Source]) -> list[str]:
    logs = [source.log for source in sources]
    names = [code(log.header.target.name) for log in logs]
    told = [{safety.method: safety for safety in log.footer.methods} for log in logs]
    rows = [("verdict", *(heading(log) for log in logs))]
    rows.append(("gate", *("blocked" if source.exit else "passes" for source in sources)))
    rows.extend(
        (code(method), *(_RETRY[s[method].retry] if method in s else "not told" for s in told))
        for method in dict.fromkeys(name for safeties in told for name in safeties)
    )
    safe = sum(log.footer.verdict is Overall.SAFE for log in logs)
    first = f"## tillproof: {safe} of {len(logs)} targets pass"
    return [first, "", *_table(("", *names), rows, ("left",) * (len(logs) + 1)), ""]


def _known(gate: Gate) -> list[str]:
    """Return what is accepted as known, what has lapsed, and what is no longer seen."""
    entries = [("accepted", e) for e in gate.accepted] + [("lapsed, counts again", e) for e in gate.lapsed]
    entries += [("no longer seen", e) for e in gate.gone]
    if not entries:
        return []
    rows = [(code(e.id), word, e.until.isoformat(), prose(e.reason), prose(e.sentence)) for word, e in entries]
    headers = ("finding", "known failure", "until", "reason", "what")
    return ["### Known failures", "", *_table(headers, rows, ("left",) * len(headers)), ""]


def _first(log: Log) -> str:
    target, counts = log.header.target, log.footer.counts
    gateway = f" with gateway {code(target.gateway)}" if target.gateway else ""
    return f"{code(target.name)}{gateway}: {prose(log.footer.sentence)} {counts.runs:,} runs judged ({made_of(counts)})."


def _against(compared: Comparison | None) -> list[str]:
    if compared is None:
        return []
    told = f"**{len(compared.new)} new**, {len(compared.still)} still there, {len(compared.fixed)} fixed"
    gone = f", {len(compared.unexercised)} no longer exercised" if compared.unexercised else ""
    return [f"Against the baseline: {told}{gone}.", ""]


def _finding(finding: Finding, log: Log, *, new: bool, diagram: bool = True, lapsed: Known | None = None) -> list[str]:
    target = log.header.target
    lines = [f"### {'New: ' if new else ''}{code(finding.id)} {prose(finding.sentence)}", ""]
    lines += [f"**{finding.harm}** · {finding.level.upper()} · guilty: {prose(finding.guilty)}", ""]
    if lapsed is not None:
        lines += [f"Was accepted until {lapsed.until}, and counts again.", ""]
    if finding.money is not None:
        lines += [*_money(finding.money, finding.rules), ""]
    lines += [
        f"- sets it off: {prose(trigger(finding.run.plan, finding.run.schedule))}",
        f"- smallest plan: {code(finding.run.disturbed_by)} in {code(finding.run.journey)}",
        f"- why: {prose(finding.why)}",
        f"- mend: {prose(finding.mend)}",
        *(f"- swapped {prose(swap_phrase(swap))}" for swap in finding.swaps if swap.ends is not Swapped.ALREADY),
        f"- breaks {', '.join(map(code, finding.rules))} in {finding.runs:,} of {counted(finding.of, 'run')}",
        f"- see it: {code(replay_command(finding, target.name, target.gateway))}",
    ]
    drawn = sequence(finding) if diagram else []
    if drawn:
        lines += ["", "<details><summary>What happened, step by step</summary>", "", *drawn, "", "</details>"]
    return lines


def issue(finding: Finding, log: Log) -> tuple[str, ...]:
    """Return a finding as the lines of an issue: without the diagram, which its reader can have from the log."""
    return tuple(_finding(finding, log, new=False, diagram=False))


def _money(money: Money3, rules: tuple[str, ...]) -> list[str]:
    told = money_table(money, rules)
    if not told.most:
        return ["The gateway, the shop and the client agree on the money."]
    rows = [(name, *cells) for name, cells in told.rows]
    rows.append((f"**difference** ({told.what})" if told.what else "**difference**", *told.gaps))
    return _table((told.currency, *told.headers), rows, ("left", *("right" for _ in told.headers)))


def _others(title: str, findings: Iterable[Finding]) -> list[str]:
    rows = [(code(f.id), f.harm, prose(f.sentence)) for f in findings]
    if not rows:
        return []
    return [f"### {title}", "", *_table(("finding", "harm", "what"), rows, ("left", "left", "left")), ""]


def _methods(log: Log) -> list[str]:
    rows = [
        (code(m.method), _RETRY[m.retry], f"{m.runs:,}", _evidence(m), " ".join(map(code, m.findings)) or "-")
        for m in log.footer.methods
    ]
    return _table(("method", "retry", "runs", "evidence", "findings"), rows, ("left", "left", "right", "left", "left"))


def _evidence(method: MethodSafety) -> str:
    differ = by_dialect(method)
    return f"{prose(method.evidence)} ({prose(differ)})" if differ else prose(method.evidence)


def _rules(log: Log) -> list[str]:
    told = {verdict: sum(v.verdict is verdict for v in log.footer.rules) for verdict in Verdict}
    summary = ", ".join(f"{count} {verdict.value}" for verdict, count in told.items() if count)
    titles = {rule.id: rule.title for rule in log.header.rules}
    rows = [
        (code(v.rule), v.verdict.value, f"{v.exercised:,}", f"{v.broken:,}", prose(v.reason or titles[v.rule]))
        for v in log.footer.rules
    ]
    table = _table(("rule", "verdict", "runs", "broken", "what it asks"), rows, ("left", "left", "right", "right", "left"))
    return [f"<details><summary>Rules: {summary}</summary>", "", *table, "", "</details>"]


def _coverage(log: Log) -> list[str]:
    """Return how much of the fault space was tried, cut by cut, and what no run came to."""
    space = log.footer.space
    if not space.open:
        return []
    tried = f"{space.exercised:,} of {counted(space.open, 'cell')} of the fault space"
    lines = [f"<details><summary>Coverage: {tried}</summary>", ""]
    rows = [(code(method), *cells) for method, *cells in space_rows(log)]
    lines += [*_table(("method", *(f"{cut}: {says}" for cut, says in CUTS.items())), rows, ("left",) * (len(CUTS) + 1)), ""]
    missed = [hole for hole in space.holes if not hole.closed]
    lines += [f"- {prose(hole.what)}: {hole.cells:,} not tried, {prose(hole.reason)}" for hole in missed]
    lines += [f"- goal missed: {prose(goal.title)}" for goal in missed_goals(log)]
    return [*lines, "", "</details>", ""]


def _table(headers: Sequence[str], rows: Iterable[Sequence[str]], align: Sequence[str]) -> list[str]:
    cells = [[in_cell(cell) for cell in row] for row in rows]
    return tabulate(cells, headers=headers, tablefmt="pipe", colalign=tuple(align), disable_numparse=True).splitlines()


def _end(source: Source) -> list[str]:
    log, receipt = source.log, source.receipt
    not_tried = "; ".join(log.footer.not_tried)
    date = f", {receipt.date}" if receipt is not None else ""
    return [
        f"Not tried: {prose(not_tried)}.",
        "",
        f"<sub>tillproof {log.header.tillproof}, seed {log.header.choices.seed}{date}, log {code(source.sha256)}</sub>",
    ]
