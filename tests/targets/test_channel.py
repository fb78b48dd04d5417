"""One message a line, however the bytes arrive."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tillproof.targets import channel


@pytest.fixture
def pipe() -> Iterator[tuple[channel.LineReader, int]]:
    """A reader, and the end to write to."""
    read, write = os.pipe()
    yield channel.LineReader(read), write
    os.close(read)
    os.close(write)


def test_a_message_in_pieces(pipe: tuple[channel.LineReader, int]) -> None:
    """A message is there when its line end is, and what follows it waits."""
    reader, write = pipe
    os.write(write, b'{"id": 1, "meth')
    assert reader.fill()
    assert reader.ready() is None
    os.write(write, b'od": "load"}\n{"id": 2}\n{')
    assert reader.fill()
    assert reader.ready() == channel.Message(id=1, method="load")
    assert reader.ready() == channel.Message(id=2)
    assert reader.ready() is None


def test_what_is_written_is_read(pipe: tuple[channel.LineReader, int]) -> None:
    """A message is JSON-RPC 2.0 and arrives as it was sent, line ends in its texts included."""
    reader, write = pipe
    channel.write(write, {"id": 3, "error": channel.failure(channel.RAISED, "two\nlines", {"type": "X"})})
    assert b'"jsonrpc":"2.0"' in channel.encode({})
    assert reader.next() == channel.Message(id=3, error=channel.Failure(channel.RAISED, "two\nlines", {"type": "X"}))


def test_the_other_side_closes() -> None:
    """The end of the pipe is no message."""
    read, write = os.pipe()
    os.close(write)
    assert channel.LineReader(read).next() is None
    os.close(read)


def test_a_line_without_end(pipe: tuple[channel.LineReader, int]) -> None:
    """Nobody can fill the other side's memory."""
    reader, write = pipe
    chunk = b"x" * 65536
    for _ in range(channel.LONGEST_LINE // len(chunk)):
        assert reader.ready() is None
        os.write(write, chunk)
        reader.fill()
    with pytest.raises(channel.Garbled, match="a line of more than"):
        reader.ready()


def test_a_message_that_is_too_long() -> None:
    """What the other side would refuse is not sent."""
    with pytest.raises(channel.Garbled, match="a message of"):
        channel.encode({"result": "x" * channel.LONGEST_LINE})
