"""Stripe's processor on the official SDK: one key, at most one effect, whatever is lost on the way."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from msgspec.structs import replace
from support.bankbench import data_of
from support.shopbench import done
from support.stripebench import DAY, Going, Shop

from tillproof.contract.gateway import Response
from tillproof.contract.outcomes import Done, Outcome, Refused, Unknown
from tillproof.contract.processor import Attempt
from tillproof.domain.entities import Data
from tillproof.domain.ledger import Entry, EntryKind
from tillproof.domain.money import Money
from tillproof.domain.statuses import OperationKind, SessionStatus
from tillproof_fake_processors.stripe import SECRET

Call = Callable[[Shop, Data, Attempt], Coroutine[Any, Any, Outcome]]
Prepare = Callable[[Shop], Data]


def initiated(shop: Shop) -> Data:
    return data_of(done(shop.processor.initiate_payment(shop.context, shop.attempt("initiate"))))


def authorized(shop: Shop) -> Data:
    return data_of(done(shop.processor.authorize_payment(initiated(shop), shop.context, shop.attempt("authorize"))))


def captured(shop: Shop) -> Data:
    return data_of(done(shop.processor.capture_payment(authorized(shop), shop.money, shop.attempt("capture"))))


METHODS: dict[str, tuple[Prepare, Call, EntryKind]] = {
    "initiate": (lambda _: {}, lambda s, _, a: s.processor.initiate_payment(s.context, a), EntryKind.INTENT),
    "update": (initiated, lambda s, d, a: s.processor.update_payment(d, s.context, a), EntryKind.UPDATE),
    "authorize": (initiated, lambda s, d, a: s.processor.authorize_payment(d, s.context, a), EntryKind.AUTHORIZE),
    "capture": (authorized, lambda s, d, a: s.processor.capture_payment(d, s.money, a), EntryKind.CAPTURE),
    "refund": (captured, lambda s, d, a: s.processor.refund_payment(d, Money(1000, "eur"), a), EntryKind.REFUND),
    "cancel": (authorized, lambda s, d, a: s.processor.cancel_payment(d, a), EntryKind.VOID),
    "delete": (initiated, lambda s, d, a: s.processor.delete_payment(d, a), EntryKind.VOID),
}
KINDS = {name: OperationKind(name) for name in METHODS}
every_method = pytest.mark.parametrize("method", METHODS)


def mine(shop: Shop, kind: EntryKind) -> list[Entry]:
    return [entry for entry in shop.entries if entry.kind is kind and entry.key == "key_it"]


@every_method
@pytest.mark.parametrize("going", ["well", "answer-lost", "request-lost"])
@pytest.mark.parametrize("later", [2.0, 2 * DAY], ids=["soon", "past-the-keys-life"])
def test_asked_again_with_the_same_key(method: str, going: Going, later: float) -> None:
    """However the first try went and however late the next ones are, there is one effect, and it is told truly."""
    prepare, call, kind = METHODS[method]
    shop = Shop()
    data = prepare(shop)
    first = shop.attempt("it")
    shop.line.next = going
    told = done(call(shop, data, first))
    lost_on_the_way_there = method == "authorize" and going != "well"  # its first request only looks
    assert isinstance(told, Done if going == "well" else Unknown)
    shop.time += later
    outcomes = [done(call(shop, data, shop.attempt("it", n, first_sent_at=first.first_sent_at))) for n in (2, 3)]
    never_done = later > DAY and (going == "request-lost" or lost_on_the_way_there)
    assert len(mine(shop, kind)) == (0 if never_done else 1)
    assert all(isinstance(outcome, Refused if never_done else Done) for outcome in outcomes), outcomes


@every_method
def test_looked_for_without_acting(method: str) -> None:
    """`find_effect` says absent before, done after, unknown when Stripe is silent, and never acts."""
    prepare, call, _ = METHODS[method]
    shop = Shop()
    data = prepare(shop)
    before = list(shop.entries)
    assert isinstance(done(shop.processor.find_effect(KINDS[method], shop.attempt("it", 2), data)), Refused)
    shop.line.next = "answer-lost"
    assert isinstance(done(shop.processor.find_effect(KINDS[method], shop.attempt("it", 2), data)), Unknown)
    assert shop.entries == before
    done(call(shop, data, shop.attempt("it")))
    after = list(shop.entries)
    assert isinstance(done(shop.processor.find_effect(KINDS[method], shop.attempt("it", 2), data)), Done)
    assert shop.entries == after


@pytest.mark.parametrize("wrong", [-7200.0, 7200.0])
def test_an_intent_is_found_by_a_shop_whose_clock_is_hours_wrong(wrong: float) -> None:
    """Stripe lists intents by its own time; the span that is looked through is wide enough for the shop's."""
    shop = Shop()
    first = shop.attempt("it")
    done(shop.processor.initiate_payment(shop.context, first))
    again = replace(first, number=2, first_sent_at=first.first_sent_at + wrong, sent_at=first.sent_at + wrong + 60.0)
    assert isinstance(done(shop.processor.find_effect(OperationKind.INITIATE, again, {})), Done)


