"""PayPal's processor: one key, at most one effect, and nothing believed that PayPal did not say."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Literal

import pytest
from support.paypalbench import CART, DAY, HOUR, PayPalBench, data_of
from support.shopbench import done

from tillproof.contract.gateway import Response
from tillproof.contract.outcomes import Done, Outcome, Refused, Unknown
from tillproof.contract.processor import Attempt, PaymentContext
from tillproof.domain.entities import Data
from tillproof.domain.ledger import EntryKind
from tillproof.domain.money import Money
from tillproof.domain.statuses import OperationKind, SessionStatus
from tillproof_fake_processors.paypal import Habits
from tillproof_fake_processors.paypal.objects import Kind
from tillproof_fake_processors.paypal.tokens import TOKEN_LIFE, TOKEN_PATH

Call = Callable[[PayPalBench, Data, Attempt], Coroutine[Any, Any, Outcome]]
Prepare = Callable[[PayPalBench], Data]


def _raised(bench: PayPalBench) -> PaymentContext:
    return PaymentContext(amount=Money(5000, "eur"), resource_id=bench.context.resource_id)


METHODS: dict[str, tuple[Prepare, Call, EntryKind]] = {
    "initiate": (lambda _: {}, lambda b, _, a: b.processor.initiate_payment(b.context, a), EntryKind.INTENT),
    "update": (PayPalBench.initiated, lambda b, d, a: b.processor.update_payment(d, _raised(b), a), EntryKind.UPDATE),
    "authorize": (
        PayPalBench.initiated,
        lambda b, d, a: b.processor.authorize_payment(d, b.context, a),
        EntryKind.AUTHORIZE,
    ),
    "capture": (PayPalBench.authorized, lambda b, d, a: b.processor.capture_payment(d, b.money, a), EntryKind.CAPTURE),
    "refund": (
        PayPalBench.captured,
        lambda b, d, a: b.processor.refund_payment(d, Money(1000, "eur"), a),
        EntryKind.REFUND,
    ),
    "cancel": (PayPalBench.authorized, lambda b, d, a: b.processor.cancel_payment(d, a), EntryKind.VOID),
    "delete": (PayPalBench.authorized, lambda b, d, a: b.processor.delete_payment(d, a), EntryKind.VOID),
}
every_method = pytest.mark.parametrize("method", METHODS)


@every_method
@pytest.mark.parametrize("going", ["well", "answer-lost", "request-lost"])
@pytest.mark.parametrize("later", [2.0, 5 * HOUR], ids=["soon", "within-every-key-life"])
def test_asked_again_with_the_same_key(
    method: str, going: Literal["well", "answer-lost", "request-lost"], later: float
) -> None:
    """However the first try went, and after a restart, there is one effect, and it is told truly."""
    prepare, call, kind = METHODS[method]
    bench = PayPalBench()
    data = prepare(bench)
    first = bench.attempt("it")
    bench.port.next = going
    told = done(call(bench, data, first))
    assert isinstance(told, Done if going == "well" else Unknown)
    bench.time += later
    bench.restart()
    outcomes = [
        done(call(bench, data, bench.attempt("it", number, first_sent_at=first.first_sent_at))) for number in (2, 3, 4)
    ]
    assert all(isinstance(outcome, Done) for outcome in outcomes)
    assert len(bench.of(kind)) == 1


@pytest.mark.parametrize("method", ["authorize", "capture", "refund"])
@pytest.mark.parametrize("going", ["answer-lost", "request-lost"])
def test_past_the_life_of_a_request_id(method: str, going: Literal["answer-lost", "request-lost"]) -> None:
    """It only looks: done where it was done, refused where it never was; nothing is done now."""
    prepare, call, kind = METHODS[method]
    bench = PayPalBench()
    data = prepare(bench)
    first = bench.attempt("it")
    bench.port.next = going
    done(call(bench, data, first))
    before = list(bench.entries)
    bench.time += 7 * HOUR if method == "authorize" else 46 * DAY
    told = done(call(bench, data, bench.attempt("it", 2, first_sent_at=first.first_sent_at)))
    assert isinstance(told, Done if going == "answer-lost" else Refused)
    assert [entry for entry in bench.entries if entry.kind is kind] == [entry for entry in before if entry.kind is kind]


@pytest.mark.parametrize("method", [name for name in METHODS if name not in {"initiate", "delete"}])
def test_looked_for_without_acting(method: str) -> None:
    """`find_effect` says absent before, done after, unknown when PayPal is silent, and never acts."""
    prepare, call, _ = METHODS[method]
    bench = PayPalBench()
    data = prepare(bench)
    before = list(bench.entries)

    def look() -> Outcome:
        return done(bench.processor.find_effect(OperationKind(method), bench.attempt("it", 2), data))

    assert isinstance(look(), Refused)
    bench.port.next_read = "answer-lost"
    assert isinstance(look(), Unknown)
    assert bench.entries == before
    done(call(bench, data, bench.attempt("it")))
    after = list(bench.entries)
    assert isinstance(look(), Done)
    assert bench.entries == after


def test_an_order_nobody_heard_of() -> None:
    """It cannot be looked up; after six hours it is certainly gone."""
    bench = PayPalBench()
    first = bench.attempt("it")
    bench.port.next = "answer-lost"
    done(bench.processor.initiate_payment(bench.context, first))
    assert isinstance(done(bench.processor.find_effect(OperationKind.INITIATE, bench.attempt("it", 2), {})), Unknown)
    bench.time += 6 * HOUR
    late = bench.attempt("it", 3, first_sent_at=first.first_sent_at)
    assert isinstance(done(bench.processor.find_effect(OperationKind.INITIATE, late, {})), Refused)
    assert isinstance(done(bench.processor.initiate_payment(bench.context, late)), Refused)


@pytest.mark.parametrize(
    "answer",
    [
        Response(status=200, body="<html>"),
        Response(status=201, body={}),
        Response(status=201, body={"id": "x", "status": "COMPLETED"}),
        Response(status=202, body={}),
        Response(status=302, body={}),
        Response(status=400, body="bad request"),
        Response(status=409, body={"name": "RESOURCE_CONFLICT", "message": "wait", "debug_id": "1"}),
        Response(status=429, body={"name": "RATE_LIMIT_REACHED", "message": "wait", "debug_id": "1"}),
        Response(status=500, body={"name": "INTERNAL_SERVER_ERROR", "message": "sorry", "debug_id": "1"}),
        Response(status=502, body="<html>"),
    ],
    ids=lambda r: f"{r.status}-{r.body}"[:40],
)
@pytest.mark.parametrize("method", ["initiate", "authorize", "capture", "refund", "cancel"])
def test_an_answer_that_is_neither_yes_nor_no(method: str, answer: Response) -> None:
    """It is unknown, and the same key asked again settles it."""
    prepare, call, kind = METHODS[method]
    bench = PayPalBench()
    data = prepare(bench)
    bench.port.next = answer
    assert isinstance(done(call(bench, data, bench.attempt("it"))), Unknown)
    assert isinstance(done(call(bench, data, bench.attempt("it", 2))), Done)
    assert len(bench.of(kind)) == 1


def test_two_refunds_under_two_keys() -> None:
    """Two attempts with different keys are two refunds, equal sums or not; the rest to the last unit works too."""
    bench = PayPalBench()
    data = bench.captured()
    for name, amount in (("first", 1000), ("second", 1000), ("rest", 2900)):
        data = data_of(done(bench.processor.refund_payment(data, Money(amount, "eur"), bench.attempt(name))))
    assert [entry.amount for entry in bench.of(EntryKind.REFUND)] == [1000, 1000, 2900]
    too_much = done(bench.processor.refund_payment(data, Money(1, "eur"), bench.attempt("more")))
    assert isinstance(too_much, Refused)
    assert too_much.code == "CAPTURE_FULLY_REFUNDED"


def test_a_decline() -> None:
    """A decline is refused, asked again too; another card under another key holds the money."""
    bench = PayPalBench(card="declined")
    data = bench.initiated()
    bench.port.next = "answer-lost"
    assert isinstance(done(bench.processor.authorize_payment(data, bench.context, bench.attempt("one"))), Unknown)
    refused = done(bench.processor.authorize_payment(data, bench.context, bench.attempt("one", 2)))
    assert isinstance(refused, Refused)
    assert refused.code == "INSTRUMENT_DECLINED"
    bench.paypal.enter_card("good")
    again = done(bench.processor.authorize_payment(data, bench.context, bench.attempt("two")))
    assert isinstance(again, Done)
    assert again.status is SessionStatus.AUTHORIZED


@pytest.mark.parametrize("card", ["challenge", ""])
def test_the_payer_must_act(card: str) -> None:
    """Not approved, or challenged: requires_more with PayPal's page, then a new key on the same order holds it once."""
    bench = PayPalBench(card=card)
    data = bench.initiated()
    first = done(bench.processor.authorize_payment(data, bench.context, bench.attempt("one")))
    assert isinstance(first, Done)
    assert (first.status, first.data["payer_page"]) == (SessionStatus.REQUIRES_MORE, data["payer_page"])
    if card:
        bench.paypal.answer_challenge(passed=True)
    else:
        bench.paypal.enter_card("good")
    last = done(bench.processor.authorize_payment(first.data, bench.context, bench.attempt("two")))
    assert isinstance(last, Done)
    assert last.status is SessionStatus.AUTHORIZED
    assert (len(bench.of(EntryKind.AUTHORIZE)), len(bench.of(EntryKind.INTENT))) == (1, 1)


