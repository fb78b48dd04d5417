"""An order with several Payments, its own and those of its swaps: captures and refunds over all of them."""

from __future__ import annotations

import pytest
from support.shopbench import done
from support.swapbench import REFUSED, UNKNOWN, SwapBench

from tillproof.contract.outcomes import Done
from tillproof.domain.entities import Payment, Swap
from tillproof.domain.statuses import SwapPaymentStatus
from tillproof.reference.settling import settle


def test_a_refund_spreads_over_the_order_s_payments_the_latest_first() -> None:
    """One operation for each, each counted on its own Payment, down to the last minor unit."""
    bench = SwapBench()
    order_id = bench.bought()
    bench.process(bench.confirmed(order_id, shirt=1))
    own, extra = bench.rows(Payment)
    whole = own.amount + extra.amount
    for amount in (1, extra.amount, 1):
        bench.ask("refund_order", id=order_id, amount=amount)
    assert [row.amount_refunded for row in bench.rows(Payment)] == [2, extra.amount]
    order = bench.ask("refund_order", id=order_id, amount=whole - extra.amount - 2).body["order"]
    assert order["payment_status"] == "refunded"
    assert order["refundable_amount"] == 0
    assert [row.amount_refunded for row in bench.rows(Payment)] == [own.amount, extra.amount]
    keys = [attempt.idempotency_key for attempt in bench.processor.attempts("refund_payment")]
    assert len(set(keys)) == len(keys) == 5
    assert bench.ask("refund_order", id=order_id, amount=1).status == 400


@pytest.mark.parametrize("key", ["k", None])
@pytest.mark.parametrize("way", ["retry", "settle"])
def test_an_interrupted_refund_over_two_payments_goes_on_where_it_stopped(key: str | None, way: str) -> None:
    """The first part is not repeated, the second is made once, by a retry or without one."""
    bench = SwapBench()
    order_id = bench.bought()
    bench.process(bench.confirmed(order_id, shirt=1))
    extra = bench.rows(Payment)[1]
    amount = extra.amount + 100
    bench.processor.script["refund_payment"] = [lambda: Done({}), UNKNOWN]
    assert bench.ask("refund_order", key, id=order_id, amount=amount).status == 409
    assert bench.refunds() == [extra.amount]
    if way == "settle":
        bench.clock.time += 1000
        done(settle(bench.shop))
    else:
        bench.restart()
        assert bench.ask("refund_order", key, id=order_id, amount=amount).status == 200
    assert bench.refunds() == [extra.amount, 100]
    assert [row.amount_refunded for row in bench.rows(Payment)] == [100, extra.amount]
    assert len({attempt.idempotency_key for attempt in bench.processor.attempts("refund_payment")}) == 2
    if key is not None:
        assert bench.ask("refund_order", key, id=order_id, amount=amount).status == 200
        assert bench.ask("refund_order", key, id=order_id, amount=amount + 1).status == 400
    assert bench.refunds() == [extra.amount, 100]


def test_a_first_part_of_unknown_outcome_is_asked_about_before_the_second_is_sent() -> None:
    """The retry sends the first with its key again, then the second; nothing is given back twice."""
    bench = SwapBench()
    order_id = bench.bought()
    bench.process(bench.confirmed(order_id, shirt=1))
    extra = bench.rows(Payment)[1]
    bench.processor.script["refund_payment"] = [UNKNOWN]
    assert bench.ask("refund_order", "k", id=order_id, amount=extra.amount + 100).status == 409
    assert bench.ask("refund_order", "other", id=order_id, amount=bench.rows(Payment)[0].amount).status == 409
    assert bench.ask("refund_order", "k", id=order_id, amount=extra.amount + 100).status == 200
    first, again, second = bench.processor.attempts("refund_payment")
    assert (first.idempotency_key, first.first_sent_at) == (again.idempotency_key, again.first_sent_at)
    assert (again.number, second.number) == (2, 1)
    assert bench.refunds() == [extra.amount, 100]


@pytest.mark.parametrize("more", [0, 1])
def test_what_may_have_been_given_back_is_taken_from_no_payment_again(more: int) -> None:
    """A refund of one Payment is of unknown outcome: another is spread over what is certainly left of each, to the cent."""
    bench = SwapBench()
    order_id = bench.bought()
    bench.process(bench.confirmed(order_id, shirt=1))
    own, extra = bench.rows(Payment)
    bench.processor.script["refund_payment"] = [UNKNOWN]
    assert bench.ask("refund_payment", "k1", id=extra.id, amount=100).status == 409
    amount = extra.amount + own.amount - 100 + more
    assert bench.ask("refund_order", "k2", id=order_id, amount=amount).status == (409 if more else 200)
    assert [row.amount_refunded for row in bench.rows(Payment)] == ([0, 0] if more else [own.amount, extra.amount - 100])
    assert bench.ask("refund_payment", "k1", id=extra.id, amount=100).status == 200
    assert [row.amount_refunded for row in bench.rows(Payment)] == ([0, 100] if more else [own.amount, extra.amount])


