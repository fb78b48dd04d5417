"""Swaps: the difference is paid or refunded once, and nothing else moves."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.shopbench import done
from support.swapbench import REFUSED, UNKNOWN, Data, SwapBench

from tillproof.contract.outcomes import Done
from tillproof.domain.entities import Cart, Operation, Order, Payment, PaymentSession, Region, Swap, Variant
from tillproof.domain.requests import Answer
from tillproof.domain.statuses import OperationKind, OperationState, SessionStatus, SwapPaymentStatus
from tillproof.domain.totals import paid_for, total
from tillproof.reference.settling import settle, sweep


def test_a_dearer_swap_is_paid_by_its_own_payment_for_the_difference() -> None:
    """A mug for a shirt: the difference is authorized at the swap's cart, and captured when the swap is processed."""
    bench = SwapBench()
    order_id = bench.bought()
    own = bench.rows(Payment)[0]
    swap = bench.confirmed(order_id, shirt=1)
    assert swap["difference_due"] == (7000 - 3000) * 119 // 100
    assert swap["payment"]["amount"] == swap["difference_due"]
    assert (swap["payment"]["order_id"], swap["payment"]["swap_id"]) == (order_id, swap["id"])
    assert swap["payment_status"] == "awaiting"
    order = bench.process(swap, "k").body["order"]
    assert bench.process(swap, "k").body["order"] == order
    assert bench.process(swap).body["order"] == order
    assert order["swaps"][0]["payment_status"] == "captured"
    assert order["paid_total"] == own.amount + swap["difference_due"]
    assert bench.rows(Payment)[0] == own
    assert len(bench.processor.attempts("capture_payment")) == 2


def test_a_cheaper_swap_is_refunded_once_from_the_order() -> None:
    """A mug for a pen: nothing is paid, and the difference comes back when it is processed, once."""
    bench = SwapBench()
    swap = bench.confirmed(bench.bought(), pen=1)
    assert swap["difference_due"] == paid_for_pen() - 3570
    assert swap["payment"] is None
    for key in ("k", "k", None):
        order = bench.process(swap, key).body["order"]
    assert order["swaps"][0]["payment_status"] == "difference_refunded"
    assert bench.refunds() == [-swap["difference_due"]]
    assert order["refunds"][0]["reason"] == "swap"
    assert order["payments"][0]["amount_refunded"] == -swap["difference_due"]


def paid_for_pen() -> int:
    return 999 + 190


def test_an_even_swap_moves_no_money() -> None:
    """A mug for a mug: no processor is called after the order was captured."""
    bench = SwapBench()
    order_id = bench.bought()
    before = len(bench.processor.calls)
    swap = bench.confirmed(order_id, mug=1)
    assert (swap["difference_due"], swap["payment_status"]) == (0, "confirmed")
    assert bench.process(swap).body["order"]["swaps"][0]["payment_status"] == "difference_refunded"
    assert len(bench.processor.calls) == before


def test_a_completed_swap_is_its_cart_s_final_answer() -> None:
    """Completed again, with its key or without, the cart answers with the same swap, and no order is made of it."""
    bench = SwapBench()
    swap = bench.confirmed(bench.bought(), shirt=1)
    again = bench.ask("complete_cart", id=swap["cart_id"])
    assert (again.body["type"], again.body["data"]) == ("swap", swap)
    assert bench.ask("get_swap", cart_id=swap["cart_id"]).body["swap"] == swap
    assert len(bench.rows(Order)) == 1


def test_asking_again_for_an_open_swap_is_the_same_swap() -> None:
    """With the key or without, as long as it is open; another is another, and only while something is left to return."""
    bench = SwapBench()
    order_id = bench.bought(2)
    first = bench.swap(order_id, 1, "k", shirt=1).body["swap"]
    assert bench.swap(order_id, 1, "k", shirt=1).body["swap"] == first
    assert bench.swap(order_id, 1, shirt=1).body["swap"] == first
    assert bench.swap(order_id, 1, "k", pen=1).status == 400
    second = bench.swap(order_id, 1, pen=1).body["swap"]
    assert second["id"] != first["id"]
    refused = bench.swap(order_id, 1, mug=1)
    assert (refused.status, refused.body["message"].rpartition("there are ")[2]) == (400, "0 left to return")


