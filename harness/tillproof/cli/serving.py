"""Putting the served shop together: store, real clock and ids, processors with their gateway in this process."""

from __future__ import annotations

import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager

from sqlalchemy import make_url

from tillproof.cli import running
from tillproof.contract.gateway import GatewayFake, Request, Response
from tillproof.contract.processor import PaymentProcessor
from tillproof.domain.ledger import Entry
from tillproof.errors import Misuse
from tillproof.reference.api import boot
from tillproof.reference.demo_shop import seed
from tillproof.reference.http.app import make_app
from tillproof.reference.http.clock import RealClock, SecretIds
from tillproof.reference.http.server import run
from tillproof.reference.http.signing_in import Admin
from tillproof.reference.ports import Store, StoreError
from tillproof.reference.shop import Shop
from tillproof.reference.store.engines import UnknownDatabase
from tillproof.reference.store.memory import MemoryStore
from tillproof.reference.store.sql import open_store
from tillproof.suggestions import unknown
from tillproof.targets.listening import address, bind
from tillproof_fake_processors import PROCESSORS, build_gateway, build_processor

EMAIL = "admin@shop.example"
"""Who the administrator is."""

_MEMORY = "memory"
_DATABASES = "memory, sqlite:///shop.db, postgresql://user@host/name"


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

    async def start(shop: Shop) -> None:
        if seeded:
            await seed(shop.store, names)
        await boot(shop)

    with bind(host, port) as bound, _opened(database) as store:
        ids = SecretIds()
        shop = Shop(store=store, clock=RealClock(), ids=ids, processors=processors, boot_id=ids.new("boot"))
        running.show(
            [
                f"shop      {address(bound)}    OpenAPI: /schema/openapi.json",
                f"admin     {EMAIL}    token and password: {token}",
                f"rows in   {'memory: gone when this stops' if database == _MEMORY else shown(database)}",
                "stop      Ctrl-C; requests in flight are finished first",
            ]
        )
        sys.stdout.flush()  # whoever started this may be waiting for the address
        run(make_app(shop, Admin(email=EMAIL, token=token), start=start), bound)


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


def shown(database: str) -> str:
    """Return a database's URL without its password."""
    return make_url(database).render_as_string(hide_password=True)


@contextmanager
def _opened(database: str) -> Generator[Store]:
    """Open the store, and close it in the end. Raises `Misuse`."""
    if database == _MEMORY:
        yield MemoryStore()
        return
    try:
        store = open_store(database)
    except UnknownDatabase:
        raise Misuse(
            "this names no database that can be used", seen=f"known: {_DATABASES}", type_="--database sqlite:///shop.db"
        ) from None
    except StoreError as error:
        raise Misuse("cannot use the database", seen=str(error), type_="--database sqlite:///shop.db") from None
    try:
        yield store
    finally:
        store.close()
