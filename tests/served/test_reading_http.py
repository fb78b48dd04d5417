"""Reading HTTP/1.1 off a connection: a request is read whole, in any pieces; what is doubtful ends the connection."""

from __future__ import annotations

import h11
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tillproof_fake_processors.http import HttpRequest
from tillproof_fake_processors.http.reading import LONGEST_BODY, LONGEST_HEAD, Reader, Unreadable

HOST = b"Host: fake\r\n"


def read(*parts: bytes) -> list[HttpRequest]:
    """Every request in a stream that arrives in these pieces."""
    reader, found = Reader(), list[HttpRequest]()
    for part in parts:
        reader.feed(part)
        while (arrived := reader.next()) is not None:
            found.append(arrived.request)
    return found


def lasting(head: bytes) -> bool:
    reader = Reader()
    reader.feed(head)
    arrived = reader.next()
    assert arrived is not None
    return arrived.lasting


GOOD: dict[str, tuple[bytes, str, str, bytes]] = {
    "no body": (b"GET /v1/x?a=%20b HTTP/1.1\r\n" + HOST + b"\r\n", "GET", "/v1/x?a=%20b", b""),
    "a counted body": (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\n\r\na=1", "POST", "/", b"a=1"),
    "chunks": (
        b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: Chunked\r\n\r\n2\r\na=\r\n1;x=y\r\n1\r\n0\r\nX: y\r\n\r\n",
        "POST",
        "/",
        b"a=1",
    ),
    "as to a proxy": (b"GET http://api.example:80/v1 HTTP/1.1\r\n" + HOST + b"\r\n", "GET", "/v1", b""),
    "as to a proxy, nothing named": (b"GET http://api.example HTTP/1.1\r\n" + HOST + b"\r\n", "GET", "/", b""),
    "an empty line too many": (b"\r\nGET / HTTP/1.1\r\n" + HOST + b"\r\n", "GET", "/", b""),
    "the old version, without a host": (b"GET / HTTP/1.0\r\n\r\n", "GET", "/", b""),
}


@pytest.mark.parametrize("case", GOOD)
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_what_is_a_request(case: str, size: int) -> None:
    """It is read the same in whatever pieces it arrives, twice in a row."""
    data, method, target, body = GOOD[case]
    twice = data + data
    found = read(*(twice[at : at + size] for at in range(0, len(twice), size)))
    assert [(one.method, one.target, one.body) for one in found] == [(method, target, body)] * 2


BAD: dict[str, tuple[bytes, int]] = {
    "no request line": (b"hello\r\n\r\n", 400),
    "no method": (b" / HTTP/1.1\r\n\r\n", 400),
    "a target with a space": (b"GET /a b HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "two hosts": (b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n", 400),
    "another version": (b"GET / HTTP/2.0\r\n\r\n", 505),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "a header without a colon": (b"GET / HTTP/1.1\r\n" + HOST + b"x\r\n\r\n", 400),
    "a space before the colon": (b"GET / HTTP/1.1\r\n" + HOST + b"x : y\r\n\r\n", 400),
    "a folded header": (b"GET / HTTP/1.1\r\n" + HOST + b"x: y\r\n z\r\n\r\n", 400),
    "a bare line feed": (b"GET / HTTP/1.1\r\n" + HOST + b"x: y\nz: w\r\n\r\n", 400),
    "two lengths": (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
    "a length that is none": (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: +1\r\n\r\n", 400),
    "a length beside chunks": (
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        400,
    ),
    "another coding": (b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip, chunked\r\n\r\n", 501),
    "a chunk's size that is none": (b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n", 400),
    "a chunk longer than it says": (
        b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
        400,
    ),
    "a trailer that is none": (b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nx\r\n\r\n", 400),
    "a long head": (b"GET / HTTP/1.1\r\nx: " + b"y" * LONGEST_HEAD, 431),
    "long trailers": (
        b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"y" * (LONGEST_HEAD + 9),
        431,
    ),
    "a long body": (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % (LONGEST_BODY + 1), 413),
    "a long chunk": (b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nffffffff\r\n", 413),
    "a long chunk's line": (b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n" + b"1" * 2_000, 400),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_none(case: str) -> None:
    """It is refused with a status of its own, and nothing of it is taken for a request."""
    data, status = BAD[case]
    with pytest.raises(Unreadable) as refused:
        read(data)
    assert refused.value.status == status


@pytest.mark.parametrize(
    ("version", "header", "lasts"),
    [
        (b"1.1", b"", True),
        (b"1.1", b"Connection: Close\r\n", False),
        (b"1.0", b"", False),
        (b"1.0", b"Connection: Keep-Alive\r\n", True),
    ],
)
def test_how_long_a_connection_lasts(version: bytes, header: bytes, *, lasts: bool) -> None:
    """Until somebody says otherwise; in the old version only if somebody does."""
    assert lasting(b"GET / HTTP/" + version + b"\r\n" + HOST + header + b"\r\n") is lasts


def test_a_body_that_waits_for_a_word() -> None:
    """`Expect: 100-continue` is told once, while the body is missing."""
    reader = Reader()
    reader.feed(b"POST / HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\nContent-Length: 1\r\n\r\n")
    assert reader.next() is None
    assert (reader.urged(), reader.urged()) == (True, False)
    reader.feed(b"x")
    assert reader.next() is not None


def by_h11(data: bytes) -> tuple[str, bytes, bytes] | None:
    """What somebody else's reader makes of the first request; None: it refuses, or waits for more."""
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(data)
    head: h11.Request | None = None
    body = b""
    try:
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                return head.method.decode(), bytes(head.target), body
            else:
                return None
    except h11.RemoteProtocolError:
        return None


LINES = st.lists(
    st.sampled_from(
        [
            b"Host: fake",
            b"Content-Length: 2",
            b"Content-Length: 0",
            b"Content-Length: x",
            b"Transfer-Encoding: chunked",
            b"X-A:  b\t",
            b" folded",
            b"no colon",
            b"x\x00: y",
            b": nameless",
        ]
    ),
    max_size=4,
)
BODIES = st.sampled_from([b"", b"ab", b"2\r\nab\r\n0\r\n\r\n", b"2;q=1\r\nab\r\n0\r\nX: y\r\n\r\n", b"3\r\nab\r\n0\r\n\r\n"])


@settings(max_examples=300, deadline=None)
@given(
    first=st.sampled_from(
        [b"GET / HTTP/1.1", b"POST /a?b HTTP/1.1", b"GET / HTTP/1.0", b"G@T / HTTP/1.1", b"GET  / HTTP/1.1"]
    ),
    lines=LINES,
    body=BODIES,
)
def test_as_somebody_else_reads_it(first: bytes, lines: list[bytes], body: bytes) -> None:
    """Whatever is read as a request, h11 reads as the same request: we may refuse more than it does, never read another."""
    data = b"\r\n".join([first, *lines, b"", b""]) + body
    try:
        found = read(data)
    except Unreadable:
        return
    if found:
        assert by_h11(data) == (found[0].method, found[0].target.encode(), found[0].body)