REFUSALS: list[tuple[str, Callable[[SwapBench], Answer]]] = [
    ("has not been captured", lambda bench: bench.swap(bench.bought(captured=False))),
    ("was not found", lambda bench: bench.ask("create_swap", order_id="no", return_items=[], additional_items=[])),
    ("returns something", lambda bench: bench.ask("create_swap", order_id=bench.bought(), additional_items=[])),
    ("left to return", lambda bench: bench.swap(bench.bought(2), 3)),
    ("left to return", lambda bench: bench.swap(bench.bought(2), 0)),
    (
        "has no item",
        lambda bench: bench.ask("create_swap", order_id=bench.bought(), return_items=[{"item_id": "item_x", "quantity": 1}]),
    ),
    (
        "hasn't been confirmed",
        lambda bench: bench.process(bench.swap(bench.bought(), shirt=1).body["swap"]),
    ),
    (
        "swaps must be canceled",
        lambda bench: bench.ask("cancel_order", id=bench.confirmed(bench.bought(), shirt=1)["order_id"]),
    ),
]


@pytest.mark.parametrize(("said", "ask"), REFUSALS)
def test_what_cannot_be_swapped_is_refused(said: str, ask: Callable[[SwapBench], Answer]) -> None:
    """The refusal says why, and no swap is processed or confirmed by it."""
    bench = SwapBench()
    answer = ask(bench)
    assert answer.status in (400, 404)
    assert said in answer.body["message"]
    assert bench.refunds() == []


def test_a_canceled_order_is_not_swapped() -> None:
    """What was canceled was let go of: there is nothing to return it against."""
    bench = SwapBench()
    order_id = bench.bought(captured=False)
    bench.ask("cancel_order", id=order_id)
    assert bench.swap(order_id).status == 400


def test_a_swap_stays_in_its_order_s_region() -> None:
    """What is returned was paid in that currency."""
    bench = SwapBench()
    bench.store.tables[Region.table]["away"] = Region(id="away", name="Away", currency_code="usd")
    swap = bench.swap(bench.bought(), shirt=1).body["swap"]
    assert bench.ask("update_cart", id=swap["cart_id"], region_id="away").status == 400


def test_canceling_an_authorized_swap_releases_its_own_payment_only() -> None:
    """Its authorization is let go and its goods are back; the order's Payment stays as it was; nothing is captured after."""
    bench = SwapBench()
    order_id = bench.bought()
    own = bench.rows(Payment)[0]
    swap = bench.confirmed(order_id, shirt=1)
    for key in ("k", "k", None):
        order = bench.cancel(swap, key).body["order"]
    assert order["swaps"][0]["payment_status"] == "canceled"
    assert order["status"] == "pending"
    assert bench.rows(Payment)[0] == own
    assert bench.rows(Payment)[1].canceled_at is not None
    assert len(bench.processor.attempts("cancel_payment")) == 1
    assert bench.store.tables[Variant.table]["shirt"].inventory_quantity == 20  # type: ignore[attr-defined]
    assert bench.process(swap).status == 400
    assert bench.ask("capture_order", id=order_id).status == 200
    assert len(bench.processor.attempts("capture_payment")) == 1


def test_a_void_that_fails_leaves_the_swap_as_it_was_and_says_so() -> None:
    """Refused by the gateway, the cancellation is an error."""
    bench = SwapBench()
    swap = bench.confirmed(bench.bought(), shirt=1)
    bench.processor.script["cancel_payment"] = [REFUSED]
    assert bench.cancel(swap).status == 400
    assert bench.rows(Swap)[0].payment_status is SwapPaymentStatus.AWAITING


@pytest.mark.parametrize("new", [{"shirt": 1}, {"pen": 1}, {"mug": 1}])
def test_a_processed_swap_is_not_canceled(new: dict[str, int]) -> None:
    """What was captured or refunded is not undone as if it had not been."""
    bench = SwapBench()
    swap = bench.confirmed(bench.bought(), **new)
    bench.process(swap)
    before = {table: dict(rows) for table, rows in bench.store.tables.items()}
    assert bench.cancel(swap).status == 400
    assert bench.store.tables == before
    assert not bench.processor.attempts("cancel_payment")


