"""`tillproof serve stripe|paypal|bank`: one process per gateway, its faults on a real connection, and what steers it."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from support.hookcatcher import catching
from support.servedgateway import STRIPE, ServedGateway, served_gateway

from tillproof.cli import main
from tillproof.domain.entities import Data
from tillproof.exits import Exit
from tillproof.faults.kinds import applicable
from tillproof.faults.points import Seam
from tillproof.targets.served.gateways import SERVED
from tillproof_fake_processors.bank.webhooks import WEBHOOK_SECRET as BANK_SECRET
from tillproof_fake_processors.bank.webhooks import flaw
from tillproof_fake_processors.http import HttpRequest
from tillproof_fake_processors.paypal.tokens import BASIC
from tillproof_fake_processors.stripe import verify
from tillproof_fake_processors.stripe.webhooks import WEBHOOK_SECRET

INTENTS = "/v1/payment_intents"
MADE = {"amount": 4900, "currency": "eur"}
AT_INTENTS = "gateway.POST:/v1/payment_intents#1"


@pytest.fixture(scope="module")
def process() -> Iterator[ServedGateway]:
    """One Stripe for the whole module."""
    with served_gateway("stripe") as gateway:
        yield gateway


@pytest.fixture
def stripe(process: ServedGateway) -> ServedGateway:
    """That Stripe, with everything as at its start."""
    process.steer("POST", "/reset")
    process.patience = 5.0
    return process


def outcome(stripe: ServedGateway) -> object:
    """What a client sees of making an intent: the answer's status and body, or the error it gets instead."""
    try:
        answer = stripe.post(INTENTS, **MADE)
    except httpx.HTTPError as error:
        return type(error)
    if answer.headers.get("content-type") == "text/plain":
        return answer.status_code, answer.text[:6]
    try:
        return answer.status_code, sorted(answer.json())
    except ValueError:
        return answer.status_code, answer.text[:6]


_LOST = (httpx.ReadError, httpx.RemoteProtocolError)

SEEN: dict[str, tuple[object, int]] = {
    "request-lost": (_LOST, 0),
    "answer-lost": (_LOST, 1),
    "timeout-before": ((httpx.ReadTimeout,), 0),
    "timeout-after": ((httpx.ReadTimeout,), 1),
    "busy-429": ((429, ["error"]), 0),
    "in-progress-409": ((409, ["error"]), 0),
    "error-500-before": ((500, ["error"]), 0),
    "error-500-after": ((500, ["error"]), 1),
    "unavailable-503": ((503, ""), 0),
    "html-502-before": ((502, "<html>"), 0),
    "html-502-after": ((502, "<html>"), 1),
    "html-200": ((200, "<html>"), 0),
    "empty-200": ((200, ""), 0),
    "object-200": ((200, []), 0),
    "redirect-307": ((307, ""), 0),
    "cut-200": (_LOST, 1),
    "connection-refused": (_LOST, 0),
    "slow": ((httpx.ReadTimeout,), 1),
    "stored-500-before": ((500, ["error"]), 0),
    "stored-500-after": ((500, ["error"]), 1),
    "malformed-200": ((200, "{'stat"), 0),
    "no-200": ((200, ["error"]), 0),
    "wrong-type": ((200, '{"id":'), 1),
    "stale-answer": (_LOST, 1),
}


@pytest.mark.parametrize("kind", [kind.name for kind in applicable(Seam.GATEWAY, "POST:/v1/payment_intents")])
def test_each_fault_on_a_connection(stripe: ServedGateway, kind: str) -> None:
    """The client sees what the kind says; the effect has taken place or not, as it says; the next request goes well."""
    stripe.plan(f"{AT_INTENTS}={kind}")
    seen, effects = SEEN[kind]
    stripe.patience = 0.3 if kind.startswith(("timeout", "slow")) else 5.0
    told = outcome(stripe)
    stripe.patience = 5.0
    assert told in seen if isinstance(seen, tuple) and isinstance(seen[0], type) else told == seen
    assert len(stripe.entries("intent")) == effects
    assert stripe.steer("GET", "/faults")["struck"] == [{"fault": f"{AT_INTENTS}={kind}", "request": AT_INTENTS}]
    assert stripe.post(INTENTS, **MADE).status_code == 200


