"""
JSON-RPC 2.0, one message a line, over a pair of pipes: the form two processes speak.

Either side may ask: a message with `method` and `id` is a request, one with `method` alone a notification, one without
`method` a reply. Lines are bounded, so that neither side can exhaust the other.
"""

from __future__ import annotations

import os
from typing import Any, cast

import msgspec

from tillproof.domain.entities import Data

LONGEST_LINE = 1024 * 1024
"""Bytes of one message, its line end included."""

_CHUNK = 64 * 1024


class Garbled(Exception):
    """What arrived is no message: no JSON object, or a line without end."""


class Failure(msgspec.Struct, frozen=True):
    """The error of a reply. `code` is one of the constants here; `data` holds its particulars."""

    code: int
    message: str
    data: Data = msgspec.field(default_factory=dict[str, Any])


RAISED = -32000
"""The method raised: `data` has `type`, `text`, `where`."""

UNUSABLE = -32001
"""The target cannot be used: `data` has `wrong`, `seen`, `type`, the three lines for the person."""

NO_ANSWER = -32002
"""The gateway did not answer."""


class Message(msgspec.Struct, frozen=True):
    """One message of either side."""

    id: int | None = None
    method: str | None = None
    params: Data = msgspec.field(default_factory=dict[str, Any])
    result: Any = None
    error: Failure | None = None


class LineReader:
    """Cuts what arrives on a file descriptor into messages."""

    def __init__(self, fd: int) -> None:
        """Read from `fd`, which stays the caller's to close."""
        self.fd = fd
        self._buffer = bytearray()
        self._searched = 0

    def ready(self) -> Message | None:
        """Return the next message that has arrived whole, or None. Raises `Garbled`."""
        end = self._buffer.find(b"\n", self._searched)
        if end < 0:
            self._searched = len(self._buffer)
            if self._searched >= LONGEST_LINE:
                raise Garbled(f"a line of more than {LONGEST_LINE} bytes")
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        self._searched = 0
        try:
            return msgspec.json.decode(line, type=Message)
        except msgspec.DecodeError as error:
            raise Garbled(f"no JSON-RPC message: {line[:80]!r} ({error})") from error

    def fill(self) -> bool:
        """Wait for bytes and take them in; False when the other side has closed. Call it where a wait is bounded."""
        chunk = os.read(self.fd, _CHUNK)
        self._buffer += chunk
        return bool(chunk)

    def next(self) -> Message | None:
        """Wait for a whole message; None when the other side has closed. Raises `Garbled`."""
        while (message := self.ready()) is None:
            if not self.fill():
                return None
        return message


def encode(message: Data) -> bytes:
    """Return the line that carries a message. Raises `Garbled` when it would be too long."""
    line = msgspec.json.encode({"jsonrpc": "2.0", **message}) + b"\n"
    if len(line) > LONGEST_LINE:
        raise Garbled(f"a message of {len(line)} bytes")
    return line


def write(fd: int, message: Data) -> None:
    """Write one message whole. Raises `BrokenPipeError` when the other side is gone, `Garbled` when it is too long."""
    rest = memoryview(encode(message))
    while rest:
        rest = rest[os.write(fd, rest) :]


def failure(code: int, message: str, data: Data | None = None) -> Data:
    """Return the `error` member of a reply."""
    return cast("Data", msgspec.to_builtins(Failure(code, message, data or {})))
