"""What the client hears, row by row of the table, and that every answer leaves the way on open."""

from __future__ import annotations

from typing import NoReturn

import pytest
from support.shopbench import Answering, Bench

from tillproof.contract.outcomes import Done, Refused, Unknown
from tillproof.domain.statuses import SessionStatus


def raises(error: Exception) -> Answering:
    def answer() -> NoReturn:
        raise error

    return answer


def says(value: object) -> Answering:
    return lambda: value


CONFLICT = (409, "conflict", "invalid_state_error")
COMPLETIONS: dict[str, tuple[Answering, tuple[int, str, str | None]]] = {
    "authorized": (says(Done({}, SessionStatus.AUTHORIZED)), (200, "order", None)),
    "requires-more": (says(Done({}, SessionStatus.REQUIRES_MORE)), (200, "cart", "requires_more")),
    "pending": (says(Done({}, SessionStatus.PENDING)), (200, "cart", "pending")),
    "canceled": (says(Done({}, SessionStatus.CANCELED)), (400, "invalid_data", "canceled")),
    "declined": (says(Refused("card_declined", "No.")), (400, "invalid_data", "card_declined")),
    "error-object": (says({"error": "No.", "code": "card_declined"}), (400, "invalid_data", "card_declined")),
    "unknown": (says(Unknown("in progress")), CONFLICT),
    "no-answer": (raises(TimeoutError()), CONFLICT),
    "exception": (raises(RuntimeError("boom")), CONFLICT),
    "nothing": (says(None), CONFLICT),
    "html": (says("<html>"), CONFLICT),
    "no-status": (says(Done({})), CONFLICT),
    "sixth-status": (says(Done({}, "succeeded")), CONFLICT),  # type: ignore[arg-type]  # the point of the row
    "unkeepable-data": (says(Done({"when": object()}, SessionStatus.AUTHORIZED)), CONFLICT),
    "tuple-in-data": (says(Done({"pair": (1, 2)}, SessionStatus.AUTHORIZED)), CONFLICT),
    "huge-data": (says(Done({"page": "x" * 70_000}, SessionStatus.AUTHORIZED)), CONFLICT),
}


@pytest.mark.parametrize("situation", COMPLETIONS)
def test_completion_tells_what_is_known_and_no_more(situation: str) -> None:
    """Each outcome of authorizing has its own answer; the key is in it, and with it the purchase can still be made."""
    bench = Bench()
    cart = bench.cart()
    answering, expected = COMPLETIONS[situation]
    bench.processor.script["authorize_payment"] = [answering]
    answer = bench.ask("complete_cart", id=cart, key="buy-1")
    assert (answer.status, answer.body["type"], answer.body.get("code") or answer.body.get("payment_status")) == expected
    assert answer.headers == {"idempotency-key": "buy-1", "access-control-expose-headers": "Idempotency-Key"}
    assert bench.ask("complete_cart", id=cart, key="buy-1").body["type"] == "order"


@pytest.mark.parametrize("situation", COMPLETIONS)
def test_when_it_was_authorized(situation: str) -> None:
    """Session and cart bear the time of the authorization, and none where there was none."""
    bench = Bench()
    cart = bench.cart()
    bench.processor.script["authorize_payment"] = [COMPLETIONS[situation][0]]
    bench.ask("complete_cart", id=cart)
    at = bench.clock.time if situation == "authorized" else None
    told = bench.ask("get_cart", id=cart).body["cart"]
    assert (told["payment_session"]["payment_authorized_at"], told["payment_authorized_at"]) == (at, at)


@pytest.mark.parametrize("situation", [name for name, (_, expected) in COMPLETIONS.items() if expected == CONFLICT])
def test_unknown_outcome_is_asked_again_with_the_same_gateway_key(situation: str) -> None:
    """Whatever made the outcome unknown, the next try is the same attempt, counted on."""
    bench = Bench()
    cart = bench.cart()
    bench.processor.script["authorize_payment"] = [COMPLETIONS[situation][0]]
    bench.ask("complete_cart", id=cart)
    bench.ask("complete_cart", id=cart)
    first, second = bench.processor.attempts("authorize_payment")
    assert (first.idempotency_key, first.reference) == (second.idempotency_key, second.reference)
    assert (first.number, second.number) == (1, 2)


@pytest.mark.parametrize("situation", ["declined", "error-object", "requires-more", "pending"])
def test_definite_outcome_is_followed_by_a_new_attempt(situation: str) -> None:
    """After a decline or a challenge the next authorization is another one, with a key of its own."""
    bench = Bench()
    cart = bench.cart()
    bench.processor.script["authorize_payment"] = [COMPLETIONS[situation][0]]
    bench.ask("complete_cart", id=cart)
    bench.ask("complete_cart", id=cart)
    first, second = bench.processor.attempts("authorize_payment")
    assert first.idempotency_key != second.idempotency_key