def test_a_lost_answer_is_a_real_reset(stripe: ServedGateway) -> None:
    """The kernel says `connection reset`, not end of file: a client must not take it for a short answer."""
    stripe.plan(f"{AT_INTENTS}=answer-lost")
    at = urlsplit(stripe.url)
    with socket.create_connection((at.hostname, at.port), timeout=5) as raw:
        body = b"amount=4900&currency=eur"
        head = (
            f"POST {INTENTS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sk_test_1\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        raw.sendall(head.encode() + body)
        with pytest.raises(ConnectionResetError):
            raw.recv(1)


def test_how_often_a_fault_strikes(stripe: ServedGateway) -> None:
    """From the point on, as many times as the plan says, or until it is cleared; a new plan counts from one again."""
    stripe.plan("gateway.POST:/v1/payment_intents#2=busy-429x2")
    assert [stripe.post(INTENTS, **MADE).status_code for _ in range(4)] == [200, 429, 429, 200]
    assert stripe.steer("GET", "/faults")["crossed"] == {"gateway.POST:/v1/payment_intents": 4}
    stripe.plan(f"{AT_INTENTS}=busy-429x*")
    busy = stripe.post(INTENTS, **MADE)
    assert (busy.status_code, busy.headers["retry-after"]) == (429, "1")
    assert stripe.post(INTENTS, **MADE).status_code == 429
    stripe.steer("DELETE", "/faults")
    assert stripe.post(INTENTS, **MADE).status_code == 200


def test_a_closed_door(stripe: ServedGateway) -> None:
    """Connections are refused while it is closed, and it opens again on the same port."""
    stripe.steer("PUT", "/door", {"open": False})
    with pytest.raises(httpx.ConnectError):
        stripe.post(INTENTS, **MADE)
    stripe.steer("PUT", "/door", {"open": True})
    assert stripe.post(INTENTS, **MADE).status_code == 200


def test_time_the_shopper_and_the_ledger(stripe: ServedGateway) -> None:
    """A challenge is passed on the shopper's side, a key is forgotten after a day and a hold lapses after a week."""
    stripe.steer("POST", "/shopper", {"card": "challenge"})
    key = {"idempotency-key": "k"}
    body = {**MADE, "capture_method": "manual", "confirm": "true"}

    def make() -> dict[str, str]:
        answer: dict[str, str] = httpx.post(f"{stripe.url}{INTENTS}", data=body, headers={**STRIPE, **key}).json()
        return answer

    first = make()
    assert first["status"] == "requires_action"
    stripe.steer("POST", "/shopper", {"challenge": "passed"})
    assert httpx.get(f"{stripe.url}{INTENTS}/{first['id']}", headers=STRIPE).json()["status"] == "requires_capture"
    assert make()["id"] == first["id"]
    before = stripe.steer("GET", "/time")["now"]
    assert stripe.steer("POST", "/time", {"forward": 8 * 86_400})["now"] - before >= 8 * 86_400
    assert stripe.entries("authorize", "lapse") == [("authorize", 4900), ("lapse", 4900)]
    assert make()["id"] != first["id"]
    assert stripe.steer("GET", "/ledger")["totals"] == [
        {"currency": "eur", "authorized": 4900, "captured": 0, "refunded": 0, "released": 4900}
    ]


STEERED_BADLY: dict[str, tuple[str, str, object, int, str]] = {
    "no such request": ("GET", "/legder", None, 404, "did you mean GET /ledger?"),
    "no JSON": ("PUT", "/faults", "plan", 400, "the body could not be read"),
    "an unknown field": ("POST", "/shopper", {"crad": "good"}, 400, "crad"),
    "not a fault": ("PUT", "/faults", {"plan": "hello"}, 400, "not a fault: 'hello'"),
    "a fault of another seam": ("PUT", "/faults", {"plan": "commit.x#1=commit-fails"}, 400, "what is served is a gateway"),
    "a request there is not": (
        "PUT",
        "/faults",
        {"plan": "gateway.POST:/v1/refnds#1=answer-lost"},
        400,
        "did you mean POST:/v1/refunds?",
    ),
    "an actor": ("PUT", "/faults", {"plan": f"{AT_INTENTS}@client-1=answer-lost"}, 400, "nobody is called 'client-1' here"),
    "a kind that cannot strike": ("PUT", "/faults", {"plan": f"{AT_INTENTS}=commit-fails"}, 400, "possible there: "),
    "back in time": ("POST", "/time", {"forward": -1}, 400, "time goes forward"),
    "no number": ("POST", "/time", {"forward": "x"}, 400, "the body could not be read"),
    "an unknown card": ("POST", "/shopper", {"card": "god"}, 400, "did you mean good?"),
    "neither passed nor failed": ("POST", "/shopper", {"challenge": "won"}, 400, "known: passed, failed"),
    "two things at once": ("POST", "/shopper", {"card": "good", "challenge": "passed"}, 400, "the shopper does one thing"),
    "a door that is no door": ("PUT", "/door", {"open": 3}, 400, "the body could not be read"),
}


@pytest.mark.parametrize("case", STEERED_BADLY)
def test_steered_badly(process: ServedGateway, case: str) -> None:
    """The control API says what is wrong, what was seen and what to send, and changes nothing."""
    method, path, body, status, says = STEERED_BADLY[case]
    answer = httpx.request(method, f"{process.control}{path}", json=body)
    assert (answer.status_code, set(answer.json()) <= {"error", "seen", "try"}) == (status, True)
    assert says in answer.text.replace('\\"', '"')
    assert process.steer("GET", "/faults")["plan"] == ""


def test_a_web_page_cannot_steer(process: ServedGateway) -> None:
    """A request that a browser sent for some page is refused, whatever it asks for."""
    for header in ({"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert httpx.post(f"{process.control}/reset", headers=header).status_code == 403


def test_webhooks_are_signed_and_tried_again() -> None:
    """Each event is posted once it happens; what is not answered 2xx comes again when its time has come, signed anew."""
    with catching(500) as (address, caught), served_gateway("stripe", "--webhook", address) as stripe:
        made = stripe.post(INTENTS, **MADE).json()
        headers, body = caught.get(timeout=5)
        verify(body, headers["stripe-signature"], WEBHOOK_SECRET, time.time())
        assert json.loads(body)["data"]["object"]["id"] == made["id"]
        _wait_for(stripe, 1)
        stripe.steer("POST", "/time", {"forward": 300})
        later, again = caught.get(timeout=5)
        assert again == body
        assert later["stripe-signature"] != headers["stripe-signature"]
        tried = _wait_for(stripe, 2)
        assert [(one["type"], one["attempt"], one["status"]) for one in tried] == [
            ("payment_intent.created", 1, 500),
            ("payment_intent.created", 2, 200),
        ]


def test_the_bank_s_webhooks() -> None:
    """Signed as its own processor checks it, and sent again when they were not acknowledged."""
    with catching(503) as (address, caught), served_gateway("bank", "--webhook", address) as bank:
        httpx.post(f"{bank.url}/charges", json={"amount": 100, "currency": "eur"})
        headers, body = caught.get(timeout=5)
        assert flaw(body, headers["bank-signature"], BANK_SECRET, time.time()) is None
        _wait_for(bank, 2)
        bank.steer("POST", "/time", {"forward": 10})
        tried = _wait_for(bank, 3)
        assert [(one["type"], one["attempt"], one["status"]) for one in tried] == [
            ("intent.authorized", 1, 503),
            ("intent.captured", 1, 200),
            ("intent.authorized", 2, 200),
        ]


def test_a_listener_that_is_not_there() -> None:
    """The try is kept with what went wrong, and the gateway goes on serving."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"http://127.0.0.1:{free.getsockname()[1]}/hooks"
    with served_gateway("paypal", "--webhook", address) as paypal:
        paypal.steer("POST", "/shopper", {"card": "good"})
        unit = {"amount": {"currency_code": "EUR", "value": "49.00"}}
        order = {"intent": "AUTHORIZE", "purchase_units": [unit]}
        headers = {"authorization": BASIC}
        for _ in range(2):
            assert httpx.post(f"{paypal.url}/v2/checkout/orders", json=order, headers=headers).status_code == 201
        (tried, *_) = _wait_for(paypal, 1)
        assert (tried["type"], tried["status"], tried["error"].partition(":")[0]) == (
            "CHECKOUT.ORDER.APPROVED",
            None,
            "ConnectError",
        )


def _wait_for(gateway: ServedGateway, count: int) -> list[Data]:
    """The deliveries, once there are so many."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        tried: list[Data] = gateway.steer("GET", "/webhooks")["deliveries"]
        if len(tried) >= count:
            return tried
    raise AssertionError(f"fewer than {count} deliveries")


def test_the_bank_speaks_a_dialect() -> None:
    """`--dialect` says how it treats a key that comes with other contents; its face is JSON, and strict about it."""
    with served_gateway("bank", "--dialect", "strict", "--fault", "gateway.POST:/intents#2=busy-429") as bank:

        def make(amount: object, key: str) -> int:
            body = {"amount": amount, "currency": "eur"}
            return httpx.post(f"{bank.url}/intents", json=body, headers={"idempotency-key": key}).status_code

        assert [make(100, "a"), make(100, "b"), make(200, "a"), make("x", "c")] == [200, 429, 422, 400]
        assert httpx.post(f"{bank.url}/intents", content=b"{").status_code == 400
        assert httpx.get(f"{bank.url}/effects?reference=none").json()["effects"] == []
        about = bank.steer("GET", "/")
        assert (about["gateway"], about["dialect"], about["webhook"]) == ("bank", "strict", None)


@pytest.mark.parametrize("name", SERVED)
def test_points_are_those_of_real_routes(name: str) -> None:
    """Each point a fault may strike at is answered by something other than "no such route"."""
    opened = SERVED[name].open(lambda _: None, lambda: 1_000_000.0, SERVED[name].dialects[0], None)
    headers = {"paypal": {"authorization": BASIC}, "stripe": STRIPE}.get(name, {})
    nowhere = opened.handle(HttpRequest(method="POST", target="/v1/no/where/at/all", headers=headers))
    assert nowhere.status == 404
    for point in SERVED[name].points:
        method, _, path = point.partition(":")
        answer = opened.handle(HttpRequest(method=method, target=path, headers=headers))
        assert answer.status != 405, point
        assert "no such endpoint" not in answer.body.decode(), point


REFUSED: dict[str, tuple[list[str], str, str]] = {
    "no such gateway": (["strip"], "no such command 'strip'", "tillproof serve stripe"),
    "a dialect it does not speak": (["stripe", "--dialect", "strict"], "no dialect of stripe called 'strict'", "keep-ev"),
    "a dialect that does not exist": (["bank", "--dialect", "strickt"], "no dialect of bank called", "did you mean strict?"),
    "a webhook to nowhere": (["stripe", "--webhook", "hooks"], "webhooks need an address to go to", "--webhook http://127"),
    "a webhook by another scheme": (["stripe", "--webhook", "ftp://127.0.0.1"], "webhooks need an address", "ftp"),
    "a webhook abroad": (["paypal", "--webhook", "https://shop.example"], "webhooks stay on this machine", "-anywhere"),
    "a secret for nothing": (["stripe", "--webhook-secret", "whsec_1"], "there are no webhooks to sign", "--webhook"),
    "a secret of PayPal's": (
        ["paypal", "--webhook", "http://127.0.0.1", "--webhook-secret", "x"],
        "webhooks of paypal are not signed with a secret of your choice",
        "serve paypal",
    ),
    "not a plan": (["stripe", "--fault", "hello"], "not a fault: 'hello'", "for example"),
    "a plan that cannot strike": (
        ["paypal", "--fault", f"{AT_INTENTS}=answer-lost"],
        "no request is called 'POST:/v1/payment_intents'",
        "POST:/v1/",
    ),
    "a port that is none": (["stripe", "--port", "70000"], "70000", "--help"),
    "a host of somebody else": (["stripe", "--host", "192.0.2.1"], "cannot listen on 192.0.2.1", "--host 127.0.0.1"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_served(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each mistake is told in at most three lines, exit 2, with what to type."""
    typed, wrong, way_out = REFUSED[case]
    assert main(["serve", *typed, *(["--port", "0"] if "--port" not in typed else [])]) == Exit.MISUSE
    told = capsys.readouterr().err
    assert len(told.splitlines()) <= 3
    assert wrong in told
    assert way_out in told


def test_a_busy_port(capsys: pytest.CaptureFixture[str]) -> None:
    """The port is named, whether the gateway's or the control API's."""
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = str(busy.getsockname()[1])
        for options in (["--port", port], ["--port", "0", "--control-port", port]):
            assert main(["serve", "stripe", *options]) == Exit.MISUSE
            assert f"port {port} is busy" in capsys.readouterr().err


def test_help_shows_the_control_api(capsys: pytest.CaptureFixture[str]) -> None:
    """`serve stripe --help` lists every route of the control API."""
    assert main(["serve", "stripe", "--help"]) == Exit.CONFORMANT
    told = " ".join(capsys.readouterr().out.split())
    for route in ("GET /ledger", "PUT /faults", "POST /time", "POST /shopper", "GET /webhooks", "PUT /door", "POST /reset"):
        assert route in told
