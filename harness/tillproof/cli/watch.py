"""`tillproof watch`: the last findings replayed each time the processor's file is saved."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from tillproof.cli import running
from tillproof.conformance import folder_of, opened_in, replayed
from tillproof.errors import Misuse, TillproofError
from tillproof.history.log import Log
from tillproof_reports.terminal.layout import labelled

_PAUSE = 0.5  # seconds between two looks

Saved = Callable[[], tuple[tuple[str, int], ...]]
"""Tells which files there are, and when each was saved."""


@click.command(name="watch", help="Replay the last findings whenever the processor is saved. Ctrl-C ends it.")
def command() -> None:  # noqa: D103  (click shows `help`)
    log = next(running.last_logs())
    if ":" not in log.header.target.name or log.header.target.name.startswith("liar:"):
        raise Misuse(
            f"{log.header.target.name} is no file of yours",
            seen="the last run was of it",
            type_="tillproof run --processor module:Class",
        )
    folder = folder_of(log.header.target.name, Path.cwd())
    for _ in saves(lambda: python_files(folder), lambda: time.sleep(_PAUSE)):
        running.show([*replays(log, folder), "", f"watching {folder}"])


def saves(saved: Saved, pause: Callable[[], object]) -> Iterator[None]:
    """Yield at once, and then each time a file has changed between two pauses."""
    before = None
    while True:
        now = saved()
        if now != before:
            yield
        before = now
        pause()


def python_files(folder: Path) -> tuple[tuple[str, int], ...]:
    """Return the folder's Python files, hidden folders aside, and when each was saved, in nanoseconds."""
    found = (path for path in folder.rglob("*.py") if "/." not in path.relative_to(folder.parent).as_posix())
    return tuple(sorted((str(path), _saved(path)) for path in found))


def _saved(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:  # removed since it was listed
        return 0


def replays(log: Log, folder: Path) -> list[str]:
    """Return a line for each finding of the log: how its run ends now. A processor that cannot be loaded is told instead."""
    target = log.header.target
    if not log.findings:
        return [f"no finding to replay; next: tillproof run --processor {target.name}"]
    lines: list[str] = []
    try:
        with opened_in(folder, target.name, target.gateway) as opened:
            for finding in log.findings:
                word, _, _ = replayed(opened, finding.run, finding.id).outcome.value
                text = f"{word:<12} {finding.sentence}"
                lines += labelled(finding.id, text, indent=0, column=11, width=running.width())
    except TillproofError as error:
        lines += error.lines()
    return lines
