"""Every test here gets a bench of its own, whose workers end with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.processorbench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A folder to write processors to, and a scripted gateway."""
    made = Bench(tmp_path)
    yield made
    made.close()