def test_key_of_another_cart_is_refused_and_tells_nothing() -> None:
    """A key used for one cart neither completes another nor shows whose it was."""
    bench = Bench()
    bench.ask("complete_cart", id=bench.cart(), key="buy-1")
    other = bench.cart()
    answer = bench.ask("complete_cart", id=other, key="buy-1")
    assert (answer.status, answer.body["code"]) == (409, "idempotency_key_mismatch")
    assert "order" not in str(answer.body)
    assert len(bench.processor.attempts("authorize_payment")) == 1


def test_a_customer_is_asked_to_act_five_times_in_a_row_and_no_more() -> None:
    """The sixth challenge is a refusal and the session `error`; after that the counting begins anew."""
    bench = Bench()
    bench.processor.script["authorize_payment"] = [says(Done({}, SessionStatus.REQUIRES_MORE))] * 7
    cart = bench.cart()
    heard = [bench.ask("complete_cart", id=cart) for _ in range(6)]
    assert [answer.status for answer in heard] == [200] * 5 + [400]
    assert heard[-1].body["code"] == "not_confirmed"
    assert bench.ask("get_cart", id=cart).body["cart"]["payment_session"]["status"] == "error"
    assert bench.ask("complete_cart", id=cart).body["payment_status"] == "requires_more"
    assert bench.ask("complete_cart", id=cart).body["type"] == "order"


@pytest.mark.parametrize("key", ["", "a b", "k" * 256, "k\n", "k\x00", "'; drop table", "ключ"])
def test_hostile_key_is_refused_without_effect(key: str) -> None:
    """A key that is not opaque, printable and bounded is a 400 and authorizes nothing."""
    bench = Bench()
    assert bench.ask("complete_cart", id=bench.cart(), key=key).status == 400
    assert bench.processor.attempts("authorize_payment") == []


def test_storefront_sees_only_declared_data() -> None:
    """Of a session's data only the fields the processor declared public are served."""
    bench = Bench()
    session = bench.ask("get_cart", id=bench.cart()).body["cart"]["payment_session"]
    assert session["data"] == {"shown": "x"}


@pytest.mark.parametrize("amount", [0, -1, 1.5, "10", True, None])
def test_refund_of_no_whole_sum_is_refused_before_the_gateway(amount: object) -> None:
    """Only whole minor units above zero are refunded."""
    bench = Bench()
    order = bench.order()
    bench.ask("capture_order", id=order)
    assert bench.ask("refund_order", id=order, amount=amount).status == 400
    assert bench.processor.attempts("refund_payment") == []


def test_refund_of_unknown_outcome_reserves_its_sum() -> None:
    """While one refund is unknown, another that would only fit without it is a conflict, and one that fits is made."""
    bench = Bench()
    order = bench.order()
    bench.ask("capture_order", id=order)
    bench.processor.script["refund_payment"] = [says(Unknown("lost"))]
    assert bench.ask("refund_order", id=order, amount=2000, key="r1").status == 409
    assert bench.ask("refund_order", id=order, amount=1500, key="r2").status == 409
    assert len(bench.processor.attempts("refund_payment")) == 1
    assert bench.ask("refund_order", id=order, amount=1000, key="r3").status == 200
    assert bench.ask("refund_order", id=order, amount=2000, key="r1").body["order"]["refunded_total"] == 3000
    assert bench.ask("refund_order", id=order, amount=1, key="r4").status == 400


def test_void_that_fails_leaves_the_order_standing() -> None:
    """A refused void is told, and `canceled_at` stays empty."""
    bench = Bench()
    order = bench.order()
    bench.processor.script["cancel_payment"] = [says(Refused("too_late", "No."))]
    assert bench.ask("cancel_order", id=order).body["code"] == "too_late"
    shown = bench.ask("get_order", id=order).body["order"]
    assert (shown["status"], shown["canceled_at"], shown["payments"][0]["canceled_at"]) == ("pending", None, None)
    assert bench.ask("cancel_order", id=order).body["order"]["status"] == "canceled"


def test_missing_processor_is_a_clear_error() -> None:
    """A processor that is not there any more is marked so, and its payments are refused without change."""
    bench = Bench()
    order = bench.order()
    bench.restart(processors={})
    assert bench.providers() == {"scripted": False}
    assert bench.ask("capture_order", id=order).body["type"] == "not_allowed"
