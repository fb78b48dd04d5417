"""A row for every run, for spreadsheets and scripts; of runs with two faults, for the smallest that went wrong."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from tillproof.history.lanes import told_runs
from tillproof.history.log_runs import RunResult
from tillproof_reports.matrix import SIGNS, Outcome, outcomes
from tillproof_reports.money import money_table
from tillproof_reports.source import Source
from tillproof_reports.words import told

HEADERS = (
    "target",
    "journey",
    "client",
    "dialect",
    "plan",
    "schedule",
    "seed",
    "verdict",
    "outcome",
    "harm",
    "method",
    "rules",
    "currency",
    "difference",
    "points",
    "events",
    "error",
)
"""`difference` is in minor units; `rules` are those broken, with spaces between."""

_FORMULA = ("=", "+", "-", "@")


def render(source: Source, to: Path) -> bytes:
    """Return the table as RFC 4180 wants it, in UTF-8. No cell begins like a formula."""
    del to
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADERS)
    for of in source.targets:
        target, runs = of.log.header.target.name, tuple(told_runs(of.log))
        writer.writerows(
            [_plain(cell) for cell in _row(target, run, outcome)] for run, outcome in zip(runs, outcomes(runs), strict=True)
        )
    return text.getvalue().encode()


def _row(target: str, run: RunResult, outcome: Outcome) -> list[str]:
    rules = dict.fromkeys(breach.rule for breach in run.breaches)
    money = money_table(run.money, rules) if run.money is not None else None
    key = run.run
    return [
        *(target, key.journey, key.client, key.dialect, key.plan, key.schedule, str(key.seed)),
        *(run.verdict, SIGNS[outcome].words, run.harm or "", run.method or "", " ".join(rules)),
        *(money.currency if money else "", str(money.most) if money else ""),
        *(str(run.points), str(run.events), run.error),
    ]


def _plain(cell: str) -> str:
    """Return the cell so that a spreadsheet takes it for text."""
    text = told(cell)
    return f"'{text}" if text.startswith(_FORMULA) else text
