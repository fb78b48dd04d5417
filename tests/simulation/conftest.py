"""The honest targets the engine is tried with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tillproof.simulation.target import Target
from tillproof.targets.named import opened


@pytest.fixture(scope="session")
def bank() -> Iterator[Target]:
    """The bank, which has a gateway."""
    with opened("bank", None) as target:
        yield target


@pytest.fixture(scope="session")
def manual() -> Iterator[Target]:
    """Cash on delivery, which has none."""
    with opened("manual", None) as target:
        yield target
