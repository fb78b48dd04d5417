"""Serving an application on a socket: bound before anything is said, and closed when the last request is answered."""

from __future__ import annotations

import errno
import socket
from contextlib import suppress

import uvicorn
from litestar import Litestar

from tillproof.errors import Misuse

_BACKLOG = 2048  # uvicorn's own
_PATIENCE = 45  # seconds for requests in flight when it stops: longer than one processor call may take


def bind(host: str, port: int) -> socket.socket:
    """Listen on host and port (0: any that is free) and return the socket; who connects now waits. Raises `Misuse`."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, proto)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(address)
            bound.listen(_BACKLOG)
        except OSError:
            bound.close()
            raise
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Misuse(
                f"port {port} is busy", seen=f"something else listens on {host}", type_=f"--port {port + 1}"
            ) from None
        raise Misuse(f"cannot listen on {host}:{port}", seen=str(error.strerror), type_="--host 127.0.0.1") from None
    return bound


def address(bound: socket.socket) -> str:
    """Return the URL a bound socket is reached at."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if bound.family is socket.AF_INET6 else f"http://{host}:{port}"


def run(app: Litestar, bound: socket.socket) -> None:
    """Serve until the process is told to stop, then finish what is in flight."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        lifespan="on",
        timeout_graceful_shutdown=_PATIENCE,
    )
    with suppress(KeyboardInterrupt):  # uvicorn raises it again once everything is closed
        uvicorn.Server(config).run(sockets=[bound])
