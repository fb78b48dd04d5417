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


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_liar_is_caught_by_the_rules_its_row_names(row: Row) -> None:
    """Each of the rules named for a liar is broken on the journeys that show it."""
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


def test_names_are_unique() -> None:
    """No two liars share a name."""
    assert len({row.name for row in ROWS}) == len(ROWS)


def test_the_architecture_page_has_the_table_as_it_is_written(tmp_path: Path) -> None:
    """Writing the table anew changes nothing; if this fails, type `tillproof selftest --write ARCHITECTURE.md`."""
    copy = tmp_path / "page.md"
    copy.write_text(PAGE.read_text(encoding="utf-8"), encoding="utf-8")
    assert within(PAGE.read_text(encoding="utf-8"))
    assert not write(copy)
