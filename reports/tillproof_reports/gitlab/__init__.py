"""GitLab's code quality report: one issue for each finding."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from tillproof.history.log_findings import Finding
from tillproof.history.verdicts import Harm, Level
from tillproof_reports.places import artifact
from tillproof_reports.source import Source
from tillproof_reports.words import told

_MONEY = (Harm.CUSTOMER_LOSES, Harm.SHOP_LOSES)


def render(source: Source, to: Path) -> bytes:
    """
    Return the issues of every target as JSON. The fingerprint is that of the finding's id: the same tomorrow.

    What is accepted as known is of no severity and says so.
    """
    del to
    issues = [_issue(of, finding) for of in source.targets for finding in of.log.findings]
    return msgspec.json.format(msgspec.json.encode(issues), indent=2) + b"\n"


def _issue(source: Source, f: Finding) -> dict[str, object]:
    known = source.known(f)
    note = f"Known until {known.until}: {known.reason}. " if known is not None else ""
    return {
        "description": told(f"{note}{f.id} {f.harm}: {f.sentence} Mend: {f.mend}"),
        "check_name": f.rules[0],
        "fingerprint": hashlib.sha256(f.id.encode()).hexdigest(),
        "severity": "info" if known is not None else _severity(f),
        "location": {"path": artifact(source.log.header.target), "lines": {"begin": 1}},
    }


def _severity(finding: Finding) -> str:
    if finding.level is Level.SHOULD:
        return "minor"
    return "blocker" if finding.harm in _MONEY else "critical"
