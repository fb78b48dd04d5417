"""`tillproof report`: any kind of report from any log, or several side by side, later and offline."""

from __future__ import annotations

from pathlib import Path

import click

from tillproof.cli import running
from tillproof.cli.gating import today
from tillproof.cli.reporting import check_several, wanted, write_all
from tillproof.errors import Misuse
from tillproof.history.knownfile import read_known
from tillproof_reports import KINDS
from tillproof_reports.source import side_by_side, source

_KINDS = "; ".join(f"{kind}: {says}" for kind, says in KINDS.items())


@click.command(
    name="report", help=f"Make reports from report logs (default: those of the last run), side by side. Kinds: {_KINDS}."
)
@click.argument("logs", metavar="[LOG]...", type=click.Path(path_type=Path), nargs=-1)
@click.option("--to", "to", multiple=True, metavar="KIND=PATH", help="What to make; may be given several times.")
@click.option("--baseline", type=click.Path(path_type=Path), metavar="LOG", help="Tell what is new since this log.")
def command(*, logs: tuple[Path, ...], to: tuple[str, ...], baseline: Path | None) -> None:  # noqa: D103  (click shows `help`)
    if not to:
        raise Misuse("no report was asked for", seen="no --to", type_="tillproof report --to html=report.html")
    reports = wanted(to)
    paths = logs or running.last_paths()
    if baseline is not None and len(paths) > 1:
        seen = ", ".join(map(str, paths))
        raise Misuse("one baseline cannot be that of several targets", seen=seen, type_="make their reports one by one")
    known = read_known(Path())
    made_from = side_by_side([source(path, baseline, known, today()) for path in paths])
    check_several(reports, [one.log.header.target.name for one in made_from.targets])
    write_all(reports, made_from)
    running.show([f"wrote   {kind}   {path}" for kind, path in reports])