def test_a_challenge_failed() -> None:
    """It is a definite refusal."""
    bench = PayPalBench(card="challenge")
    data = bench.initiated()
    done(bench.processor.authorize_payment(data, bench.context, bench.attempt("one")))
    bench.paypal.answer_challenge(passed=False)
    refused = done(bench.processor.authorize_payment(data, bench.context, bench.attempt("two")))
    assert isinstance(refused, Refused)
    assert refused.code == "PAYER_CANNOT_PAY"


@pytest.mark.parametrize(
    ("habits", "method", "told"),
    [
        (Habits(captures="pending"), "capture", Unknown),
        (Habits(captures="denied"), "capture", Refused),
        (Habits(refunds="pending"), "refund", Unknown),
        (Habits(refunds="denied"), "refund", Refused),
        (Habits(authorizations="denied"), "authorize", Refused),
    ],
)
def test_a_no_inside_a_201(habits: Habits, method: str, told: type[Outcome]) -> None:
    """Declined is refused and pending is unknown, however often it is asked, and no money has moved."""
    prepare, call, kind = METHODS[method]
    bench = PayPalBench(habits)
    data = prepare(bench)
    for number in (1, 2):
        assert isinstance(done(call(bench, data, bench.attempt("it", number))), told)
    assert bench.of(kind) == []


