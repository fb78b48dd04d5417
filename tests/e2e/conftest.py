"""Real databases, by name: a SQLite file, or a schema of the private PostgreSQL, which is skipped where there is none."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
from support.postgres import Postgres, postgres

__all__ = ["postgres"]

collect_ignore = [] if find_spec("selenium") else ["test_html_in_browser.py"]
"""`make e2e` brings selenium; `make test`, which deselects these tests, must be able to read the folder without it."""


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/till.db"
    server: Postgres = request.getfixturevalue("postgres")
    return server.fresh()
