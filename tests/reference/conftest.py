"""The fixtures of the reference's tests."""

from __future__ import annotations

from support.postgres import postgres

__all__ = ["postgres"]
