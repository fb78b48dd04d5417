"""Schedules as text: what is written is what is read, and what is no schedule is a misuse."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillproof.errors import Misuse
from tillproof.simulation.schedules import IN_ORDER, Schedule, Turn, parse

_ACTORS = st.from_regex(r"[a-z][a-z0-9-]{0,12}", fullmatch=True)
_SCHEDULES = st.dictionaries(st.integers(1, 999_999), _ACTORS, max_size=6).map(
    lambda turns: Schedule(tuple(Turn(decision, turns[decision]) for decision in sorted(turns)))
)


@given(_SCHEDULES)
def test_round_trip(schedule: Schedule) -> None:
    """Every schedule's text gives the schedule back."""
    assert parse(str(schedule)) == schedule


@pytest.mark.parametrize("text", ["", "  "])
def test_empty(text: str) -> None:
    """The empty text is the schedule in which nobody is interrupted."""
    assert parse(text) == IN_ORDER


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("operator", "written decision>actor"),
        ("0>operator", "written decision>actor"),
        ("3>", "written decision>actor"),
        ("3>Operator", "written decision>actor"),
        ("3>operator +", "written decision>actor"),
        ("3>operator + 3>shopper", "in order, each once"),
        ("7>operator + 3>shopper", "in order, each once"),
    ],
)
def test_malformed(text: str, seen: str) -> None:
    """What is no schedule is a misuse of three lines that says why."""
    with pytest.raises(Misuse) as refused:
        parse(text)
    assert seen in refused.value.seen
    assert len(refused.value.lines()) == 3