def test_a_pending_authorization() -> None:
    """Its status is pending until PayPal has decided."""
    bench = PayPalBench(Habits(authorizations="pending"))
    data = bench.initiated()
    held = done(bench.processor.authorize_payment(data, bench.context, bench.attempt("one")))
    assert isinstance(held, Done)
    assert held.status is SessionStatus.PENDING
    id_ = held.data["authorization_id"]
    bench.paypal.payments.decide(bench.paypal.payments.by_id[Kind.AUTHORIZATION, id_], accepted=True)
    assert done(bench.processor.get_payment_status(held.data)) == Done(held.data, SessionStatus.AUTHORIZED)


def test_an_order_for_another_sum() -> None:
    """PayPal would hold what the order is for; so nothing is authorized."""
    bench = PayPalBench()
    data = bench.initiated()
    refused = done(bench.processor.authorize_payment(data, _raised(bench), bench.attempt("it")))
    assert isinstance(refused, Refused)
    assert bench.of(EntryKind.AUTHORIZE) == []


@pytest.mark.parametrize(
    ("money", "told"),
    [(Money(4900, "jpy"), Done), (Money(4900, "huf"), Done), (Money(4901, "huf"), Refused), (Money(14_900, "kwd"), Refused)],
    ids=str,
)
def test_currencies(money: Money, told: type[Outcome]) -> None:
    """No decimals, PayPal's own exception, and what PayPal does not take: to the unit, or not at all."""
    bench = PayPalBench(money=money)
    outcome = done(bench.processor.initiate_payment(bench.context, bench.attempt("it")))
    assert isinstance(outcome, told)
    assert [(e.amount, e.currency) for e in bench.entries] == ([(money.amount, money.currency)] if told is Done else [])