def test_an_open_swap_that_is_canceled_cannot_be_paid() -> None:
    """Its sessions are made unpayable, its completion is refused, and its goods can be returned in another."""
    bench = SwapBench()
    order_id = bench.bought(1)
    swap = bench.swap(order_id, shirt=1).body["swap"]
    bench.ask("create_payment_sessions", id=swap["cart_id"])
    assert bench.cancel(swap).status == 200
    assert bench.ask("complete_cart", id=swap["cart_id"]).body["message"] == "A canceled swap cannot be completed"
    assert len(bench.processor.attempts("delete_payment")) == 1
    assert bench.ask("create_payment_sessions", id=swap["cart_id"]).body["cart"]["payment_sessions"] == []
    assert bench.swap(order_id, pen=1).status == 200


@pytest.mark.parametrize("dies_in", ["retrieve_payment", "get_payment_status"])
def test_canceling_an_interrupted_completion_releases_what_it_holds(dies_in: str) -> None:
    """Canceled between its authorization and its end, the swap's money is let go before the operator hears so."""
    bench = SwapBench()
    swap = bench.swap(bench.bought(), shirt=1).body["swap"]
    bench.ask("create_payment_sessions", id=swap["cart_id"])
    bench.processor.script[dies_in] = [UNKNOWN]
    assert bench.ask("complete_cart", id=swap["cart_id"]).status == 409
    assert bench.cancel(swap).status == 200
    let_go = bench.processor.attempts("delete_payment") + bench.processor.attempts("cancel_payment")
    assert len(let_go) == 1
    assert bench.ask("complete_cart", id=swap["cart_id"]).status == 400
    assert len(bench.processor.attempts("authorize_payment")) == 2


def test_canceling_waits_for_a_release_of_unknown_outcome() -> None:
    """Until the gateway has let go the operator hears a conflict; the retry settles it."""
    bench = SwapBench()
    swap = bench.swap(bench.bought(), shirt=1).body["swap"]
    bench.ask("create_payment_sessions", id=swap["cart_id"])
    bench.processor.script["retrieve_payment"] = [UNKNOWN]
    bench.ask("complete_cart", id=swap["cart_id"])
    bench.processor.script["delete_payment"] = [UNKNOWN]
    assert bench.cancel(swap).status == 409
    assert bench.cancel(swap).status == 200


def test_an_authorization_in_doubt_of_a_canceled_swap_is_undone_by_settle() -> None:
    """Nobody wants it any more: it is looked for, not repeated."""
    bench = SwapBench()
    swap = bench.swap(bench.bought(), shirt=1).body["swap"]
    bench.ask("create_payment_sessions", id=swap["cart_id"])
    bench.processor.script["authorize_payment"] = [UNKNOWN]
    assert bench.ask("complete_cart", id=swap["cart_id"]).status == 409
    asked = len(bench.processor.attempts("authorize_payment"))
    bench.cancel(swap)
    bench.clock.time += 1000
    done(settle(bench.shop))
    done(sweep(bench.shop))
    assert len(bench.processor.attempts("authorize_payment")) == asked
    assert bench.processor.attempts("find_effect")
    assert not [row for row in bench.rows(PaymentSession) if row.cart_id == swap["cart_id"] and row.is_initiated]


def test_an_abandoned_swap_is_swept() -> None:
    """Its session is made unpayable once its cart is past the stated age; the order is as it was."""
    bench = SwapBench()
    swap = bench.swap(bench.bought(), shirt=1).body["swap"]
    bench.ask("create_payment_sessions", id=swap["cart_id"])
    order = bench.rows(Order)[0]
    bench.clock.time += 2 * 24 * 3600
    done(sweep(bench.shop))
    (session,) = [row for row in bench.rows(PaymentSession) if row.cart_id == swap["cart_id"]]
    assert session.status is SessionStatus.CANCELED
    assert bench.rows(Order)[0] == order


