"""The database fails under the shop: restarted, full, read-only. The client hears a conflict, retries, and all is right."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from support.postgres import Postgres
from support.wirebench import found, target

from tillproof.domain.entities import Entity
from tillproof.domain.ledger import EntryKind
from tillproof.domain.requests import Answer, Ask
from tillproof.faults.plans import UNDISTURBED
from tillproof.faults.points import Seam
from tillproof.history.events import Heard, History, Ledgered, RunKey
from tillproof.simulation.crossing import Armed, Crossings
from tillproof.simulation.ids import SeededIds
from tillproof.simulation.target import Target
from tillproof.simulation.world import run
from tillproof.targets.wire.front import WireFront
from tillproof.targets.wire.nursery import Nursery
from tillproof_scenarios.buy_capture_refund import BUY_CAPTURE_REFUND

pytestmark = pytest.mark.e2e

Act = Callable[[Nursery], None]

COMMITS = ("attempt-opened", "authorization-intended", "authorize-recorded", "payment-created", "order-placed")
"""The commits of a completion, from its first to its last."""

_TRIES = 2  # requests that meet the trouble before it is over


def _nothing(nursery: Nursery) -> None:
    del nursery


def in_trouble(database: str, commit: str, begin: Act, end: Act) -> History:
    """Buy, capture, refund; trouble begins with the transaction of that commit open, and ends some requests later."""
    with target("bank") as bank, Nursery("bank", database) as nursery:

        class Troubled(WireFront):
            def __init__(
                self, of: Target, dialect: str, rows: tuple[Entity, ...], ids: SeededIds, crossings: Crossings
            ) -> None:
                super().__init__(nursery, of, dialect, rows, ids, crossings)
                self._left = _TRIES
                self._begun = False
                cross = crossings.cross

                def into_trouble(seam: Seam, name: str) -> tuple[int, Armed | None]:
                    if (seam, name) == (Seam.COMMIT, commit) and not self._begun:
                        self._begun = True
                        begin(nursery)
                    return cross(seam, name)

                vars(crossings).update(cross=into_trouble)  # the moment at which the transaction is open

            async def serve(self, ask: Ask) -> Answer:
                if self._begun and self._left >= 0:
                    self._left -= 1
                    if self._left < 0:
                        end(nursery)
                return await super().serve(ask)

        key = RunKey(journey=BUY_CAPTURE_REFUND.name, client="keeps-key", dialect=bank.dialects[0], plan="", seed=7)
        return run(bank, BUY_CAPTURE_REFUND, key, UNDISTURBED, Troubled)


def is_right_in_the_end(history: History) -> None:
    """Check that a retry was invited, that it succeeded, that no rule is broken and nothing was done twice."""
    completions = [e for e in history.events if isinstance(e, Heard) and e.call == "complete"]
    entries = [event.entry.kind for event in history.events if isinstance(event, Ledgered)]
    assert completions[0].status == 409
    assert completions[0].body["code"] == "invalid_state_error"
    assert completions[-1].status == 200
    assert history.ended
    assert found(history) == ()
    assert entries.count(EntryKind.AUTHORIZE) == entries.count(EntryKind.CAPTURE) == 1


@pytest.mark.parametrize("commit", COMMITS)
def test_a_postgresql_restarted_at_a_commit_costs_a_retry_and_nothing_else(postgres: Postgres, commit: str) -> None:
    """The server is stopped at once and started again while the commit's transaction is open."""

    def restart(nursery: Nursery) -> None:
        del nursery
        _restart(postgres)

    is_right_in_the_end(in_trouble(postgres.fresh(), commit, restart, _nothing))


@pytest.mark.parametrize("commit", COMMITS)
def test_a_full_disk_costs_retries_and_nothing_else(tmp_path: Path, commit: str) -> None:
    """The server may not make any file larger; the commit fails, and so do the next, until there is room again."""

    def fill(nursery: Nursery) -> None:
        _limit(nursery, 0)

    def make_room(nursery: Nursery) -> None:
        _limit(nursery, resource.RLIM_INFINITY)

    is_right_in_the_end(in_trouble(f"sqlite:///{tmp_path}/till.db", commit, fill, make_room))


@pytest.mark.parametrize("commit", COMMITS[::2])
def test_a_read_only_database_costs_retries_and_nothing_else(postgres: Postgres, commit: str) -> None:
    """PostgreSQL lets every new session only read (as a standby would), until it is told otherwise."""

    def only_read(nursery: Nursery) -> None:
        del nursery
        postgres.run("ALTER DATABASE postgres SET default_transaction_read_only = on")
        postgres.cut_off()

    def write_again(nursery: Nursery) -> None:
        del nursery
        with psycopg.connect(
            f"{postgres.address}&options=-cdefault_transaction_read_only%3Doff", autocommit=True
        ) as connection:
            connection.execute("ALTER DATABASE postgres RESET default_transaction_read_only")
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname <> ''"
            )

    is_right_in_the_end(in_trouble(postgres.fresh(), commit, only_read, write_again))


def _restart(postgres: Postgres) -> None:
    """Stop the server without a goodbye to anybody, and start it again on what it had written."""
    home = postgres.home
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), reverse=True)
    pg_ctl = shutil.which("pg_ctl") or found[0]
    user = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
    command: list[str | Path] = [pg_ctl, "-D", home / "data", "-m", "immediate", "-l", home / "log", "-w", "restart"]
    subprocess.run(command, user=user, cwd=home, check=True, stdout=subprocess.DEVNULL)


def _limit(nursery: Nursery, size: int) -> None:
    _, server = nursery.pids
    assert server is not None
    resource.prlimit(server, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
