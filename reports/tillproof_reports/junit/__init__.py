"""JUnit XML: one test case for each rule, under the rule's bare id, in a suite for the target."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from tillproof.history.log import Log
from tillproof.history.log_findings import Finding
from tillproof.history.log_footer import Overall, RuleVerdict
from tillproof.history.verdicts import Verdict
from tillproof_reports.source import Source
from tillproof_reports.words import replay_command, told

_SUITE = "tillproof"


def render(source: Source, to: Path) -> bytes:
    """
    Return a suite for each target.

    A rule that failed is a failure; one that was skipped, never exercised, or broken only in findings that are accepted as
    known is skipped with the reason. A campaign without a verdict has an error in it as well: all that ran may have passed,
    and still nothing is proved.
    """
    del to
    xml = JUnitXml(_SUITE)
    for of in source.targets:
        xml.add_testsuite(_suite(of))
    written = BytesIO()
    xml.write(written)  # pyright: ignore[reportUnknownMemberType]  (the library says of what kind no file is)
    return written.getvalue()


def _suite(source: Source) -> TestSuite:
    log = source.log
    name = f"{_SUITE}.{told(log.header.target.name, 200)}"
    suite = TestSuite(name)
    suite.add_testcases([_case(source, verdict, name) for verdict in log.footer.rules])
    if log.footer.verdict is Overall.NO_VERDICT:
        case = TestCase("verdict", name)
        case.result = [Error(told(log.footer.sentence), "no-verdict")]
        suite.add_testcase(case)
    return suite


def _case(source: Source, verdict: RuleVerdict, name: str) -> TestCase:
    case, log = TestCase(verdict.rule, name), source.log
    match verdict.verdict:
        case Verdict.PASSED:
            return case
        case Verdict.SKIPPED:
            case.result = [Skipped(told(verdict.reason))]
        case Verdict.NOT_EXERCISED:
            case.result = [Skipped("not exercised: its precondition held in no run")]
        case Verdict.FAILED if known := _only_known(source, verdict):
            case.result = [Skipped(told(known))]
        case Verdict.FAILED:
            failure = Failure(told(log.header.rule(verdict.rule).title), "finding")
            failure.text = "\n".join(_story(log, verdict))
            case.result = [failure]
        case Verdict.ERRORED:
            case.result = [Error(told(verdict.reason), "errored")]
    return case


def _only_known(source: Source, verdict: RuleVerdict) -> str:
    """Return what is accepted of a rule that only known findings break, else nothing."""
    entries = [source.known(finding) for finding in source.log.findings if verdict.rule in finding.rules]
    known = [entry for entry in entries if entry is not None]
    if not known or len(known) < len(entries):
        return ""
    return "; ".join(f"{entry.id} is known until {entry.until}: {entry.reason}" for entry in known)


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
