"""
The wall around a processor under test: no connection leaves this machine, whatever library tries.

Set up once per worker process, as an audit hook of the interpreter: it sees sockets opened by C code as well, and nothing
the processor does takes it down. What was tried is told to the harness; the processor gets a connection error.
"""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Callable
from typing import cast

_NAMED = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyname_ex", "socket.gethostbyaddr"})
_ADDRESSED = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})


class NothingSent(ConnectionRefusedError):
    """A connection to a host for which no fake answers was refused before anything was sent."""


def loopback(host: object) -> bool:
    """Say whether the host is this machine."""
    name = _name(host)
    if name in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _name(host: object) -> str:
    if host is None:
        return ""
    return host.decode("ascii", "backslashreplace") if isinstance(host, bytes) else str(host)


def raise_wall(tell: Callable[[str], None]) -> None:
    """From now on refuse every connection and name look-up that is not loopback, after calling `tell(host)`."""

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in _NAMED:
            host = arguments[0]
        elif event in _ADDRESSED:
            address = arguments[1]
            if not isinstance(address, tuple):  # a Unix socket, or a message on a socket that is already connected
                return
            host = cast("tuple[object, ...]", address)[0]
        else:
            return
        if not loopback(host):
            name = _name(host)
            tell(name)
            raise NothingSent(f"no fake answers for {name}; nothing was sent")

    sys.addaudithook(hook)