def test_the_token_is_nobodys_memory() -> None:
    """One token serves many calls; a new process, or an expired one, fetches another and the call goes on."""
    bench = PayPalBench()
    data = bench.authorized()

    def tokens() -> int:
        return sum(request.path == TOKEN_PATH for request in bench.port.asked)

    assert tokens() == 1
    bench.restart()
    assert isinstance(done(bench.processor.retrieve_payment(data)), Done)
    assert tokens() == 2
    bench.time += TOKEN_LIFE
    assert isinstance(done(bench.processor.capture_payment(data, bench.money, bench.attempt("it"))), Done)
    assert (tokens(), len(bench.of(EntryKind.CAPTURE))) == (3, 1)


def test_data_of_before_the_capture() -> None:
    """A refund on data that were written before the capture finds it on the order."""
    bench = PayPalBench()
    data = bench.authorized()
    assert isinstance(done(bench.processor.refund_payment(data, bench.money, bench.attempt("early"))), Refused)
    done(bench.processor.capture_payment(data, bench.money, bench.attempt("capture")))
    assert isinstance(done(bench.processor.refund_payment(data, bench.money, bench.attempt("it"))), Done)


def test_letting_go() -> None:
    """An order without an authorization needs nothing; captured money is not voided; an expired hold is gone already."""
    bench = PayPalBench()
    data = bench.initiated()
    assert isinstance(done(bench.processor.delete_payment(data, bench.attempt("d"))), Done)
    bench.time += 6 * HOUR
    assert isinstance(done(bench.processor.delete_payment(data, bench.attempt("d", 2))), Done)
    assert done(bench.processor.get_payment_status(data)) == Done(data, SessionStatus.CANCELED)
    captured = bench.captured()
    assert isinstance(done(bench.processor.cancel_payment(captured, bench.attempt("c"))), Refused)
    other = PayPalBench()
    held = other.authorized()
    other.time += 30 * DAY
    canceled = done(other.processor.cancel_payment(held, other.attempt("c")))
    assert isinstance(canceled, Done)
    assert canceled.status is SessionStatus.CANCELED


def test_how_things_are_named_at_paypal() -> None:
    """Cart and attempt are on every entry that can bear them, the key on each."""
    bench = PayPalBench()
    bench.captured()
    intent, hold, capture = bench.entries
    assert (intent.resource, intent.reference, intent.key) == (CART, "op_initiate", "key_initiate")
    assert (hold.resource, hold.key) == (CART, "key_authorize")
    assert (capture.resource, capture.reference, capture.key) == (CART, "op_capture", "key_capture")


def test_the_storefronts_wishes() -> None:
    """What the storefront tells is kept, save in PayPal's own fields."""
    bench = PayPalBench()
    data = bench.initiated()
    told = done(bench.processor.update_payment_data("ps_1", data, {"remember": True, "id": "other"}))
    assert told == Done({**data, "remember": True})
