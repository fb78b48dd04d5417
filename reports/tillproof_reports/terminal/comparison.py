"""The screen of `tillproof compare`: what is new comes first, because only that fails the command."""

from __future__ import annotations

from collections.abc import Sequence

from tillproof.history.compare import Comparison
from tillproof.history.log import Log
from tillproof.history.log_findings import Finding
from tillproof.history.log_footer import Overall
from tillproof_reports.money import money_table
from tillproof_reports.terminal.layout import WIDEST, counted, paragraph, table

_TITLES: tuple[tuple[str, str], ...] = (
    ("new", "NEW"),
    ("still", "STILL THERE"),
    ("fixed", "FIXED"),
    ("unexercised", "NO LONGER EXERCISED   not known to be fixed: the newer campaign never tried it"),
)


def comparison_screen(compared: Comparison, new: Log, *, width: int = WIDEST) -> list[str]:
    """Return the lines for two logs compared; `new` is the newer of them."""
    lines = [f"{new.header.target.name}: {_counts(compared)}", ""]
    for name, title in _TITLES:
        findings: tuple[Finding, ...] = getattr(compared, name)
        if findings:
            lines += [*paragraph(title, indent=0, width=width), "", *_findings(findings, width), ""]
    if new.footer.verdict is Overall.NO_VERDICT:
        lines += [*paragraph(new.footer.sentence, indent=0, width=width), ""]
    if compared.new:
        lines.append(f"next    tillproof replay {compared.new[0].id}")
    return [*lines, f"exit {compared.exit}  ({counted(len(compared.new), 'new finding')})"]


def _counts(compared: Comparison) -> str:
    told = f"{len(compared.new)} new, {len(compared.still)} still there, {len(compared.fixed)} fixed"
    return f"{told}, {len(compared.unexercised)} no longer exercised" if compared.unexercised else told


def _findings(findings: Sequence[Finding], width: int) -> list[str]:
    rows = [(f.id, f.level.upper(), f.harm, _moved(f), f.sentence) for f in findings]
    headers = ("finding", "level", "harm", "money", "what")
    return table(headers, rows, align=("left", "left", "left", "right", "left"), width=width)


def _moved(finding: Finding) -> str:
    """Return the largest difference in its smallest run, in its currency."""
    if finding.money is None:
        return "-"
    told = money_table(finding.money, finding.rules)
    return f"{max(told.gaps, key=len)} {told.currency}" if told.most else "-"


def against_lines(compared: Comparison) -> list[str]:
    """Return what `tillproof run --baseline` says below the report, with the exit code that counts."""
    named = "".join(f"  {finding.id}" for finding in compared.new)
    return [f"baseline  {_counts(compared)}{named}", f"exit {compared.exit}  (only what is new since the baseline counts)"]
