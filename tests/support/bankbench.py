"""A bank, a line to it that can go dead, and a processor on that line: for tests of the fakes alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from support.shopbench import done

from tillproof.contract.gateway import Gateway, NoAnswer, Request, Response
from tillproof.contract.outcomes import Done, Outcome
from tillproof.contract.processor import Attempt, PaymentContext
from tillproof.domain.entities import Data
from tillproof.domain.ledger import Entry, EntryKind
from tillproof.domain.money import Money
from tillproof.domain.statuses import SessionStatus
from tillproof_fake_processors.bank import Bank, BankProcessor
from tillproof_fake_processors.dialects import DIALECTS
from tillproof_fake_processors.ledger import Knobs

CART = "cart_1"
MINUTE, DAY = 60.0, 86_400.0


class Line:
    """A gateway port: carries requests to the bank, or loses the request, the answer, or both answer and sense."""

    def __init__(self, handle: Callable[[Request], Response]) -> None:
        self._handle = handle
        self.next: Literal["well", "request-lost", "answer-lost"] | Response = "well"
        self.asked: list[Request] = []

    async def request(self, request: Request) -> Response:
        self.asked.append(request)
        going, self.next = self.next, "well"
        if going == "request-lost":
            raise NoAnswer
        answer = self._handle(request)
        if going == "answer-lost":
            raise NoAnswer
        return going if isinstance(going, Response) else answer


class Bench:
    """One run's bank with a processor, a clock that is set by hand, and short words for what tests do most."""

    def __init__(
        self,
        dialect: str = "keep-everything",
        knobs: Knobs | None = None,
        make: Callable[[Gateway], BankProcessor] = BankProcessor,
        money: Money | None = None,
    ) -> None:
        self.time = 1_000_000.0
        self.entries: list[Entry] = []
        self.bank = Bank(self.entries.append, lambda: self.time, DIALECTS[dialect], knobs or Knobs())
        self.line = Line(self.bank.handle)
        self.make = make
        self.processor = make(self.line)
        self.money = money or Money(4900, "eur")
        self.context = PaymentContext(amount=self.money, resource_id=CART)

    def restart(self) -> None:
        """Make the processor anew, as at the start of another process."""
        self.processor = self.make(self.line)

    def attempt(self, name: str, number: int = 1, *, first_sent_at: float | None = None) -> Attempt:
        """One try of the effect of that name; its key and reference follow from it."""
        return Attempt(
            idempotency_key=f"key_{name}",
            reference=f"op_{name}",
            number=number,
            first_sent_at=self.time if first_sent_at is None else first_sent_at,
            sent_at=self.time,
        )

    def of(self, kind: EntryKind, reference: str | None = None) -> list[Entry]:
        """The ledger's entries of a kind, all of them or those under one reference."""
        return [e for e in self.entries if e.kind is kind and reference in {None, e.reference}]

    def initiated(self) -> Data:
        """Open the cart's intent and return the session's data."""
        return data_of(done(self.processor.initiate_payment(self.context, self.attempt("initiate"))))

    def authorized(self) -> Data:
        """Hold the cart's total and return the data."""
        outcome = done(self.processor.authorize_payment(self.initiated(), self.context, self.attempt("authorize")))
        assert isinstance(outcome, Done)
        assert outcome.status is SessionStatus.AUTHORIZED
        return outcome.data

    def captured(self) -> Data:
        """Take the cart's total and return the data."""
        return data_of(done(self.processor.capture_payment(self.authorized(), self.money, self.attempt("capture"))))

    def post(self, path: str, key: str | None = None, /, **body: object) -> Response:
        """Send the bank a request directly."""
        return self.bank.handle(Request(method="POST", path=path, body=body, key=key))

    def get(self, path: str) -> Response:
        """Read from the bank directly."""
        return self.bank.handle(Request(method="GET", path=path))


def data_of(outcome: Outcome) -> Data:
    """The data of an outcome that has to be done."""
    assert isinstance(outcome, Done), outcome
    return outcome.data


def body_of(response: Response) -> Data:
    """The body of an answer that has to be JSON."""
    assert not isinstance(response.body, str)
    return response.body
