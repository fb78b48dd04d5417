"""The sample of mutants: drawn with its seed, from what can change what the code does."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from mutation import sample

CODE = """
def paid(sums: list[int | None], /, *, tax: int = 2 * 3, rest: int | None = None) -> int | None:
    due = tax * 2 + (rest or 0)
    if rest is None:
        return due
    return max(*(one or 0 for one in sums), due) if due == 0 else None
"""


def _at(text: str, nth: int = 0) -> sample.Place:
    """Return the line and column of that text, or of its nth repetition."""
    at = -1
    for _ in range(nth + 1):
        at = CODE.index(text, at + 1)
    return CODE.count("\n", 0, at) + 1, at - CODE.rfind("\n", 0, at) - 1


MULTIPLIED, DIVIDED, EITHER = "core/ReplaceBinaryOperator_Mul_Div", "core/ReplaceBinaryOperator_Div_Mul", "x_BitOr_Add"


@pytest.mark.parametrize(
    ("operator", "at", "same"),
    [
        (EITHER, _at("|"), True),
        (EITHER, _at("|", 2), True),
        (DIVIDED, _at("/"), True),
        (MULTIPLIED, _at("*"), True),
        (MULTIPLIED, _at("* 3"), False),
        (MULTIPLIED, _at("* 2"), False),
        (MULTIPLIED, _at("*(one"), False),
        ("core/ReplaceComparisonOperator_Is_Eq", _at("is None"), True),
        ("core/ReplaceComparisonOperator_Is_IsNot", _at("is None"), False),
        ("core/ReplaceComparisonOperator_Eq_NotEq", _at("== 0"), False),
    ],
)
def test_what_changes_nothing_is_left_out(tmp_path: Path, operator: str, at: sample.Place, same: bool) -> None:  # noqa: FBT001
    """Annotations, marks of signatures and identity of what is one object are; sums, and what is compared, are not."""
    code = tmp_path / "code.py"
    code.write_text(CODE, encoding="utf-8")
    assert len(_drawn(code, [(operator, at)], 9, 7)) == (0 if same else 1)


def test_a_seed_draws_the_same_again(tmp_path: Path) -> None:
    """As many as are wanted, or as there are; with another seed others."""
    code = tmp_path / "code.py"
    code.write_text(CODE, encoding="utf-8")
    mutants = [(f"core/{number}", _at("* 2")) for number in range(40)]
    assert len(_drawn(code, mutants, 5, 7)) == 5
    assert len(_drawn(code, mutants, 50, 7)) == 40
    assert _drawn(code, mutants, 5, 7) == _drawn(code, mutants[::-1], 5, 7)
    assert _drawn(code, mutants, 5, 7) != _drawn(code, mutants, 5, 8)


def test_the_score_counts_what_was_run() -> None:
    """Survivors are told as diffs, in order, and then how many of all were killed."""
    with closing(sqlite3.connect(":memory:")) as session:
        session.execute("CREATE TABLE work_results (test_outcome, diff)")
        assert sample.told(session) == "0 of 0 killed, 0.0 %; 0 survived"
        session.executemany(
            "INSERT INTO work_results VALUES (?, ?)",
            [("KILLED", "-a"), ("SURVIVED", "-c"), ("survived", "-b"), ("INCOMPETENT", "-d")],
        )
        assert sample.told(session).splitlines() == ["-b", "-c", "2 of 4 killed, 50.0 %; 2 survived"]


def _drawn(code: Path, mutants: list[tuple[str, sample.Place]], wanted: int, seed: int) -> list[str]:
    """Draw from these mutants of a file, and return the operators of those that are kept."""
    with closing(sqlite3.connect(":memory:")) as session:
        columns = "module_path, operator_name, occurrence, start_pos_row, start_pos_col, job_id"
        session.execute(f"CREATE TABLE mutation_specs ({columns})")
        session.execute("CREATE TABLE work_items (job_id)")
        for operator, (row, column) in mutants:
            session.execute(
                "INSERT INTO mutation_specs VALUES (?, ?, 0, ?, ?, ?)", (str(code), operator, row, column, operator)
            )
            session.execute("INSERT INTO work_items VALUES (?)", (operator,))
        sample.draw(session, wanted, seed)
        kept = session.execute("SELECT operator_name FROM mutation_specs ORDER BY operator_name").fetchall()
        assert kept == session.execute("SELECT job_id FROM work_items ORDER BY job_id").fetchall()
        return [operator for (operator,) in kept]
