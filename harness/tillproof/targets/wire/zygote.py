"""
The zygote: a process that has imported and prepared everything, and forks a server whenever it is told to.

Started as `python -m tillproof.targets.wire.zygote CONTROL LISTENER PROCESSOR DATABASE`; the first two are inherited
sockets. On the control socket each packet is an order: `fork`, which comes with the server's line, or `kill PID`; each is
answered with a packet. When that socket is closed, the zygote kills the servers it has and ends.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys

from tillproof.targets.named import opened
from tillproof.targets.wire.server import Server

_PACKET = 64  # bytes; orders are short


def main(arguments: list[str]) -> None:
    """Prepare, say so, and take orders until there are none."""
    control, listener = (socket.socket(fileno=int(number)) for number in arguments[:2])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it closes the control socket
    with opened(arguments[2], None) as target:
        server = Server(target, listener, arguments[3])
        server.rehearse(target)
        gc.collect()
        gc.freeze()
        control.send(b"ready")
        _take_orders(control, server)


def _take_orders(control: socket.socket, server: Server) -> None:
    alive: list[int] = []
    while True:
        order, lines, _, _ = socket.recv_fds(control, _PACKET, 1)
        match order.split():
            case [b"fork"]:
                pid = _fork(control, socket.socket(fileno=lines[0]), server)
                alive.append(pid)
                control.send(b"%d" % pid)
            case [b"kill", number]:
                _kill(int(number))
                alive.remove(int(number))
                control.send(b"killed")
            case _:
                for pid in alive:
                    _kill(pid)
                return


def _fork(control: socket.socket, line: socket.socket, server: Server) -> int:
    pid = os.fork()
    if pid:
        line.close()
        return pid
    try:
        control.close()
        server.run(line)
    finally:
        os._exit(1)


def _kill(pid: int) -> None:
    """Kill the server and wait until it is dead: until then its database is not free."""
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


if __name__ == "__main__":
    main(sys.argv[1:])
