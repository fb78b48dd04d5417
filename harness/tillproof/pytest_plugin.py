"""
The pytest plugin: `pytest --tillproof-processor myshop:MyProcessor` adds one test for each rule.

Off unless asked for. Until then it is this file: its options, and nothing of tillproof is imported.
"""

from __future__ import annotations

import pytest

_REPEATED = (
    ("processor", "NAME|MODULE:CLASS", "Test this payment processor (several: give it again)."),
    ("journey", "GLOB", "Only these journeys."),
    ("rule", "GLOB", "Only these rules."),
    ("dialect", "NAME|default|all", "How the gateway treats a repeated key."),
)
_ONCE = (
    ("gateway", "NAME|MODULE:CLASS", "The fake the processor speaks to, if not the bank."),
    ("depth", "none|single", "none: nothing fails; single: every single fault (default)."),
    ("seed", "NUMBER", "Decides shoppers, prices, ids."),
    ("fail-on", "must|should", "The least level of a finding that fails a test (must)."),
    ("per", "rule|journey", "One test for each rule (default), or for each rule on each journey."),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add our options. What they leave open is read from `tillproof.toml` or `[tool.tillproof]`, as by `tillproof run`."""
    group = parser.getgroup("tillproof", "tillproof: is a payment processor safe to retry?")
    group.addoption("--tillproof", action="store_true", help="Test the processors named in the configuration.")
    for name, metavar, says in _REPEATED:
        group.addoption(f"--tillproof-{name}", action="append", default=[], metavar=metavar, help=says)
    for name, metavar, says in _ONCE:
        group.addoption(f"--tillproof-{name}", metavar=metavar, help=says)


def pytest_configure(config: pytest.Config) -> None:
    """Bring in the rest, if it was asked for."""
    if not (config.getoption("tillproof") or config.getoption("tillproof_processor")):
        return
    from tillproof.pytest_items import Conformance  # noqa: PLC0415  (who does not ask for it does not wait for it)

    config.pluginmanager.register(Conformance(config), "tillproof-conformance")
