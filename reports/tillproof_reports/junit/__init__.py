"""JUnit XML: one test case for each rule, under the rule's bare id, in a suite for the target."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from tillproof.history.log import Finding, Log, Overall, RuleVerdict
from tillproof.history.verdicts import Verdict
from tillproof_reports.source import Source
from tillproof_reports.words import replay_command, told

_SUITE = "tillproof"


def render(source: Source, to: Path) -> bytes:
    """
    Return the suite. A rule that failed is a failure, one that was skipped or never exercised is skipped with the reason.

    A campaign without a verdict has an error in it as well: all that ran may have passed, and still nothing is proved.
    """
    del to
    log = source.log
    name = f"{_SUITE}.{told(log.header.target.name, 200)}"
    suite = TestSuite(name)
    suite.add_testcases([_case(log, verdict, name) for verdict in log.footer.rules])
    if log.footer.verdict is Overall.NO_VERDICT:
        case = TestCase("verdict", name)
        case.result = [Error(told(log.footer.sentence), "no-verdict")]
        suite.add_testcase(case)
    xml = JUnitXml(_SUITE)
    xml.add_testsuite(suite)
    written = BytesIO()
    xml.write(written)  # pyright: ignore[reportUnknownMemberType]  (the library says of what kind no file is)
    return written.getvalue()


def _case(log: Log, verdict: RuleVerdict, name: str) -> TestCase:
    case = TestCase(verdict.rule, name)
    match verdict.verdict:
        case Verdict.PASSED:
            return case
        case Verdict.SKIPPED:
            case.result = [Skipped(told(verdict.reason))]
        case Verdict.NOT_EXERCISED:
            case.result = [Skipped("not exercised: its precondition held in no run")]
        case Verdict.FAILED:
            failure = Failure(told(log.header.rule(verdict.rule).title), "finding")
            failure.text = "\n".join(_story(log, verdict))
            case.result = [failure]
        case Verdict.ERRORED:
            case.result = [Error(told(verdict.reason), "errored")]
    return case


def _story(log: Log, verdict: RuleVerdict) -> list[str]:
    lines = [f"broken in {verdict.broken} of {verdict.exercised} runs"]
    for finding in log.findings:
        if verdict.rule in finding.rules:
            lines += ["", *_finding(log, finding)]
    return lines


def _finding(log: Log, finding: Finding) -> list[str]:
    target = log.header.target
    told_as = (
        f"{finding.id}  {finding.harm}  guilty: {finding.guilty}",
        finding.sentence,
        f"plan: {finding.run.disturbed_by}",
        f"why:  {finding.why}",
        f"mend: {finding.mend}",
        replay_command(finding, target.name, target.gateway),
    )
    return [told(line) for line in told_as]
