"""`tillproof init`: what it writes runs, and what is there is left alone."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tillproof.cli import main
from tillproof.exits import Exit
from tillproof.starter.project import CI

README = (Path(__file__).parents[2] / "README.md").read_text()
MYPAY = README.partition("```python\n")[2].partition("```")[0]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that holds the README's processor."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mypay.py").write_text(MYPAY)
    return tmp_path


@pytest.mark.parametrize("ci", CI)
def test_what_it_writes(ci: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Configuration, test and job are written, told by name, and followed by the next command."""
    (folder / "tests").mkdir()
    assert main(["init", "--ci", ci]) == Exit.CONFORMANT
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "wrote tillproof.toml",
        "wrote tests/test_safe_to_retry.py",
        f"wrote {CI[ci][0]}",
        "",
        "next  tillproof run",
    ]
    assert (folder / CI[ci][0]).read_text() == CI[ci][1]


def test_never_overwrites(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What exists stays as it is, and the person hears it."""
    (folder / "tillproof.toml").write_text('processor = "mypay:MyPay"\n')
    (folder / "test_safe_to_retry.py").write_text("# mine\n")
    assert main(["init"]) == Exit.CONFORMANT
    assert "kept  tillproof.toml" in capsys.readouterr().out
    assert (folder / "test_safe_to_retry.py").read_text() == "# mine\n"
    assert (folder / "tillproof.toml").read_text() == 'processor = "mypay:MyPay"\n'


def test_settings_of_pyproject(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Settings in `pyproject.toml` are not overruled by a new file, and the test is for their processor."""
    (folder / "pyproject.toml").write_text('[tool.tillproof]\nprocessor = "shop.pay:Pay"\n')
    assert main(["init"]) == Exit.CONFORMANT
    assert "kept  [tool.tillproof] of pyproject.toml" in capsys.readouterr().out
    assert not (folder / "tillproof.toml").exists()
    assert '"shop.pay:Pay"' in (folder / "test_safe_to_retry.py").read_text()


def test_nothing_of_one_s_own_yet(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a processor it says what to put in."""
    (folder / "mypay.py").unlink()
    assert main(["init"]) == Exit.CONFORMANT
    assert "put your own class for mypay:MyPay" in capsys.readouterr().out


@pytest.mark.parametrize("typed", [["gateway", "no name"], ["gateway", "../up"], ["--processor", "bänk:X"]])
def test_names_that_cannot_be_used(typed: list[str], folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A name that is none is refused, and nothing is written."""
    assert main(["init", *typed]) == Exit.MISUSE
    assert len(capsys.readouterr().err.splitlines()) <= 3
    assert [path.name for path in folder.iterdir()] == ["mypay.py"]


def test_a_gateway_of_one_s_own(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The starter is a gateway that runs, and small enough to be read before it is changed."""
    name = "acme_pay_gateway:AcmePayGateway"
    assert main(["init", "gateway", "acme-pay"]) == Exit.CONFORMANT
    assert f"--gateway {name}" in capsys.readouterr().out
    text = (folder / "acme_pay_gateway.py").read_text()
    assert "OwnGateway" not in text
    assert sum(bool(line.strip()) for line in text.partition("class ")[2].splitlines()) <= 80
    ran = subprocess.run(
        [sys.executable, "-m", "tillproof", "run", "--processor", "mypay:MyPay", "--gateway", name, "--depth", "none"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert re.search(r"undisturbed +(\d+) of \1 runs pass", ran.stdout)


def test_the_written_test_runs(folder: Path) -> None:
    """The test file passes for a processor that is right."""
    main(["init"])
    written = folder / "test_safe_to_retry.py"  # made quicker: nothing is made to fail
    written.write_text(written.read_text().replace('journeys="buy"', 'journeys="buy", depth="none"'))
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", "import test_safe_to_retry as t; t.test_purchases_are_safe_to_retry()"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
