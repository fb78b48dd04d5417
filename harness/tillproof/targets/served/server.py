"""Serving on sockets: the gateway's port, its control port, and its webhooks, in one event loop, until told to stop."""

from __future__ import annotations

import asyncio
import signal
import socket
from contextlib import suppress

from tillproof.targets.listening import bind
from tillproof.targets.served.control import Control
from tillproof.targets.served.service import Service
from tillproof_fake_processors.http.connection import Answer, Connection, Guests

_PATIENCE = 5.0  # seconds for what is being answered when it stops


class Port:
    """A port that can be closed, and opened again where it was. It listens from the start."""

    def __init__(self, bound: socket.socket, answer: Answer) -> None:
        """Answer with `answer` whoever connects to this bound socket."""
        self._bound: socket.socket | None = bound
        self._address = bound.getsockname()
        self._answer = answer
        self._server: asyncio.Server | None = None
        self._opening: asyncio.Task[None] | None = None
        self._guests = Guests()

    async def start(self) -> None:
        """Begin to answer."""
        if self._bound is not None:
            self._server = await asyncio.get_running_loop().create_server(self._connection, sock=self._bound)

    def allow(self, *, allowed: bool) -> None:
        """Open the port, or close it: then connections are refused, and those there are reset. Raises `Misuse`."""
        if not allowed:
            self._refuse()
        elif self._bound is None:
            self._bound = bind(*self._address[:2])
            self._opening = asyncio.get_running_loop().create_task(self.start())

    async def stop(self) -> None:
        """Let nobody in any more, finish what is being answered, and close."""
        if self._server is not None:
            self._server.close()
        await self._guests.finish(_PATIENCE)

    def _connection(self) -> Connection:
        return Connection(self._answer, self._guests)

    def _refuse(self) -> None:
        if self._server is not None:
            self._server.close()
        self._server = self._bound = None
        self._guests.reset()


async def serve(service: Service, gateway: socket.socket, control: socket.socket, *, until: asyncio.Event) -> None:
    """Serve the gateway and its control API on sockets that listen already, until the event is set."""
    port = Port(gateway, service.answer)
    steering = Port(control, Control(service, lambda open_: port.allow(allowed=open_)).answer)
    await port.start()
    await steering.start()
    work = asyncio.create_task(service.postman.work())
    try:
        await until.wait()
    finally:
        work.cancel()
        await port.stop()
        await steering.stop()
        with suppress(asyncio.CancelledError):
            await work


def run(service: Service, gateway: socket.socket, control: socket.socket) -> None:
    """Serve until the process is told to stop (SIGINT, SIGTERM), then finish what is being answered."""

    async def main() -> None:
        until = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError):  # where there are no such signals, Ctrl-C ends it all the same
                loop.add_signal_handler(number, until.set)
        await serve(service, gateway, control, until=until)

    with suppress(KeyboardInterrupt):
        asyncio.run(main())
