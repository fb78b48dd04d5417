"""A real PostgreSQL of our own, for as long as the tests run: its own data directory, its own socket, nothing else's."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from socket import create_server

import psycopg
import pytest

_numbers = count(1)


class Postgres:
    """A running server. Each schema is a database of its own to whoever opens its URL."""

    def __init__(self, home: Path, port: int) -> None:
        """Reach the server by its socket's directory; by its port on loopback where a program knows no sockets."""
        self.home = home
        self.port = port
        self.address = self.of("postgres")

    def of(self, database: str) -> str:
        """Return the URL of a database."""
        return f"postgresql://shop@/{database}?host={self.home}&port={self.port}"

    def fresh(self) -> str:
        """Make an empty schema and return the URL that leads to it."""
        name = f"test_{next(_numbers)}"
        self.run(f"CREATE SCHEMA {name}")
        return f"{self.address}&options=-csearch_path%3D{name}"

    def run(self, sql: str) -> None:
        """Execute one statement as the owner."""
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(sql.encode())

    def cut_off(self) -> None:
        """End every connection that has a transaction open, as a failing network or server would."""
        self.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Start a private PostgreSQL, or skip where no server programs are installed."""
    programs = _programs()
    if programs is None:
        pytest.skip("no PostgreSQL server here: initdb and postgres are neither in PATH nor in /usr/lib/postgresql/*/bin")
    with _running(programs) as server:
        yield server


def _programs() -> Path | None:
    found = [Path(path).resolve().parent for path in [shutil.which("initdb")] if path]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((path for path in found if (path / "initdb").exists() and (path / "postgres").exists()), None)


@contextmanager
def _running(programs: Path) -> Generator[Postgres]:
    home = Path(tempfile.mkdtemp(prefix="pg-"))  # not pytest's own: a socket's path must be short, and not only root's
    user = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
    if user is not None:
        os.chown(home, pwd.getpwnam(user).pw_uid, -1)
    data, log = home / "data", home / "log"
    pg_ctl = programs / "pg_ctl"
    with create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    settings = f"-c listen_addresses=127.0.0.1 -p {port} -c unix_socket_directories={home} -c fsync=off"
    try:
        commands: list[list[str | Path]] = [
            [programs / "initdb", "-D", data, "-U", "shop", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"],
            [pg_ctl, "-D", data, "-l", log, "-o", settings, "-w", "start"],
        ]
        for command in commands:
            subprocess.run(command, user=user, cwd=home, check=True, stdout=subprocess.DEVNULL)
        yield Postgres(home, port)
    finally:
        stop: list[str | Path] = [pg_ctl, "-D", data, "-m", "immediate", "-w", "stop"]
        subprocess.run(stop, user=user, cwd=home, check=False, stdout=subprocess.DEVNULL)
        shutil.rmtree(home)
