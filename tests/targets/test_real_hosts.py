"""A processor reaches the fake under the host its gateway has in life, with the library it uses in life."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from support.processorbench import Bench

from tillproof.contract.gateway import NoAnswer, NotConnected, Response, TimedOut
from tillproof.contract.outcomes import Done, Unknown
from tillproof.targets.mishaps import ForeignHost
from tillproof_fake_processors import GATEWAYS

CLIENTS = {
    "httpx": 'httpx.get("https://bank.test/intents/1")',
    "httpx, async": 'await httpx.AsyncClient().get("https://bank.test/intents/1")',
    "requests": 'requests.get("https://bank.test/intents/1", timeout=3)',
}
SILENCES = [
    (NotConnected("gone"), "ConnectError", "ConnectionError"),
    (TimedOut("late"), "ReadTimeout", "ReadTimeout"),
    (NoAnswer("cut"), "ReadError", "ConnectionError"),
]


@pytest.mark.parametrize("client", CLIENTS)
def test_no_answer_in_the_words_of_the_library(client: str, bench: Bench) -> None:
    """A refused connection, a time-out and a reset are each what the library raises on a real wire; a page is a page."""
    processor = bench.processor(
        head="import requests",
        retrieve_payment=f"""
            try:
                answer = {CLIENTS[client]}
            except (httpx.TransportError, requests.RequestException) as error:
                return Unknown(type(error).__name__)
            return Done({{"status": answer.status_code, "text": answer.text, "type": answer.headers["content-type"]}})
        """,
    )
    bench.gateway.response = Response(status=502, body="<html>")
    shown = Done({"status": 502, "text": "<html>", "type": "text/html"})
    assert bench.call(processor.retrieve_payment({})) == shown
    for silence, by_httpx, by_requests in SILENCES:
        bench.gateway.silent = silence
        name = by_requests if client == "requests" else by_httpx
        assert bench.call(processor.retrieve_payment({})) == Unknown(name)


WAITS = {
    'httpx.get("https://bank.test/x", timeout=7)': 7.0,
    'httpx.get("https://bank.test/x", timeout=None)': None,
    'requests.get("https://bank.test/x", timeout=(1, 8))': 8.0,
    'requests.get("https://bank.test/x")': None,
}


@pytest.mark.parametrize("call", WAITS)
def test_the_deadline_the_processor_set_itself(call: str, bench: Bench) -> None:
    """How long the library would wait travels with the request; `requests` waits for ever unless it is told otherwise."""
    processor = bench.processor(head="import requests", retrieve_payment=f"{call}; return Done(data)")
    bench.call(processor.retrieve_payment({}))
    assert [asked.within for asked in bench.gateway.asked] == [WAITS[call]]


def test_retries_of_a_requests_adapter(bench: Bench) -> None:
    """An adapter that is told to try again does, without taking real time; its pause is not mistaken for blocking."""
    processor = bench.processor(
        head="import requests\nfrom urllib3 import Retry",
        patience=0.5,
        retrieve_payment="""
            session = requests.Session()
            retry = Retry(3, status_forcelist=[503], backoff_factor=0.4, raise_on_status=False)
            session.mount("https://", requests.adapters.HTTPAdapter(max_retries=retry))
            return Done({"status": session.get("https://bank.test/x", timeout=3).status_code})
        """,
    )
    bench.gateway.response = Response(status=503, body="")
    assert bench.call(processor.retrieve_payment({})) == Done({"status": 503})
    assert len(bench.gateway.asked) == 4


SDK = "stripe.StripeClient('sk_test_mine', max_network_retries=0)"
SDK_CALLS = {
    "by its own choice": f"{SDK}.v1.payment_intents.create",
    "async": "await stripe.StripeClient('sk_test_mine', http_client=stripe.HTTPXClient()).v1.payment_intents.create_async",
}


@pytest.mark.parametrize("call", SDK_CALLS)
def test_the_official_stripe_sdk(call: str, bench: Bench) -> None:
    """Unchanged, as people use it: the form arrives as what it says, and the answer bears Stripe's headers."""
    spec = bench.write(
        head="import stripe",
        retrieve_payment=f"""
            asked = {{"amount": 4900, "currency": "eur", "metadata": {{"a": "b"}}}}
            made = {SDK_CALLS[call]}(asked, {{"idempotency_key": "k"}})
            return Done({{"id": made.id, "type": made.last_response.headers["content-type"]}})
        """,
    )
    bench.gateway.response = Response(status=200, body={"id": "pi_1", "object": "payment_intent"})
    processor = bench.construct(bench.target(spec, face=GATEWAYS["stripe"].face))
    assert bench.call(processor.retrieve_payment({})) == Done({"id": "pi_1", "type": "application/json"})
    [asked] = bench.gateway.asked
    assert (asked.method, asked.path, asked.key) == ("POST", "/v1/payment_intents", "k")
    assert asked.body == {"amount": "4900", "currency": "eur", "metadata": {"a": "b"}}


