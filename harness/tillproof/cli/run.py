"""`tillproof run`: one campaign for each processor named, one report for each campaign."""

from __future__ import annotations

from pathlib import Path

import click
from msgspec.structs import replace

from tillproof.cli import running
from tillproof.cli.gating import known_lines, today
from tillproof.cli.reporting import check_several, wanted, write_all
from tillproof.config import DEPTHS, chosen, load_config, several
from tillproof.errors import Misuse
from tillproof.exits import Exit
from tillproof.history.knownfile import read_known
from tillproof.history.logfile import read
from tillproof.history.merging import read_shard
from tillproof.history.verdicts import Level
from tillproof.options import Options
from tillproof_reports import KINDS
from tillproof_reports.source import Source, side_by_side, source
from tillproof_reports.terminal import Detail, campaign_screen
from tillproof_reports.terminal.comparison import against_lines

_LEVELS = click.Choice([level.value for level in Level])
_DEPTHS = (
    "none: nothing fails; single: every single fault (default); "
    "pairs: and every second one while the first is recovered from (minutes); "
    "random: stories are drawn, and what goes wrong in them."
)
_WORST_FIRST = (Exit.FINDINGS, Exit.NO_VERDICT, Exit.CONFORMANT)


@click.command(name="run", help="Prove whether a payment processor is safe to retry.")
@click.option("--processor", multiple=True, metavar="NAME|MODULE:CLASS", help="What to test; may be given several times.")
@click.option("--gateway", metavar="NAME|MODULE:CLASS", help="The fake it speaks to, if not its own.")
@click.option("--backend", type=click.Choice(["reference"]), help="With --wire: which shop is a server of its own.")
@click.option("--wire", is_flag=True, help="Over TCP, on a real database, killed with SIGKILL.")
@click.option("--database", metavar="URL", help="With --wire: sqlite:///PATH or postgresql://...; it is emptied.")
@click.option("--journey", multiple=True, metavar="GLOB", help="Only these journeys.")
@click.option("--rule", multiple=True, metavar="GLOB", help="Only these rules.")
@click.option("--level", type=_LEVELS, help="The least level of rules to apply (should: all of them).")
@click.option("--dialect", multiple=True, metavar="NAME|default|all", help="How the gateway treats a repeated key.")
@click.option("--depth", type=click.Choice(DEPTHS), help=_DEPTHS)
@click.option("--runs", type=int, metavar="N", help="With --depth random: so many stories (1000).")
@click.option("--time", metavar="SPAN", help="With --depth random: as many as fit in 90s, 2m, 1h30m; no two logs are alike.")
@click.option("--seed", type=int, help="Decides shoppers, prices, ids; the same seed gives the same log.")
@click.option("--preemptions", type=int, metavar="N", help="Where several act at once: interruptions in a run, at most (2).")
@click.option("--schedules", type=int, metavar="N", help="So many random orders beyond that, for each such journey (0).")
@click.option("--fail-on", type=_LEVELS, help="The least level of a finding that fails the command (must).")
@click.option("--report", multiple=True, metavar="KIND=PATH", help=f"Write a report as well; kinds: {', '.join(KINDS)}.")
@click.option("--baseline", type=click.Path(), metavar="LOG", help="Only findings that are new since this log fail.")
@click.option(
    "--memory", type=click.Path(), metavar="FILE", help="Keep findings there, and make them again first next time."
)
@click.option("--shard", default="", metavar="2/4", help="Make only this part; put the parts together with `merge`.")
@click.option("-q", "quiet", is_flag=True, help="The verdict and the exit line.")
@click.option("-v", "verbose", is_flag=True, help="A row for every rule as well.")
def command(  # noqa: D103  (click shows `help`)
    *,
    processor: tuple[str, ...],
    gateway: str | None,
    backend: str | None,
    wire: bool,
    database: str | None,
    journey: tuple[str, ...],
    rule: tuple[str, ...],
    level: str | None,
    dialect: tuple[str, ...],
    depth: str | None,
    runs: int | None,
    time: str | None,
    seed: int | None,
    preemptions: int | None,
    schedules: int | None,
    fail_on: str | None,
    report: tuple[str, ...],
    baseline: str | None,
    memory: str | None,
    shard: str,
    quiet: bool,
    verbose: bool,
) -> int:
    config = load_config(Path())
    _check_wire(backend, database, wire=wire)
    names = _processors(processor or several(config.processor) or (("bank",) if wire else ()))
    if gateway is None:
        gateway = config.gateway
    options = chosen(
        config,
        journeys=journey,
        rules=rule,
        level=level,
        dialects=dialect,
        depth=depth,
        runs=runs,
        time=time,
        seed=seed,
        preemptions=preemptions,
        schedules=schedules,
        fail_on=fail_on,
        workers=running.workers(),
    )
    kept = memory or config.memory
    options = replace(options, shard=shard, memory=kept is not None)
    if shard:
        read_shard(shard)
    if shard and kept:
        raise Misuse("a shard has no memory", seen=f"--memory {kept} with --shard {shard}", type_="run it without --shard")
    reports = wanted(report or several(config.report))
    since = _baseline(baseline or config.baseline)
    check_several(reports, names)
    if since and len(names) > 1:
        raise Misuse("one baseline cannot be that of several targets", seen=", ".join(names), type_="run them one by one")
    running.make_folder()
    detail = Detail.QUIET if quiet else Detail.VERBOSE if verbose else Detail.NORMAL
    told: list[Source] = []
    for number, name in enumerate(names, start=1):
        if number > 1:
            running.show([""])
        written = [str(to) for _, to in reports] if len(names) == 1 else []
        told.append(_one(name, gateway, options, written, detail, running.last_path(number), database, since, kept))
    running.forget_older(len(names))
    write_all(reports, side_by_side(told))
    if len(names) > 1 and reports:
        running.show(["", *(f"wrote   {kind}   {to}" for kind, to in reports)])
    return next(code for code in _WORST_FIRST if code in {made_from.exit for made_from in told})


def _one(
    name: str,
    gateway: str | None,
    options: Options,
    written: list[str],
    detail: Detail,
    path: Path,
    database: str | None,
    baseline: Path | None,
    memory: str | None,
) -> Source:
    """Conduct one campaign and show it; return what reports are made from. `written`: where they will be."""
    done = running.conduct(name, gateway, options, path, database, None if memory is None else Path(memory))
    made_from = source(path, baseline, read_known(Path()), today())
    saved = "     ".join([str(path), *written])
    running.show(campaign_screen(done.log, detail=detail, width=running.width(), saved=saved, receipt=done.receipt))
    if made_from.compared is not None:
        running.show(against_lines(made_from.compared))
    if made_from.gate is not None:
        running.show(known_lines(made_from.gate, running.width()))
    return made_from


def _baseline(named: str | None) -> Path | None:
    """Return the baseline's path. A log that cannot be compared with is refused before hours of work, not after."""
    if named is None:
        return None
    read(Path(named))
    return Path(named)


def _check_wire(backend: str | None, database: str | None, *, wire: bool) -> None:
    """Refuse halves of the whole: a server needs all three options."""
    if (backend is not None, wire, database is not None) not in {(False, False, False), (True, True, True)}:
        raise Misuse(
            "--backend, --wire and --database go together",
            seen="only some of them were given",
            type_="tillproof run --backend reference --wire --database sqlite:///till.db",
        )


def _processors(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        raise Misuse(
            "nothing to test",
            seen="no --processor, and none in tillproof.toml or pyproject.toml",
            type_="tillproof run --processor bank    (yours: --processor module:Class)",
        )
    return names
