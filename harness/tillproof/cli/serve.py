"""`tillproof serve`: the reference shop as a real server, or a gateway fake with a control API to steer it by."""

from __future__ import annotations

import secrets

import click

from tillproof.errors import Misuse

PROCESSORS = ("manual", "bank")
"""What the served shop can be paid with."""

GATEWAYS: dict[str, tuple[int, str]] = {
    "stripe": (8600, "Serve Stripe's API for payments, with its test cards and signed webhooks."),
    "paypal": (8610, "Serve PayPal's Orders v2 and Payments v2, with its payer and signed webhooks."),
    "bank": (8620, "Serve the bank: a small REST face that speaks every dialect."),
}
"""The gateways that can be served: the port each has unless another is named, and what help says of it."""

_EXAMPLE = """curl -X PUT -d '{"plan": "gateway.POST:/v1/refunds#1=answer-lost"}' http://127.0.0.1:8601/faults"""
_SHORTEST_TOKEN = 16
_EXTRA = "pip install 'tillproof[server]'"
_HOST = click.option(
    "--host", default="127.0.0.1", show_default=True, help="Where to listen; this machine only, unless you say so."
)


@click.group(name="serve", help="Serve the reference shop, or a gateway fake, over HTTP.")
def command() -> None:  # noqa: D103  (click shows `help`)
    pass


@command.command(name="reference", help="Serve the reference shop, wire-compatible with Medusa v1 for what payments touch.")
@_HOST
@click.option("--port", default=9000, show_default=True, type=click.IntRange(0, 65535), help="0: any that is free.")
@click.option("--database", default="memory", show_default=True, metavar="URL|memory", help="Where the shop's rows are.")
@click.option(
    "--processor", multiple=True, metavar="NAME", help=f"Pay with these of {', '.join(PROCESSORS)} (default: all)."
)
@click.option("--seed-shop", is_flag=True, help="Begin with regions in eur, jpy and kwd, and goods in stock.")
@click.option("--admin-token", metavar="TOKEN", help="The administrator's token and password; a fresh one by default.")
def reference(  # noqa: D103  (click shows `help`)
    *,
    host: str,
    port: int,
    database: str,
    processor: tuple[str, ...],
    seed_shop: bool,
    admin_token: str | None,
) -> None:
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


def _gateway(name: str, usual: int, says: str) -> click.Command:
    """Make the command that serves one gateway."""

    @click.command(name=name, help=says, cls=_Steered)
    @_HOST
    @click.option("--port", default=usual, show_default=True, type=click.IntRange(0, 65535), help="0: any that is free.")
    @click.option(
        "--control-port",
        type=click.IntRange(0, 65535),
        help="Where the control API listens, on this machine only (default: the port after).",
    )
    @click.option("--dialect", metavar="NAME", help="How repeated keys are treated, where the gateway speaks several.")
    @click.option(
        "--fault",
        multiple=True,
        metavar="PLAN",
        help="What goes wrong, e.g. 'gateway.POST:/v1/refunds#1=answer-lost'; see `tillproof list faults`.",
    )
    @click.option("--webhook", metavar="URL", help="Where webhooks go.")
    @click.option("--webhook-secret", metavar="SECRET", help="What Stripe's are signed with.")
    @click.option("--webhook-anywhere", is_flag=True, help="Let webhooks leave this machine.")
    def serve_it(  # (click shows `help`)
        *,
        host: str,
        port: int,
        control_port: int | None,
        dialect: str | None,
        fault: tuple[str, ...],
        webhook: str | None,
        webhook_secret: str | None,
        webhook_anywhere: bool,
    ) -> None:
        from tillproof.cli import serving_gateways  # noqa: PLC0415 - the fakes, which `serve --help` can do without

        serving_gateways.serve(
            name,
            host,
            port,
            control_port=(port + 1 if port else 0) if control_port is None else control_port,
            dialect=dialect,
            faults=fault,
            webhook=webhook,
            secret=webhook_secret,
            anywhere=webhook_anywhere,
        )

    return serve_it


class _Steered(click.Command):
    """A command whose help also shows the control API."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of routes."""
        from tillproof.targets.served.control import ROUTES  # noqa: PLC0415 - see above

        del ctx
        with formatter.section("Control API (JSON, on the control port)"):
            formatter.write_dl(list(ROUTES.items()))
        with formatter.section("For example"):
            formatter.write_text(_EXAMPLE)


for _name, (_usual, _says) in GATEWAYS.items():
    command.add_command(_gateway(_name, _usual, _says))
