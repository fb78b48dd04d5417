"""
Leave a seeded sample of a cosmic-ray session, and tell how it went.

    python tests/mutation/sample.py SESSION draw 300 7   keep 300, drawn with the seed 7, that can change what the code does
    python tests/mutation/sample.py SESSION told         every survivor as a diff, and the score
"""

from __future__ import annotations

import ast
import random
import sqlite3
import sys
import tokenize
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from itertools import pairwise
from pathlib import Path

SAME = ("_Is_Eq", "_Eq_Is", "_IsNot_NotEq", "_NotEq_IsNot")
"""Mutations that change nothing: what is compared so here are members of enums, None, and ids that are one object."""

Place = tuple[int, int]
"""A line and a column."""


def draw(session: sqlite3.Connection, wanted: int, seed: int) -> str:
    """Keep so many mutants, drawn with the seed from those that can change what the code does."""
    found = session.execute(
        "SELECT module_path, operator_name, occurrence, start_pos_row, start_pos_col, job_id FROM mutation_specs"
        " ORDER BY module_path, operator_name, occurrence"
    ).fetchall()
    real = [job for path, operator, _, row, column, job in found if not _is_the_same(Path(path), operator, (row, column))]
    kept = random.Random(seed).sample(real, min(wanted, len(real)))  # noqa: S311 - a sample, not a secret
    left_out = [(job,) for *_, job in found if job not in set(kept)]
    session.executemany("DELETE FROM mutation_specs WHERE job_id = ?", left_out)
    session.executemany("DELETE FROM work_items WHERE job_id = ?", left_out)
    session.commit()
    return f"{len(kept)} of {len(real)} mutants; {len(found) - len(real)} more change nothing"


def told(session: sqlite3.Connection) -> str:
    """Return the survivors, and the score."""
    done = session.execute("SELECT test_outcome, diff FROM work_results ORDER BY diff").fetchall()
    alive = [str(diff) for outcome, diff in done if str(outcome).lower() == "survived"]
    killed = len(done) - len(alive)
    share = 100 * killed / len(done) if done else 0.0
    return "\n".join([*alive, f"{killed} of {len(done)} killed, {share:.1f} %; {len(alive)} survived"])


def _is_the_same(path: Path, operator: str, at: Place) -> bool:
    """
    Tell whether the change is in what nothing evaluates, or compares by identity what is one object.

    That is annotations, and the bare `*` and `/` of signatures: they say how arguments are given, not what is done.
    """
    return operator.endswith(SAME) or any(start <= at < end for start, end in _never_evaluated(path))


@cache
def _never_evaluated(path: Path) -> tuple[tuple[Place, Place], ...]:
    return (*_annotations(path), *_marks(path))


def _annotations(path: Path) -> Iterator[tuple[Place, Place]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for annotation in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if isinstance(annotation, ast.expr):
                end = (annotation.end_lineno or annotation.lineno, annotation.end_col_offset or 0)
                yield (annotation.lineno, annotation.col_offset), end


def _marks(path: Path) -> Iterator[tuple[Place, Place]]:
    """Yield where a `*` or `/` has nothing to its right: no operator has that, so it is a mark in a signature."""
    with tokenize.open(path) as file:
        for token, following in pairwise(tokenize.generate_tokens(file.readline)):
            if token.string in ("*", "/") and following.string in (",", ")"):
                yield token.start, token.end


if __name__ == "__main__":
    name, verb, *rest = sys.argv[1:]
    with closing(sqlite3.connect(name)) as connection:
        sys.stdout.write((draw(connection, *map(int, rest)) if verb == "draw" else told(connection)) + "\n")
