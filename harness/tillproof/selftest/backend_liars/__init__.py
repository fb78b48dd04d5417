"""Backends wrong on purpose: the reference with a small patch each, kept to prove that a rule can fail."""

from __future__ import annotations

from tillproof.selftest.backend_liars import (
    after_order,
    at_once,
    client_words,
    completion,
    keys,
    outages,
    sessions,
    swaps,
    webhooks,
)
from tillproof.selftest.backend_liars.patching import lying
from tillproof.selftest.backend_liars.row import BackendLiar

__all__ = ["LIARS", "TWO_FAULTS", "BackendLiar", "lying"]

_THEMES = (keys, completion, sessions, after_order, client_words, outages, swaps, at_once, webhooks)

LIARS: dict[str, BackendLiar] = {row.name: row for theme in _THEMES for row in theme.ROWS}
"""Every liar, by name."""

TWO_FAULTS: dict[str, BackendLiar] = {row.name: row for row in (*keys.TWO_FAULTS, *sessions.TWO_FAULTS)}
"""Backends that go wrong only where a second fault strikes while the first is recovered from."""
