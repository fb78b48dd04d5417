"""SARIF 2.1.0 (OASIS): a result for each finding, the rules with their help texts, for code scanning."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from tillproof.domain.seed import SENTENCES
from tillproof.history.log import Log
from tillproof.history.log_findings import Finding
from tillproof.history.log_footer import Overall
from tillproof.history.log_header import Header, RuleLine
from tillproof.history.verdicts import Level
from tillproof_reports.places import artifact
from tillproof_reports.source import Source
from tillproof_reports.words import method_phrase, replay_command, told

Json = dict[str, Any]

_LONGEST = 200

_LEVELS: dict[Level, str] = {Level.MUST: "error", Level.SHOULD: "warning"}


def render(source: Source, to: Path) -> bytes:
    """
    Return a run for each target as SARIF; what is accepted as known is suppressed there.

    Results point at the target's file as far as its name tells it, and say which method.
    """
    del to
    document = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [_run(of) for of in source.targets],
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _run(source: Source) -> Json:
    log = source.log
    return {
        "tool": {"driver": _driver(log.header)},
        "automationDetails": {"id": f"tillproof/{quote(log.header.target.name[:_LONGEST], safe='')}/"},
        "invocations": [{"executionSuccessful": log.footer.verdict is not Overall.NO_VERDICT}],
        "results": [_result(log, finding) | _suppressed(source, finding) for finding in log.findings],
        "columnKind": "utf16CodeUnits",
        "properties": {"target": told(log.header.target.name), "logSha256": source.sha256},
    }


def _suppressed(source: Source, finding: Finding) -> Json:
    """Return what tells a reader that the finding is accepted as known, if it is."""
    known = source.known(finding)
    if known is None:
        return {}
    why = told(f"known until {known.until}: {known.reason}")
    return {"suppressions": [{"kind": "external", "status": "accepted", "justification": why}]}


def _driver(header: Header) -> Json:
    return {"name": "tillproof", "semanticVersion": header.tillproof, "rules": [_rule(rule) for rule in header.rules]}


def _rule(rule: RuleLine) -> Json:
    seed = [f"The architecture says ({id_}): {SENTENCES[id_]}." for id_ in rule.seed if id_ in SENTENCES]
    parts = [rule.text, f"Why: {rule.why}", f"Mend: {rule.mend}", *seed]
    return {
        "id": rule.id,
        "name": rule.id.replace("-", ""),
        "shortDescription": {"text": told(rule.title)},
        "fullDescription": {"text": told(" ".join(rule.text.split()) or rule.title)},
        "help": {"text": "\n\n".join(told(" ".join(part.split())) for part in parts)},
        "defaultConfiguration": {"level": _LEVELS[rule.level]},
        "properties": {"tags": ["payments", rule.level.value], "precision": "very-high"},
    }


def _result(log: Log, finding: Finding) -> Json:
    target = log.header.target
    ids = [rule.id for rule in log.header.rules]
    said = (
        f"{finding.sentence} {finding.harm[0].upper()}{finding.harm[1:]}. Why: {finding.why}. Mend: {finding.mend}. "
        f"See it: {replay_command(finding, target.name, target.gateway)}"
    )
    place = f"{target.name}.{method_phrase(finding)}" if finding.method else target.name
    return {
        "ruleId": finding.rules[0],
        "ruleIndex": ids.index(finding.rules[0]),
        "level": _LEVELS[finding.level],
        "message": {"text": told(said)},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": artifact(target)}, "region": {"startLine": 1}},
                "logicalLocations": [{"fullyQualifiedName": told(place), "kind": "function" if finding.method else "type"}],
            }
        ],
        "partialFingerprints": {"tillproofFinding/v1": finding.id},
        "properties": {"rules": list(finding.rules), "runs": finding.runs, "token": finding.token},
    }
