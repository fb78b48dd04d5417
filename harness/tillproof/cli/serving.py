"""Putting the served shop together: store, real clock and ids, processors with their gateway in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from tillproof.cli import running
from tillproof.contract.gateway import GatewayFake, Request, Response
from tillproof.contract.processor import PaymentProcessor
from tillproof.domain.ledger import Entry
from tillproof.errors import Misuse
from tillproof.reference.demo_shop import seed
from tillproof.reference.http.app import make_app
from tillproof.reference.http.clock import RealClock, SecretIds
from tillproof.reference.http.server import address, bind, run
from tillproof.reference.http.signing_in import Admin
from tillproof.reference.ports import Store
from tillproof.reference.shop import Shop
from tillproof.reference.store.memory import MemoryStore
from tillproof.suggestions import unknown
from tillproof_fake_processors import PROCESSORS, build_gateway, build_processor

EMAIL = "admin@shop.example"
"""Who the administrator is."""


class InProcess:
    """A gateway fake that is asked without a socket. It forgets everything when the server stops."""

    def __init__(self, fake: GatewayFake) -> None:
        """Ask this fake."""
        self._fake = fake

    async def request(self, request: Request) -> Response:
        """Hand the request to the fake."""
        return self._fake.handle(request)


def serve(host: str, port: int, *, database: str, names: Sequence[str], seeded: bool, token: str) -> None:
    """Serve the shop until the process is told to stop. Raises `Misuse` for what cannot be served."""
    processors = {name: _processor(name) for name in names}
    bound = bind(host, port)
    with bound:
        ids = SecretIds()
        shop = Shop(store=_store(database), clock=RealClock(), ids=ids, processors=processors, boot_id=ids.new("boot"))
        if seeded:
            asyncio.run(seed(shop.store, names))
        running.show(
            [
                f"shop      {address(bound)}    OpenAPI: /schema/openapi.json",
                f"admin     {EMAIL}    token and password: {token}",
                f"rows in   {'memory: gone when this stops' if database == 'memory' else database}",
                "stop      Ctrl-C; requests in flight are finished first",
            ]
        )
        run(make_app(shop, Admin(email=EMAIL, token=token)), bound)


def _processor(name: str) -> PaymentProcessor:
    from_here = {known: builtin for known, builtin in PROCESSORS.items() if not known.startswith("liar:")}
    if name not in from_here:
        raise unknown("processor", name, from_here, list_with="tillproof serve reference --help")
    gateway = from_here[name].gateway
    if gateway is None:
        return build_processor(name, None)
    return build_processor(name, InProcess(build_gateway(gateway, _unrecorded, RealClock().now)))


def _unrecorded(entry: Entry) -> None:
    """Keep no record: nobody judges this run."""
    del entry


def _store(database: str) -> Store:
    if database == "memory":
        return MemoryStore()
    raise Misuse(f"no store for {database!r}", seen="known: memory", type_="tillproof serve reference --database memory")