def test_a_swap_for_goods_that_are_gone_is_not_confirmed() -> None:
    """Out of stock after the authorization: released, told so, and bought after all once restocked."""
    bench = SwapBench()
    swap = bench.swap(bench.bought(), shirt=1).body["swap"]
    bench.ask("create_payment_sessions", id=swap["cart_id"])
    bench.ask("set_inventory", variant_id="shirt", quantity=0)
    assert bench.ask("complete_cart", id=swap["cart_id"]).status == 409
    assert bench.rows(Swap)[0].confirmed_at is None
    bench.ask("set_inventory", variant_id="shirt", quantity=1)
    assert bench.ask("complete_cart", id=swap["cart_id"]).body["type"] == "swap"
    assert bench.store.tables[Variant.table]["shirt"].inventory_quantity == 0  # type: ignore[attr-defined]


def test_what_came_by_a_swap_can_be_swapped_again() -> None:
    """Once the first swap is processed; before, it may still be canceled."""
    bench = SwapBench()
    order_id = bench.bought(1)
    swap = bench.confirmed(order_id, shirt=1)
    shirt = swap["additional_items"][0]["id"]
    asked: Data = {"order_id": order_id, "return_items": [{"item_id": shirt, "quantity": 1}]}
    assert bench.ask("create_swap", **asked).status == 400
    bench.process(swap)
    again = bench.ask("create_swap", **asked, additional_items=[]).body["swap"]
    done_ = bench.ask("complete_cart", id=again["cart_id"]).body["data"]
    assert done_["difference_due"] == -8330
    bench.process(done_)
    assert bench.refunds() == [4760, 3570]


def test_what_was_refunded_already_is_not_credited_once_more() -> None:
    """Of an order that was given back, nothing is left that a return could count against."""
    bench = SwapBench()
    order_id = bench.bought(2)
    bench.ask("refund_order", id=order_id, amount=3571)
    refused = bench.swap(order_id, shirt=1)
    assert (refused.status, refused.body["type"]) == (400, "not_allowed")
    assert bench.rows(Swap) == []


def test_what_is_owed_is_never_more_than_what_is_left() -> None:
    """After a refund of nearly everything the swap's difference is refused, visibly, and nothing moves."""
    bench = SwapBench()
    order_id = bench.bought()
    swap = bench.confirmed(order_id)
    bench.ask("refund_order", id=order_id, amount=bench.rows(Payment)[0].amount - 1)
    assert bench.process(swap).status == 400
    assert len(bench.refunds()) == 1
    assert bench.cancel(swap).status == 200


@settings(deadline=None)  # what a loaded machine takes for it says nothing
@given(
    tax=st.integers(0, 3000),
    quantity=st.integers(1, 6),
    swaps=st.lists(
        st.tuples(st.integers(1, 6), st.integers(0, 2), st.integers(0, 3), st.sampled_from(("done", "left", "canceled"))),
        max_size=4,
    ),
    parts=st.lists(st.integers(1, 20_000), max_size=5),
)
def test_money_in_minus_money_out_is_what_the_goods_cost(
    tax: int, quantity: int, swaps: list[tuple[int, int, int, str]], parts: list[int]
) -> None:
    """
    Whatever is returned for whatever, captured less refunded is the order's total and the differences of the swaps made.

    What all returns of a line come to is what was paid for them; refunds never exceed what was captured, and the rest can
    be refunded to the last minor unit.
    """
    bench = SwapBench(tax)
    order_id = bench.bought(quantity)
    due = bench.rows(Order)[0].total
    credited = 0
    returned = 0
    for back, shirts, pens, end in swaps:
        new = {name: count for name, count in (("shirt", shirts), ("pen", pens)) if count}
        asked = bench.swap(order_id, back, None, **new)
        assert (asked.status == 200) is (returned + back <= quantity)
        if asked.status != 200:
            continue
        swap = asked.body["swap"]
        bench.ask("create_payment_sessions", id=swap["cart_id"])
        made = bench.ask("complete_cart", id=swap["cart_id"]).body["data"]
        cart = bench.store.tables[Cart.table][swap["cart_id"]]
        assert isinstance(cart, Cart)
        assert made["difference_due"] == total(cart)
        if end == "canceled":
            assert bench.cancel(made).status == 200
            continue
        returned += back
        credited -= cart.adjustments[0].amount
        if end == "done":
            assert bench.process(made).status == 200
            due += made["difference_due"]
    line = bench.rows(Order)[0].items[0]
    assert credited == paid_for(line, returned, tax)
    payments = bench.rows(Payment)
    taken = sum(row.amount for row in payments if row.captured_at is not None)
    assert taken - sum(row.amount_refunded for row in payments) == due
    for part in parts:
        left = bench.ask("get_order", id=order_id).body["order"]["refundable_amount"]
        assert (bench.ask("refund_order", id=order_id, amount=part).status == 200) is (part <= left)
    left = bench.ask("get_order", id=order_id).body["order"]["refundable_amount"]
    if left:
        assert bench.ask("refund_order", id=order_id, amount=left).status == 200
    assert all(row.amount_refunded == row.amount for row in bench.rows(Payment) if row.captured_at is not None)
    assert sum(bench.refunds()) == taken
    refunds = [row for row in bench.rows(Operation) if row.kind is OperationKind.REFUND]
    assert all(row.state is OperationState.DONE for row in refunds)


