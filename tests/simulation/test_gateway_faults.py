"""Each fault between processor and gateway: what the processor hears, when, and whether it was done."""

from __future__ import annotations

from typing import Any, cast

import msgspec
import pytest

from tillproof.contract.gateway import Gateway, GatewayFake, NoAnswer, NotConnected, Request, Response, TimedOut
from tillproof.domain.ledger import Entry
from tillproof.domain.redirect import followed
from tillproof.faults.kinds import KINDS
from tillproof.faults.plans import parse
from tillproof.faults.points import Seam
from tillproof.history.events import Faulted
from tillproof.simulation.clock import SimClock
from tillproof.simulation.crossing import Crossings
from tillproof.simulation.driver import drive
from tillproof.simulation.incarnation import Incarnation
from tillproof.simulation.ports import LATE, CrossingGateway
from tillproof_fake_processors.bank import Bank
from tillproof_fake_processors.dialects import DIALECTS
from tillproof_fake_processors.paypal import PayPal
from tillproof_fake_processors.stripe import Stripe

OPEN = Request(method="POST", path="/intents", body={"amount": 4900, "currency": "eur", "reference": "r"}, key="k")
JSON, PLAIN = "application/json", "text/plain"


class Line:
    """A bank behind one incarnation's port, under a plan for the opening of intents."""

    def __init__(self, plan: str, dialect: str = "keep-everything") -> None:
        self.crossings = Crossings(parse(plan), SimClock())
        self.ledger: list[Entry] = []
        self.bank = Bank(self.ledger.append, lambda: 0.0, DIALECTS[dialect])
        self.gateway: Gateway = CrossingGateway(self.bank, self.crossings, Incarnation(1))

    def ask(self, request: Request = OPEN) -> tuple[Response | NoAnswer, float]:
        """Send a request; return what came of it, and after how many seconds."""
        told: list[Response | NoAnswer] = []
        began = self.crossings.clock.time

        async def actor() -> None:
            try:
                told.append(await self.gateway.request(request))
            except NoAnswer as silence:
                told.append(silence)

        drive(self.crossings.clock, actor())
        return told[0], self.crossings.clock.time - began


HEARD: dict[str, tuple[object, dict[str, str], int]] = {
    "request-lost": (NoAnswer, {}, 0),
    "answer-lost": (NoAnswer, {}, 1),
    "connection-refused": (NotConnected, {}, 0),
    "timeout-before": (TimedOut, {}, 0),
    "timeout-after": (TimedOut, {}, 1),
    "slow": (200, {}, 1),
    "busy-429": (429, {"retry-after": "1"}, 0),
    "in-progress-409": (409, {}, 0),
    "error-500-before": (500, {}, 0),
    "error-500-after": (500, {}, 1),
    "stored-500-before": (500, {}, 0),
    "stored-500-after": (500, {}, 1),
    "unavailable-503": (503, {"retry-after": "1"}, 0),
    "html-502-before": (502, {}, 0),
    "html-502-after": (502, {}, 1),
    "html-200": (200, {}, 0),
    "empty-200": (200, {"content-type": JSON}, 0),
    "object-200": (200, {}, 0),
    "malformed-200": (200, {"content-type": JSON}, 0),
    "no-200": (200, {}, 0),
    "redirect-307": (307, {"location": "/intents?redirected-by=tillproof"}, 0),
    "cut-200": (200, {"content-type": JSON}, 1),
    "wrong-type": (200, {"content-type": PLAIN}, 1),
    "stale-answer": (NoAnswer, {}, 1),
}


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS.values() if Seam.GATEWAY in kind.seams])
def test_what_is_heard_and_what_was_done(kind: str) -> None:
    """Status and headers are those of the kind; the effect is there exactly where it says so; the next request goes well."""
    line = Line(f"gateway.POST:/intents#1={kind}")
    expected, headers, effects = HEARD[kind]
    told, _ = line.ask()
    assert (type(told) if isinstance(told, NoAnswer) else told.status) == expected
    assert isinstance(told, NoAnswer) or told.headers == headers
    assert len(line.ledger) == effects
    again, _ = line.ask(msgspec.structs.replace(OPEN, key="another"))
    assert isinstance(again, Response)
    assert again.status == 200


