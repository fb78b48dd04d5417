"""A light client for measuring: several connections, each sending its next request once the last is answered."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable, Generator
from urllib.parse import urlencode

import msgspec

Asked = tuple[str, str, dict[str, str]]
"""Method, path and form of a request."""

Story = Generator[Asked, dict[str, object], None]
"""Yields what to ask, and is sent the JSON of each answer."""

_HEAD_ENDS = b"\r\n\r\n"


class Failed(Exception):
    """An answer was not a success."""


class Connection:
    """One connection, in the middle of a story."""

    def __init__(self, port: int, story: Story) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""
        self._sent = 0.0
        self._asked: Asked = ("", "", {})
        self.tell(story)

    def tell(self, story: Story) -> None:
        """Begin a story."""
        self._story = story
        self._send(next(story))

    def _send(self, asked: Asked) -> None:
        method, path, form = self._asked = asked
        body = urlencode(form).encode()
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer sk_test_1\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._sent = time.perf_counter()
        self.socket.sendall(head.encode() + body)

    def heard(self) -> tuple[float, bool] | None:
        """
        Read what has come.

        Returns None until an answer is whole; then the seconds it took, and whether the story goes on (its next request
        is out then). Raises `Failed`.
        """
        self._buffer += self.socket.recv(262_144)
        head, ended, body = self._buffer.partition(_HEAD_ENDS)
        if not ended:
            return None
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        if len(body) < length:
            return None
        took = time.perf_counter() - self._sent
        if head[9:12] != b"200":
            raise Failed(f"{self._asked}: {head[:40]!r} {body[:300]!r}")
        self._buffer = body[length:]
        try:
            following = self._story.send(msgspec.json.decode(body[:length]))
        except StopIteration:
            return took, False
        self._send(following)
        return took, True


def measured(
    port: int, story: Callable[[], Story], *, connections: int, stories: int, seconds: float
) -> tuple[float, list[float]]:
    """Tell so many stories in all, or for so many seconds; return requests per second and how long each took."""
    times: list[float] = []
    begun = connections
    with selectors.DefaultSelector() as selector:
        open_ = [Connection(port, story()) for _ in range(connections)]
        for one in open_:
            selector.register(one.socket, selectors.EVENT_READ, one)
        started = time.perf_counter()
        running = connections
        while running:
            for ready, _ in selector.select():
                found: Connection = ready.data
                heard = found.heard()
                if heard is None:
                    continue
                took, goes_on = heard
                times.append(took)
                if goes_on:
                    continue
                if begun < stories and time.perf_counter() - started < seconds:
                    begun += 1
                    found.tell(story())
                else:
                    running -= 1
                    selector.unregister(found.socket)
        took_all = time.perf_counter() - started
        for one in open_:
            one.socket.close()
    return len(times) / took_all, times
