"""The bank's processor: one key, at most one effect, under every dialect."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Literal

import pytest
from support.bankbench import CART, DAY, Bench, data_of
from support.shopbench import done

from tillproof.contract.gateway import Response
from tillproof.contract.outcomes import Done, Outcome, Refused, Unknown
from tillproof.contract.processor import Attempt
from tillproof.contract.webhooks import Delivery, Notice
from tillproof.domain.entities import Data
from tillproof.domain.ledger import EntryKind
from tillproof.domain.money import Money
from tillproof.domain.statuses import OperationKind, SessionStatus
from tillproof_fake_processors.bank import SECRET, BankProcessor
from tillproof_fake_processors.bank.processor import KEY_LIFE
from tillproof_fake_processors.dialects import DIALECTS
from tillproof_fake_processors.ledger import Knobs

Call = Callable[[Bench, Data, Attempt], Coroutine[Any, Any, Outcome]]
Prepare = Callable[[Bench], Data]

METHODS: dict[str, tuple[Prepare, Call, EntryKind]] = {
    "initiate": (lambda _: {}, lambda b, _, a: b.processor.initiate_payment(b.context, a), EntryKind.INTENT),
    "update": (Bench.initiated, lambda b, d, a: b.processor.update_payment(d, b.context, a), EntryKind.UPDATE),
    "authorize": (Bench.initiated, lambda b, d, a: b.processor.authorize_payment(d, b.context, a), EntryKind.AUTHORIZE),
    "capture": (Bench.authorized, lambda b, d, a: b.processor.capture_payment(d, b.money, a), EntryKind.CAPTURE),
    "refund": (Bench.captured, lambda b, d, a: b.processor.refund_payment(d, Money(1000, "eur"), a), EntryKind.REFUND),
    "cancel": (Bench.authorized, lambda b, d, a: b.processor.cancel_payment(d, a), EntryKind.VOID),
    "delete": (Bench.initiated, lambda b, d, a: b.processor.delete_payment(d, a), EntryKind.VOID),
}
KINDS = {name: OperationKind(name) for name in METHODS}

every_dialect = pytest.mark.parametrize("dialect", DIALECTS)
every_method = pytest.mark.parametrize("method", METHODS)


@every_dialect
@every_method
@pytest.mark.parametrize("going", ["well", "answer-lost", "request-lost"])
@pytest.mark.parametrize("later", [2.0, 60 * DAY], ids=["soon", "past-every-key-life"])
def test_asked_again_with_the_same_key(
    dialect: str, method: str, going: Literal["well", "answer-lost", "request-lost"], later: float
) -> None:
    """However the first try went and however late the next ones are, there is one effect, and it is told truly."""
    prepare, call, kind = METHODS[method]
    bench = Bench(dialect)
    data = prepare(bench)
    first = bench.attempt("it")
    bench.line.next = going
    told = done(call(bench, data, first))
    assert isinstance(told, Done if going == "well" else Unknown)
    bench.time += later
    bench.restart()
    outcomes = [
        done(call(bench, data, bench.attempt("it", number, first_sent_at=first.first_sent_at))) for number in (2, 3, 4)
    ]
    never_done = going == "request-lost" and later > KEY_LIFE
    assert len(bench.of(kind, "op_it")) == (0 if never_done else 1)
    assert all(isinstance(outcome, Refused if never_done else Done) for outcome in outcomes)


@every_dialect
@pytest.mark.parametrize("going", ["well", "answer-lost", "request-lost"])
def test_a_capture_that_came_too_late_is_refused(
    dialect: str, going: Literal["well", "answer-lost", "request-lost"]
) -> None:
    """Once the hold has lapsed every dialect's bank says no at last, heard or asked again, and nothing stays in doubt."""
    bench = Bench(dialect, Knobs(authorization_life=7 * DAY))
    data = bench.authorized()
    bench.time += 8 * DAY
    bench.line.next = going
    first = bench.attempt("it")
    told = [done(bench.processor.capture_payment(data, bench.money, first))]
    told += [
        done(bench.processor.capture_payment(data, bench.money, bench.attempt("it", n, first_sent_at=first.first_sent_at)))
        for n in (2, 3)
    ]
    assert [type(outcome) for outcome in told] == [Refused if going == "well" else Unknown, Refused, Refused]
    assert bench.of(EntryKind.CAPTURE, "op_it") == []


@every_dialect
@every_method
def test_looked_for_without_acting(dialect: str, method: str) -> None:
    """`find_effect` says absent before, done after, unknown when the bank is silent, and never acts."""
    prepare, call, _ = METHODS[method]
    bench = Bench(dialect)
    data = prepare(bench)
    before = list(bench.entries)
    assert isinstance(done(bench.processor.find_effect(KINDS[method], bench.attempt("it", 2), data)), Refused)
    bench.line.next = "answer-lost"
    assert isinstance(done(bench.processor.find_effect(KINDS[method], bench.attempt("it", 2), data)), Unknown)
    assert bench.entries == before
    done(call(bench, data, bench.attempt("it")))
    after = list(bench.entries)
    assert isinstance(done(bench.processor.find_effect(KINDS[method], bench.attempt("it", 2), data)), Done)
    assert bench.entries == after