def test_a_refused_part_withdraws_what_was_not_sent() -> None:
    """Told no, the operator finds nothing given back later; asking again gives back the whole."""
    bench = SwapBench()
    order_id = bench.bought()
    bench.process(bench.confirmed(order_id, shirt=1))
    amount = bench.rows(Payment)[1].amount + 100
    bench.processor.script["refund_payment"] = [REFUSED]
    assert bench.ask("refund_order", "k", id=order_id, amount=amount).status == 400
    bench.clock.time += 1000
    done(settle(bench.shop))
    assert bench.refunds() == []
    assert bench.ask("refund_order", "k", id=order_id, amount=amount).status == 200
    assert sum(bench.refunds()) == amount


@pytest.mark.parametrize("refused", [1, 3])
def test_a_refund_refused_in_part_is_not_told_as_if_nothing_went_back(refused: int) -> None:
    """Each answer says how much went through, also a retry's; with the key, only the rest is asked for again."""
    bench = SwapBench()
    order_id = bench.bought()
    bench.process(bench.confirmed(order_id, shirt=1))
    amount = bench.rows(Payment)[1].amount + 100
    bench.processor.script["refund_payment"] = [lambda: Done({}), *[REFUSED] * refused]
    for _ in range(refused):
        answer = bench.ask("refund_order", "k", id=order_id, amount=amount)
        assert (answer.status, answer.body["code"]) == (400, "refused_in_part")
        assert answer.body["message"] == "Of this, 47.60 EUR went through. The rest did not: No."
    assert bench.refunds() == [4760]
    assert bench.ask("refund_order", "k", id=order_id, amount=amount).status == 200
    assert bench.refunds() == [4760, 100]


def test_a_capture_refused_in_part_tells_what_was_taken() -> None:
    """One Payment is captured, the other refused: the answer says both."""
    bench = SwapBench()
    order_id = bench.bought()
    for _ in range(2):
        bench.confirmed(order_id, shirt=1)
    bench.processor.script["capture_payment"] = [lambda: Done({}), REFUSED]
    answer = bench.ask("capture_order", id=order_id)
    assert (answer.status, answer.body["code"]) == (400, "refused_in_part")
    assert answer.body["message"] == "Of this, 47.60 EUR went through. The rest did not: No."
    assert [row.captured_at is not None for row in bench.rows(Payment)] == [True, True, False]


def test_one_payment_is_refunded_by_itself() -> None:
    """Asked of a Payment, a refund touches no other, and no more than that Payment has is given back."""
    bench = SwapBench()
    order_id = bench.bought()
    bench.process(bench.confirmed(order_id, shirt=1))
    own, extra = bench.rows(Payment)
    made = bench.ask("refund_payment", id=own.id, amount=7).body["refund"]
    assert (made["payment_id"], made["amount"]) == (own.id, 7)
    assert bench.ask("refund_payment", id=extra.id, amount=extra.amount + 1).status == 400
    assert [row.amount_refunded for row in bench.rows(Payment)] == [7, 0]


def test_an_uncaptured_swap_payment_is_not_refunded() -> None:
    """Only what was captured counts as left."""
    bench = SwapBench()
    order_id = bench.bought()
    bench.confirmed(order_id, shirt=1)
    own, extra = bench.rows(Payment)
    assert bench.ask("refund_order", id=order_id, amount=own.amount + 1).status == 400
    assert bench.ask("refund_payment", id=extra.id, amount=1).status == 400
    assert bench.ask("refund_order", id=order_id, amount=own.amount).status == 200


def test_capturing_the_order_captures_every_payment_that_is_not() -> None:
    """The swap's Payment is captured with its order, or by itself; either way the swap is."""
    for way in ("order", "payment"):
        bench = SwapBench()
        order_id = bench.bought()
        swap = bench.confirmed(order_id, shirt=1)
        of = order_id if way == "order" else swap["payment"]["id"]
        assert bench.ask(f"capture_{way}", id=of).status == 200
        assert bench.rows(Swap)[0].payment_status is SwapPaymentStatus.CAPTURED
        assert len(bench.processor.attempts("capture_payment")) == 2


def test_a_swap_s_refund_of_unknown_outcome_is_settled_once() -> None:
    """A conflict, then done; never twice, though an order refund of the same sum comes between."""
    bench = SwapBench()
    swap = bench.confirmed(bench.bought(), pen=1)
    bench.processor.script["refund_payment"] = [UNKNOWN]
    assert bench.process(swap).status == 409
    assert bench.cancel(swap).status == 409
    bench.clock.time += 1000
    done(settle(bench.shop))
    assert bench.process(swap, "k").status == 200
    assert bench.refunds() == [-swap["difference_due"]]
    assert bench.rows(Swap)[0].payment_status is SwapPaymentStatus.DIFFERENCE_REFUNDED
