"""What bank, Stripe and PayPal tell unasked: whose word the processors take, what they read in it, how a payment stands."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.shopbench import done

from tillproof.contract.gateway import NoAnswer, Request, Response, telling
from tillproof.contract.outcomes import Done, Outcome, Unknown
from tillproof.contract.processor import Attempt, PaymentContext
from tillproof.contract.webhooks import Announcement, Delivery, Notice, Rejected, Says, Standing
from tillproof.domain.entities import Data
from tillproof.domain.ledger import Entry
from tillproof.domain.money import Money
from tillproof_fake_processors import build_gateway, build_processor
from tillproof_fake_processors.ledger import Knobs

GATEWAYS = ("bank", "stripe", "paypal")
DAY = 86_400.0
TOTAL = Money(4900, "eur")
SAID = {
    "bank": [Says.AUTHORIZED, Says.CAPTURED, Says.REFUNDED, Says.REFUNDED],
    "stripe": [Says.AUTHORIZED, Says.CAPTURED, Says.REFUNDED, Says.REFUNDED],
    "paypal": [Says.APPROVED, Says.AUTHORIZED, Says.CAPTURED, Says.REFUNDED, Says.REFUNDED],
}


class Bench:
    """A gateway, a processor on a line to it that can go dead, and a clock set by hand."""

    def __init__(self, name: str) -> None:
        self.time = 1_767_225_600.0
        entries: list[Entry] = []
        knobs = Knobs(authorization_life=29 * DAY)
        gateway = telling(build_gateway(name, entries.append, lambda: self.time, knobs=knobs))
        assert gateway is not None
        self.gateway = gateway
        self.dead = False
        self.processor = build_processor(name, self)
        self.data: Data = {}
        self.context = PaymentContext(amount=TOTAL, resource_id="cart_1")

    async def request(self, request: Request) -> Response:
        if self.dead:
            raise NoAnswer
        return self.gateway.handle(request)

    def attempt(self, name: str) -> Attempt:
        return Attempt(
            idempotency_key=f"k_{name}", reference=f"op_{name}", number=1, first_sent_at=self.time, sent_at=self.time
        )

    def kept(self, outcome: Outcome) -> None:
        assert isinstance(outcome, Done), outcome
        self.data = outcome.data

    def authorized(self) -> Bench:
        self.gateway.enter_card("good")
        self.kept(done(self.processor.initiate_payment(self.context, self.attempt("initiate"))))
        self.kept(done(self.processor.authorize_payment(self.data, self.context, self.attempt("authorize"))))
        return self

    def heard(self, event: Announcement, **changes: object) -> Notice | Rejected | Unknown:
        headers = self.gateway.outbox.signed(event, self.time)
        given = {"headers": headers, "body": event.body, "received_at": self.time, **changes}
        return done(self.processor.read_webhook(Delivery(**given)))  # type: ignore[arg-type]

    def stands(self) -> Standing | Unknown:
        return done(self.processor.read_standing(self.data))


def notices(bench: Bench) -> list[Notice]:
    """Deliver everything there is to tell, and return what was read in it."""
    heard = [bench.heard(event) for event in bench.gateway.outbox.take()]
    assert all(isinstance(one, Notice) for one in heard), heard
    return [one for one in heard if isinstance(one, Notice)]


@pytest.mark.parametrize("name", GATEWAYS)
def test_the_life_of_a_payment(name: str) -> None:
    """Each event names the cart; refunds stand once each, ours with our reference and the dashboard's without."""
    bench = Bench(name).authorized()
    bench.gateway.dashboard.capture("cart_1")
    bench.gateway.dashboard.refund("cart_1", 200)
    bench.kept(done(bench.processor.refund_payment(bench.data, Money(300, "eur"), bench.attempt("refund"))))
    told = notices(bench)
    assert [one.says for one in told] == SAID[name]
    assert {one.resource_id for one in told} == {"cart_1"}
    assert len({one.event_id for one in told}) == len(told)
    assert not bench.gateway.outbox.take()
    standing = bench.stands()
    assert isinstance(standing, Standing)
    assert (standing.captured, standing.canceled) == (4900, False)
    assert [(back.amount, back.reference) for back in standing.refunds] == [(200, None), (300, "op_refund")]
    assert len({back.id for back in standing.refunds}) == 2


@pytest.mark.parametrize("name", GATEWAYS)
def test_canceled_in_the_dashboard(name: str) -> None:
    """It is told, and stands so; nothing was taken, and what the dashboard cannot do any more does not happen."""
    bench = Bench(name).authorized()
    bench.gateway.dashboard.refund("cart_1", 200)
    bench.gateway.dashboard.cancel("cart_1")
    bench.gateway.dashboard.capture("cart_1")
    bench.gateway.dashboard.cancel("cart_of_nobody")
    assert notices(bench)[-1].says is Says.CANCELED
    assert bench.stands() == Standing(canceled=True)