@every_method
@pytest.mark.parametrize("after_effect", [False, True])
def test_behind_a_stored_server_error(method: str, after_effect: bool) -> None:  # noqa: FBT001 - a row of the table
    """The key says 500 for ever: what was done is found by looking; what was not is a no on the second try."""
    prepare, call, kind = METHODS[method]
    shop = Shop()
    data = prepare(shop)
    shop.stripe.break_next(after_effect=after_effect)
    outcomes = [done(call(shop, data, shop.attempt("it", n, first_sent_at=shop.time))) for n in (1, 2)]
    assert len(mine(shop, kind)) == after_effect
    assert [type(outcome) for outcome in outcomes] == ([Done, Done] if after_effect else [Unknown, Refused]), outcomes


@every_method
def test_while_the_key_is_at_work(method: str) -> None:
    """409 is no answer; afterwards there is one effect."""
    prepare, call, kind = METHODS[method]
    shop = Shop()
    data = prepare(shop)
    with shop.stripe.at_work("key_it"):
        assert isinstance(done(call(shop, data, shop.attempt("it"))), Unknown)
    assert isinstance(done(call(shop, data, shop.attempt("it", 2))), Done)
    assert len(mine(shop, kind)) == 1


@every_method
@pytest.mark.parametrize(
    "answer",
    [
        Response(status=200, body="<html>"),
        Response(status=200, body={}),
        Response(status=200, body={"id": "pi_1", "object": "payment_intent", "status": "settled", "client_secret": "x"}),
        Response(status=302, body={}),
        Response(status=400, body="bad request"),
        Response(status=400, body={"error": {"type": "idempotency_error", "message": "another"}}),
        Response(status=401, body={"error": {"type": "invalid_request_error", "message": "who"}}),
        Response(status=409, body={"error": {"type": "idempotency_error", "code": "idempotency_key_in_use"}}),
        Response(status=429, body={"error": {"type": "invalid_request_error", "code": "rate_limit", "message": "wait"}}),
        Response(status=500, body={"error": {"type": "api_error", "message": "sorry"}}),
        Response(status=502, body="<html>"),
    ],
    ids=lambda r: f"{r.status}-{r.body}"[:40],
)
def test_an_answer_that_is_neither_yes_nor_no(method: str, answer: Response) -> None:
    """It is unknown, or what a look finds to be done; a clear answer then settles it, with one effect."""
    prepare, call, kind = METHODS[method]
    shop = Shop()
    data = prepare(shop)
    shop.line.next = answer
    told = done(call(shop, data, shop.attempt("it")))
    assert not isinstance(told, Refused)
    assert isinstance(told, Unknown) or mine(shop, kind)
    assert isinstance(done(call(shop, data, shop.attempt("it", 2))), Done)
    assert len(mine(shop, kind)) == 1


def test_a_decline() -> None:
    """It is refused with the issuer's code, asked again too; another card under another key holds the money."""
    shop = Shop()
    data = initiated(shop)
    shop.stripe.enter_card("pm_card_visa_chargeDeclinedInsufficientFunds")
    refused = Refused("insufficient_funds", "The card was declined.")
    for number in (1, 2):
        assert done(shop.processor.authorize_payment(data, shop.context, shop.attempt("one", number))) == refused
    assert done(shop.processor.get_payment_status(data)) == Done(data, SessionStatus.ERROR)
    shop.stripe.enter_card("good")
    again = done(shop.processor.authorize_payment(data, shop.context, shop.attempt("two")))
    assert again == Done(data, SessionStatus.AUTHORIZED)


def test_three_d_secure() -> None:
    """The customer must act; when they have, the money is held without another word of ours, once, and asking shows it."""
    shop = Shop()
    data = initiated(shop)
    shop.stripe.enter_card("challenge")
    for name in ("one", "two"):
        assert done(shop.processor.authorize_payment(data, shop.context, shop.attempt(name))) == Done(
            data, SessionStatus.REQUIRES_MORE
        )
    assert shop.of(EntryKind.AUTHORIZE) == []
    shop.stripe.answer_challenge(passed=True)
    assert done(shop.processor.get_payment_status(data)) == Done(data, SessionStatus.AUTHORIZED)
    for number in (1, 2):
        last = done(shop.processor.authorize_payment(data, shop.context, shop.attempt("three", number)))
        assert last == Done(data, SessionStatus.AUTHORIZED)
    assert shop.of(EntryKind.AUTHORIZE) == [4900]


