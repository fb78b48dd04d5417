"""
A fake on a socket: one TCP connection, whose requests are answered in turn, or ended in whichever way goes wrong.

Nothing stands between the fake and the connection (no task per request, no framework): it is fast, and a fault can be what
it is on a real wire, down to the reset.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from http import HTTPStatus
from typing import cast

from tillproof_fake_processors.http.messages import HttpRequest, HttpResponse
from tillproof_fake_processors.http.reading import Arrived, Reader, Unreadable

Answer = Callable[[HttpRequest, "Exchange"], None]
"""What is done with a request: sooner or later one of the exchange's verbs is called, and then no other."""

_MUCH = 65_536  # bytes waiting behind an unanswered request, beyond which no more are read
_AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: closing drops what was not sent and resets the connection
_NO_BODY = {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}


class Exchange:
    """One request's way back. Exactly one of its verbs ends it."""

    __slots__ = ("_connection", "_head_only", "_lasting")

    def __init__(self, connection: Connection, arrived: Arrived) -> None:
        """Lead back to whoever sent this."""
        self._connection = connection
        self._lasting = arrived.lasting
        self._head_only = arrived.request.method == "HEAD"

    @property
    def open(self) -> bool:
        """Tell whether anybody is still there to hear."""
        return self._connection.open

    def send(self, response: HttpResponse) -> None:
        """Answer."""
        self._connection.answered(written(response, lasting=self._lasting, head_only=self._head_only), lasting=self._lasting)

    def cut_short(self, response: HttpResponse, sent: int) -> None:
        """Answer as if in full, and end the connection after `sent` bytes of the body."""
        whole = written(response, lasting=False, head_only=False)
        self._connection.answered(whole[: len(whole) - len(response.body) + sent], lasting=False)

    def end(self) -> None:
        """End the connection without a word."""
        self._connection.answered(b"", lasting=False)

    def reset(self) -> None:
        """Reset the connection: the other side sees an error, not an end."""
        self._connection.reset()


class Guests:
    """The connections of one port that are open."""

    def __init__(self) -> None:
        """Begin with none."""
        self._here: set[Connection] = set()
        self._gone = asyncio.Event()

    def came(self, one: Connection) -> None:
        """Note one more."""
        self._here.add(one)
        self._gone.clear()

    def went(self, one: Connection) -> None:
        """Note one less."""
        self._here.discard(one)
        if not self._here:
            self._gone.set()

    def reset(self) -> None:
        """Reset them all."""
        for one in list(self._here):
            one.reset()

    async def finish(self, patience: float) -> None:
        """Close each once it is answered; reset those for which it takes longer than so many seconds."""
        for one in list(self._here):
            one.finish()
        if self._here:
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self._gone.wait()
            self.reset()


class Connection(asyncio.Protocol):
    """One connection, among those of its port; `answer` gets each request once the one before is answered."""

    def __init__(self, answer: Answer, guests: Guests) -> None:
        """Wait to be connected."""
        self._answer = answer
        self._guests = guests
        self._reader = Reader()
        self._transport: asyncio.Transport | None = None
        self._waits = False  # for an answer
        self._turning = False
        self._unread = 0
        self._last = False

    @property
    def open(self) -> bool:
        """Tell whether the other side is still there, as far as is known."""
        return self._transport is not None and not self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)
        self._guests.came(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        del exc
        self._transport = None
        self._guests.went(self)

    def data_received(self, data: bytes) -> None:
        """Answer what has arrived as a whole, in its order."""
        self._reader.feed(data)
        if self._waits:
            self._unread += len(data)
            if self._unread > _MUCH and self._transport is not None:
                self._transport.pause_reading()
        self._turn()

    def answered(self, data: bytes, *, lasting: bool) -> None:
        """Send the answer to the request at hand, and go on to the next or close."""
        if not self._waits or self._transport is None:
            return
        self._waits = False
        self._transport.write(data)
        if not lasting or self._last:
            self._transport.close()
            return
        if self._unread > _MUCH:
            self._transport.resume_reading()
        self._unread = 0
        self._turn()

    def finish(self) -> None:
        """Close, once the request at hand is answered."""
        self._last = True
        if not self._waits and self._transport is not None:
            self._transport.close()

    def reset(self) -> None:
        """Reset the connection."""
        if self._transport is not None:
            bound: socket.socket = self._transport.get_extra_info("socket")
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            self._transport.abort()

    def _turn(self) -> None:
        """Take requests until one is not answered at once, or none is there."""
        if self._turning:  # an answer leads back here
            return
        self._turning = True
        try:
            while self.open and not self._waits:
                arrived = self._reader.next()
                if arrived is None:
                    if self._reader.urged() and self._transport is not None:
                        self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                    return
                self._waits = True
                self._answer(arrived.request, Exchange(self, arrived))
        except Unreadable as why:
            self._waits = True
            refusal = HttpResponse(status=why.status, headers={"content-type": "text/plain"}, body=f"{why}\n".encode())
            self.answered(written(refusal, lasting=False, head_only=False), lasting=False)
        finally:
            self._turning = False


def written(response: HttpResponse, *, lasting: bool, head_only: bool) -> bytes:
    """Write an answer as it goes over the wire."""
    lines = [_first(response.status), *(f"{name}: {value}\r\n" for name, value in response.headers.items())]
    if response.status not in _NO_BODY:
        lines.append(f"content-length: {len(response.body)}\r\n")
    if not lasting:
        lines.append("connection: close\r\n")
    lines.append("\r\n")
    head = "".join(lines).encode("latin-1")
    return head if head_only or response.status in _NO_BODY else head + response.body


@lru_cache(maxsize=64)
def _first(status: int) -> str:
    known = HTTPStatus(status).phrase if status in HTTPStatus.__members__.values() else ""
    return f"HTTP/1.1 {status} {known}\r\n"
