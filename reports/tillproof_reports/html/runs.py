"""Every run of a log as compact JSON for the page: tables of words, and a short list of indices for each run."""

from __future__ import annotations

import msgspec

from tillproof.history.lanes import told_runs
from tillproof.history.log import Log
from tillproof.history.log_findings import Finding
from tillproof.history.log_runs import RunResult, RunVerdict
from tillproof.history.tokens import token
from tillproof_reports.matrix import SIGNS, Outcome
from tillproof_reports.words import told

_MOST_TOKENS = 2_000
"""Runs that went wrong and can be replayed from the page; the others by their finding."""

_LONGEST = 300


class _Words:
    """A table of words, each once, with its index."""

    def __init__(self) -> None:
        self.index: dict[str, int] = {}

    def of(self, word: str) -> int:
        return self.index.setdefault(word, len(self.index))

    def list(self) -> list[str]:
        return [told(word, _LONGEST) for word in self.index]


def runs_json(log: Log, ends: list[Outcome]) -> str:
    """
    Return the runs as JSON that is safe inside a `script` element.

    `runs` has `[journey, client, dialect, plan, outcome, rules, finding, schedule]` for each, as indices into the tables
    (finding -1: of none). By the run's index, `tokens` are the replay tokens of runs that went wrong, `calls` the methods of
    those in which nothing was made to fail.
    """
    journeys, clients, dialects, plans, rules, schedules = (_Words() for _ in range(6))
    rows: list[list[int]] = []
    tokens: dict[str, str] = {}
    calls: dict[str, tuple[str, ...]] = {}
    for n, (run, outcome) in enumerate(zip(told_runs(log), ends, strict=True)):
        key = run.run
        broken = " ".join(dict.fromkeys(breach.rule for breach in run.breaches))
        rows.append(
            [
                *(journeys.of(key.journey), clients.of(key.client), dialects.of(key.dialect), plans.of(key.plan)),
                *(int(outcome), rules.of(broken), finding_of(run, log.findings), schedules.of(key.schedule)),
            ]
        )
        if run.verdict is RunVerdict.FAILED and len(tokens) < _MOST_TOKENS:
            tokens[str(n)] = token(key)
        if not key.plan:
            calls[str(n)] = run.methods
    tables = {
        "journeys": journeys,
        "clients": clients,
        "dialects": dialects,
        "plans": plans,
        "rules": rules,
        "schedules": schedules,
    }
    raw = msgspec.json.encode(
        {
            **{name: words.list() for name, words in tables.items()},
            "outcomes": {str(int(outcome)): [sign.mark, sign.words] for outcome, sign in SIGNS.items()},
            "findings": [finding.id for finding in log.findings],
            "runs": rows,
            "tokens": tokens,
            "calls": calls,
        }
    ).decode()
    for char in "<>&\u2028\u2029":
        raw = raw.replace(char, f"\\u{ord(char):04x}")
    return raw


def finding_of(run: RunResult, findings: tuple[Finding, ...]) -> int:
    """Return the index of the finding a run belongs to, -1 for none: the same harm at its method, else what took that in."""
    if run.verdict is not RunVerdict.FAILED:
        return -1
    broken = {breach.rule for breach in run.breaches}
    for n, finding in enumerate(findings):
        if (finding.harm, finding.method) == (run.harm, run.method):
            return n
    return next((n for n, f in enumerate(findings) if f.method == run.method and broken <= set(f.rules)), -1)