@pytest.mark.parametrize(
    "answer",
    [
        Response(status=200, body="<html>"),
        Response(status=200, body={}),
        Response(status=200, body={"status": "authorized"}),
        Response(status=200, body={"id": "in_1", "status": "authorized", "client_secret": "x", "effect": None}),
        Response(status=200, body={"id": "in_1", "status": "settled", "client_secret": "x"}),
        Response(status=202, body={}),
        Response(status=302, body={}),
        Response(status=400, body="bad request"),
        Response(status=400, body={"error": {"code": "key_reused", "message": "another request"}}),
        Response(status=409, body={"error": {"code": "in_progress", "message": "wait"}}),
        Response(status=429, body={"error": {"code": "busy", "message": "wait"}}),
        Response(status=500, body={"error": {"code": "internal", "message": "sorry"}}),
        Response(status=502, body="<html>"),
    ],
    ids=lambda r: f"{r.status}-{r.body}"[:40],
)
@every_method
def test_an_answer_that_is_neither_yes_nor_no(method: str, answer: Response) -> None:
    """It is unknown, on the first try and when the list itself is garbled; a clear answer then settles it."""
    prepare, call, kind = METHODS[method]
    bench = Bench()
    data = prepare(bench)
    bench.line.next = answer
    assert isinstance(done(call(bench, data, bench.attempt("it"))), Unknown)
    bench.line.next = answer
    listed = done(call(bench, data, bench.attempt("it", 2)))
    assert isinstance(listed, Unknown)
    assert isinstance(done(call(bench, data, bench.attempt("it", 3))), Done)
    assert len(bench.of(kind, "op_it")) == 1


@every_dialect
def test_two_refunds_under_two_keys(dialect: str) -> None:
    """Two attempts with different keys are two refunds, equal sums or not; the rest to the last unit works too."""
    bench = Bench(dialect)
    data = bench.captured()
    for name, amount in (("first", 1000), ("second", 1000), ("rest", 2900)):
        data = data_of(done(bench.processor.refund_payment(data, Money(amount, "eur"), bench.attempt(name))))
    assert [entry.amount for entry in bench.of(EntryKind.REFUND)] == [1000, 1000, 2900]
    too_much = done(bench.processor.refund_payment(data, Money(1, "eur"), bench.attempt("more")))
    assert too_much == Refused("exceeds_captured", "more than what is left of a capture cannot be refunded")


@every_dialect
def test_a_decline(dialect: str) -> None:
    """A decline is refused, asked again too; another card under another key holds the money."""
    bench = Bench(dialect)
    data = bench.initiated()
    bench.bank.enter_card("declined")
    bench.line.next = "answer-lost"
    assert isinstance(done(bench.processor.authorize_payment(data, bench.context, bench.attempt("one"))), Unknown)
    refused = Refused("card_declined", "the card was declined")
    assert done(bench.processor.authorize_payment(data, bench.context, bench.attempt("one", 2))) == refused
    assert done(bench.processor.get_payment_status(data)) == Done(data, SessionStatus.ERROR)
    bench.bank.enter_card("good")
    again = done(bench.processor.authorize_payment(data, bench.context, bench.attempt("two")))
    assert again == Done(data, SessionStatus.AUTHORIZED)


@every_dialect
@pytest.mark.parametrize("going", ["well", "answer-lost"])
def test_three_d_secure(dialect: str, going: Literal["well", "answer-lost"]) -> None:
    """The customer is sent to one page; after it, a new key on the same intent holds the money once."""
    bench = Bench(dialect)
    data = bench.initiated()
    bench.bank.enter_card("challenge")
    bench.line.next = going
    first = done(bench.processor.authorize_payment(data, bench.context, bench.attempt("one")))
    if going == "answer-lost":
        first = done(bench.processor.authorize_payment(data, bench.context, bench.attempt("one", 2)))
    assert isinstance(first, Done)
    assert first.status is SessionStatus.REQUIRES_MORE
    assert first.data["challenge_url"].endswith(str(data["id"]))
    bench.bank.answer_challenge(passed=True)
    bench.line.next = going
    done(bench.processor.authorize_payment(first.data, bench.context, bench.attempt("two")))
    last = done(bench.processor.authorize_payment(first.data, bench.context, bench.attempt("two", 2)))
    assert last == Done(data, SessionStatus.AUTHORIZED)
    assert (len(bench.of(EntryKind.AUTHORIZE)), len(bench.of(EntryKind.INTENT))) == (1, 1)


def test_three_d_secure_failed() -> None:
    """A failed challenge is a definite refusal."""
    bench = Bench()
    data = bench.initiated()
    bench.bank.enter_card("challenge")
    done(bench.processor.authorize_payment(data, bench.context, bench.attempt("one")))
    bench.bank.answer_challenge(passed=False)
    refused = done(bench.processor.authorize_payment(data, bench.context, bench.attempt("two")))
    assert refused == Refused("authentication_failed", "the card was declined")


