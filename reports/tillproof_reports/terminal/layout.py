"""The small things every screen is made of: labelled paragraphs, tables, counts."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from tabulate import tabulate

from tillproof.history.masking import harmless

WIDEST = 100
"""No line is longer, whatever the terminal."""

_PADDING = 2  # tabulate makes a column this much wider than its header


def labelled(label: str, text: str, *, indent: int, column: int, width: int) -> list[str]:
    """Return a label and its text, wrapped so that the text stays in its column."""
    first = " " * indent + label.ljust(column - indent)
    return textwrap.wrap(
        harmless(text), width, initial_indent=first, subsequent_indent=" " * column, break_on_hyphens=False
    ) or [first.rstrip()]


def paragraph(text: str, *, indent: int, width: int) -> list[str]:
    """Return the text wrapped and indented."""
    blank = " " * indent
    return textwrap.wrap(harmless(text), width, initial_indent=blank, subsequent_indent=blank, break_on_hyphens=False)


def table(headers: Sequence[str], rows: Iterable[Sequence[str]], *, align: Sequence[str], width: int) -> list[str]:
    """
    Return a table whose last column is wrapped so that no line is longer than `width`.

    `align` is `left` or `right` per column.
    """
    told = [[harmless(cell) for cell in row] for row in rows]
    taken = sum(2 + max(len(headers[i]) + _PADDING, *(len(row[i]) for row in told)) for i in range(len(headers) - 1))
    last = max(20, width - taken)
    wrapped = [[*row[:-1], "\n".join(textwrap.wrap(row[-1], last, break_on_hyphens=False))] for row in told]
    text = tabulate(wrapped, headers=headers, tablefmt="simple", colalign=tuple(align), disable_numparse=True)
    return [line.rstrip() for line in text.splitlines()]


def counted(count: int, noun: str) -> str:
    """Return a count with its noun: `1 run`, `4,182 runs`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
