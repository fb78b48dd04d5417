"""`tillproof selftest`: tillproof tried on liars, whom it must catch, and on the honest, whom it must leave alone."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from tillproof.cli import running
from tillproof.errors import Misuse
from tillproof.exits import Exit
from tillproof.history.merging import read_shard
from tillproof.selftest.honest import HONEST
from tillproof.selftest.outcome import Depth, selftest
from tillproof.selftest.screen import screen
from tillproof.selftest.table import write
from tillproof.suggestions import unknown
from tillproof_reports.terminal import stages


@click.command(name="selftest", help="Try tillproof itself: every liar must be caught, no honest target accused.")
@click.option(
    "--long",
    "in_depth",
    is_flag=True,
    help="Also pairs of faults and faults under schedules (together a night on two cores), and ten minutes at random.",
)
@click.option("--shard", default="", metavar="2/20", help="With --long: only every twentieth of those, from the second on.")
@click.option(
    "--processor", multiple=True, metavar="NAME", help=f"With --long: of {', '.join(HONEST)}, go deep with these only."
)
@click.option("--workers", type=click.IntRange(1), help="How many processes; as many as there are cores, if not said.")
@click.option("--write", "page", type=click.Path(), metavar="PAGE", help="Renew the table of liars in this page.")
def command(  # noqa: D103  (click shows `help`)
    *, in_depth: bool, shard: str, processor: tuple[str, ...], workers: int | None, page: str | None
) -> int:
    for option, given in (("--shard", shard), ("--processor", " ".join(processor))):
        if given and not in_depth:
            seen = f"{option} {given}"
            raise Misuse(f"{option} is a part of --long", seen=seen, type_=f"tillproof selftest --long {seen}")
    for name in processor:
        if name not in HONEST:
            raise unknown("processor", name, HONEST, list_with="tillproof selftest --help")
    depth = Depth(shard=read_shard(shard or "1/1"), processors=processor or HONEST)
    began = time.perf_counter()
    with stages(sys.stderr) as told:
        outcome = selftest(
            workers or running.workers(), told, lambda line: told.say(f"off: {line}"), long=depth if in_depth else None
        )
    running.show(screen(outcome, time.perf_counter() - began, running.width()))
    if outcome.off:
        return Exit.FINDINGS
    if page is not None:
        running.show([f"{'renewed' if write(Path(page)) else 'as it was:'} {page}"])
    return Exit.CONFORMANT
