"""A processor in a worker process, called by a harness without an event loop."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from support.processorbench import Bench, StuckForNow

from tillproof.contract.gateway import NoAnswer, Request, Response
from tillproof.contract.outcomes import Done, Refused, Unknown
from tillproof.contract.wire import Nonsense
from tillproof.domain.statuses import OperationKind, SessionStatus
from tillproof.errors import Misuse
from tillproof.targets.mishaps import Ended, ForeignError

POST = """
    async with httpx.AsyncClient(base_url="https://bank.test") as client:
        answer = await client.post("/intents?x=1", json={"amount": context.amount.amount},
                                   headers={"Idempotency-Key": attempt.idempotency_key})
    return Done(answer.json())
"""


def test_a_request_by_httpx(bench: Bench) -> None:
    """What the processor sends to the gateway's host reaches the harness's gateway, key and all, and is answered."""
    processor = bench.processor(initiate_payment=POST)
    assert processor.identifier == "my-pay"
    outcome = bench.call(processor.initiate_payment(bench.context, bench.attempt))
    [asked] = bench.gateway.asked
    sent = Request(method="POST", path="/intents?x=1", body={"amount": 4900}, key="op_1", headers=asked.headers, within=5.0)
    assert asked == sent
    assert asked.headers["content-type"] == "application/json"
    assert outcome == Done({"number": 1, "path": "/intents?x=1"})


def test_a_gateway_by_parameter(bench: Bench) -> None:
    """A processor whose `__init__` takes a gateway is given one that goes the same way."""
    processor = bench.processor(
        head="from tillproof.contract.gateway import NoAnswer, Request",
        body="def __init__(self, gateway): self.gateway = gateway",
        retrieve_payment="""
            try:
                answer = await self.gateway.request(Request(method="GET", path="/intents/1"))
            except NoAnswer as silence:
                return Unknown(str(silence))
            return Done({"status": answer.status, "body": answer.body})
        """,
    )
    bench.gateway.response = Response(status=502, body="<html>")
    assert bench.call(processor.retrieve_payment({})) == Done({"status": 502, "body": "<html>"})
    bench.gateway.silent = NoAnswer("lost")
    assert bench.call(processor.retrieve_payment({})) == Unknown("lost")


def test_a_body_that_is_no_json(bench: Bench) -> None:
    """The bank speaks JSON only, and says so; nothing reaches its ledger."""
    processor = bench.processor(
        retrieve_payment='return Done({"status": httpx.post("https://bank.test/intents", data={"amount": 1}).status_code})'
    )
    assert bench.call(processor.retrieve_payment({})) == Done({"status": 400})
    assert bench.gateway.asked == []


def test_two_requests_at_once(bench: Bench) -> None:
    """A processor may ask its gateway several things at the same time."""
    processor = bench.processor(
        retrieve_payment="""
            async with httpx.AsyncClient(base_url="https://bank.test") as client:
                answers = await asyncio.gather(client.get("/a"), client.get("/b"))
            return Done({"paths": [answer.json()["path"] for answer in answers]})
        """
    )
    assert bench.call(processor.retrieve_payment({})) == Done({"paths": ["/a", "/b"]})
    assert [request.path for request in bench.gateway.asked] == ["/a", "/b"]


OUTCOMES = {
    'return Refused("card_declined", "no")': Refused("card_declined", "no"),
    'return Unknown("in progress")': Unknown("in progress"),
    'return Done({}, "authorized")': Done({}, SessionStatus.AUTHORIZED),
    'return {"error": "x", "code": "y", "detail": "z"}': {"error": "x", "code": "y", "detail": "z"},
    'return "<html>"': Nonsense("'<html>'"),
    "await asyncio.sleep(600); return Done(data)": Done({"n": 1}),
    "return Done({'up': await asyncio.to_thread(lambda: 5)})": Done({"up": 5}),
    'print("noise", flush=True); os.write(1, b"{}\\n"); return Done({"in": sys.stdin.read()})': Done({"in": ""}),
}


@pytest.mark.parametrize("body", OUTCOMES)
def test_what_comes_back(body: str, bench: Bench) -> None:
    """Each outcome arrives as itself; sleeping takes no real time, and printing is not speaking."""
    processor = bench.processor(retrieve_payment=body)
    assert bench.call(processor.retrieve_payment({"n": 1})) == OUTCOMES[body]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ('raise RuntimeError("no luck")', "RuntimeError: no luck (mypay.py:"),
        ("raise asyncio.CancelledError", "CancelledError:  (mypay.py:"),
        ("await asyncio.wait_for(asyncio.Event().wait(), 30)", "TimeoutError:  (mypay.py:"),
        ('raise ValueError("\\ud800" * 1000)', "ValueError: \\ud800"),
    ],
)
def test_an_exception(body: str, text: str, bench: Bench) -> None:
    """An exception comes back as one, with its type, its text and its line."""
    processor = bench.processor(retrieve_payment=body)
    with pytest.raises(ForeignError) as caught:
        bench.call(processor.retrieve_payment({}))
    assert str(caught.value).startswith(text)


def test_no_look_up(bench: Bench) -> None:
    """A class without `find_effect` answers that it cannot look."""
    processor = bench.processor()
    outcome = bench.call(processor.find_effect(OperationKind.REFUND, bench.attempt, {}))
    assert outcome == Unknown("this processor cannot look effects up")


@pytest.mark.parametrize(
    "body",
    [
        "await asyncio.Event().wait()",
        "while True: await asyncio.sleep(60)",
        "await asyncio.gather(asyncio.sleep(5), asyncio.Event().wait())",
    ],
)
def test_a_call_that_never_ends(body: str, bench: Bench) -> None:
    """A hang is known at once and left to the backend's deadline; the next call is served."""
    processor = bench.processor(retrieve_payment=body)
    with pytest.raises(StuckForNow):
        bench.call(processor.retrieve_payment({}))
    assert bench.idled == 1
    assert bench.call(processor.get_payment_status({"n": 2})) == Done({"n": 2})


