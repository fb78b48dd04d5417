"""An httpx client on a gateway port: what reaches the gateway, and what the caller sees of it."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from tillproof.contract.gateway import NoAnswer, NotConnected, Request, Response, TimedOut
from tillproof.contract.http import HttpRequest
from tillproof_fake_processors.http.in_process import from_httpx
from tillproof_fake_processors.http.over_gateway import OverGateway, StraightClient

BASE = "https://bank.test/v1"


class _Port:
    """A gateway port that keeps what it is asked, and answers one thing or nothing."""

    def __init__(self, answer: Response | NoAnswer) -> None:
        self.asked: list[Request] = []
        self._answer = answer

    async def request(self, request: Request) -> Response:
        self.asked.append(request)
        if isinstance(self._answer, NoAnswer):
            raise self._answer
        return self._answer


def _read(request: HttpRequest) -> Request:
    return Request(
        method=request.method,
        path=request.target,
        body={"sent": request.body.decode()},
        headers=dict(request.headers),
        within=request.within,
    )


@pytest.mark.parametrize(
    "answer",
    [
        Response(status=200, body={"id": "pay_1"}, headers={"retry-after": "3"}),
        Response(status=502, body="<html>bad gateway</html>"),
        Response(status=303, body={}, headers={"location": "https://elsewhere.test/"}),
    ],
    ids=lambda answer: str(answer.status),
)
def test_a_straight_client_sends_and_shows_what_any_client_does(answer: Response) -> None:
    """Method, target, headers, body and patience arrive as from httpx's own client, and so does the answer at the caller."""
    straight_port, usual_port = _Port(answer), _Port(answer)
    straight = StraightClient(straight_port, _read, BASE)
    usual = httpx.AsyncClient(transport=OverGateway(usual_port, _read), base_url=BASE, trust_env=False)
    one, other = (
        asyncio.run(client.post("/refunds?a=b", json={"amount": 5}, headers={"Idempotency-Key": "k"}, timeout=3))
        for client in (straight, usual)
    )
    assert straight_port.asked == usual_port.asked
    assert straight_port.asked[0].path == "/v1/refunds?a=b"
    assert straight_port.asked[0].within == 3
    assert (one.status_code, one.content, one.headers) == (other.status_code, other.content, other.headers)
    assert (one.request.url, one.is_success) == (other.request.url, other.is_success)


@pytest.mark.parametrize(
    ("silence", "raised"),
    [(NotConnected(), httpx.ConnectError), (TimedOut(), httpx.ReadTimeout), (NoAnswer(), httpx.ReadError)],
    ids=lambda case: getattr(case, "__name__", type(case).__name__),
)
def test_no_answer_is_the_error_httpx_has_for_it(silence: NoAnswer, raised: type[httpx.TransportError]) -> None:
    """Where the port stays silent, the caller meets a transport error, as on a wire."""
    client = StraightClient(_Port(silence), _read, BASE)
    with pytest.raises(raised):
        asyncio.run(client.get("/payments/1"))


def test_headers_are_read_by_lower_case_name_and_repeated_ones_joined() -> None:
    """A request's headers arrive as a server's reader would give them (RFC 9110, section 5.3)."""
    request = httpx.Request("GET", BASE, headers=[(b"X-Trace", b"a"), (b"x-trace", b"b"), (b"Name", b"Zo\xeb")])
    assert from_httpx(request).headers == {"host": "bank.test", "x-trace": "a, b", "name": "Zoë"}
