"""`tillproof list`: what there is to choose from."""

from __future__ import annotations

import click
import msgspec

from tillproof.cli import running
from tillproof.cli.catalogue import CATALOGUE
from tillproof_reports.terminal.layout import table

_ABOUT: dict[str, str] = {
    "rules": "level",
    "journeys": "theme",
    "faults": "where",
    "dialects": "like",
    "processors": "gateway",
}


@click.command(name="list", help="List rules, journeys, faults, dialects or processors.")
@click.argument("what", type=click.Choice(list(CATALOGUE)))
@click.option("--json", "as_json", is_flag=True, help="As JSON: an array of name, about, title.")
def command(*, what: str, as_json: bool) -> None:  # noqa: D103  (click shows `help`)
    entries = CATALOGUE[what]()
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(entries), indent=2).decode())
        return
    rows = [(entry.name, entry.about, entry.title) for entry in entries]
    running.show(table(("name", _ABOUT[what], "what it is"), rows, align=("left",) * 3, width=running.width()))
