"""The liars: each differs from the honest processor in one thing, and does its wrong thing."""

from __future__ import annotations

import re
from collections.abc import Callable
from inspect import isfunction
from typing import Literal

import pytest
from msgspec.structs import replace
from support.bankbench import DAY, Bench, data_of
from support.shopbench import done

from tillproof.contract.gateway import Response
from tillproof.contract.outcomes import Done, Outcome, Refused, Unknown
from tillproof.contract.webhooks import Delivery
from tillproof.domain.entities import Data
from tillproof.domain.ledger import EntryKind
from tillproof.domain.money import Money
from tillproof.domain.statuses import SessionStatus
from tillproof_fake_processors.bank import SECRET, BankProcessor
from tillproof_fake_processors.dialects import DIALECTS
from tillproof_fake_processors.liars import LIARS

K = EntryKind


def bench_of(make: type[BankProcessor], money: Money | None = None) -> Bench:
    return Bench(make=make, money=money)


def authorize(bench: Bench, data: Data, name: str = "authorize", number: int = 1) -> Outcome:
    return done(bench.processor.authorize_payment(data, bench.context, bench.attempt(name, number)))


def refund(bench: Bench, data: Data, amount: int, name: str = "refund", number: int = 1) -> Outcome:
    money = Money(amount, bench.money.currency)
    return done(bench.processor.refund_payment(data, money, bench.attempt(name, number)))


def status_when(bench: Bench, card: str) -> object:
    bench.bank.enter_card(card)
    outcome = authorize(bench, bench.initiated())
    return outcome.status if isinstance(outcome, Done) else outcome


def no_key(make: type[BankProcessor]) -> object:
    """How many holds there are after an authorization whose answer is lost is tried again."""
    bench = bench_of(make)
    data = bench.initiated()
    bench.line.next = "answer-lost"
    authorize(bench, data)
    authorize(bench, data, number=2)
    return len(bench.of(K.AUTHORIZE))


def no_refund_key(make: type[BankProcessor]) -> object:
    """How many refunds there are after one whose answer is lost is tried again."""
    bench = bench_of(make)
    data = bench.captured()
    bench.line.next = "answer-lost"
    refund(bench, data, 1000)
    refund(bench, data, 1000, number=2)
    return len(bench.of(K.REFUND))


def one_key(make: type[BankProcessor]) -> object:
    """How many captures there are after an authorization and a capture."""
    bench = bench_of(make)
    done(bench.processor.capture_payment(bench.authorized(), bench.money, bench.attempt("capture")))
    return len(bench.of(K.CAPTURE))


def one_refund_key(make: type[BankProcessor]) -> object:
    """How much is given back by two partial refunds, of 10.00 and of 20.00."""
    bench = bench_of(make)
    data = bench.captured()
    refund(bench, data, 1000, "first")
    refund(bench, data, 2000, "second")
    return sum(entry.amount for entry in bench.of(K.REFUND))


def declined(make: type[BankProcessor]) -> object:
    """What is told of a declined card."""
    told = status_when(bench_of(make), "declined")
    return "refused" if isinstance(told, Refused) else told


def good_card(make: type[BankProcessor]) -> object:
    """What is told of a good card."""
    return status_when(bench_of(make), "good")


def challenged(make: type[BankProcessor]) -> object:
    """What is told of a card that has to pass a challenge first."""
    return status_when(bench_of(make), "challenge")


def back_from_the_challenge(make: type[BankProcessor]) -> object:
    """How many intents there are after a challenge was passed and the authorization asked for again."""
    bench = bench_of(make)
    bench.bank.enter_card("challenge")
    data = data_of(authorize(bench, bench.initiated(), "one"))
    bench.bank.answer_challenge(passed=True)
    authorize(bench, data, "two")
    return len(bench.of(K.INTENT))


def captured(make: type[BankProcessor]) -> object:
    """How much is captured, and by how many holds, after an authorization and a capture."""
    bench = bench_of(make)
    bench.captured()
    return (sum(entry.amount for entry in bench.of(K.CAPTURE)), len(bench.of(K.AUTHORIZE)))


def let_go(make: type[BankProcessor]) -> object:
    """How many voids there are after a cancellation."""
    bench = bench_of(make)
    done(bench.processor.cancel_payment(bench.authorized(), bench.attempt("cancel")))
    return len(bench.of(K.VOID))


def in_yen_and_dinars(make: type[BankProcessor]) -> object:
    """What an intent for 4900 minor units is for at the bank, in three currencies."""
    told: list[tuple[int, str]] = []
    for currency in ("eur", "jpy", "kwd"):
        bench = bench_of(make, Money(4900, currency))
        bench.initiated()
        told.append((bench.entries[0].amount, bench.entries[0].currency))
    return told


