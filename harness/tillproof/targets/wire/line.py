"""A server's line to the process that watches it: what is announced there, and the words that come back."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from itertools import count

from tillproof.targets.wire.messages import ORDERED, Do, Inbox, Message, Open, Order, Word, framed

_AT_ONCE = 65_536  # bytes


class Line:
    """
    Speaks from any thread, listens in the event loop. When the line is cut, the process ends: nobody watches it any more.

    `time` is the watcher's time, as of its last word.
    """

    def __init__(self) -> None:
        """Begin unconnected: a server is prepared before the process that will be it exists."""
        self.time = 0.0
        self._numbers = count(1)
        self._speaking = threading.Lock()
        self._asked: dict[int, Future[Word]] = {}
        self._inbox = Inbox(ORDERED)
        self._socket: socket.socket | None = None
        self._do: Callable[[Do | Open], None] = _nothing
        self._prompt: Callable[[Message], Word] | None = None

    def rehearse(self, prompt: Callable[[Message], Word] | None) -> None:
        """Until it is connected, let this give the words; None ends the rehearsal."""
        self._prompt = prompt

    def connect(self, connected: socket.socket) -> Open:
        """Connect, and wait for the first order. Raises `EOFError` if none comes."""
        self._socket = connected
        while True:
            received = connected.recv(_AT_ONCE)
            if not received:
                raise EOFError
            for order in self._inbox.feed(received):
                if isinstance(order, Open):
                    self.time = order.time
                    return order

    def listen(self, do: Callable[[Do | Open], None]) -> None:
        """Take words and tasks from here on, in the running event loop."""
        self._do = do
        asyncio.get_running_loop().add_reader(self._connected(), self._read)

    def number(self) -> int:
        """Return a fresh number."""
        return next(self._numbers)

    def tell(self, message: Message) -> None:
        """Say something that needs no word."""
        if self._prompt is not None:
            return
        with self._speaking:
            self._connected().sendall(framed(message))

    def ask(self, of: int, message: Message) -> Future[Word]:
        """Announce something; the word on it will come."""
        word: Future[Word] = Future()
        if self._prompt is not None:
            word.set_result(self._prompt(message))
            return word
        self._asked[of] = word
        self.tell(message)
        return word

    async def asked(self, of: int, message: Message) -> Word:
        """Announce something and wait for the word on it."""
        return await asyncio.wrap_future(self.ask(of, message))

    def _read(self) -> None:
        received = self._connected().recv(_AT_ONCE)
        if not received:
            os._exit(0)
        for order in self._inbox.feed(received):
            self._take(order)

    def _take(self, order: Order) -> None:
        match order:
            case Do():
                self._do(order)
            case Open():
                self.time = order.time
                self._do(order)
            case word:
                self.time = word.time
                self._asked.pop(word.of).set_result(word)

    def _connected(self) -> socket.socket:
        if self._socket is None:
            raise EOFError
        return self._socket


def _nothing(do: Do | Open) -> None:
    del do
