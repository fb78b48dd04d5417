"""The official SDK, unmodified but for its base address, against our Stripe on a loopback socket: every supported call."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

import httpx
import pytest
import stripe
import uvicorn
from support.servedgateway import ServedGateway, served_gateway

from tillproof.domain.ledger import Entry, EntryKind
from tillproof.targets.served.faulting import Faults
from tillproof.targets.served.gateways import SERVED
from tillproof_fake_processors.http import HttpRequest, HttpResponse, asgi
from tillproof_fake_processors.stripe import Stripe, http_face
from tillproof_fake_processors.stripe.search import SEARCH_LAG

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<...>':DeprecationWarning")  # the SDK's own way with httpx

Call = Callable[..., Awaitable[Any]]
Ask = Callable[[str], Call]


POINTS = Faults(SERVED["stripe"].points)
"""What the requests are called."""

BUSY, BROKEN = "busy", "broken"
"""The keys under which a request is at work, and one ends in a 500."""


class Touring(Protocol):
    """What a tour needs beside the SDK: the gateway's own side."""

    def busy(self) -> AbstractContextManager[None]:
        """While this lasts, another request with the key `BUSY` is at work."""
        ...

    def breaking(self) -> AbstractContextManager[None]:
        """While this lasts, what is made under the key `BROKEN` ends in a 500, and so does its replay."""
        ...

    def pass_challenge(self) -> None:
        """The shopper passes every challenge."""
        ...

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        ...

    def taken(self) -> list[tuple[str, int]]:
        """Kind and amount of what was captured and refunded."""
        ...

    def called(self) -> set[str]:
        """The points of the requests that were made."""
        ...


class Account:
    """An account in this process, whose clock stands still until it is set."""

    def __init__(self) -> None:
        self.time = time.time()
        self.entries: list[Entry] = []
        self.stripe = Stripe(self.entries.append, lambda: self.time)
        self.points: set[str] = set()

    def handle(self, request: HttpRequest) -> HttpResponse:
        self.points.add(POINTS.name(request))
        return http_face(self.stripe)(request)

    def busy(self) -> AbstractContextManager[None]:
        return self.stripe.at_work(BUSY)

    @contextmanager
    def breaking(self) -> Generator[None]:
        self.stripe.break_next(after_effect=False)
        yield

    def pass_challenge(self) -> None:
        self.stripe.answer_challenge(passed=True)

    def wait(self, seconds: float) -> None:
        self.time += seconds

    def taken(self) -> list[tuple[str, int]]:
        return [(e.kind, e.amount) for e in self.entries if e.kind in {EntryKind.CAPTURE, EntryKind.REFUND}]

    def called(self) -> set[str]:
        return self.points


class Served:
    """The account that `tillproof serve stripe` serves, steered by its control API."""

    def __init__(self, gateway: ServedGateway) -> None:
        self.gateway = gateway
        self.points: set[str] = set()

    @contextmanager
    def _struck(self, kind: str) -> Generator[None]:
        self.called()
        self.gateway.plan(f"gateway.POST:/v1/payment_intents#1={kind}")
        yield
        self.called()
        self.gateway.steer("DELETE", "/faults")

    def busy(self) -> AbstractContextManager[None]:
        return self._struck("in-progress-409")

    def breaking(self) -> AbstractContextManager[None]:
        return self._struck("stored-500-before")

    def pass_challenge(self) -> None:
        self.gateway.steer("POST", "/shopper", {"challenge": "passed"})

    def wait(self, seconds: float) -> None:
        self.gateway.steer("POST", "/time", {"forward": seconds})

    def taken(self) -> list[tuple[str, int]]:
        return self.gateway.entries("capture", "refund")

    def called(self) -> set[str]:
        self.points |= {point.removeprefix("gateway.") for point in self.gateway.steer("GET", "/faults")["crossed"]}
        return self.points