def test_what_the_gateway_turns_away_at_its_door(bench: Bench) -> None:
    """A key that is none is answered in Stripe's words, and nothing reaches the ledger."""
    spec = bench.write(
        retrieve_payment='return Done({"status": httpx.post("https://api.stripe.com/v1/refunds").status_code})'
    )
    processor = bench.construct(bench.target(spec, face=GATEWAYS["stripe"].face))
    assert bench.call(processor.retrieve_payment({})) == Done({"status": 401})
    assert bench.gateway.asked == []


def test_a_library_that_is_not_routed(bench: Bench) -> None:
    """The fake is there, but this library would go to the network: three lines that say which to use."""
    spec = bench.write(
        head="import urllib.request", refund_payment='urllib.request.urlopen("https://api.stripe.com/v1/refunds")'
    )
    processor = bench.construct(bench.target(spec, face=GATEWAYS["stripe"].face))
    with pytest.raises(ForeignHost) as caught:
        bench.call(processor.refund_payment({}, bench.money, bench.attempt))
    assert caught.value.lines() == [
        "error: your processor called api.stripe.com with a library that is not routed to the fake there; nothing was sent",
        "  seen: a connection from refund_payment; httpx and requests are routed (the SDKs of Stripe and PayPal use them)",
        "  try: send it with httpx or requests, or let its __init__ take a gateway",
    ]


@pytest.mark.parametrize("host", [host for fake in GATEWAYS.values() for host in fake.face.hosts])
def test_a_host_of_another_fake(host: str, bench: Bench) -> None:
    """Where a fake of ours stands for the host that was called, that is what to type."""
    name = next(fake.name for fake in GATEWAYS.values() if host in fake.face.hosts)
    other = next(fake for fake in GATEWAYS.values() if fake.name != name)
    spec = bench.write(head="import requests", refund_payment=f'requests.post("https://{host}/v2/refunds")')
    processor = bench.construct(bench.target(spec, face=other.face))
    with pytest.raises(ForeignHost, match=f"your processor called {host};") as caught:
        bench.call(processor.refund_payment({}, bench.money, bench.attempt))
    assert "POST /v2/refunds from refund_payment" in caught.value.lines()[1]
    assert caught.value.lines()[2] == f"  try: tillproof run --processor mypay:MyPay --gateway {name}"


OWN = {
    "stripe": """
        import stripe
        from tillproof_fake_processors.stripe.processor import StripeProcessor
        class Mine(StripeProcessor):
            identifier = "mine"
            def __init__(self):
                client = stripe.StripeClient("sk_test_mine", http_client=stripe.HTTPXClient(), max_network_retries=0)
                super().__init__(client)
    """,
    "paypal": """
        import httpx
        from tillproof_fake_processors.paypal.processor import PayPalProcessor
        class Mine(PayPalProcessor):
            identifier = "mine"
            def __init__(self):
                client = httpx.AsyncClient(base_url="https://api-m.paypal.com")
                super().__init__(client, client_id="mine", client_secret="s")
    """,
}


@pytest.mark.parametrize("gateway", OWN)
def test_a_processor_of_one_s_own_at_a_fake_of_ours(gateway: str, tmp_path: Path) -> None:
    """A right processor on the real host of Stripe or PayPal breaks no rule, in a twentieth of its runs."""
    (tmp_path / "mine.py").write_text(dedent(OWN[gateway]))
    command = ["run", "--processor", "mine:Mine", "--gateway", gateway, "--journey", "buy", "--shard", "1/20", "-q"]
    ran = subprocess.run(
        [sys.executable, "-m", "tillproof", *command], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "SAFE TO RETRY" in ran.stdout