ECHO = """
    async with httpx.AsyncClient(base_url="https://bank.test") as client:
        try:
            return Done((await client.get("/" + data["id"])).json())
        finally:
            await client.get("/finally/" + data["id"])
"""


def test_an_abandoned_call(bench: Bench) -> None:
    """When its caller dies, nothing the call still does reaches the gateway, and the next call has its own answer."""
    processor = bench.processor(retrieve_payment=ECHO)
    parked: list[Callable[[], None]] = []

    class Parking:
        def __await__(self) -> Any:  # noqa: ANN401 - whatever the driver sends
            yield parked

    async def park(_: Request) -> Response:
        await Parking()
        raise AssertionError

    bench.gateway.instead = park
    call = processor.retrieve_payment({"id": "one"})
    assert call.send(None) is parked
    call.close()
    bench.gateway.instead = None
    assert bench.call(processor.retrieve_payment({"id": "two"})) == Done({"number": 2, "path": "/two"})
    assert [request.path for request in bench.gateway.asked] == ["/one", "/two", "/finally/two"]


def test_two_calls_at_once(bench: Bench) -> None:
    """Two calls that wait for the gateway in turn each get their own answers, whichever is answered first."""
    processor = bench.processor(retrieve_payment=ECHO)
    answers: dict[str, Response] = {}

    class Parking:
        def __init__(self, path: str) -> None:
            self.path = path

        def __await__(self) -> Any:  # noqa: ANN401 - whatever the driver sends
            yield self.path
            return answers[self.path]

    async def park(request: Request) -> Response:
        waited: Response = await Parking(request.path)
        return waited

    bench.gateway.instead = park
    one, two = processor.retrieve_payment({"id": "one"}), processor.retrieve_payment({"id": "two"})
    assert one.send(None) == "/one"
    assert two.send(None) == "/two"
    for path in ("/one", "/two", "/finally/one", "/finally/two"):
        answers[path] = Response(status=200, body={"path": path})
    assert two.send(None) == "/finally/two"
    assert one.send(None) == "/finally/one"
    for call, path in ((one, "/one"), (two, "/two")):
        with pytest.raises(StopIteration) as ended:
            call.send(None)
        assert ended.value.value == Done({"path": path})


def test_a_restart(bench: Bench) -> None:
    """Made anew, a processor has forgotten everything, and the one before is dead."""
    target = bench.target(
        bench.write(
            body="def __init__(self): self.seen = 0",
            retrieve_payment='self.seen += 1; return Done({"seen": self.seen})',
        )
    )
    first = bench.construct(target)
    assert bench.call(first.retrieve_payment({})) == Done({"seen": 1})
    assert bench.call(first.retrieve_payment({})) == Done({"seen": 2})
    second = bench.construct(target)
    assert bench.call(second.retrieve_payment({})) == Done({"seen": 1})
    with pytest.raises(Ended, match="the shop that made it has ended"):
        bench.call(first.retrieve_payment({}))


