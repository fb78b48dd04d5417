"""A socket that listens before anybody is told of it."""

from __future__ import annotations

import errno
import socket

from tillproof.errors import Misuse

_BACKLOG = 2_048


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
