"""Stripe among what comes along: its SDK is an extra, and is imported by nobody who does not ask for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tillproof.errors import Misuse
from tillproof_fake_processors import PROCESSORS


def test_nobody_else_imports_the_sdk() -> None:
    """Neither the fakes nor the command line do."""
    code = "import sys, tillproof.cli, tillproof_fake_processors; sys.exit('stripe' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_the_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for the processor is told what to install."""
    for name in ("processor", "sdk", "understanding"):
        monkeypatch.delitem(sys.modules, f"tillproof_fake_processors.stripe.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "stripe", None)
    with pytest.raises(Misuse) as told:
        PROCESSORS["stripe"].loaded()
    assert told.value.type == "pip install 'tillproof[stripe]'"