def test_what_an_earlier_start_left_running(bench: Bench) -> None:
    """A background task of a dead shop's processor reaches no gateway."""
    target = bench.target(
        bench.write(
            body="""
                async def later(self):
                    await asyncio.sleep(60)
                    httpx.post("https://bank.test/late")
            """,
            retrieve_payment="self.task = asyncio.create_task(self.later()); return Done(data)",
            get_payment_status="await asyncio.sleep(600); return Done(data)",
        )
    )
    bench.call(bench.construct(target).retrieve_payment({}))
    bench.call(bench.construct(target).get_payment_status({}))
    assert bench.gateway.asked == []


def test_work_that_outlives_its_call(bench: Bench) -> None:
    """In a shop that lives, such a task does reach the gateway, as it does in life."""
    processor = bench.processor(
        body="""
            async def later(self):
                await asyncio.sleep(60)
                await httpx.AsyncClient().post("https://bank.test/late")
        """,
        retrieve_payment="self.task = asyncio.create_task(self.later()); return Done(data)",
        get_payment_status="await asyncio.sleep(600); return Done(data)",
    )
    bench.call(processor.retrieve_payment({}))
    bench.call(processor.get_payment_status({}))
    assert [request.path for request in bench.gateway.asked] == ["/late"]


def test_randomness(bench: Bench) -> None:
    """The processor's random keys follow from the seed: the same run gives the same, another start gives others."""
    target = bench.target(
        bench.write(
            head="import random, secrets, uuid",
            retrieve_payment="""
                keys = [str(uuid.uuid4()), secrets.token_hex(4), str(random.random())]
                return Done({"keys": keys, "order": list(set(keys))})
            """,
        )
    )
    seen = [bench.call(bench.construct(target, seed).retrieve_payment({})) for seed in ("7/1", "7/2", "7/1")]
    assert seen[0] == seen[2] != seen[1]
    again = bench.target("mypay:MyPay")
    assert bench.call(bench.construct(again, "7/1").retrieve_payment({})) == seen[0]


@pytest.mark.parametrize("does", ['raise ValueError("apiKey is required")', 'httpx.get("https://bank.test/ping")'])
def test_an_init_that_fails(does: str, bench: Bench) -> None:
    """A processor that cannot be made is told in three lines; there is no gateway before the shop is there."""
    target = bench.target(bench.write(body=f"def __init__(self): {does}"))
    with pytest.raises(Misuse) as caught:
        bench.construct(target)
    told = "ValueError: apiKey is required" if "apiKey" in does else "ReadError: the connection ended without an answer"
    assert caught.value.lines()[0].startswith(f"error: mypay:MyPay could not be made: {told} (mypay.py:")
    assert bench.gateway.asked == []


def test_a_class_that_is_no_processor(bench: Bench) -> None:
    """What loading finds wrong in the worker is told here in the same three lines."""
    (bench.folder / "mypay.py").write_text("class MyPay: ...\n")
    with pytest.raises(Misuse, match="mypay:MyPay is not a payment processor: it lacks initiate_payment, "):
        bench.target("mypay:MyPay")


def test_a_folder_with_names_of_the_standard_library(bench: Bench) -> None:
    """A file called like a module that the worker itself needs does no harm."""
    (bench.folder / "selectors.py").write_text("raise RuntimeError('not yours')\n")
    (bench.folder / "reports.py").write_text("MINE = 1\n")
    processor = bench.processor(head="import reports", retrieve_payment='return Done({"mine": reports.MINE})')
    assert bench.call(processor.retrieve_payment({})) == Done({"mine": 1})


def test_threads_of_the_processor_s_own(bench: Bench) -> None:
    """A blocking client in a thread reaches the gateway too, and a thread that stays does not slow what follows."""
    processor = bench.processor(
        head="import threading; from concurrent.futures import ThreadPoolExecutor",
        body="pool = ThreadPoolExecutor(1)",
        retrieve_payment="""
            asked = self.pool.submit(httpx.get, "https://bank.test/in-a-thread")
            return Done((await asyncio.wrap_future(asked)).json())
        """,
    )
    assert bench.call(processor.retrieve_payment({})) == Done({"number": 1, "path": "/in-a-thread"})
    started = time.monotonic()
    for number in range(5):
        assert bench.call(processor.get_payment_status({"n": number})) == Done({"n": number})
    assert time.monotonic() - started < 1.0