def test_a_challenge_failed_after_an_answer_that_was_lost() -> None:
    """The key only repeats that the customer must act; how the intent stands by now counts. Another key begins afresh."""
    shop = Shop()
    data = initiated(shop)
    shop.stripe.enter_card("challenge")
    first = shop.attempt("one")
    assert done(shop.processor.authorize_payment(data, shop.context, first)) == Done(data, SessionStatus.REQUIRES_MORE)
    shop.stripe.answer_challenge(passed=False)
    again = shop.attempt("one", 2, first_sent_at=first.first_sent_at)
    refused = Refused("authentication_failed", "The card was declined.")
    assert done(shop.processor.authorize_payment(data, shop.context, again)) == refused
    afresh = done(shop.processor.authorize_payment(data, shop.context, shop.attempt("two")))
    assert afresh == Done(data, SessionStatus.REQUIRES_MORE)


def test_an_intent_for_another_amount() -> None:
    """It is not confirmed."""
    shop = Shop()
    data = initiated(shop)
    shop.post(f"payment_intents/{data['id']}", {"amount": 100})
    refused = done(shop.processor.authorize_payment(data, shop.context, shop.attempt("it")))
    assert isinstance(refused, Refused)
    assert shop.of(EntryKind.AUTHORIZE) == []


def test_canceling_twice_and_canceling_what_is_captured() -> None:
    """A second cancellation under another key finds nothing left to do; captured money is refused."""
    shop = Shop()
    data = authorized(shop)
    for name in ("one", "two"):
        assert done(shop.processor.cancel_payment(data, shop.attempt(name))) == Done(data, SessionStatus.CANCELED)
    assert shop.of(EntryKind.VOID) == [4900]
    taken = Shop()
    assert isinstance(done(taken.processor.cancel_payment(captured(taken), taken.attempt("cancel"))), Refused)


def test_two_refunds_under_two_keys_and_one_too_many() -> None:
    """Different keys are different refunds; what is more than what is left is refused."""
    shop = Shop()
    data = captured(shop)
    for name, amount in (("first", 1000), ("second", 1000), ("rest", 2900)):
        assert done(shop.processor.refund_payment(data, Money(amount, "eur"), shop.attempt(name))) == Done(data)
    too_much = done(shop.processor.refund_payment(data, Money(1, "eur"), shop.attempt("more")))
    assert isinstance(too_much, Refused)
    assert shop.of(EntryKind.REFUND) == [1000, 1000, 2900]


@pytest.mark.parametrize(("card", "outcome"), [("pm_card_pendingRefund", Done), ("pm_card_refundFail", Refused)])
def test_a_refund_that_is_decided_later(card: str, outcome: type[Outcome]) -> None:
    """Pending is unknown; asked again with the same key, how it stands by now is told, not the first answer again."""
    shop = Shop()
    shop.stripe.enter_card(card)
    data = captured(shop)
    first = done(shop.processor.refund_payment(data, Money(1000, "eur"), shop.attempt("it")))
    assert isinstance(first, Unknown if outcome is Done else Done)
    shop.time += 300
    assert isinstance(done(shop.processor.refund_payment(data, Money(1000, "eur"), shop.attempt("it", 2))), outcome)


@pytest.mark.parametrize(("currency", "amount"), [("eur", 4900), ("jpy", 4900), ("isk", 4900)])
def test_sums_in_minor_units(currency: str, amount: int) -> None:
    """Whatever unit Stripe counts a currency in, the sum is ours."""
    shop = Shop(Money(amount, currency))
    captured(shop)
    assert {(entry.amount, entry.currency) for entry in shop.entries} == {(amount, currency)}


def test_a_sum_that_stripe_cannot_move() -> None:
    """It is refused, never rounded."""
    shop = Shop(Money(4905, "kwd"))
    refused = done(shop.processor.initiate_payment(shop.context, shop.attempt("it")))
    assert refused == Refused("amount_not_supported", "Stripe cannot move exactly this amount.")
    assert shop.entries == []


def test_what_is_kept_of_stripes_answers() -> None:
    """The data hold what later calls and the shopper need, what the shopper told, and none of Stripe's own business."""
    shop = Shop()
    data = initiated(shop)
    assert sorted(data) == ["client_secret", "id"]
    told = data_of(done(shop.processor.update_payment_data("ps_1", data, {"remember": True, "id": "pi_666"})))
    assert told == {**data, "remember": True}
    after = data_of(done(shop.processor.authorize_payment(told, shop.context, shop.attempt("authorize"))))
    assert after == told
    assert SECRET not in repr(after)
    assert shop.entries[0].resource == "cart_1"


@pytest.mark.parametrize("data", [{}, {"id": None}, {"id": ""}, {"id": "pi_1/cancel"}, {"id": "../refunds"}])
def test_data_of_no_intent(data: Data) -> None:
    """Data that name no intent lead to no success and to no effect."""
    shop = Shop()
    initiated(shop)
    before = list(shop.entries)
    for name, (_, call, _) in METHODS.items():
        if name != "initiate":
            assert not isinstance(done(call(shop, data, shop.attempt(name))), Done)
    assert shop.entries == before
