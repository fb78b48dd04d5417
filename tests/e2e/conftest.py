"""Real databases, by name: a SQLite file, or a schema of the private PostgreSQL, which is skipped where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.postgres import Postgres, postgres

__all__ = ["postgres"]


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/till.db"
    server: Postgres = request.getfixturevalue("postgres")
    return server.fresh()
