"""`tillproof schema`: the form of the report log, for whoever reads it with other tools."""

from __future__ import annotations

import click
import msgspec

from tillproof.history.logfile import schema


@click.command(name="schema", help="Print the JSON Schema of one line of the report log.")
def command() -> None:  # noqa: D103  (click shows `help`)
    click.echo(msgspec.json.format(msgspec.json.encode(schema()), indent=2).decode())
