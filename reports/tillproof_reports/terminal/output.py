"""Getting lines onto a screen: colour and a progress bar on a terminal, plain text everywhere else."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from typing import TextIO

Advance = Callable[[int, int], None]
"""Takes how many runs are done, and of how many."""

_COLOURS: tuple[tuple[str, str], ...] = (
    (r"\b(NOT SAFE|UNSAFE|STILL THERE|NO VERDICT|FAULT)\b|<<.*|^error:", "bold red"),
    (r"\b(SAFE TO RETRY|FIXED)\b|\bsafe\b(?= )", "green"),
    (r"\b(CHANGED|at most once|not exercised)\b", "yellow"),
    (r"\bF-[0-9a-f]{6}\b", "bold"),
    (r"\btillproof (run|replay|explain|list|demo)\b.*", "cyan"),
)


def print_lines(lines: Iterable[str], to: TextIO) -> None:
    """Print the lines. On a terminal some words are coloured; nothing is said by colour alone."""
    if not to.isatty():
        to.writelines(f"{line}\n" for line in lines)
        return
    from rich.console import Console  # noqa: PLC0415  (slow to import, and only a terminal needs it)
    from rich.text import Text  # noqa: PLC0415  (as above)

    console = Console(file=to, highlight=False, soft_wrap=True)
    for line in lines:
        text = Text(line)
        for pattern, style in _COLOURS:
            text.highlight_regex(pattern, style)
        console.print(text)


@contextmanager
def progress(label: str, to: TextIO) -> Generator[Advance]:
    """Give a callable that shows how far the runs are, in one line that goes away at the end; in a pipe, nothing."""
    if not to.isatty():
        yield _ignore
        return
    from rich.console import Console  # noqa: PLC0415  (slow to import, and only a terminal needs it)
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415  (as above)

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("runs"), TimeElapsedColumn())
    with Progress(*columns, console=Console(file=to), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def _ignore(done: int, of: int) -> None:
    del done, of
