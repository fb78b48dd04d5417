"""An account at the fake Stripe, a clock that is set by hand, and short words for what tests do most."""

from __future__ import annotations

import json
from typing import Literal
from urllib.parse import urlencode

from support.bankbench import Line

from tillproof.contract.gateway import Request
from tillproof.contract.processor import Attempt, PaymentContext
from tillproof.domain.entities import Data
from tillproof.domain.ledger import Entry, EntryKind
from tillproof.domain.money import Money
from tillproof_fake_processors.http import HttpRequest, HttpResponse
from tillproof_fake_processors.stripe import Endpoint, Stripe, http_face
from tillproof_fake_processors.stripe.gateway import Answered

START = 1_000_000.0
DAY = 86_400.0
KEY = {"authorization": "Bearer sk_test_1"}

Going = Literal["well", "request-lost", "answer-lost"]


class Account:
    """One account, asked without HTTP unless a test says otherwise."""

    def __init__(self, *endpoints: Endpoint) -> None:
        self.time = START
        self.entries: list[Entry] = []
        self.stripe = Stripe(self.entries.append, lambda: self.time, endpoints=endpoints)

    def ask(self, method: str, path: str, params: Data | None = None, key: str | None = None) -> Answered:
        return self.stripe.handle(Request(method=method, path=f"/v1/{path}", body=params or {}, key=key))

    def post(self, path: str, params: Data | None = None, key: str | None = None) -> Data:
        """The body of an answer that has to be a success."""
        return body_of(self.ask("POST", path, params, key))

    def get(self, path: str, **params: object) -> Data:
        """The body of an answer that has to be a success."""
        return body_of(self.ask("GET", path, params))

    def error(self, method: str, path: str, params: Data | None = None, key: str | None = None) -> tuple[int, Data]:
        """The status and the error object of an answer that has to be none."""
        answer = self.ask(method, path, params, key)
        assert answer.status >= 400, answer
        assert isinstance(answer.body, dict)
        return answer.status, answer.body["error"]

    def http(self, method: str, target: str, body: str = "", **headers: str) -> HttpResponse:
        """Ask over HTTP, with a good API key unless another is given."""
        told = {**KEY, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return http_face(self.stripe)(HttpRequest(method=method, target=target, headers=told, body=body.encode()))

    def intent(self, **params: object) -> Data:
        """A payment intent of 49.00 euro, to be captured by hand."""
        return self.post("payment_intents", {"amount": 4900, "currency": "eur", "capture_method": "manual", **params})

    def held(self, card: str = "pm_card_visa", **params: object) -> Data:
        """One that is confirmed with that card."""
        return self.intent(payment_method=card, confirm=True, **params)

    def captured(self, card: str = "pm_card_visa") -> Data:
        """One that is captured whole."""
        return self.post(f"payment_intents/{self.held(card)['id']}/capture")

    def of(self, kind: EntryKind) -> list[int]:
        """The amounts in the ledger's entries of a kind."""
        return [entry.amount for entry in self.entries if entry.kind is kind]


class Shop(Account):
    """An account with a shopper whose card is good, and a processor on a line that can go dead."""

    def __init__(self, money: Money | None = None) -> None:
        from tillproof_fake_processors.stripe.processor import over_gateway  # noqa: PLC0415 - the SDK is slow to import

        super().__init__()
        self.stripe.enter_card("good")
        self.line = Line(self.stripe.handle)
        self.processor = over_gateway(self.line)
        self.money = money or Money(4900, "eur")
        self.context = PaymentContext(amount=self.money, resource_id="cart_1")

    def attempt(self, name: str, number: int = 1, *, first_sent_at: float | None = None) -> Attempt:
        """One try of the effect of that name; its key and reference follow from it."""
        return Attempt(
            idempotency_key=f"key_{name}",
            reference=f"op_{name}",
            number=number,
            first_sent_at=self.time if first_sent_at is None else first_sent_at,
            sent_at=self.time,
        )


def body_of(answer: Answered) -> Data:
    """The body of an answer that has to be a success."""
    assert answer.status == 200, answer
    assert isinstance(answer.body, dict)
    return answer.body


def json_of(response: HttpResponse) -> Data:
    """The JSON of an HTTP answer."""
    found: Data = json.loads(response.body)
    return found


def form(**fields: str) -> str:
    """A form, as it goes over the wire."""
    return urlencode(fields)