@pytest.mark.parametrize(
    ("kind", "within", "seconds", "answered", "endless"),
    [
        ("timeout-after", 4.0, 4.0, False, False),
        ("timeout-after", None, 86_400.0, False, True),
        ("slow", 10.0, LATE, True, False),
        ("slow", 4.0, 4.0, False, False),
        ("slow", None, LATE, True, False),
    ],
)
def test_how_long_the_caller_waits(kind: str, within: float | None, seconds: float, answered: bool, endless: bool) -> None:  # noqa: FBT001 - columns of a table
    """As long as it said it would; for ever if it set no deadline, which is written down."""
    line = Line(f"gateway.POST:/intents#1={kind}")
    told, waited = line.ask(msgspec.structs.replace(OPEN, within=within))
    assert (isinstance(told, Response), waited) == (answered, seconds)
    assert [event.endless for event in line.crossings.events if isinstance(event, Faulted)] == [endless]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("after", [False, True])
def test_a_stored_500_is_what_the_dialect_makes_of_it(dialect: str, after: bool) -> None:  # noqa: FBT001 - a table of two
    """Asked again with the key: the stored failure, a fresh try, or the object; without memory, two effects."""
    line = Line(f"gateway.POST:/intents#1=stored-500-{'after' if after else 'before'}", dialect)
    line.ask()
    again, _ = line.ask()
    assert isinstance(again, Response)
    keeps = dialect == "keep-everything"
    twice = after and dialect not in {"keep-everything", "latest-state"}
    assert again.status == (500 if keeps else 200)
    assert len(line.ledger) == (0 if keeps and not after else 2 if twice else 1)


def test_a_gateway_that_answers_from_memory_does_not_break() -> None:
    """It does nothing in which it could: what it remembers is heard, and no fault is said to have struck."""
    line = Line("gateway.POST:/intents#2=stored-500-after")
    first, _ = line.ask()
    again, _ = line.ask()
    assert again == first
    assert not [event for event in line.crossings.events if isinstance(event, Faulted)]


def test_the_answer_before_once_more() -> None:
    """What comes back is the answer to the request before this one; what was asked for is done all the same."""
    line = Line("gateway.POST:/intents#2=stale-answer")
    first, _ = line.ask()
    told, _ = line.ask(msgspec.structs.replace(OPEN, key="second", body={**OPEN.body, "reference": "second"}))
    assert told == first
    assert [entry.reference for entry in line.ledger] == ["r", "second"]


def _shape(fake: Any, status: int) -> object:  # noqa: ANN401 - three fakes of different types
    body = fake.error(status, "code", "Sentence.").body
    return body.get("error", body).get("type") or body.get("name") or body["error"]["code"]


@pytest.mark.parametrize(
    ("status", "bank", "stripe", "paypal"),
    [
        (200, "code", "card_error", "UNPROCESSABLE_ENTITY"),
        (409, "code", "idempotency_error", "RESOURCE_CONFLICT"),
        (429, "code", "invalid_request_error", "RATE_LIMIT_REACHED"),
        (500, "code", "api_error", "INTERNAL_SERVER_ERROR"),
    ],
)
def test_errors_in_the_gateway_s_own_words(status: int, bank: str, stripe: str, paypal: str) -> None:
    """An error has the shape its gateway's errors have, so that an SDK raises what it would raise."""
    made = (Bank(print, float), Stripe(print, float), PayPal(print, float))
    assert tuple(_shape(fake, status) for fake in made) == (bank, stripe, paypal)


class Plain:
    """A fake that can do no more than it must."""

    def __init__(self) -> None:
        self.handled = 0

    def handle(self, request: Request) -> Response:
        self.handled += 1
        return Response(status=200, body={"path": request.path})


@pytest.mark.parametrize(("kind", "handled"), [("stored-500-before", 0), ("stored-500-after", 1), ("busy-429", 0)])
def test_a_fake_that_cannot_break_by_itself(kind: str, handled: int) -> None:
    """The fault strikes there too, in plain words, and nothing is kept of it."""
    line, fake = Line(f"gateway.POST:/intents#1={kind}"), Plain()
    line.gateway = CrossingGateway(cast("GatewayFake", fake), line.crossings, Incarnation(1))
    told, _ = line.ask()
    assert isinstance(told, Response)
    assert isinstance(told.body, dict)
    assert (fake.handled, "error" in told.body) == (handled, True)


def test_a_redirect_is_recognized_where_it_leads() -> None:
    """Whoever follows it is told from whoever asks again."""
    line = Line("gateway.POST:/intents#1=redirect-307")
    told, _ = line.ask()
    assert isinstance(told, Response)
    assert followed(told.headers["location"])
    assert not followed(OPEN.path)
