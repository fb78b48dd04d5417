"""Every liar is caught by every rule its row names; every rule has a liar; what the rows say of themselves is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tillproof.rules.registry import BY_ID, RULES
from tillproof.selftest.catching import catch
from tillproof.selftest.rows import ROWS, Row
from tillproof.selftest.table import within, write
from tillproof_fake_processors.dialects import DIALECTS
from tillproof_scenarios import JOURNEYS

PAGE = Path(__file__).parents[2] / "ARCHITECTURE.md"


@pytest.mark.parametrize("row", [row for row in ROWS if not row.two_faults], ids=lambda row: row.name)
def test_liar_is_caught_by_the_rules_its_row_names(row: Row) -> None:
    """Each of the rules named for a liar is broken on the journeys that show it (two faults: `tests/explore`)."""
    caught = catch(row)
    assert caught.missing == (), f"{row.says} Broken: {caught.broken}"
    assert caught.first is not None


def test_every_rule_can_fail() -> None:
    """For each rule there is a liar that it has to catch; no row names a rule that is not there."""
    breakable = {rule for row in ROWS for rule in row.caught_by}
    assert [rule.id for rule in RULES if rule.id not in breakable] == []
    assert breakable <= BY_ID.keys()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_row_says_what_is_so(row: Row) -> None:
    """A liar tells in one sentence what it does wrong, names what there is, and is caught by rules for what it rebuilds."""
    assert re.fullmatch(r"[^\n]+\.", row.says)
    assert row.caught_by
    assert {*row.journeys} <= {journey.name for journey in JOURNEYS}
    assert {*row.dialects} <= DIALECTS.keys()
    for failure in row.failures:
        assert any(failure in BY_ID[rule].failures for rule in row.caught_by), failure


MUTANTS = {
    "M25": "IDEM-02 IDEM-03 CRASH-03",
    "M27": "STAT-02 IDEM-09",
    "M28": "SCA-02 IDEM-09",
    "M29": "IDEM-09",
    "M30": "IDEM-04",
    "M31": "IDEM-05",
    "M32": "IDEM-03 CRASH-04",
    "M33": "IDEM-01",
    "M37": "STAT-02",
    "M40": "CAP-01 LED-05",
    "M41": "CAP-04",
    "M42": "REF-01 LED-05",
    "M43": "REF-02",
    "M44": "REF-03",
    "M46": "REF-04",
    "M47": "VOID-01",
    "M48": "VOID-02",
    "M49": "VOID-03 LED-03",
    "M54": "SESS-01 AMT-03",
    "M58": "LED-02 SESS-03",
}
"""The backends of the table of mutants, and the rules that must each catch them."""


@pytest.mark.parametrize("mutant", MUTANTS)
def test_every_backend_of_the_table_of_mutants_is_there(mutant: str) -> None:
    """A liar bears its number, and each rule that the table names catches it."""
    rows = [row for row in ROWS if row.mutant == mutant and row.name.startswith("backend:")]
    assert rows
    for row in rows:
        assert {*MUTANTS[mutant].split()} <= {*row.caught_by}


def test_twenty_failures_and_more_are_rebuilt() -> None:
    """At least twenty failures of the catalogue have a liar that rebuilds them."""
    assert len({failure for row in ROWS for failure in row.failures}) >= 20


def test_names_are_unique() -> None:
    """No two liars share a name."""
    assert len({row.name for row in ROWS}) == len(ROWS)


def test_the_architecture_page_has_the_table_as_it_is_written(tmp_path: Path) -> None:
    """Writing the table anew changes nothing; if this fails, type `tillproof selftest --write ARCHITECTURE.md`."""
    copy = tmp_path / "page.md"
    copy.write_text(PAGE.read_text(encoding="utf-8"), encoding="utf-8")
    assert within(PAGE.read_text(encoding="utf-8"))
    assert not write(copy)
