"""Putting a served gateway together: what was typed is checked, the ports are bound, and where to reach what is told."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import httpx

from tillproof.cli import running
from tillproof.errors import Misuse
from tillproof.suggestions import unknown
from tillproof.targets.listening import address, bind
from tillproof.targets.served.gateways import SERVED, Hook, Served
from tillproof.targets.served.server import run
from tillproof.targets.served.service import Service
from tillproof.targets.wall import loopback
from tillproof_fake_processors.stripe.webhooks import WEBHOOK_SECRET

_HERE = "127.0.0.1"


def serve(
    name: str,
    host: str,
    port: int,
    *,
    control_port: int,
    dialect: str | None,
    faults: Sequence[str],
    webhook: str | None,
    secret: str | None,
    anywhere: bool,
) -> None:
    """Serve a gateway until the process is told to stop. Raises `Misuse` for what cannot be served."""
    served = SERVED[name]
    hook = None if webhook is None else _hook(webhook, secret or WEBHOOK_SECRET, anywhere=anywhere)
    if secret is not None and not served.shared_secret:
        wrong = f"webhooks of {name} are not signed with a secret of your choice"
        raise Misuse(wrong, seen="--webhook-secret", type_=f"tillproof serve {name}")
    if hook is None and (secret is not None or anywhere):
        raise Misuse(
            "there are no webhooks to sign or send", seen="no --webhook", type_="--webhook http://127.0.0.1:9000/hooks"
        )
    service = Service(served, _dialect(served, dialect), hook)
    service.faults.set(" + ".join(faults))
    with bind(host, port) as gateway, bind(_HERE, control_port) as control:
        running.show(
            [
                f"{name:<9} {address(gateway)}    dialect {service.dialect}",
                f"control   {address(control)}    GET / lists what it can do",
                *(f"{label:<9} {value}" for label, value in served.needs),
                *_warned(host),
                *([] if hook is None else [f"webhooks  {hook.url}"]),
                *([f"faults    {service.faults.plan}"] if faults else []),
                "stop      Ctrl-C",
            ]
        )
        sys.stdout.flush()  # whoever started this may be waiting for the address
        run(service, gateway, control)


def _dialect(served: Served, name: str | None) -> str:
    if name is None:
        return served.dialects[0]
    if name not in served.dialects:
        raise unknown(f"dialect of {served.name}", name, served.dialects, list_with="tillproof list dialects")
    return name


def _hook(url: str, secret: str, *, anywhere: bool) -> Hook:
    example = "--webhook http://127.0.0.1:9000/hooks"
    try:
        read = httpx.URL(url)
    except httpx.InvalidURL:
        read = httpx.URL()
    if read.scheme not in {"http", "https"} or not read.host:
        raise Misuse("webhooks need an address to go to", seen=f"no http or https URL: {url!r}", type_=example)
    if not loopback(read.host) and not anywhere:
        raise Misuse("webhooks stay on this machine", seen=read.host, type_="--webhook-anywhere, if that host is meant")
    return Hook(url=url, secret=secret)


def _warned(host: str) -> list[str]:
    return [] if loopback(host) else [f"warning   {host} is not this machine alone: others can reach the gateway"]