def refunded(make: type[BankProcessor]) -> object:
    """How much a refund of 12.34 gives back."""
    bench = bench_of(make)
    refund(bench, bench.captured(), 1234)
    return bench.of(K.REFUND)[0].amount


def updated(make: type[BankProcessor]) -> object:
    """How many updates there are, and how much is held, after the total of 49.00 became 50.00."""
    bench = bench_of(make)
    data = bench.initiated()
    context = replace(bench.context, amount=Money(5000, "eur"))
    done(bench.processor.update_payment(data, context, bench.attempt("update")))
    done(bench.processor.authorize_payment(data, context, bench.attempt("authorize")))
    return (len(bench.of(K.UPDATE)), sum(entry.amount for entry in bench.of(K.AUTHORIZE)))


def secret_kept(make: type[BankProcessor]) -> object:
    """Whether the public part of the session's data holds the bank's risk token."""
    data = bench_of(make).initiated()
    return SECRET in repr({field: value for field, value in data.items() if field in make.capabilities.public})


def restarted(make: type[BankProcessor]) -> object:
    """How many captures there are after an authorization, a restart and a capture."""
    bench = bench_of(make)
    data = bench.authorized()
    bench.restart()
    done(bench.processor.capture_payment(data, bench.money, bench.attempt("capture")))
    return len(bench.of(K.CAPTURE))


def data_after_refund(make: type[BankProcessor]) -> object:
    """How many refunds there are after two, the second with the data the first returned."""
    bench = bench_of(make)
    data = data_of(refund(bench, bench.captured(), 1000, "first"))
    refund(bench, data, 1000, "second")
    return len(bench.of(K.REFUND))


