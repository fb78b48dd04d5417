"""The selftest's screen: who was caught by what and how soon, who was held and in how many runs, and what is off."""

from __future__ import annotations

from statistics import median

from tillproof.selftest.honest import Held
from tillproof.selftest.outcome import Outcome
from tillproof_reports.terminal.layout import counted, paragraph, table


def screen(outcome: Outcome, seconds: float, width: int) -> list[str]:
    """Return the lines to be printed; `seconds` is how long it all took."""
    liars = [
        (one.name, f"{one.runs:,}", "-" if one.first is None else f"{one.first:.2f} s", _rules(one.broken, one.missing))
        for one in outcome.caught
    ]
    align = ("left", "right", "right", "left")
    lines = table(("liar", "runs", "first finding", "rules that caught it"), liars, align=align, width=width)
    honest = [(one.name, f"{one.runs:,}", f"{len(one.exercised)}", one.left_out or _said(one)) for one in outcome.held]
    lines += ["", *table(("honest", "runs", "rules", "what was found"), honest, align=align, width=width)]
    lines += ["", *_summary(outcome, seconds), ""]
    for line in outcome.off:
        lines += paragraph(f"off: {line}", indent=0, width=width)
    return [*lines, f"selftest {'FAILED' if outcome.off else 'passed'}"]


def _rules(broken: dict[str, str], missing: tuple[str, ...]) -> str:
    return " ".join([*broken, *(f"NOT-{id_}" for id_ in missing)])


def _said(one: Held) -> str:
    alike = f"; {one.alike:,} more would go on like one of them" if one.alike else ""
    return f"{len(one.wrong) or 'nothing'} wrong{alike}"


def _summary(outcome: Outcome, seconds: float) -> list[str]:
    times = [one.first for one in outcome.caught if one.first is not None]
    lines = [f"{counted(len(outcome.caught), 'liar')}, {counted(outcome.runs, 'judged run')}, {seconds:.0f} s"]
    if times:
        lines.append(f"time until the first finding: median {median(times):.2f} s, longest {max(times):.2f} s")
    return lines
