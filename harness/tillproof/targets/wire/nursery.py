"""Where servers come from: a zygote of our own, and the one loopback socket that all of its servers listen on."""

from __future__ import annotations

import socket
import subprocess
import sys
from types import TracebackType
from typing import Self

from tillproof.errors import HarnessFault, Misuse
from tillproof.reference.ports import StoreError
from tillproof.reference.store.schema import SchemaMismatch
from tillproof.reference.store.sql import open_store
from tillproof.targets.wire.exchange import Connections

_PACKET = 64  # bytes
_STARTS = 60.0  # seconds for a zygote to import everything on a busy machine
_ANSWERS = 10.0  # seconds for a fork or a kill
_BACKLOG = 128


class Nursery:
    """
    Forks servers on one database, and kills them.

    At most one runs at a time; `is_resting` says that nothing is under way there. `connections` lead to it.

    Leaving the context ends everything; so does the end of this process, whatever its cause, since zygote and servers each
    watch a socket that only this process holds the other end of.
    """

    def __init__(self, processor: str, database: str) -> None:
        """Serve this built-in processor from this database. Raises `Misuse` if the database cannot be used."""
        self.database = database
        _check(database)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG)
        self.connections = Connections(self._listener.getsockname())
        self.is_resting = False
        self._line: socket.socket | None = None
        self._pid: int | None = None
        self._processor = processor

    def __enter__(self) -> Self:
        """Start the zygote."""
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        numbers = [theirs.fileno(), self._listener.fileno()]
        with theirs:
            words = [*map(str, numbers), self._processor, self.database]
            command = [sys.executable, "-m", "tillproof.targets.wire.zygote", *words]
            self._zygote = subprocess.Popen(  # noqa: S603 - our own
                command,
                pass_fds=numbers,
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the campaign; servers end when it does
            )
        self._control.settimeout(_STARTS)
        self._packet()
        self._control.settimeout(_ANSWERS)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End the zygote and its server."""
        self._cut()
        self._control.close()
        self._listener.close()
        try:
            self._zygote.wait(_ANSWERS)
        except subprocess.TimeoutExpired:
            self._zygote.kill()
            self._zygote.wait()

    @property
    def pids(self) -> tuple[int, int | None]:
        """Return the process ids of the zygote and of the server that runs, if one does."""
        return self._zygote.pid, self._pid

    def first(self) -> socket.socket:
        """Return the line to the server of the run before, if it came to rest and lives; else fork one."""
        return self._line if self._line is not None and self.is_resting else self.fork()

    def fork(self) -> socket.socket:
        """Kill the server that runs, if any, fork another, and return the line to it."""
        self.kill()
        self._line, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self._control, [b"fork"], [theirs.fileno()])
        self._pid = int(self._packet())
        return self._line

    def kill(self) -> None:
        """Send SIGKILL to the server that runs, if any, wait until it is dead, and close what led to it."""
        if self._pid is not None:
            pid, self._pid = self._pid, None
            self._control.send(b"kill %d" % pid)
            self._packet()
        self._cut()

    def _cut(self) -> None:
        self.is_resting = False
        self.connections.cut_all()
        if self._line is not None:
            self._line.close()
            self._line = None

    def _packet(self) -> bytes:
        try:
            packet = self._control.recv(_PACKET)
        except TimeoutError:
            packet = b""
        if not packet:
            raise HarnessFault("the process that forks servers does not answer", type_="run the command again")
        return packet


def _check(database: str) -> None:
    """Open the database once, so that what is wrong with it is said before anything runs."""
    try:
        open_store(database).close()
    except SchemaMismatch as error:
        raise Misuse(
            "the database holds something else",
            seen=f"{error.found}, where schema {error.expected} is needed",
            type_="--database sqlite:///fresh.db    (a run empties its database)",
        ) from None
    except StoreError as error:
        raise Misuse(
            "the database cannot be used", seen=str(error).splitlines()[0][:200], type_="--database sqlite:///till.db"
        ) from None
