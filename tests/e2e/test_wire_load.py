"""The load script itself, and whether the server keeps its memory to itself."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = pytest.mark.e2e


def _script() -> ModuleType:
    path = Path(__file__).with_name("load.py")
    spec = importlib.util.spec_from_file_location("load", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_two_hundred_checkouts_through_eight_connections_all_add_up(database: str) -> None:
    """Every request succeeds, and the ledger holds one authorization and one capture of the same sum for each checkout."""
    done = _script().load(database)
    print(done)  # noqa: T201 - the figure
    assert done.adds_up(), done


def test_memory_does_not_grow_with_the_checkouts(tmp_path: Path) -> None:
    """After 500 checkouts the server holds at most a fifth more than after 100 (the script does 10,000 and 1,000)."""
    before, after = _script().grown(f"sqlite:///{tmp_path}/till.db", early=100, late=500)
    print(f"{before >> 20} MB, then {after >> 20} MB")  # noqa: T201 - the figure
    assert after <= 1.2 * before