@pytest.mark.parametrize("parts", [(1, 1, 1), (1, 2), (2, 1), (1, 1)])
def test_a_line_returned_in_parts_is_credited_what_was_paid_for_it(parts: tuple[int, ...]) -> None:
    """Returns of one line by several swaps add up to what was paid for those units, to the last minor unit."""
    bench = SwapBench(tax=777)
    order_id = bench.bought(3)
    for part in parts:
        assert bench.process(bench.confirmed(order_id, part)).status == 200
    (order,) = bench.rows(Order)
    assert sum(bench.refunds()) == paid_for(order.items[0], sum(parts), 777)
    left = 3 - sum(parts)
    assert bench.swap(order_id, left + 1).status == 400


def test_a_line_named_several_times_in_one_swap_is_returned_so_often() -> None:
    """Its entries count together, what is credited is what was paid, and no more is returned than there is."""
    bench = SwapBench(tax=777)
    order_id = bench.bought(3)
    (order,) = bench.rows(Order)
    once = {"item_id": order.items[0].id, "quantity": 1}
    assert bench.ask("create_swap", order_id=order_id, return_items=[once] * 4).status == 400
    swap = bench.ask("create_swap", order_id=order_id, return_items=[once] * 3).body["swap"]
    cart = bench.store.tables[Cart.table][swap["cart_id"]]
    assert isinstance(cart, Cart)
    assert [one.quantity for one in cart.adjustments] == [1, 1, 1]
    assert total(cart) == -order.total


def test_a_swap_is_refunded_only_when_its_last_part_is() -> None:
    """What is owed comes from two Payments, the second in doubt: until it is settled the swap still awaits its end."""
    bench = SwapBench()
    order_id = bench.bought(2)
    bench.process(bench.confirmed(order_id, shirt=1))
    _, extra = bench.rows(Payment)
    swap = bench.confirmed(order_id, 1)
    owed = -swap["difference_due"]
    bench.ask("refund_payment", id=extra.id, amount=extra.amount - 1)
    bench.processor.script["refund_payment"] = [lambda: Done({}), UNKNOWN]
    assert bench.process(swap).status == 409
    assert bench.rows(Swap)[1].payment_status is SwapPaymentStatus.AWAITING
    assert bench.process(swap).status == 200
    assert bench.rows(Swap)[1].payment_status is SwapPaymentStatus.DIFFERENCE_REFUNDED
    assert [row.amount_refunded for row in bench.rows(Payment)] == [owed - 1, extra.amount]


def test_a_swap_for_other_goods_is_another_swap() -> None:
    """Whichever is asked for first: only the very same lines are the same swap."""
    for first, second in (("pen", "shirt"), ("shirt", "pen")):
        bench = SwapBench()
        order_id = bench.bought(2)
        made = [bench.swap(order_id, 1, None, **{name: 1}).body["swap"]["id"] for name in (first, second, first, second)]
        assert made[:2] == made[2:]
        assert made[0] != made[1]
