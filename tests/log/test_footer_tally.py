"""The footer: what can be said of rules, methods and the target, and the exit code it leads to."""

from __future__ import annotations

import msgspec
import pytest
from support import samplelog

from tillproof.contract.processor import METHODS
from tillproof.exits import Exit
from tillproof.history.footer import Tally
from tillproof.history.log_findings import Finding
from tillproof.history.log_footer import Footer, Overall, Retry
from tillproof.history.log_header import Choices, Header
from tillproof.history.log_runs import RunResult, RunVerdict
from tillproof.history.safety import SAFE_EVIDENCE
from tillproof.history.verdicts import Harm, Level, Verdict


def footer(*runs: RunResult, findings: tuple[Finding, ...] = (), choices: Choices | None = None) -> Footer:
    """Count the runs and close the account."""
    header: Header = samplelog.HEADER
    if choices is not None:
        header = msgspec.structs.replace(header, choices=choices)
    tally = Tally(header)
    for run in runs:
        tally.add(run)
    return tally.footer(findings)


def run(plan: str, verdict: RunVerdict, *, listed: tuple[str, ...] = (), error: str = "") -> RunResult:
    """Return a run that called capture_payment and exercised LED-05."""
    return RunResult(
        run=samplelog.key(plan),
        verdict=verdict,
        points=5,
        events=9,
        methods=("capture_payment",),
        exercised=(0,),
        listed=listed,
        error=error,
    )


CONTROL = run("", RunVerdict.PASSED)
RIGHT = run("client.complete#1=request-lost", RunVerdict.PASSED)
LISTED = run("client.complete#1=request-lost", RunVerdict.PASSED, listed=("capture_payment",))
ERRORED = run("client.complete#1=request-lost", RunVerdict.ERRORED, error="shop: boom")
ENDLESS = run("", RunVerdict.ERRORED, error="the journey did not come to its end")
NOT_APPLICABLE = run("client.complete#9=request-lost", RunVerdict.NOT_APPLICABLE)
FINDING = samplelog.log().findings[0]
SHOULD = msgspec.structs.replace(FINDING, level=Level.SHOULD)


def test_the_ten_methods() -> None:
    """Every method of the contract has its line, that for webhooks too, and no other."""
    assert sorted(SAFE_EVIDENCE) == sorted((*METHODS, "read_webhook"))


@pytest.mark.parametrize(
    ("runs", "findings", "fail_on", "verdict", "exit_code"),
    [
        ((CONTROL, RIGHT), (), Level.MUST, Overall.SAFE, Exit.CONFORMANT),
        ((CONTROL, RIGHT), (FINDING,), Level.MUST, Overall.NOT_SAFE, Exit.FINDINGS),
        ((CONTROL, RIGHT), (SHOULD,), Level.MUST, Overall.NOT_SAFE, Exit.CONFORMANT),
        ((CONTROL, RIGHT), (SHOULD,), Level.SHOULD, Overall.NOT_SAFE, Exit.FINDINGS),
        ((CONTROL, ERRORED), (), Level.MUST, Overall.NO_VERDICT, Exit.NO_VERDICT),
        ((ENDLESS, RIGHT), (), Level.MUST, Overall.NO_VERDICT, Exit.NO_VERDICT),
        ((ENDLESS, RIGHT), (FINDING,), Level.MUST, Overall.NOT_SAFE, Exit.FINDINGS),
        ((), (), Level.MUST, Overall.NO_VERDICT, Exit.NO_VERDICT),
        ((NOT_APPLICABLE,), (), Level.MUST, Overall.NO_VERDICT, Exit.NO_VERDICT),
    ],
)
def test_verdict_and_exit(
    runs: tuple[RunResult, ...], findings: tuple[Finding, ...], fail_on: Level, verdict: Overall, exit_code: Exit
) -> None:
    """Only what ran and was right is safe; findings fail from their level on; what errored is no verdict."""
    told = footer(*runs, findings=findings, choices=Choices(fail_on=fail_on))
    assert (told.verdict, told.exit) == (verdict, exit_code)


@pytest.mark.parametrize(
    ("runs", "findings", "retry", "evidence"),
    [
        ((CONTROL, RIGHT), (), Retry.SAFE, "one capture in every run"),
        ((CONTROL, LISTED), (), Retry.AT_MOST_ONCE, "1 run ends with it listed for a person"),
        ((CONTROL, LISTED, LISTED), (), Retry.AT_MOST_ONCE, "2 runs end with it listed for a person"),
        ((CONTROL,), (), Retry.NOT_EXERCISED, "never interrupted"),
        ((NOT_APPLICABLE,), (), Retry.NOT_EXERCISED, "never called"),
        (
            (CONTROL, RIGHT),
            (msgspec.structs.replace(FINDING, method="capture_payment"),),
            Retry.UNSAFE,
            "shop loses money in 1 run",
        ),
        (
            (CONTROL, RIGHT),
            (msgspec.structs.replace(FINDING, method="capture_payment", harm=Harm.LEAK),),
            Retry.SAFE,
            "one capture in every run",
        ),
    ],
)
def test_retry_safety(runs: tuple[RunResult, ...], findings: tuple[Finding, ...], retry: Retry, evidence: str) -> None:
    """Four words: safe, at most once, UNSAFE, not exercised; a run without a fault proves nothing about retries."""
    told = {m.method: m for m in footer(*runs, findings=findings).methods}["capture_payment"]
    assert (told.retry, told.evidence) == (retry, evidence)
    assert told.findings == tuple(f.id for f in findings)


def test_rules_by_verdict() -> None:
    """A rule failed, passed, was not exercised, or was skipped with its reason; the counts stand beside it."""
    told = {v.rule: v for v in samplelog.log().footer.rules}
    assert (told["LED-05"].verdict, told["LED-05"].exercised, told["LED-05"].broken) == (Verdict.FAILED, 3, 1)
    assert told["SESS-03"].verdict is Verdict.NOT_EXERCISED
    assert told["CAP-03"].verdict is Verdict.SKIPPED
    assert told["CAP-03"].reason == "the processor does not declare partial_capture"
    assert {v.rule: v.verdict for v in footer(CONTROL).rules}["LED-05"] is Verdict.PASSED


def test_counts() -> None:
    """Runs are counted by verdict; those whose fault never struck stand apart; points are those of the controls."""
    counts = samplelog.log().footer.counts
    assert (counts.runs, counts.passed, counts.failed, counts.errored, counts.not_applicable) == (4, 2, 1, 0, 1)
    assert (counts.controls, counts.controls_passed, counts.points) == (2, 2, 13)
    assert (counts.findings, counts.must) == (1, 1)


def test_nothing_made_to_fail() -> None:
    """With depth none the report says that faults were not tried and does not call anything safe to retry."""
    told = footer(CONTROL, choices=Choices(depth="none"))
    assert told.not_tried[0] == "any fault (--depth single)"
    assert "retries were not judged" in told.sentence
