"""GitLab's code quality report: one issue for each finding."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from tillproof.history.log import Finding
from tillproof.history.verdicts import Harm, Level
from tillproof_reports.places import artifact
from tillproof_reports.source import Source
from tillproof_reports.words import told

_MONEY = (Harm.CUSTOMER_LOSES, Harm.SHOP_LOSES)


def render(source: Source, to: Path) -> bytes:
    """Return the issues as JSON. The fingerprint is that of the finding's id: the same tomorrow."""
    del to
    path = artifact(source.log.header.target)
    issues = [
        {
            "description": told(f"{f.id} {f.harm}: {f.sentence} Mend: {f.mend}"),
            "check_name": f.rules[0],
            "fingerprint": hashlib.sha256(f.id.encode()).hexdigest(),
            "severity": _severity(f),
            "location": {"path": path, "lines": {"begin": 1}},
        }
        for f in source.log.findings
    ]
    return msgspec.json.format(msgspec.json.encode(issues), indent=2) + b"\n"


def _severity(finding: Finding) -> str:
    if finding.level is Level.SHOULD:
        return "minor"
    return "blocker" if finding.harm in _MONEY else "critical"
