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

from tillproof.selftest.rows import ROWS

_RULE = re.compile(r'^@rule\(\s*"([A-Z]+-\d\d)"', re.MULTILINE)
_REFERENCE = ("answers", "edges", "settling", "store_contract", "swaps", "webhooks", "taking_a_choice_back")
_CAUGHT = "tests/liars/test_liars.py::test_liar_is_caught_by_the_rules_its_row_names"


def tests_of(changed: Path) -> list[str]:
    """Name the tests for a changed file of the rules or the reference."""
    if "reference" in changed.parts:
        return [*(f"tests/reference/test_{name}.py" for name in _REFERENCE), "tests/scenarios"]
    rules = set(_RULE.findall(changed.read_text(encoding="utf-8")))
    liars = [row.name for row in ROWS if not row.two_faults and (not rules or rules.intersection(row.caught_by))]
    return ["tests/rules", "tests/scenarios", *(f"{_CAUGHT}[{name}]" for name in liars)]


if __name__ == "__main__":
    told = subprocess.run(["git", "diff", "--name-only"], capture_output=True, text=True, check=True)  # noqa: S607
    paths = [Path(line) for line in told.stdout.splitlines() if line.startswith("harness/")]
    chosen = [test for path in paths for test in tests_of(path)]
    pytest = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "-p", "no:cacheprovider"]
    sys.exit(subprocess.run([*pytest, *chosen], check=False).returncode)
