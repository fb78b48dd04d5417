"""`tillproof watch`: the last findings, replayed at once and after each save."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import samplelog

from tillproof.cli import main
from tillproof.cli.watch import python_files, replays, saves
from tillproof.exits import Exit
from tillproof.history.logfile import read


def test_saves() -> None:
    """It tells at once, and then only when a file has changed; it pauses between two looks."""
    looks = iter([(("a.py", 1),), (("a.py", 1),), (("a.py", 2),), (("a.py", 2), ("b.py", 1))])
    pauses: list[int] = []
    told = saves(lambda: next(looks), lambda: pauses.append(1))
    for expected in (0, 2, 3):
        next(told)
        assert len(pauses) == expected


def test_python_files(tmp_path: Path) -> None:
    """The folder's Python files count; hidden folders, where environments lie, do not."""
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "no.py").touch()
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "pay.py").touch()
    (tmp_path / "readme.md").touch()
    assert [Path(name).name for name, _ in python_files(tmp_path)] == ["pay.py"]


def test_replays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each finding of the last run is told with how it ends now; a file that does not load is told in its three lines."""
    monkeypatch.chdir(tmp_path)
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    right = readme.partition("```python\n")[2].partition("```")[0]
    (tmp_path / "mypay.py").write_text(right.replace('STATUS.get(body["status"], body["status"])', '"odd"'))
    assert main(["run", "--processor", "mypay:MyPay", "--journey", "buy", "--depth", "none", "-q"]) == Exit.FINDINGS
    log = read(Path(".tillproof/last.jsonl"))
    assert replays(log, tmp_path)[0].startswith(f"{log.findings[0].id}   STILL THERE")
    (tmp_path / "mypay.py").write_text(right)
    assert "FIXED" in replays(log, tmp_path)[0]
    (tmp_path / "mypay.py").write_text("half a li")
    assert replays(log, tmp_path)[0].startswith("error: mypay could not be imported")


def test_nothing_to_watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a last run, or after one of a built-in processor, there is no file to watch."""
    monkeypatch.chdir(tmp_path)
    assert main(["watch"]) == Exit.MISUSE
    assert "there is no last log here" in capsys.readouterr().err
    main(["run", "--processor", "bank", "--journey", "buy", "--depth", "none", "-q"])
    assert main(["watch"]) == Exit.MISUSE
    assert "bank is no file of yours" in capsys.readouterr().err


def test_no_finding(tmp_path: Path) -> None:
    """After a run without findings it says so."""
    log = samplelog.log()
    right = type(log)(header=log.header, runs=(), findings=(), footer=log.footer)
    assert replays(right, tmp_path) == ["no finding to replay; next: tillproof run --processor mypay:MyPay"]
