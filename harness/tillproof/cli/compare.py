"""`tillproof compare`: two logs of one target: what is new, still there, fixed, no longer exercised."""

from __future__ import annotations

from pathlib import Path

import click

from tillproof.cli import running
from tillproof.history.compare import compare
from tillproof.history.logfile import read
from tillproof_reports.terminal.comparison import comparison_screen


@click.command(name="compare", help="Compare two report logs of one target. Exit 1 only for findings that are new.")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
def command(*, old: Path, new: Path) -> int:  # noqa: D103  (click shows `help`)
    before, now = read(old), read(new)
    compared = compare(before, now)
    running.show(comparison_screen(compared, now, width=running.width()))
    return compared.exit
