"""Serving an application on a socket that is bound already, until the last request is answered."""

from __future__ import annotations

import socket
from contextlib import suppress

import uvicorn
from litestar import Litestar

_PATIENCE = 45  # seconds for requests in flight when it stops: longer than one processor call may take


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
