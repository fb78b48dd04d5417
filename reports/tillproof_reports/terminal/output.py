"""Getting lines onto a screen: colour and a progress bar on a terminal, plain text everywhere else."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

Advance = Callable[[int, int], None]
"""Takes how many runs are done, and of how many."""


class Stages(Protocol):
    """Shows how far the stages of a long command are."""

    def __call__(self, what: str, done: int, of: int) -> None:
        """Show which stage is under way, how much of it is done, and of how much."""
        ...

    def say(self, line: str) -> None:
        """Show something that need not wait for the end."""
        ...


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
    with _bars(to, "runs") as bars:
        task = bars.add_task(label, total=None)
        yield lambda done, of: bars.update(task, completed=done, total=of)


@contextmanager
def stages(to: TextIO) -> Generator[Stages]:
    """Give what shows how far each stage is, in lines that go away at the end; in a pipe, a line as each ends."""
    if not to.isatty():
        lines = _Lines(to)
        yield lines
        lines.end()
        return
    with _bars(to, "") as bars:
        yield _Bars(bars)


class _Bars:
    """A bar for each stage, on a terminal."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, what: str, done: int, of: int) -> None:
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(what, total=None)
        self._bars.update(self._tasks[what], completed=done, total=of)

    def say(self, line: str) -> None:
        self._bars.console.print(line, markup=False, highlight=False, soft_wrap=True)


class _Lines:
    """A line for each stage that has ended, in a log."""

    def __init__(self, to: TextIO) -> None:
        self._to = to
        self._last: tuple[str, int] | None = None

    def __call__(self, what: str, done: int, of: int) -> None:  # noqa: ARG002 - a log shows what is done
        if self._last is not None and self._last[0] != what:
            self.end()
        self._last = what, done

    def say(self, line: str) -> None:
        self._to.write(f"{line}\n")
        self._to.flush()

    def end(self) -> None:
        if self._last is not None:
            self.say(f"{self._last[0]}: {self._last[1]:,} done")
        self._last = None


def _bars(to: TextIO, unit: str) -> Progress:
    from rich.console import Console  # noqa: PLC0415  (slow to import, and only a terminal needs it)
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415  (as above)

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn(unit), TimeElapsedColumn())
    return Progress(*columns, console=Console(file=to), transient=True)


def _ignore(done: int, of: int) -> None:
    del done, of
