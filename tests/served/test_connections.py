"""One TCP connection to a fake: answers in the order of their requests, whatever comes at once, late, or never whole."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count

import pytest

from tillproof_fake_processors.http import HttpRequest, HttpResponse
from tillproof_fake_processors.http.connection import Connection, Exchange, Guests

GET = "GET {} HTTP/1.1\r\nHost: x\r\n\r\n"

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter, "Fake"], Awaitable[None]]


class Fake:
    """Answers with the path; `/later` is answered once `released`."""

    def __init__(self) -> None:
        self.kept: list[Exchange] = []
        self.seen: list[str] = []
        self.guests = Guests()

    def answer(self, request: HttpRequest, exchange: Exchange) -> None:
        self.seen.append(request.target)
        if request.target == "/later":
            self.kept.append(exchange)
        elif request.target == "/end":
            exchange.end()
        else:
            exchange.send(HttpResponse(status=204 if request.target == "/none" else 200, body=request.target.encode()))

    def release(self) -> None:
        self.kept.pop().send(HttpResponse(status=200, body=b"later"))


def talk(story: Talk) -> None:
    """Tell a story over a connection to a fake."""

    async def told() -> None:
        fake = Fake()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Connection(fake.answer, fake.guests), "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
        try:
            async with asyncio.timeout(5):
                await story(reader, writer, fake)
        finally:
            writer.close()
            server.close()
            await fake.guests.finish(1)

    asyncio.run(told())


async def heard(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and body of the next answer."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = int(head.partition("content-length: ")[2].partition("\r\n")[0] or 0)
    return int(head.split()[1]), await reader.readexactly(length)


async def until(holds: Callable[[], bool]) -> None:
    """Let the others work until something holds."""
    for _ in count():
        if holds():
            return
        await asyncio.sleep(0)


def test_requests_that_come_at_once() -> None:
    """They are answered one after the other; what waits behind a late answer is not lost and does not overtake it."""

    async def story(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, fake: Fake) -> None:
        writer.write("".join(GET.format(path) for path in ("/a", "/later", "/b")).encode())
        assert await heard(reader) == (200, b"/a")
        writer.write(GET.format(f"/{'c' * 30_000}").encode() * 4)
        await until(lambda: fake.seen == ["/a", "/later"])
        fake.release()
        assert await heard(reader) == (200, b"later")
        assert await heard(reader) == (200, b"/b")
        for _ in range(4):
            assert (await heard(reader))[0] == 200

    talk(story)


def test_a_body_announced_and_awaited() -> None:
    """A client that waits for a word before it sends the body gets it, and then the answer."""

    async def story(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: Fake) -> None:
        writer.write(b"POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n")
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"x")
        assert await heard(reader) == (200, b"/a")

    talk(story)


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (b"nonsense\r\n\r\n", b"HTTP/1.1 400 Bad Request\r\n"),
        (b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"HTTP/1.1 200 OK\r\n"),
        (b"GET /a HTTP/1.0\r\n\r\n", b"HTTP/1.1 200 OK\r\n"),
        (GET.format("/end").encode(), b""),
    ],
)
def test_connections_that_end(sent: bytes, told: bytes) -> None:
    """After what is unreadable, after a request that says so, and where the fake ends it, nothing more is answered."""

    async def story(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: Fake) -> None:
        writer.write(sent + GET.format("/b").encode())
        everything = await reader.read()
        assert everything.startswith(told)
        assert b"/b" not in everything

    talk(story)


def test_answers_without_a_body() -> None:
    """HEAD and 204 bear none, and the connection goes on."""

    async def story(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: Fake) -> None:
        writer.write(b"HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"content-length: 2\r\n" in await reader.readuntil(b"\r\n\r\n")
        writer.write(GET.format("/none").encode())
        assert await heard(reader) == (204, b"")
        writer.write(GET.format("/a").encode())
        assert await heard(reader) == (200, b"/a")

    talk(story)


def test_a_client_that_leaves_before_the_answer() -> None:
    """The answer goes nowhere, and nothing breaks."""

    async def story(_: asyncio.StreamReader, writer: asyncio.StreamWriter, fake: Fake) -> None:
        writer.write(GET.format("/later").encode())
        await until(lambda: bool(fake.kept))
        writer.close()
        await until(lambda: not fake.kept[0].open)
        fake.release()

    talk(story)


def test_finishing() -> None:
    """Told to finish, a connection answers the request at hand and closes; one that is idle closes at once."""

    async def story(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, fake: Fake) -> None:
        writer.write(GET.format("/later").encode() + GET.format("/b").encode())
        await until(lambda: bool(fake.kept))
        finishing = asyncio.ensure_future(fake.guests.finish(5))
        await asyncio.sleep(0)
        fake.release()
        assert (await reader.read()).endswith(b"later")
        await finishing

    talk(story)
