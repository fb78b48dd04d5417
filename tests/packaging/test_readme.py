"""The README's text is what is run: its processor, its commands, its table of exit codes."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tillproof.cli import main
from tillproof.exits import Exit

TEXT = (Path(__file__).parents[2] / "README.md").read_text()
FILES = dict(re.findall(r"```(?:python|toml)\n# (\w+\.(?:py|toml))\n(.*?)```", TEXT, re.DOTALL))
PROCESSOR = re.search(r"```python\n# mypay\.py\n(.*?)```", TEXT, re.DOTALL)
CONSOLES = re.findall(r"(<!-- slow -->\n)?```console\n\$ (.*?)\n(.*?)```", TEXT, re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the README's processors and gateway in it, as a reader would have copied them."""
    assert sorted(FILES) == ["acme.toml", "acmepay.py", "mypay.py"]
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def _squeezed(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(("command", "shown"), [(command, shown) for slow, command, shown in CONSOLES if not slow])
def test_a_command_of_the_readme(command: str, shown: str, folder: Path) -> None:
    """Every line the README shows under a command is in what the command prints, line breaks aside."""
    program, *arguments = shlex.split(command)
    assert program == "tillproof"
    told = subprocess.run(
        [sys.executable, "-m", "tillproof", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert told.stderr == ""
    missing = [line for line in shown.splitlines() if _squeezed(line) not in _squeezed(told.stdout)]
    assert missing == []
    assert f"exit {told.returncode}" in shown


def test_the_size_of_the_example() -> None:
    """The example stays one that is read in a minute."""
    assert PROCESSOR is not None
    code = [line for line in PROCESSOR[1].splitlines() if line.strip()]
    assert len(code) <= 55
    assert sum(bool(line.strip()) for name in ("acme.toml", "acmepay.py") for line in FILES[name].splitlines()) <= 25


def test_the_exit_codes() -> None:
    """The table has every exit code and no other."""
    assert [int(code) for code in re.findall(r"^\| (\d+) +\|", TEXT, re.MULTILINE)] == list(Exit)


def test_what_the_readme_points_to(root: Path) -> None:
    """Files it links or names are there."""
    named = re.findall(r"\]\((\w[^)]*)\)", TEXT) + re.findall(r"`([\w/]+\.py)`", TEXT)
    assert [name for name in named if not (root / name).exists()] == []


def test_the_commands_of_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    """Every `tillproof` command it names exists, with the options it names."""
    for name, rest in re.findall(r"`tillproof (\w+)([^`]*)`", TEXT):
        assert main([name, "--help"]) == Exit.CONFORMANT
        told = capsys.readouterr().out
        assert [option for option in re.findall(r"--[\w-]+", rest) if option not in told] == []