@contextmanager
def served(account: Account) -> Generator[str]:
    """Serve the account on a free port of this machine, and give its address."""
    config = uvicorn.Config(asgi(account.handle), port=0, log_level="error", lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            thread.join(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def blocking(client: stripe.StripeClient) -> Ask:
    """Call the SDK's synchronous methods."""

    def ask(name: str) -> Call:
        service, _, method = name.rpartition(".")

        async def call(*arguments: object) -> object:
            return getattr(_at(client, service), method)(*arguments)

        return call

    return ask


def awaiting(client: stripe.StripeClient) -> Ask:
    """Call the SDK's asynchronous methods."""

    def ask(name: str) -> Call:
        service, _, method = name.rpartition(".")
        found: Call = getattr(_at(client, service), f"{method}_async")
        return found

    return ask


def _at(client: stripe.StripeClient, service: str) -> object:
    found: Any = client.v1
    for part in service.split("."):
        found = getattr(found, part)
    return found


class Guide:
    """The SDK in one of its two colours: `ask` finds a method by its name, `ids` goes through all pages of a list."""

    def __init__(self, ask: Ask, ids: Callable[[Any], Awaitable[list[str]]], account: Touring) -> None:
        self.ask = ask
        self.ids = ids
        self.account = account


async def tour(guide: Guide) -> None:
    """Go through every call that our Stripe supports."""
    customer, method = await customers_and_cards(guide.ask)
    intent = await keys(guide, customer)
    await a_payment(guide.ask, intent, method)
    challenged = await a_challenge(guide, customer)
    await finding(guide, customer, [challenged, intent])
    await charges_and_refunds(guide.ask, intent, customer)
    await events_and_ends(guide.ask, intent, method, customer)
    assert guide.account.taken() == [("capture", 4000), ("refund", 1000), ("refund", 3000)]
    assert guide.account.called() == set(SERVED["stripe"].points)


async def customers_and_cards(ask: Ask) -> tuple[str, str]:
    customer = await ask("customers.create")({"email": "a@shop.example", "metadata": {"a": "b"}})
    assert (await ask("customers.update")(customer.id, {"name": "A. Shopper"})).name == "A. Shopper"
    assert (await ask("customers.retrieve")(customer.id)).metadata["a"] == "b"
    assert [c.id for c in (await ask("customers.list")({"email": "a@shop.example"})).data] == [customer.id]
    method = await ask("payment_methods.attach")("pm_card_visa", {"customer": customer.id})
    assert (await ask("payment_methods.retrieve")(method.id)).card.last4 == "4242"
    assert [m.id for m in (await ask("payment_methods.list")({"customer": customer.id})).data] == [method.id]
    assert len((await ask("customers.payment_methods.list")(customer.id)).data) == 1
    return customer.id, method.id


def made(customer: str) -> dict[str, object]:
    return {"amount": 4900, "currency": "eur", "capture_method": "manual", "customer": customer}


async def keys(guide: Guide, customer: str) -> str:
    create = guide.ask("payment_intents.create")
    params, key = {**made(customer), "metadata": {"reference": "op_1"}}, {"idempotency_key": "make"}
    intent, again = await create(params, key), await create(params, key)
    assert again.id == intent.id
    assert again.last_response.headers["idempotent-replayed"] == "true"
    with pytest.raises(stripe.IdempotencyError):
        await create({**params, "amount": 5000}, key)
    with guide.account.busy(), pytest.raises(stripe.APIError) as busy:
        await create(params, {"idempotency_key": BUSY})
    assert busy.value.http_status == 409
    with guide.account.breaking():
        for _ in range(2):
            with pytest.raises(stripe.APIError) as broken:
                await create(params, {"idempotency_key": BROKEN})
            assert broken.value.http_status == 500
    found: str = intent.id
    return found


async def a_payment(ask: Ask, intent: str, method: str) -> None:
    assert (await ask("payment_intents.update")(intent, {"description": "A mug"})).description == "A mug"
    with pytest.raises(stripe.CardError) as declined:
        await ask("payment_intents.confirm")(intent, {"payment_method": "pm_card_visa_chargeDeclinedLostCard"})
    told = declined.value.error
    assert told is not None
    assert told.decline_code == "lost_card"
    assert told.payment_intent is not None
    assert told.payment_intent.status == "requires_payment_method"
    confirmed = await ask("payment_intents.confirm")(intent, {"payment_method": method, "expand": ["latest_charge"]})
    assert (confirmed.status, confirmed.latest_charge.payment_method_details.card.brand) == ("requires_capture", "visa")
    captured = await ask("payment_intents.capture")(intent, {"amount_to_capture": 4000})
    assert (captured.status, captured.amount_received) == ("succeeded", 4000)
    assert (await ask("payment_intents.retrieve")(intent)).status == "succeeded"


async def a_challenge(guide: Guide, customer: str) -> str:
    ask = guide.ask
    card = {"number": "4000000000003220", "exp_month": 12, "exp_year": 2034, "cvc": "123"}
    asking = await ask("payment_methods.create")({"type": "card", "card": card})
    challenged = await ask("payment_intents.create")({**made(customer), "payment_method": asking.id, "confirm": True})
    assert challenged.next_action.type == "use_stripe_sdk"
    guide.account.pass_challenge()
    assert (await ask("payment_intents.retrieve")(challenged.id)).status == "requires_capture"
    assert (await ask("payment_intents.cancel")(challenged.id, {"cancellation_reason": "abandoned"})).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError) as late:
        await ask("payment_intents.capture")(challenged.id)
    assert late.value.code == "payment_intent_unexpected_state"
    found: str = challenged.id
    return found


async def finding(guide: Guide, customer: str, intents: list[str]) -> None:
    page = await guide.ask("payment_intents.list")({"limit": 1, "customer": customer})
    assert await guide.ids(page) == intents
    guide.account.wait(SEARCH_LAG)
    found = await guide.ask("payment_intents.search")({"query": "metadata['reference']:'op_1'"})
    assert [intent.id for intent in found.data] == intents[1:]


async def charges_and_refunds(ask: Ask, intent: str, customer: str) -> None:
    of = (await ask("payment_intents.retrieve")(intent)).latest_charge
    charge = await ask("charges.retrieve")(of, {"expand": ["customer", "payment_intent"]})
    assert (charge.customer.id, charge.payment_intent.id, charge.amount_captured) == (customer, intent, 4000)
    assert len((await ask("charges.list")({"payment_intent": intent})).data) == 2
    assert (await ask("charges.update")(of, {"metadata": {"c": "d"}})).metadata["c"] == "d"
    refund = await ask("refunds.create")({"payment_intent": intent, "amount": 1000, "reason": "duplicate"})
    assert (await ask("refunds.update")(refund.id, {"metadata": {"reference": "op_2"}})).metadata["reference"] == "op_2"
    assert (await ask("refunds.retrieve")(refund.id)).status == "succeeded"
    await ask("refunds.create")({"charge": of})
    assert [r.amount for r in (await ask("refunds.list")({"charge": of})).data] == [3000, 1000]
    with pytest.raises(stripe.InvalidRequestError) as too_much:
        await ask("refunds.create")({"charge": of})
    assert too_much.value.code == "charge_already_refunded"


async def events_and_ends(ask: Ask, intent: str, method: str, customer: str) -> None:
    events = await ask("events.list")({"type": "payment_intent.succeeded"})
    assert [event.data.object["id"] for event in events.data] == [intent]
    assert (await ask("events.retrieve")(events.data[0].id)).request.idempotency_key is not None
    assert (await ask("payment_methods.detach")(method)).customer is None
    assert (await ask("customers.delete")(customer)).deleted
    with pytest.raises(stripe.InvalidRequestError) as gone:
        await ask("payment_intents.retrieve")("pi_none")
    assert (gone.value.http_status, gone.value.code) == (404, "resource_missing")


async def _ids_blocking(page: stripe.ListObject[stripe.PaymentIntent]) -> list[str]:
    return [item.id for item in page.auto_paging_iter()]


async def _ids_awaiting(page: stripe.ListObject[stripe.PaymentIntent]) -> list[str]:
    return [item.id async for item in page.auto_paging_iter()]


def test_the_synchronous_sdk() -> None:
    """The whole tour with the SDK's default client."""
    account = Account()
    with served(account) as address:
        client = stripe.StripeClient("sk_test_1", base_addresses={"api": address}, max_network_retries=0)
        asyncio.run(tour(Guide(blocking(client), _ids_blocking, account)))


def test_the_synchronous_sdk_against_the_command() -> None:
    """The same tour, to its last call, against `tillproof serve stripe` as a process of its own."""
    with served_gateway("stripe") as gateway:
        client = stripe.StripeClient("sk_test_1", base_addresses={"api": gateway.url}, max_network_retries=0)
        asyncio.run(tour(Guide(blocking(client), _ids_blocking, Served(gateway))))


def test_the_asynchronous_sdk() -> None:
    """The whole tour with the SDK's httpx client."""
    account = Account()

    async def go(address: str) -> None:
        http = stripe.HTTPXClient()
        client = stripe.StripeClient("sk_test_1", http_client=http, base_addresses={"api": address}, max_network_retries=0)
        await tour(Guide(awaiting(client), _ids_awaiting, account))
        close: Callable[[], Awaitable[None]] = http.close_async
        await close()

    with served(account) as address:
        asyncio.run(go(address))


def test_a_key_that_is_not_good() -> None:
    """The SDK raises what it raises for the real one."""
    with served(Account()) as address:
        client = stripe.StripeClient("nonsense", base_addresses={"api": address}, max_network_retries=0)
        with pytest.raises(stripe.AuthenticationError):
            client.v1.customers.list()


def test_an_address_that_is_none() -> None:
    """404 with an error object, as of the real one."""
    with served(Account()) as address:
        answer = httpx.get(f"{address}/v1/nothing", headers={"authorization": "Bearer sk_test_1"})
        assert (answer.status_code, answer.json()["error"]["type"]) == (404, "invalid_request_error")
