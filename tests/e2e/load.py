"""
Load, bounded and on loopback: checkouts of six requests through eight connections, and the server's memory after many.

    python tests/e2e/load.py [DATABASE-URL ...]

With no URL: SQLite in a temporary folder. Prints checkouts per second, and fails if a request did or a ledger does not
add up.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time

import msgspec
from support.shopserver import ledger, memory, shop_server
from support.till import Till, sums

from tillproof.domain.ledger import EntryKind

CHECKOUTS, CONNECTIONS = 200, 8
EARLY, LATE = 1_000, 10_000


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What one load was like: how many checkouts, how long, what was heard, what the bank holds."""

    checkouts: int
    seconds: float
    answers: dict[int, int]
    authorized: list[int]
    captured: list[int]

    def adds_up(self) -> bool:
        """Tell whether each checkout was heard to succeed, and was authorized and captured once, for the same sum."""
        return (
            self.answers == {200: 6 * self.checkouts}
            and self.authorized == self.captured
            and len(self.captured) == self.checkouts
        )

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.checkouts} checkouts in {self.seconds:.2f} s: {self.checkouts / self.seconds:.1f} per second"


def load(database: str, checkouts: int = CHECKOUTS, connections: int = CONNECTIONS) -> Load:
    """Buy so often from a server on this database."""
    with shop_server(database) as address:
        seconds, answers = asyncio.run(_bought(address, "bank", checkouts, connections))
        amounts = sums(ledger(address))
    return Load(
        checkouts=checkouts,
        seconds=seconds,
        answers=answers,
        authorized=sorted(amounts[EntryKind.AUTHORIZE]),
        captured=sorted(amounts[EntryKind.CAPTURE]),
    )


def grown(database: str, early: int = EARLY, late: int = LATE) -> tuple[int, int]:
    """Return the server's resident memory in bytes after `early` and after `late` checkouts, paid in cash."""
    with shop_server(database) as address:
        asyncio.run(_bought(address, "manual", early, CONNECTIONS))
        before = memory(address)
        asyncio.run(_bought(address, "manual", late - early, CONNECTIONS))
        return before, memory(address)


async def _bought(address: str, method: str, checkouts: int, connections: int) -> tuple[float, dict[int, int]]:
    async with Till(address, connections) as till:
        began = time.perf_counter()
        await till.each(checkouts, connections, lambda _: till.check_out(method))
        return time.perf_counter() - began, dict(till.answers)


def main(databases: list[str]) -> int:
    """Print the figures for each database; return an exit code."""
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for database in databases or [f"sqlite:///{folder}/till.db"]:
            done = load(database)
            before, after = grown(database)
            failed += not done.adds_up() or after > 1.2 * before
            sys.stdout.write(f"{database.partition(':')[0]}: {done}; adds up: {done.adds_up()}\n")
            sys.stdout.write(f"  memory after {EARLY}: {before >> 20} MB, after {LATE}: {after >> 20} MB\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
