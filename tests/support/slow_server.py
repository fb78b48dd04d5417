"""A program: the reference on a free port, with a processor that takes half a second. Says where it listens."""

from __future__ import annotations

import sys

from support.httpbench import ADMIN, Slow

from tillproof.reference.api import boot
from tillproof.reference.demo_shop import seed
from tillproof.reference.http.app import make_app
from tillproof.reference.http.clock import RealClock, SecretIds
from tillproof.reference.http.server import run
from tillproof.reference.shop import Shop
from tillproof.reference.store.memory import MemoryStore
from tillproof.targets.listening import address, bind


async def start(shop: Shop) -> None:
    """Begin with the demo shop."""
    await seed(shop.store, ["slow"])
    await boot(shop)


if __name__ == "__main__":
    ids = SecretIds()
    served = Shop(store=MemoryStore(), clock=RealClock(), ids=ids, processors={"slow": Slow(0.5)}, boot_id=ids.new("boot"))
    with bind("127.0.0.1", 0) as bound:
        sys.stdout.write(f"{address(bound)}\n")
        sys.stdout.flush()
        run(make_app(served, ADMIN, start=start), bound)
