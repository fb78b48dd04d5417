"""
What a server and the process that watches it say to each other.

The server announces each crossing and waits for a word; every word bears the time. Numbers (`of`) tie a word to what it
answers. Each message is a MessagePack array behind its length, four bytes, big-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Generic, TypeVar

import msgspec

from tillproof.contract.gateway import Request
from tillproof.contract.processor import Attempt
from tillproof.domain.entities import ENTITIES, Data, Entity

M = TypeVar("M")


class Message(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Anything that is said."""


class Row(msgspec.Struct, frozen=True, array_like=True):
    """A row as MessagePack; None: it was deleted."""

    table: str
    id: str
    packed: bytes | None


# Said by the server.


class Ready(Message, frozen=True):
    """It has booted and takes requests."""


class Unopened(Message, frozen=True):
    """It cannot start on this database."""

    says: str


class Began(Message, frozen=True):
    """The request or task of that number begins. Waits for `Go`."""

    of: int


class Ended(Message, frozen=True):
    """The request or task of that number has ended, answer and all."""

    of: int


class Calling(Message, frozen=True):
    """A processor's method is about to be called. Waits for `Perform`, or for what it is told instead."""

    of: int
    provider_id: str
    method: str
    arguments: Data
    attempt: Attempt | None
    deadline: float | None


class Performed(Message, frozen=True):
    """The call has been made: its outcome in the contract's wire form, or what was raised. Waits as `Calling` does."""

    of: int
    outcome: Data | None = None
    raised: tuple[str, str] | None = None


class Requested(Message, frozen=True):
    """A processor sends a request to its gateway. Waits for `Answered` or `Raise`."""

    of: int
    request: Request


class Sleeping(Message, frozen=True):
    """It sleeps until that time. Waits for `Go`."""

    of: int
    until: float


class Committing(Message, frozen=True):
    """A step has written and is about to be committed, its transaction open. Waits for `Go` or `Raise`."""

    of: int
    name: str
    changes: tuple[Row, ...]


class Committed(Message, frozen=True):
    """The database has said that it is committed. Waits for `Go` or `Raise` if `Go` said so before."""

    of: int


class Failed(Message, frozen=True):
    """The server's own code has failed."""

    where: str
    error: str


Said = Ready | Unopened | Began | Ended | Calling | Performed | Requested | Sleeping | Committing | Committed | Failed
"""Anything a server says."""


# Said to the server.


class Open(Message, frozen=True):
    """Start as the boot of that number; with `rows`: empty the database first, and furnish it with them."""

    boot: int
    seed: str
    time: float
    rows: tuple[Row, ...] | None


class Do(Message, frozen=True):
    """Do a task of that name (`settle`, `sweep`); it begins and ends like a request."""

    of: int
    work: str


class Go(Message, frozen=True):
    """Go on. After a `Committing`, `held` says that it has to wait once more when committed."""

    of: int
    time: float
    held: bool = False


class Perform(Message, frozen=True):
    """Make the call."""

    of: int
    time: float


class Heed(Message, frozen=True):
    """Take what the call has brought as it is."""

    of: int
    time: float


class Told(Message, frozen=True):
    """Take this for the call's outcome."""

    of: int
    time: float
    outcome: Data


class Raise(Message, frozen=True):
    """Raise an error: `no-answer`, `failed`, `deadline`, or `store`."""

    of: int
    time: float
    kind: str
    says: str = ""


class Answered(Message, frozen=True):
    """The gateway's answer."""

    of: int
    time: float
    status: int
    body: Data | str


Word = Go | Perform | Heed | Told | Raise | Answered
"""What the server waits for."""

Order = Open | Do | Word
"""Anything a server is told."""

SAID: msgspec.msgpack.Decoder[Said] = msgspec.msgpack.Decoder(Said)
ORDERED: msgspec.msgpack.Decoder[Order] = msgspec.msgpack.Decoder(Order)

_LENGTH = struct.Struct(">I")
_ENCODER = msgspec.msgpack.Encoder()
_DECODERS = {entity.table: msgspec.msgpack.Decoder(entity) for entity in ENTITIES}


def framed(message: Message) -> bytes:
    """Return the message behind its length."""
    packed = _ENCODER.encode(message)
    return _LENGTH.pack(len(packed)) + packed


def packed(table: str, id_: str, row: Entity | None) -> Row:
    """Pack a row; None stands for one that was deleted."""
    return Row(table, id_, None if row is None else _ENCODER.encode(row))


def unpacked(row: Row) -> Entity | None:
    """Return the row that was packed."""
    return None if row.packed is None else _DECODERS[row.table].decode(row.packed)


class Inbox(Generic[M]):
    """Cuts a stream into messages, however it arrives."""

    def __init__(self, decoder: msgspec.msgpack.Decoder[M]) -> None:
        """Begin empty."""
        self._decoder = decoder
        self._bytes = bytearray()

    def feed(self, received: bytes) -> Iterator[M]:
        """Yield the messages that are whole now."""
        self._bytes += received
        while len(self._bytes) >= _LENGTH.size:
            end = _LENGTH.size + _LENGTH.unpack_from(self._bytes)[0]
            if len(self._bytes) < end:
                return
            message = bytes(self._bytes[_LENGTH.size : end])
            del self._bytes[:end]
            yield self._decoder.decode(message)
