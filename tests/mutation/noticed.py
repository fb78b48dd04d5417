"""
Run the tests that should notice what is changed in the working tree, quickest first; a change they miss exits 0.

A rule is held by the tests of rules, by the journeys of honest targets, and by the liars it has to catch; the reference by
its own tests and by the journeys. The other tests would add an accident or two at most, and take an hour longer.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

_RULE = re.compile(r'^@rule\(\s*"([A-Z]+-\d\d)"', re.MULTILINE)
_LAWS = "tests/rules/test_laws_of_the_fold.py"
_STORES = ("store_contract", "sql_store", "postgres_store")
_CAUGHT = "tests/liars/test_liars.py::test_liar_is_caught_by_the_rules_its_row_names"
_HANGS_AFTER = (90.0, 240.0, 900.0)
"""Seconds, by stage: many times what its tests take. What takes longer goes on for ever, which is noticed."""


def stages(changed: Path) -> list[list[str]]:
    """Name the tests for a changed file of the rules or the reference, those first that are quick and notice most."""
    if "reference" in changed.parts:
        own = ["tests/reference", *(f"--ignore=tests/reference/test_{name}.py" for name in _STORES)]
        return [own, ["tests/scenarios", "tests/reference/test_store_contract.py"]]
    return [["tests/rules", f"--ignore={_LAWS}"], ["tests/scenarios"], [_LAWS, *_liars(changed)]]


def _liars(changed: Path) -> list[str]:
    from tillproof.selftest.rows import ROWS  # noqa: PLC0415 - imports what is changed; the first stages need none of it

    rules = set(_RULE.findall(changed.read_text(encoding="utf-8")))
    names = [row.name for row in ROWS if not row.two_faults and (not rules or rules.intersection(row.caught_by))]
    return [f"{_CAUGHT}[{name}]" for name in names]


def _pass(tests: list[str], seconds: float) -> bool:
    pytest = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "--assert=plain", "-p", "no:cacheprovider"]
    try:
        return subprocess.run([*pytest, *tests], check=False, timeout=seconds).returncode == 0
    except subprocess.TimeoutExpired:
        return False


if __name__ == "__main__":
    told = subprocess.run(["git", "diff", "--name-only"], capture_output=True, text=True, check=True)  # noqa: S607
    paths = [Path(line) for line in told.stdout.splitlines() if line.startswith("harness/")]
    sys.exit(0 if all(_pass(*stage) for path in paths for stage in zip(stages(path), _HANGS_AFTER, strict=False)) else 1)
