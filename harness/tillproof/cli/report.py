"""`tillproof report`: any kind of report from any log, later and offline."""

from __future__ import annotations

from pathlib import Path

import click

from tillproof.cli import running
from tillproof.cli.reporting import wanted, write_all
from tillproof.errors import Misuse
from tillproof_reports import KINDS
from tillproof_reports.source import source

_KINDS = "; ".join(f"{kind}: {says}" for kind, says in KINDS.items())


@click.command(name="report", help=f"Make reports from a report log (default: the last one). Kinds: {_KINDS}.")
@click.argument("log", type=click.Path(path_type=Path), required=False)
@click.option("--to", "to", multiple=True, metavar="KIND=PATH", help="What to make; may be given several times.")
@click.option("--baseline", type=click.Path(path_type=Path), metavar="LOG", help="Tell what is new since this log.")
def command(*, log: Path | None, to: tuple[str, ...], baseline: Path | None) -> None:  # noqa: D103  (click shows `help`)
    if not to:
        raise Misuse("no report was asked for", seen="no --to", type_="tillproof report --to html=report.html")
    reports = wanted(to)
    write_all(reports, source(log or running.last_path(1), baseline))
    running.show([f"wrote   {kind}   {path}" for kind, path in reports])
