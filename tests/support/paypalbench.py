"""A PayPal, a line to it that can go dead, and a processor on that line: for tests of the PayPal fake alone."""

from __future__ import annotations

from typing import Literal

from support.shopbench import done

from tillproof.contract.gateway import NoAnswer, Request, Response
from tillproof.contract.outcomes import Done, Outcome
from tillproof.contract.processor import Attempt, PaymentContext
from tillproof.domain.entities import Data
from tillproof.domain.ledger import Entry, EntryKind
from tillproof.domain.money import Money
from tillproof_fake_processors.ledger import Knobs
from tillproof_fake_processors.paypal import Habits, PayPal
from tillproof_fake_processors.paypal.processor import over_gateway
from tillproof_fake_processors.paypal.tokens import BASIC, TOKEN_PATH

CART = "cart_1"
HOUR, DAY = 3_600.0, 86_400.0
ORDERS = "/v2/checkout/orders"
PAYMENTS = "/v2/payments"

Going = Literal["well", "request-lost", "answer-lost"] | Response


class Port:
    """A gateway port. `next` is how the next request that may act goes; reads and tokens always go well."""

    def __init__(self, paypal: PayPal) -> None:
        self._paypal = paypal
        self.next: Going = "well"
        self.next_read: Going = "well"
        self.asked: list[Request] = []

    async def request(self, request: Request) -> Response:
        self.asked.append(request)
        if request.path == TOKEN_PATH:
            return self._paypal.handle(request)
        if request.method == "GET":
            going, self.next_read = self.next_read, "well"
        else:
            going, self.next = self.next, "well"
        if going == "request-lost":
            raise NoAnswer
        answer = self._paypal.handle(request)
        if going == "answer-lost":
            raise NoAnswer
        return going if isinstance(going, Response) else answer


class PayPalBench:
    """One run's PayPal whose payer pays by a good card, a clock set by hand, and short words for what tests do most."""

    def __init__(
        self, habits: Habits | None = None, *, money: Money | None = None, card: str = "good", settling: float = 0.0
    ) -> None:
        self.time = 1_767_225_600.0
        self.entries: list[Entry] = []
        self.paypal = PayPal(self.entries.append, lambda: self.time, Knobs(settling=settling), habits or Habits())
        if card:
            self.paypal.enter_card(card)
        self.port = Port(self.paypal)
        self.processor = over_gateway(self.port)
        self.money = money or Money(4900, "eur")
        self.context = PaymentContext(amount=self.money, resource_id=CART)

    def restart(self) -> None:
        """Make the processor anew, as at the start of another process."""
        self.processor = over_gateway(self.port)

    def attempt(self, name: str, number: int = 1, *, first_sent_at: float | None = None) -> Attempt:
        """One try of the effect of that name; its key and reference follow from it."""
        return Attempt(
            idempotency_key=f"key_{name}",
            reference=f"op_{name}",
            number=number,
            first_sent_at=self.time if first_sent_at is None else first_sent_at,
            sent_at=self.time,
        )

    def of(self, kind: EntryKind) -> list[Entry]:
        """The ledger's entries of a kind."""
        return [entry for entry in self.entries if entry.kind is kind]

    def initiated(self) -> Data:
        """Make the cart's order and return the session's data."""
        return data_of(done(self.processor.initiate_payment(self.context, self.attempt("initiate"))))

    def authorized(self) -> Data:
        """Hold the cart's total and return the data."""
        return data_of(done(self.processor.authorize_payment(self.initiated(), self.context, self.attempt("authorize"))))

    def captured(self) -> Data:
        """Take the cart's total and return the data."""
        return data_of(done(self.processor.capture_payment(self.authorized(), self.money, self.attempt("capture"))))

    def ask(
        self, method: str, path: str, body: Data | None = None, *, key: str | None = None, minimal: bool = False
    ) -> Response:
        """Send PayPal a request directly, with credentials."""
        headers = {"authorization": BASIC} | ({} if minimal else {"prefer": "return=representation"})
        return self.paypal.handle(Request(method=method, path=path, body=body or {}, key=key, headers=headers))

    def order(self, value: str = "49.00", currency: str = "EUR", *, intent: str = "AUTHORIZE", **unit: str) -> str:
        """Make an order directly and return its id."""
        amount = {"currency_code": currency, "value": value}
        body = {"intent": intent, "purchase_units": [{"amount": amount, **unit}]}
        return str(body_of(self.ask("POST", ORDERS, body))["id"])

    def hold(self, value: str = "49.00", **unit: str) -> str:
        """Make an order, authorize it, and return the authorization's id."""
        answer = body_of(self.ask("POST", f"{ORDERS}/{self.order(value, **unit)}/authorize"))
        return str(answer["purchase_units"][0]["payments"]["authorizations"][0]["id"])

    def capture(self, hold: str, **body: object) -> Response:
        """Capture an authorization directly."""
        return self.ask("POST", f"{PAYMENTS}/authorizations/{hold}/capture", body)

    def taken(self, value: str = "49.00") -> str:
        """Capture a fresh authorization and return the capture's id."""
        return str(body_of(self.capture(self.hold(value)))["id"])

    def refund(self, capture: str, **body: object) -> Response:
        """Refund a capture directly."""
        return self.ask("POST", f"{PAYMENTS}/captures/{capture}/refund", body)


def euros(value: str) -> Data:
    """An amount as PayPal writes it."""
    return {"currency_code": "EUR", "value": value}


def data_of(outcome: Outcome) -> Data:
    """The data of an outcome that has to be done."""
    assert isinstance(outcome, Done), outcome
    return outcome.data


def body_of(response: Response) -> Data:
    """The body of an answer that has to be JSON."""
    assert not isinstance(response.body, str)
    return response.body


def issue_of(response: Response) -> str:
    """The issue PayPal names in an error."""
    return str(body_of(response)["details"][0]["issue"])
