"""What is shipped is what was tested, and it keeps to its own names."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

PACKAGES = {"tillproof", "tillproof_scenarios", "tillproof_fake_processors", "tillproof_reports"}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A sample project that owns packages called `reports` and `scenarios`, as shops do."""
    for name in ("reports", "scenarios", "harness", "fake_processors"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text('OWNER = "the shop"\n')
    return tmp_path


def _python(shop: Path, installed: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python inside the shop, with the wheel's own packages before those of the checkout."""
    return subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=shop,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )


SHIPPED = {".py", ".typed", ".json", ".html", ".css", ".js"}


def test_the_wheel_s_names(wheel: Path) -> None:
    """It has exactly the four packages, each with its own marker of being typed, and no test, cache or stray file."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name]
    assert {name.partition("/")[0] for name in names} == PACKAGES
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(names)
    assert not [name for name in names if "__pycache__" in name or Path(name).suffix not in SHIPPED]


def test_nothing_is_left_out(root: Path, wheel: Path) -> None:
    """Every module of the checkout is in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        shipped = {name for name in archive.namelist() if name.endswith(".py")}
    roots = [root / folder for folder in ("harness", "scenarios", "fake_processors", "reports")]
    assert shipped == {path.relative_to(folder).as_posix() for folder in roots for path in folder.rglob("*.py")}


def test_the_licence_and_the_command(root: Path, installed: Path) -> None:
    """The licence travels along, and the version is that of the package."""
    info = next(installed.glob("tillproof-*.dist-info"))
    assert (info / "licenses" / "LICENSE").read_text() == (root / "LICENSE").read_text()
    assert "tillproof = tillproof.cli:main" in (info / "entry_points.txt").read_text()
    version = tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"]
    assert f"Version: {version}\n" in (info / "METADATA").read_text()


def test_inside_a_shop_with_names_like_ours(shop: Path, installed: Path) -> None:
    """Installed in a project that owns `reports` and `scenarios`, each side gets its own."""
    told = _python(
        shop,
        installed,
        "-c",
        "import reports, scenarios, tillproof, tillproof_reports, tillproof_scenarios, tillproof_fake_processors\n"
        "print(reports.OWNER, scenarios.OWNER, tillproof.__version__)\n"
        "print(tillproof.__file__)",
    )
    assert told.stderr == ""
    assert told.stdout.splitlines()[0] == "the shop the shop 0.1.0"
    assert Path(told.stdout.splitlines()[1]).is_relative_to(installed)


@pytest.mark.parametrize(
    ("command", "shows"),
    [
        (["--version"], "0.1.0"),
        (["list", "processors"], "bank"),
        (["run", "--processor", "manual", "--journey", "cash-on-delivery", "--depth", "none"], "exit 0"),
    ],
)
def test_a_command_inside_such_a_shop(command: list[str], shows: str, shop: Path, installed: Path) -> None:
    """The commands work from the wheel, outside the checkout, with warnings as errors."""
    told = _python(shop, installed, "-m", "tillproof", *command)
    assert (told.returncode, told.stderr) == (0, "")
    assert shows in told.stdout
