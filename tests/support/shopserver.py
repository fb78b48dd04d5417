"""
A shop as a server process of its own, with the real store, clock and ids, and a bank whose ledger can be asked for.

As a program (`shopserver.py URL`) it is that server: it prints its address, and ends when its standard input does. Beside
the shop's own routes, `GET /ledger` answers the bank's ledger and `GET /memory` its resident memory in bytes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
from msgspec.structs import replace

from tillproof.contract.gateway import Request, Response
from tillproof.domain.entities import Variant
from tillproof.domain.ledger import Entry
from tillproof.reference.api import boot
from tillproof.reference.demo_shop import seed
from tillproof.reference.http.app import make_app
from tillproof.reference.http.clock import RealClock, SecretIds
from tillproof.reference.http.server import run
from tillproof.reference.http.signing_in import Admin
from tillproof.reference.ports import Transaction
from tillproof.reference.shop import Shop
from tillproof.reference.store.memory import MemoryStore
from tillproof.reference.store.sql import open_store
from tillproof.targets.listening import address, bind
from tillproof_fake_processors import build_gateway, build_processor

TOKEN = "operator-of-the-shop"  # noqa: S105 - of a shop that lives for one test

METHODS = ("bank", "manual")


@contextmanager
def shop_server(database: str) -> Generator[str]:
    """Run a shop on this database (or on `memory`) and yield its address."""
    command = [sys.executable, __file__, database]
    path = str(Path(__file__).parents[1])
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path}
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def ledger(address: str) -> list[Entry]:
    """Return what the bank has written down so far."""
    return msgspec.json.decode(httpx.get(f"{address}/ledger").content, type=list[Entry])


def memory(address: str) -> int:
    """Return the server's resident memory, in bytes."""
    return int(httpx.get(f"{address}/memory").content)


class _Bank:
    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._fake = build_gateway("bank", self.entries.append, RealClock().now)

    async def request(self, request: Request) -> Response:
        return self._fake.handle(request)


def _main(database: str) -> None:
    bank, ids = _Bank(), SecretIds()
    store = MemoryStore() if database == "memory" else open_store(database)
    processors = {"bank": build_processor("bank", bank), "manual": build_processor("manual", None)}
    shop = Shop(store=store, clock=RealClock(), ids=ids, processors=processors, boot_id=ids.new("boot"))

    def plenty(tx: Transaction) -> None:
        for goods in tx.select(Variant):
            tx.put(replace(goods, inventory_quantity=1_000_000))

    async def start(shop: Shop) -> None:
        await seed(shop.store, METHODS)
        await shop.store.atomic(plenty)
        await boot(shop)

    app = make_app(shop, Admin(email="operator@shop.example", token=TOKEN), start=start)

    async def with_books(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's own
        if scope["type"] != "http" or scope["path"] not in ("/ledger", "/memory"):
            await app(scope, receive, send)
            return
        body = msgspec.json.encode(bank.entries) if scope["path"] == "/ledger" else b"%d" % _resident()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    threading.Thread(target=_end_with_input, daemon=True).start()
    with bind("127.0.0.1", 0) as bound:
        sys.stdout.write(f"{address(bound)}\n")
        sys.stdout.flush()
        run(with_books, bound)  # type: ignore[arg-type]  # any ASGI application will do


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _end_with_input() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    _main(sys.argv[1])
