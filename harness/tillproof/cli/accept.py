"""`tillproof accept`: findings of the last run, written down as known, with a reason and a last day."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import click

from tillproof.cli import running
from tillproof.errors import Misuse
from tillproof.history.known import Known, accept
from tillproof.history.knownfile import KNOWN, read_known, write_known
from tillproof.history.log import Log
from tillproof.history.log_findings import Finding


@click.command(name="accept", help=f"Accept findings of the last run: `tillproof run` counts those in {KNOWN} apart.")
@click.argument("findings", nargs=-1, metavar="FINDING...")
@click.option("--all", "everything", is_flag=True, help="All findings of the last run.")
@click.option("--reason", required=True, metavar="TEXT", help="Why they may stay for now.")
@click.option("--until", required=True, metavar="DATE", help="The last day on which they may, such as 2027-01-31 (UTC).")
def command(*, findings: tuple[str, ...], everything: bool, reason: str, until: str) -> None:  # noqa: D103  (click shows `help`)
    if bool(findings) == everything:
        raise Misuse("which findings?", seen="name some, or say --all", type_="tillproof accept F-3b9c2e --reason ...")
    if not reason.strip():
        raise Misuse("a finding is accepted for a reason", seen="an empty one", type_='--reason "the gateway mends it"')
    accepted = [accept(log, finding, reason=reason.strip(), until=_day(until)) for log, finding in _meant(findings)]
    if not accepted:
        raise Misuse("there is nothing to accept", seen="no finding in the last log", type_="tillproof run")
    new = {(entry.target, entry.id): entry for entry in accepted}
    old = {(entry.target, entry.id): entry for entry in read_known(Path())}
    write_known(Path(), (old | new).values())
    running.show([*map(_line, accepted), f"wrote {KNOWN}; keep it with the code", *_next(accepted)])


def _meant(findings: tuple[str, ...]) -> list[tuple[Log, Finding]]:
    if findings:
        return [running.find_finding(id_) for id_ in findings]
    return [(log, finding) for log in running.last_logs() for finding in log.findings]


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Misuse(f"not a day: {text!r}", seen="days are written YEAR-MONTH-DAY", type_="--until 2027-01-31") from None
    if day < datetime.now(UTC).date():
        raise Misuse(f"{day} has passed", seen="a finding is accepted until a day to come", type_="--until a later day")
    return day


def _line(entry: Known) -> str:
    return f"{entry.id}   until {entry.until}   {entry.sentence}"


def _next(accepted: list[Known]) -> list[str]:
    return [f"next  tillproof run --processor {accepted[0].target}"]
