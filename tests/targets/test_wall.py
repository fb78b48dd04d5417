"""Nothing leaves the machine, whatever library the processor uses."""

from __future__ import annotations

import socket

import pytest
from support.processorbench import Bench

from tillproof.contract.outcomes import Done, Unknown
from tillproof.targets.mishaps import ForeignHost
from tillproof.targets.wall import loopback

WAYS = {
    'httpx.post("https://api.example-pay.test/v2/refunds")': "POST /v2/refunds",
    'await httpx.AsyncClient().get("https://api.example-pay.test/v2/refunds?x=1")': "GET /v2/refunds",
    'socket.create_connection(("api.example-pay.test", 443))': "a connection",
    'urllib.request.urlopen("https://api.example-pay.test/v2")': "a connection",
    'await asyncio.open_connection("api.example-pay.test", 443)': "a connection",
    'socket.gethostbyname("api.example-pay.test")': "a connection",
}


@pytest.mark.parametrize("way", WAYS)
def test_a_foreign_host(way: str, bench: Bench) -> None:
    """A host for which no fake answers is refused by name, though the processor swallows the error."""
    body = f"""
        try:
            {way}
        except Exception as error:
            return Unknown(type(error).__name__)
    """
    target = bench.target(bench.write(head="import urllib.request", refund_payment=body))
    processor = bench.construct(target)
    with pytest.raises(ForeignHost) as caught:
        bench.call(processor.refund_payment({}, bench.money, bench.attempt))
    assert caught.value.lines() == [
        "error: your processor called api.example-pay.test; no fake answers there, and nothing was sent",
        f"  seen: {WAYS[way]} from refund_payment; the fake in use answers for bank.test only",
        "  try: tillproof init gateway example-pay --processor mypay:MyPay",
    ]
    assert target.strangers == [caught.value]
    assert bench.gateway.asked == []


@pytest.mark.parametrize("address", ["203.0.113.7", "2001:db8::7"])
def test_a_foreign_address(address: str, bench: Bench) -> None:
    """A bare address is no way around, nor is a datagram."""
    family = "AF_INET6" if ":" in address else "AF_INET"
    processor = bench.processor(
        retrieve_payment=f"""
            with socket.socket(socket.{family}, socket.SOCK_DGRAM) as wire:
                wire.sendto(b"x", ("{address}", 53))
        """
    )
    with pytest.raises(ForeignHost, match=address):
        bench.call(processor.retrieve_payment({}))


def test_a_module_that_calls_home(bench: Bench) -> None:
    """The wall stands before the module is imported."""
    spec = bench.write(head='httpx.get("https://telemetry.example.test/hello")')
    with pytest.raises(ForeignHost, match=r"telemetry\.example\.test") as caught:
        bench.target(spec)
    assert "GET /hello from its module" in caught.value.lines()[1]


def test_the_processor_is_told_what_a_network_would_say(bench: Bench) -> None:
    """Its own handling sees a connection error, so that its code goes on as it would."""
    processor = bench.processor(
        retrieve_payment="""
            try:
                socket.create_connection(("api.example-pay.test", 443))
            except ConnectionRefusedError:
                self.seen = True
        """,
        get_payment_status="return Done({'seen': self.seen})",
    )
    with pytest.raises(ForeignHost):
        bench.call(processor.retrieve_payment({}))
    assert bench.call(processor.get_payment_status({})) == Done({"seen": True})


def test_this_machine(bench: Bench) -> None:
    """Loopback is open: a processor may talk to what its author runs here."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        processor = bench.processor(
            retrieve_payment=f"""
                reader, writer = await asyncio.open_connection("127.0.0.1", {port})
                writer.write(b"x")
                await writer.drain()
                writer.close()
                return Done(data)
            """,
            get_payment_status=f"""
                try:
                    await httpx.AsyncClient().get("http://127.0.0.1:{port}/", timeout=0.01)
                except httpx.TimeoutException:
                    return Unknown("time-out")
            """,
        )
        assert bench.call(processor.retrieve_payment({})) == Done({})
        assert bench.call(processor.get_payment_status({})) == Unknown("time-out")


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.8.9.10", True),
        ("::1", True),
        ("::1%lo", True),
        (None, True),
        ("", True),
        (b"localhost", True),
        ("10.0.0.1", False),
        ("localhost.example.test", False),
        ("169.254.169.254", False),
        (b"bank.test", False),
    ],
)
def test_what_counts_as_this_machine(host: object, here: bool) -> None:  # noqa: FBT001 - the expectation of a table
    """Loopback addresses and `localhost`, and nothing else."""
    assert loopback(host) is here
