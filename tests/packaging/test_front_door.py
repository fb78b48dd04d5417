"""What `import tillproof` offers, and what the command line loads before it knows what is wanted."""

from __future__ import annotations

import subprocess
import sys

import tillproof

HEAVY = (
    "litestar",
    "uvicorn",
    "sqlalchemy",
    "psycopg",
    "jinja2",
    "junitparser",
    "faker",
    "babel",
    "httpx",
    "respx",
    "tillproof_reports",
    "dask",
)


def test_the_front_door() -> None:
    """`__all__` is sorted, and is what can be imported."""
    assert sorted(tillproof.__all__) == tillproof.__all__
    offered: dict[str, object] = {}
    exec("from tillproof import *", offered)  # noqa: S102 - the very sentence a user writes
    assert set(offered) - {"__builtins__"} == set(tillproof.__all__)


def test_the_front_door_alone() -> None:
    """Importing the package imports none of its parts: else a sibling that imports `tillproof.domain` comes full circle."""
    code = "import sys, tillproof; print(sorted(name for name in sys.modules if name.startswith('tillproof')))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "['tillproof']\n"


def test_help_is_quick() -> None:
    """`tillproof --help` imports no server, database, report, faker or babel code."""
    code = (
        "import sys\n"
        "from tillproof.cli import main\n"
        "sys.argv = ['tillproof', '--help']\n"
        "try:\n    main()\n"
        "except SystemExit:\n    pass\n"
        f"print('heavy:', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines()[-1] == "heavy: []"