def json_data(make: type[BankProcessor]) -> object:
    """Whether the session's data are all text, and how many times 100,000 characters of it."""
    data = bench_of(make).authorized()
    return (all(isinstance(value, str) for value in data.values()), len(repr(data)) // 100_000)


def heard(going: Literal["request-lost", "answer-lost"] | Response) -> Callable[[type[BankProcessor]], object]:
    """Ask what is told of an authorization when the bank's answer is lost, or comes as something else."""

    def told(make: type[BankProcessor]) -> object:
        bench = bench_of(make)
        data = bench.initiated()
        bench.line.next = going
        return type(authorize(bench, data, "one")).__name__

    return told


EUR, JPY, KWD = (4900, "eur"), (4900, "jpy"), (4900, "kwd")


def redirected(make: type[BankProcessor]) -> object:
    """How many requests follow a redirect of an authorization."""
    bench = bench_of(make)
    data = bench.initiated()
    bench.line.next = Response(status=307, body="", headers={"location": "/elsewhere"})
    authorize(bench, data)
    return sum(asked.path == "/elsewhere" for asked in bench.line.asked)


def named_by_the_storefront(make: type[BankProcessor]) -> object:
    """Whether the storefront can name another payment for the session's own."""
    bench = bench_of(make)
    changes: Data = {"client_secret": "in_9_for_the_browser"}
    outcome = done(bench.processor.update_payment_data("session", bench.initiated(), changes))
    return isinstance(outcome, Done) and outcome.data["id"] == "in_9"


def waits(make: type[BankProcessor]) -> object:
    """Whether every request of an authorization is given up some time."""
    bench = bench_of(make)
    authorize(bench, bench.initiated())
    return all(asked.within is not None for asked in bench.line.asked)


def believed(
    forged: bool,  # noqa: FBT001 - told by the table
    ahead: float,
    wrong: float = 0,
) -> Callable[[type[BankProcessor]], object]:
    """
    Ask whether a webhook is believed that arrives so many seconds before its signature's time, forged or not.

    `wrong`: by how many seconds the shop's clock is.
    """

    def told(make: type[BankProcessor]) -> object:
        bench = bench_of(make)
        bench.authorized()
        event = bench.bank.outbox.take()[-1]
        headers = bench.bank.outbox.signed(event, bench.time + ahead, forged=forged)
        delivery = Delivery(headers=headers, body=event.body, received_at=bench.time + wrong)
        return type(done(bench.processor.read_webhook(delivery))).__name__

    return told


WRONG: dict[str, tuple[Callable[[type[BankProcessor]], object], object, object]] = {
    "no-key": (no_key, 1, 2),
    "random-key": (no_key, 1, 2),
    "no-refund-key": (no_refund_key, 1, 2),
    "one-key": (one_key, 1, 0),
    "one-refund-key": (one_refund_key, 3000, 1000),
    "timeout-is-error": (heard("answer-lost"), "Unknown", "Refused"),
    "timeout-is-authorized": (heard("request-lost"), "Unknown", "Done"),
    "any-page-is-success": (heard(Response(status=200, body="<html>")), "Unknown", "Done"),
    "busy-is-decline": (heard(Response(status=429, body={})), "Unknown", "Refused"),
    "takes-named-payment": (named_by_the_storefront, False, True),
    "follows-redirect": (redirected, 0, 1),
    "no-deadline": (waits, True, False),
    "decline-pending": (declined, "refused", SessionStatus.PENDING),
    "declined-is-success": (declined, "refused", SessionStatus.AUTHORIZED),
    "header-is-enough": (believed(True, 0), "Rejected", "Notice"),
    "any-age": (believed(False, -DAY), "Rejected", "Notice"),
    "future-is-fresh": (believed(False, DAY), "Rejected", "Notice"),
    "own-clock-only": (believed(False, 0, wrong=DAY), "Notice", "Rejected"),
    "sixth-status": (good_card, SessionStatus.AUTHORIZED, "succeeded"),
    "challenge-authorized": (challenged, SessionStatus.REQUIRES_MORE, SessionStatus.AUTHORIZED),
    "new-intent-after-challenge": (back_from_the_challenge, 1, 2),
    "charges-anew": (captured, (4900, 1), (4900, 2)),
    "capture-unasked": (captured, (4900, 1), (0, 1)),
    "captures-less": (captured, (4900, 1), (4899, 1)),
    "voids-nothing": (let_go, 1, 0),
    "times-hundred": (in_yen_and_dinars, [EUR, JPY, KWD], [EUR, (490_000, "jpy"), (490, "kwd")]),
    "float-truncated": (in_yen_and_dinars, [EUR, JPY, KWD], [(4899, "eur"), JPY, KWD]),
    "always-euro": (in_yen_and_dinars, [EUR, JPY, KWD], [EUR, EUR, EUR]),
    "refunds-whole-units": (refunded, 1234, 1200),
    "first-sum": (updated, (1, 5000), (0, 4900)),
    "raw-reply": (secret_kept, False, True),
    "forgetful": (restarted, 1, 0),
    "refund-drops-data": (data_after_refund, 2, 1),
    "not-json": (json_data, (True, 0), (False, 0)),
    "huge-data": (json_data, (True, 0), (True, 3)),
}
"""For each liar: a question, the honest answer, and the liar's."""


def test_every_liar_is_put_to_the_question() -> None:
    """No liar is left out."""
    assert set(WRONG) == set(LIARS)


@pytest.mark.parametrize("name", LIARS)
def test_the_wrong_thing(name: str) -> None:
    """Where the honest processor gives the right answer, the liar gives its wrong one, every time the same."""
    question, right, wrong = WRONG[name]
    assert question(BankProcessor) == right
    assert question(LIARS[name].processor) == question(LIARS[name].processor) == wrong


@pytest.mark.parametrize("name", LIARS)
def test_one_change_each(name: str) -> None:
    """A liar changes one method of the honest processor, or two that belong together, and nothing else."""
    own = vars(LIARS[name].processor)
    changed = [key for key, value in own.items() if isfunction(value) and key != "__init__"]
    assert 1 <= len(changed) <= 2
    assert set(changed) <= vars(BankProcessor).keys()
    assert LIARS[name].processor.identifier == BankProcessor.identifier


@pytest.mark.parametrize("name", LIARS)
def test_how_a_liar_is_described(name: str) -> None:
    """It has a kebab-case name, one sentence, at least one rule that must catch it, and dialects that exist."""
    liar = LIARS[name]
    assert (liar.name, bool(re.fullmatch(r"[a-z]+(-[a-z]+)*", name))) == (name, True)
    assert re.fullmatch(r"[A-Z][^\n]+\.", liar.says)
    assert liar.caught_by
    assert all(re.fullmatch(r"[A-Z]+-\d\d", rule) for rule in liar.caught_by)
    assert liar.mutant is None or re.fullmatch(r"M\d\d", liar.mutant)
    assert all(dialect in DIALECTS for dialect in liar.dialects)


def test_each_mutant_of_the_table_is_played_by_one_liar() -> None:
    """Each mutant that can show at the bank is played once, but M23's three changes by three liars and M24's two by two."""
    played = sorted(int(liar.mutant[1:]) for liar in LIARS.values() if liar.mutant)
    assert played == [1, 2, 3, 4, 6, 7, 9, 10, 11, 12, 14, 16, 17, 18, 20, 22, 23, 23, 23, 24, 24, 61]


def test_a_blind_replay_is_not_believed_even_by_a_liar() -> None:
    """The shared refund key: the bank's refusal of other contents is unknown, never a yes or no."""
    bench = bench_of(LIARS["one-refund-key"].processor)
    data = bench.captured()
    refund(bench, data, 1000, "first")
    assert isinstance(refund(bench, data, 2000, "second"), Unknown)
