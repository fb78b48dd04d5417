"""`tillproof run --backend reference --wire --database URL`, as a person types it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tillproof.cli import main
from tillproof.exits import Exit
from tillproof.history.logfile import read

WIRE = ("run", "--backend", "reference", "--wire")


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "--processor", "bank", "--database", "sqlite:///till.db"),
        ("run", "--processor", "bank", "--wire", "--database", "sqlite:///till.db"),
        WIRE,
        (*WIRE, "--database", "mysql://somewhere/till"),
        (*WIRE, "--database", "not a url"),
        (*WIRE, "--database", "sqlite:////no/such/folder/till.db"),
        (*WIRE, "--database", "sqlite:///till.db", "--processor", "mine:Processor"),
    ],
)
def test_what_cannot_be_run_on_the_wire_is_said_in_three_lines(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Options that belong together, databases and processors that cannot be used: exit 2, and what to type instead."""
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == Exit.MISUSE
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) <= 3
    assert lines[0].startswith("error: ")


@pytest.mark.e2e
def test_a_small_campaign_on_the_wire_is_logged_like_any_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cash on delivery with every kill and every cut connection: exit 0, two servers at once, the same log twice."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / ".tillproof" / "last.jsonl"
    command = (*WIRE, "--database", "sqlite:///till.db", "--processor", "manual", "--journey", "cash-on-delivery")
    logs: list[bytes] = []
    for _ in range(2):
        assert main(command) == Exit.CONFORMANT
        logs.append(path.read_bytes())
    log = read(path)
    assert logs[0] == logs[1]
    assert log.header.target.kind == "backend"
    assert log.footer.counts.runs > log.footer.counts.controls
    assert any("crash-after" in run.run.plan for run in log.runs)
    assert any("sent-twice" in run.run.plan for run in log.runs)
