"""The arrows of the architecture hold, and a violation of each is noticed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOTS = ("harness", "scenarios", "fake_processors", "reports")

PLANTED = {
    "harness/tillproof/domain/money.py": ("import tillproof.errors", "the domain imports nothing of ours"),
    "harness/tillproof/faults/kinds.py": ("import tillproof.contract.gateway", "history and faults know the domain"),
    "harness/tillproof/reference/ports.py": ("import tillproof.faults.plans", "each part stands only on those below it"),
    "fake_processors/tillproof_fake_processors/ledger.py": ("import tillproof.faults.kinds", "fakes know the domain"),
    "reports/tillproof_reports/__init__.py": ("import tillproof.contract.gateway", "rules and reports know the history"),
    "scenarios/tillproof_scenarios/__init__.py": ("import tillproof.simulation.driver", "scenarios know what a client may"),
    "harness/tillproof/simulation/journey.py": ("import tillproof_scenarios", "only composition points import"),
    "harness/tillproof/__init__.py": ("import tillproof_reports", "the front door imports nothing"),
}


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join(str(folder / root) for root in ROOTS)
    code = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    return subprocess.run(
        [sys.executable, "-c", code, "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": paths, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_arrows_hold(root: Path) -> None:
    """No import of ours points the wrong way."""
    told = _lint(root)
    assert told.returncode == 0, told.stdout


def test_planted_violations(root: Path, tmp_path: Path) -> None:
    """An import against each of the arrows breaks the contract that says so."""
    for folder in ROOTS:
        shutil.copytree(root / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "pyproject.toml", tmp_path)
    for file, (line, _) in PLANTED.items():
        with (tmp_path / file).open("a") as module:
            module.write(f"\n{line}\n")
    told = _lint(tmp_path)
    assert told.returncode == 1
    broken = [line for line in told.stdout.splitlines() if " BROKEN" in line]
    missed = [says for _, says in PLANTED.values() if not any(line.startswith(says) for line in broken)]
    assert missed == []
