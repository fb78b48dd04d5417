"""
Reading HTTP/1.1 requests out of a stream of bytes (RFC 9112), as strictly as it takes to never read two out of one.

What is doubtful is refused, and the connection ends there: a length given twice, a length beside chunks, a folded header.
"""

from __future__ import annotations

import re

import msgspec

from tillproof_fake_processors.http.messages import HttpRequest

LONGEST_HEAD, LONGEST_BODY = 32_768, 4_194_304
"""Bytes. What is longer is refused: 431, 413."""

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_FIRST = re.compile(rb"(" + _TOKEN + rb") ([\x21-\x7e]+) HTTP/1\.([01])")
_OTHER_VERSION = re.compile(rb" HTTP/(?!1\.[01]$)\d(\.\d)?$")
_HEADER = re.compile(_TOKEN + rb":[^\x00\r\n]*")
_ABSOLUTE = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
_LENGTH = re.compile(r"\d{1,9}")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})(?:[ \t]*;[^\r\n]*)?")
_LONGEST_LINE = 1_024
_END = b"\r\n\r\n"


class Unreadable(Exception):
    """What came in is no request that could be answered. `status` is the one to refuse it with."""

    def __init__(self, status: int, says: str) -> None:
        """Say why."""
        super().__init__(says)
        self.status = status


class Arrived(msgspec.Struct, frozen=True):
    """A whole request, and whether its connection is to be kept for another."""

    request: HttpRequest
    lasting: bool


class _Head(msgspec.Struct, frozen=True):
    method: str
    target: str
    headers: dict[str, str]
    lasting: bool
    length: int | None


class Reader:
    """The requests of one connection: `feed` it what arrives, and take each from `next`."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._buffer = bytearray()
        self._head: _Head | None = None
        self._chunks: bytearray | None = None
        self._urged = False

    def feed(self, data: bytes) -> None:
        """Take in more bytes."""
        self._buffer += data

    def urged(self) -> bool:
        """Tell, once per request, whether its sender waits for a word before it sends the body (`Expect: 100-continue`)."""
        waits = self._head is not None and not self._urged and "100-continue" in self._head.headers.get("expect", "").lower()
        self._urged = self._urged or waits
        return waits

    def next(self) -> Arrived | None:
        """Return the next request that is there as a whole; None: not yet. Raises `Unreadable`."""
        if self._head is None:
            self._head = self._begun()
            if self._head is None:
                return None
        head = self._head
        body = self._counted(head.length) if head.length is not None else self._chunked()
        if body is None:
            return None
        self._head, self._chunks, self._urged = None, None, False
        return Arrived(HttpRequest(method=head.method, target=head.target, headers=head.headers, body=body), head.lasting)

    def _begun(self) -> _Head | None:
        buffer = self._buffer
        while buffer.startswith(b"\r\n"):  # some clients end a body with one line too many (RFC 9112, 2.2)
            del buffer[:2]
        end = buffer.find(_END, 0, LONGEST_HEAD)
        if end < 0:
            if len(buffer) >= LONGEST_HEAD:
                raise Unreadable(431, "the head is too long")
            return None
        lines = bytes(buffer[:end]).split(b"\r\n")
        del buffer[: end + len(_END)]
        return _head(lines)

    def _counted(self, length: int) -> bytes | None:
        if len(self._buffer) < length:
            return None
        body = bytes(self._buffer[:length])
        del self._buffer[:length]
        return body

    def _chunked(self) -> bytes | None:
        """Put the body's chunks together (RFC 9112, 7.1); trailers are read over."""
        buffer = self._buffer
        if self._chunks is None:
            self._chunks = bytearray()
        while True:
            end = buffer.find(b"\r\n", 0, _LONGEST_LINE)
            if end < 0:
                if len(buffer) >= _LONGEST_LINE:
                    raise Unreadable(400, "a chunk's size could not be read")
                return None
            found = _CHUNK.fullmatch(buffer, 0, end)
            if found is None:
                raise Unreadable(400, "a chunk's size could not be read")
            size = int(found[1], 16)
            if len(self._chunks) + size > LONGEST_BODY:
                raise Unreadable(413, "the body is too long")
            if size == 0:
                return self._trailed(end)
            if len(buffer) < end + size + 4:
                return None
            if not buffer.startswith(b"\r\n", end + 2 + size):
                raise Unreadable(400, "a chunk is longer than it says")
            self._chunks += buffer[end + 2 : end + 2 + size]
            del buffer[: end + 4 + size]

    def _trailed(self, end: int) -> bytes | None:
        """Return the whole body once the last chunk's line, the trailers and the empty line are there."""
        closed = self._buffer.find(_END, end, end + LONGEST_HEAD)
        if closed < 0:
            if len(self._buffer) >= end + LONGEST_HEAD:
                raise Unreadable(431, "the trailers are too long")
            return None
        if any(not _HEADER.fullmatch(line) for line in bytes(self._buffer[end + 2 : closed]).split(b"\r\n") if line):
            raise Unreadable(400, "a trailer could not be read")
        del self._buffer[: closed + len(_END)]
        return bytes(self._chunks or b"")


def _head(lines: list[bytes]) -> _Head:
    first = _FIRST.fullmatch(lines[0])
    if first is None:
        raise Unreadable(505 if _OTHER_VERSION.search(lines[0]) else 400, "the first line is no request")
    headers: dict[str, str] = {}
    for line in lines[1:]:
        if not _HEADER.fullmatch(line):
            raise Unreadable(400, "a header could not be read")
        name, _, value = line.decode("latin-1").partition(":")
        name, value = name.lower(), value.strip(" \t")
        if name == "host" and name in headers:
            raise Unreadable(400, "two hosts are named")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    connection = headers.get("connection", "").lower()
    modern = first[3] == b"1"
    if modern and "host" not in headers:
        raise Unreadable(400, "no host is named")
    return _Head(
        method=first[1].decode("ascii"),
        target=_ABSOLUTE.sub("", first[2].decode("ascii"), count=1) or "/",
        headers=headers,
        lasting="close" not in connection and (modern or "keep-alive" in connection),
        length=_length(headers),
    )


def _length(headers: dict[str, str]) -> int | None:
    """Return how long the body is; None: it comes in chunks. Whatever could be understood in two ways is refused."""
    coding, told = headers.get("transfer-encoding"), headers.get("content-length")
    if coding is not None:
        if coding.lower() != "chunked" or told is not None:
            raise Unreadable(501 if told is None else 400, "the body's length could not be told")
        return None
    if told is None:
        return 0
    if not _LENGTH.fullmatch(told) or not told.isascii():
        raise Unreadable(400, "the body's length could not be told")
    if int(told) > LONGEST_BODY:
        raise Unreadable(413, "the body is too long")
    return int(told)
