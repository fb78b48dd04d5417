"""`tillproof serve`: the reference shop as a real server, to point a storefront at."""

from __future__ import annotations

import secrets

import click

from tillproof.errors import Misuse

PROCESSORS = ("manual", "bank")
"""What the served shop can be paid with."""

_SHORTEST_TOKEN = 16
_EXTRA = "pip install 'tillproof[server]'"


@click.command(name="serve", help="Serve the reference shop, wire-compatible with Medusa v1 for what payments touch.")
@click.argument("what", type=click.Choice(["reference"]))
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Where to listen; this machine only, unless you say so."
)
@click.option("--port", default=9000, show_default=True, type=click.IntRange(0, 65535), help="0: any that is free.")
@click.option("--database", default="memory", show_default=True, metavar="URL|memory", help="Where the shop's rows are.")
@click.option(
    "--processor", multiple=True, metavar="NAME", help=f"Pay with these of {', '.join(PROCESSORS)} (default: all)."
)
@click.option("--seed-shop", is_flag=True, help="Begin with regions in eur, jpy and kwd, and goods in stock.")
@click.option("--admin-token", metavar="TOKEN", help="The administrator's token and password; a fresh one by default.")
def command(  # noqa: D103  (click shows `help`)
    *,
    what: str,
    host: str,
    port: int,
    database: str,
    processor: tuple[str, ...],
    seed_shop: bool,
    admin_token: str | None,
) -> None:
    del what  # there is one thing to serve so far
    if admin_token is not None and len(admin_token) < _SHORTEST_TOKEN:
        raise Misuse(
            "the admin token is too short",
            seen=f"{len(admin_token)} characters",
            type_="leave --admin-token out for a fresh one",
        )
    try:
        from tillproof.cli import serving  # noqa: PLC0415 - needs the extra, and `serve --help` must not
    except ModuleNotFoundError as missing:
        raise Misuse("the server is not installed", seen=f"no module named {missing.name}", type_=_EXTRA) from None
    serving.serve(
        host,
        port,
        database=database,
        names=processor or PROCESSORS,
        seeded=seed_shop,
        token=admin_token or secrets.token_urlsafe(32),
    )
