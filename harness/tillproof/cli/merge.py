"""`tillproof merge`: the shards of one campaign put together, as if it had never been split."""

from __future__ import annotations

from pathlib import Path

import click

from tillproof.cli import running
from tillproof.history.lanes import lines
from tillproof.history.logfile import LogWriter, check_writable, read
from tillproof.history.merging import merged
from tillproof_reports.terminal import Detail, campaign_screen


@click.command(name="merge", help="Put the logs of `tillproof run --shard` together: the same log as without shards.")
@click.argument("logs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--to", required=True, type=click.Path(path_type=Path), metavar="PATH", help="Where the whole log goes.")
def command(*, logs: tuple[Path, ...], to: Path) -> int:  # noqa: D103  (click shows `help`)
    check_writable(to)
    whole = merged([(str(path), read(path)) for path in logs])
    with LogWriter(to) as writer:
        for line in lines(whole):
            writer.emit(line)
    running.show(campaign_screen(whole, detail=Detail.QUIET, width=running.width(), saved=str(to)))
    running.show([f"wrote   {to}     tillproof report {to} --to html=report.html"])
    return whole.footer.exit
