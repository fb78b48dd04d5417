"""A client's TCP connection to the shop: requests go out whole, in part, or are cut off, and what comes back is read."""

from __future__ import annotations

import socket
import struct

import h11
import httpx

from tillproof.domain.requests import Answer
from tillproof.targets.wire.asking import NUMBER, answer_of

_AT_ONCE = 65_536  # bytes
_SOON = 5.0  # seconds; the socket listens already
_AT_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 seconds: the other side sees a reset


class Exchange:
    """
    One connection, one request at a time.

    `answer` is there once it has arrived whole; `ended` says that the other side has closed.
    """

    def __init__(self, address: tuple[str, int]) -> None:
        """Connect."""
        self.answer: Answer | None = None
        self.ended = False
        self._socket = socket.create_connection(address, _SOON)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._http = h11.Connection(h11.CLIENT)
        self._head: h11.Response | None = None
        self._body = b""

    def fileno(self) -> int:
        """Return the socket's number, to be waited for."""
        return self._socket.fileno()

    def send(self, request: httpx.Request, number: int) -> None:
        """Send a request of that number. Another may have gone before, if its answer has arrived."""
        if self.answer is not None:
            self._http.start_next_cycle()
            self.answer = None
        self._socket.sendall(b"".join(self._written(request, number)))

    def send_part(self, request: httpx.Request, number: int) -> bool:
        """Send half of a request's body, or of its head if it has no body; tell whether its head went out whole."""
        head, body = self._written(request, number)
        self._socket.sendall(head + body[: len(body) // 2] if body else head[: len(head) // 2])
        return bool(body)

    def receive(self) -> None:
        """Read what has arrived."""
        try:
            received = self._socket.recv(_AT_ONCE)
        except ConnectionError:
            received = b""
        self._http.receive_data(received)
        try:
            self._take(received)
        except h11.RemoteProtocolError:
            self.ended = True

    def cut(self) -> None:
        """End the connection at once, with a reset. Nothing happens if it has ended here before."""
        if self._socket.fileno() >= 0:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_CLOSE)
            self._socket.close()

    def _written(self, request: httpx.Request, number: int) -> tuple[bytes, bytes]:
        content = request.read()
        headers = [*request.headers.raw, (NUMBER, b"%d" % number)]
        head = self._http.send(h11.Request(method=request.method, target=request.url.raw_path, headers=headers))
        body = self._http.send(h11.Data(content)) if content else b""
        return head or b"", (body or b"") + (self._http.send(h11.EndOfMessage()) or b"")

    def _take(self, received: bytes) -> None:
        while True:
            event = self._http.next_event()
            match event:
                case h11.Response():
                    self._head, self._body = event, b""
                case h11.Data():
                    self._body += event.data
                case h11.EndOfMessage() if self._head is not None:
                    self.answer = answer_of(self._head.status_code, list(self._head.headers), self._body)
                    return
                case _:
                    self.ended = self.ended or not received
                    return


class Connections:
    """The connections to one server: one that is idle is used again, and all can be cut at once."""

    def __init__(self, address: tuple[str, int]) -> None:
        """Connect to this address, when somebody asks."""
        self._address = address
        self._idle: list[Exchange] = []
        self._taken: list[Exchange] = []

    def take(self, *, fresh: bool = False) -> Exchange:
        """Return an idle connection, or a fresh one."""
        exchange = self._idle.pop() if self._idle and not fresh else Exchange(self._address)
        self._taken.append(exchange)
        return exchange

    def give_back(self, exchange: Exchange) -> None:
        """Keep a connection for whoever is next, if its answer has come and it has not ended."""
        self._taken.remove(exchange)
        if exchange.ended or exchange.answer is None:
            exchange.cut()
        else:
            self._idle.append(exchange)

    def cut_all(self) -> None:
        """Cut every connection."""
        for exchange in (*self._idle, *self._taken):
            exchange.cut()
        self._idle, self._taken = [], []