@pytest.mark.parametrize(
    ("prepare", "status"),
    [
        (Bench.initiated, SessionStatus.PENDING),
        (Bench.authorized, SessionStatus.AUTHORIZED),
        (Bench.captured, SessionStatus.AUTHORIZED),
    ],
)
def test_how_a_payment_stands(prepare: Prepare, status: SessionStatus) -> None:
    """Reading tells the status and the data, and changes nothing."""
    bench = Bench()
    data = prepare(bench)
    before = list(bench.entries)
    assert done(bench.processor.get_payment_status(data)) == Done(data, status)
    assert done(bench.processor.retrieve_payment(data)) == Done(data, status)
    assert bench.entries == before


def test_an_authorization_that_lapsed() -> None:
    """It stands as canceled and cannot be captured."""
    bench = Bench(knobs=Knobs(authorization_life=7 * DAY))
    data = bench.authorized()
    bench.time += 8 * DAY
    status = done(bench.processor.get_payment_status(data))
    assert isinstance(status, Done)
    assert status.status is SessionStatus.CANCELED
    capture = done(bench.processor.capture_payment(data, bench.money, bench.attempt("capture")))
    assert isinstance(capture, Refused)
    assert capture.code == "lapsed"


def test_canceling_twice_and_canceling_what_is_captured() -> None:
    """A second cancellation under another key finds nothing left to do; captured money is refused."""
    bench = Bench()
    data = bench.authorized()
    for name in ("one", "two"):
        assert done(bench.processor.cancel_payment(data, bench.attempt(name))) == Done(data, SessionStatus.CANCELED)
    assert len(bench.of(EntryKind.VOID)) == 1
    taken = Bench()
    refused = done(taken.processor.cancel_payment(taken.captured(), taken.attempt("cancel")))
    assert isinstance(refused, Refused)
    assert refused.code == "captured"


def test_what_is_kept_of_the_banks_answers() -> None:
    """The data hold what later calls and the shopper need, what the shopper told, and none of the bank's own business."""
    bench = Bench()
    data = bench.initiated()
    told = data_of(done(bench.processor.update_payment_data("ps_1", data, {"remember": True, "id": "in_666"})))
    assert told == {**data, "remember": True}
    after = data_of(done(bench.processor.authorize_payment(told, bench.context, bench.attempt("authorize"))))
    assert after == told
    assert SECRET not in repr(after)
    assert bench.of(EntryKind.INTENT)[0].resource == CART


@pytest.mark.parametrize("data", [{}, {"id": None}, {"id": ""}, {"id": "in_1/cancel"}, {"id": "../charges"}])
def test_data_of_no_intent(data: Data) -> None:
    """Data that name no intent of the bank's lead to a refusal, and to no effect."""
    bench = Bench()
    bench.initiated()
    before = list(bench.entries)
    for name, (_, call, _) in METHODS.items():
        if name != "initiate":
            assert isinstance(done(call(bench, data, bench.attempt(name))), Refused)
    assert bench.entries == before


@every_dialect
def test_an_effect_that_lands_late(dialect: str) -> None:
    """Until it must have landed it is unknown, not absent; then it is found, and there is one."""
    bench = Bench(dialect, Knobs(settling=30.0), make=lambda line: BankProcessor(line, lands_within=30.0))
    data = bench.initiated()
    first = bench.attempt("it")
    outcomes = [done(bench.processor.authorize_payment(data, bench.context, first))]
    for number, later in enumerate((2, 10, 30), start=2):
        bench.time += later
        again = bench.attempt("it", number, first_sent_at=first.first_sent_at)
        outcomes.append(done(bench.processor.authorize_payment(data, bench.context, again)))
    assert [type(outcome) for outcome in outcomes] == [Unknown, Unknown, Unknown, Done]
    assert len(bench.of(EntryKind.AUTHORIZE)) == 1


@pytest.mark.parametrize(("currency", "amount"), [("eur", 4900), ("jpy", 4900), ("kwd", 4905)])
def test_sums_in_minor_units(currency: str, amount: int) -> None:
    """The bank's minor units are ours, whatever the currency's exponent."""
    bench = Bench(money=Money(amount, currency))
    bench.captured()
    assert {(e.amount, e.currency) for e in bench.entries} == {(amount, currency)}


def test_a_webhook_is_unknown_while_the_bank_cannot_say_what_time_it_is() -> None:
    """With the shop's clock an hour off the bank's counts; where that is not heard, nothing is believed or refused."""
    bench = Bench()
    bench.authorized()
    event = bench.bank.outbox.take()[-1]
    delivery = Delivery(
        headers=bench.bank.outbox.signed(event, bench.time), body=event.body, received_at=bench.time + 3600.0
    )
    assert isinstance(done(bench.processor.read_webhook(delivery)), Notice)
    for answer in (Response(status=502, body="<html>"), Response(status=200, body={})):
        bench.line.next = answer
        assert isinstance(done(bench.processor.read_webhook(delivery)), Unknown)