@pytest.mark.parametrize("name", GATEWAYS)
def test_a_hold_that_lapsed(name: str) -> None:
    """Nobody canceled it."""
    bench = Bench(name).authorized()
    bench.time += 30 * DAY
    assert bench.stands() == Standing()


FLAWS: dict[str, Callable[[Bench, Announcement], Data]] = {
    "unsigned": lambda _, event: {"headers": {"content-type": "application/json"}, "body": event.body},
    "forged": lambda bench, event: {"headers": bench.gateway.outbox.signed(event, bench.time, forged=True)},
    "altered": lambda _, event: {"body": event.body[:-1] + b',"altered":true}'},
    "signature of another": lambda bench, event: {
        "headers": bench.gateway.outbox.signed(bench.gateway.outbox.stranger(), bench.time), "body": event.body
    },
    "stale": lambda bench, event: {"headers": bench.gateway.outbox.signed(event, bench.time - 301)},
    "future-dated": lambda bench, event: {"headers": bench.gateway.outbox.signed(event, bench.time + 301)},
    "garbled headers": lambda bench, event: {
        "headers": {name: f"{text}é!" for name, text in bench.gateway.outbox.signed(event, bench.time).items()}
    },
}  # fmt: skip


@pytest.mark.parametrize("flaw", FLAWS)
@pytest.mark.parametrize("name", GATEWAYS)
def test_not_the_gateways_word(name: str, flaw: str) -> None:
    """It is rejected, whatever it says."""
    bench = Bench(name).authorized()
    event = bench.gateway.outbox.take()[-1]
    assert isinstance(bench.heard(event, **FLAWS[flaw](bench, event)), Rejected)


@pytest.mark.parametrize("off", [-7200, -300, 0, 300, 7200])
@pytest.mark.parametrize("name", GATEWAYS)
def test_clocks_may_differ(name: str, off: int) -> None:
    """Minutes are nothing; hours off, the gateway's clock counts, and where that is not heard nothing is known."""
    bench = Bench(name).authorized()
    event = bench.gateway.outbox.take()[-1]
    assert isinstance(bench.heard(event, received_at=bench.time + off), Notice)
    bench.dead = name != "paypal" or abs(off) > 300
    assert isinstance(bench.heard(event, received_at=bench.time + off), Unknown if abs(off) > 300 else Notice)


@pytest.mark.parametrize("name", GATEWAYS)
def test_what_is_not_known_or_not_understood(name: str) -> None:
    """Another type is of no interest; a signed body that is no event is unknown, so the gateway sends it again."""
    bench = Bench(name)
    stranger = bench.heard(bench.gateway.outbox.stranger())
    assert isinstance(stranger, Notice)
    assert (stranger.says, stranger.resource_id) == (Says.OTHER, None)
    assert isinstance(bench.heard(Announcement(id="e", type="t", body=b"[]")), Unknown)
    assert isinstance(bench.heard(Announcement(id="e", type="t", body=b"\xff")), Unknown)


@pytest.mark.parametrize("name", GATEWAYS)
def test_a_gateway_that_does_not_answer(name: str) -> None:
    """How a payment stands is unknown then; PayPal's events name no cart, so they are, too."""
    bench = Bench(name).authorized()
    event = bench.gateway.outbox.take()[-1]
    bench.dead = True
    assert isinstance(bench.stands(), Unknown)
    assert isinstance(bench.heard(event), Unknown if name == "paypal" else Notice)


def test_an_order_that_is_gone() -> None:
    """An approval of an order that PayPal no longer has is about no cart."""
    bench = Bench("paypal")
    bench.kept(done(bench.processor.initiate_payment(bench.context, bench.attempt("initiate"))))
    bench.gateway.enter_card("good")
    (event,) = bench.gateway.outbox.take()
    bench.time += DAY
    told = bench.heard(event)
    assert isinstance(told, Notice)
    assert (told.says, told.resource_id) == (Says.APPROVED, None)


def test_a_stripe_hold_let_go_is_no_refund() -> None:
    """Stripe tells of a hold that is let go as a refund of its charge as well, of which nothing was taken."""
    bench = Bench("stripe").authorized()
    bench.gateway.dashboard.cancel("cart_1")
    assert [one.says for one in notices(bench)] == [Says.AUTHORIZED, Says.OTHER, Says.CANCELED]
