"""What an event does not do: buy what nobody asked for, book what is no order's, or book anything twice or for another."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from support.hookbench import LOST, Hooked
from support.shopbench import done

from tillproof.contract.outcomes import Done, Refused
from tillproof.contract.webhooks import GivenBack, Says, Standing
from tillproof.domain.entities import Operation, Order, Payment, PaymentSession, Refund, Region, WebhookEvent
from tillproof.domain.statuses import OperationKind, OperationState, SessionStatus
from tillproof.reference.api import settle

CHALLENGE = Done({"kept": "y"}, SessionStatus.REQUIRES_MORE)


@pytest.fixture
def bench() -> Hooked:
    return Hooked()


def test_a_challenge_of_a_method_that_was_left_buys_nothing(bench: Hooked) -> None:
    """The shopper chose another while the first waited, and its gateway object could not be undone: approved, it is moot."""
    home = bench.store.tables[Region.table]["home"]
    assert isinstance(home, Region)
    bench.store.tables[Region.table]["home"] = replace(home, payment_providers=("scripted", "other"))
    bench.restart({"scripted": bench.processor, "other": bench.processor})
    cart = bench.cart()
    bench.ask("select_payment_session", id=cart, provider_id="scripted")
    bench.processor.script["authorize_payment"] = [lambda: CHALLENGE]
    assert bench.ask("complete_cart", id=cart).body["payment_status"] == "requires_more"
    bench.processor.script["delete_payment"] = [lambda: Refused("busy", "Not now.")] * 3
    bench.ask("select_payment_session", id=cart, provider_id="other")
    left = [row.provider_id for row in bench.rows(PaymentSession) if not row.is_selected and row.is_initiated]
    assert left == ["scripted"]
    assert bench.hear(Says.APPROVED, cart).status == 200
    assert bench.count("authorize_payment") == 1
    assert bench.rows(Order) == []


def test_what_an_event_had_to_release_is_not_authorized_afresh(bench: Hooked) -> None:
    """The cart is changed just as the approved purchase is authorized: that is let go of, and nobody asked for more."""
    cart = bench.cart()
    bench.processor.script["authorize_payment"] = [lambda: CHALLENGE]
    assert bench.ask("complete_cart", id=cart).body["payment_status"] == "requires_more"

    def edited() -> Done:
        bench.ask("add_line_item", id=cart, variant_id="mug", quantity=1)
        return Done({"kept": "y"}, SessionStatus.AUTHORIZED)

    bench.processor.script["authorize_payment"] = [edited]
    assert bench.hear(Says.APPROVED, cart).status == 409
    assert (bench.count("authorize_payment"), bench.rows(Order)) == (2, [])
    assert bench.count("delete_payment") + bench.count("cancel_payment") == 1
    assert bench.ask("complete_cart", id=cart).body["data"]["total"] == 6000


@pytest.mark.parametrize(
    ("says", "standing"),
    [
        (Says.CAPTURED, Standing(captured=3000)),
        (Says.CANCELED, Standing(canceled=True)),
        (Says.REFUNDED, Standing(captured=3000, refunds=(GivenBack(id="re_1", amount=500),))),
    ],
)
def test_a_payment_that_no_order_has_is_not_booked_upon(bench: Hooked, says: Says, standing: Standing) -> None:
    """Its completion is still under way: the event has to come again, and changes nothing until then."""
    cart = bench.cart()
    bench.processor.script["get_payment_status"] = [lambda: LOST] * 2
    assert bench.ask("complete_cart", id=cart).status == 409
    (before,) = bench.rows(Payment)
    assert before.order_id is None
    bench.processor.standing = standing
    assert bench.hear(says, cart).status == 409
    assert bench.rows(Payment) == [before]
    assert (bench.rows(Refund), [event.dealt_with_at for event in bench.rows(WebhookEvent)]) == ([], [None])


@pytest.mark.parametrize(("captured", "state"), [(2999, "requires_action"), (3000, "captured")])
def test_what_is_taken_is_booked_to_the_cent(bench: Hooked, captured: int, state: str) -> None:
    """Nothing taken is nothing to book; a cent less than all is a part."""
    cart, order = bench.bought()
    assert bench.hear(Says.CAPTURED, cart, "evt_0").status == 200
    assert [row.captured_at for row in bench.rows(Payment)] == [None]
    bench.processor.standing = Standing(captured=captured)
    assert bench.hear(Says.CAPTURED, cart, "evt_1").status == 200
    assert bench.ask("get_order", id=order).body["order"]["payment_status"] == state
    asked = bench.count("read_standing")
    assert bench.hear(Says.CAPTURED, cart, "evt_2").status == 200
    assert bench.count("read_standing") - asked == (0 if captured == 3000 else 1)  # told already, all of it


@pytest.mark.parametrize("says", [Says.FAILED, Says.REQUIRES_MORE, Says.OTHER])
def test_what_tells_of_nothing_that_was_done_has_nobody_asked(bench: Hooked, says: Says) -> None:
    """The books cannot be behind on it: it is acknowledged, and the gateway is left alone; so while nothing is open."""
    cart, order = bench.bought()
    calls = len(bench.processor.calls)
    assert bench.hear(says, cart).status == 200
    assert len(bench.processor.calls) == calls
    bench.processor.script["capture_payment"] = [lambda: LOST]
    assert bench.ask("capture_order", id=order).status == 409
    assert bench.hear(says, cart, "evt_2").status == 200
    assert bench.count("capture_payment") == (1 if says is Says.OTHER else 2)


def test_an_event_about_one_cart_settles_nothing_of_another(bench: Hooked) -> None:
    """Neither an interrupted completion nor a capture of unknown outcome."""
    carts = [bench.cart() for _ in range(3)]
    _, order = bench.bought()
    bench.processor.script["capture_payment"] = [lambda: LOST]
    assert bench.ask("capture_order", id=order).status == 409
    for cart in carts:
        bench.processor.script["authorize_payment"] = [lambda: LOST]
        assert bench.ask("complete_cart", id=cart).status == 409
    assert bench.hear(Says.AUTHORIZED, carts[1]).status == 200
    assert [row.cart_id for row in bench.rows(Order)][1:] == [carts[1]]
    assert bench.count("capture_payment") == 1
    done(settle(bench.shop))
    assert len(bench.rows(Order)) == 4
    assert bench.count("capture_payment") == 2


def test_two_refunds_of_the_gateway_s_are_two_refunds_here(bench: Hooked) -> None:
    """Told in one event or in two, each is booked once, under its own id; ours keeps its reference."""
    cart, order = bench.bought(captured=True)
    bench.processor.script["refund_payment"] = [lambda: LOST] * 9
    bench.ask("refund_order", "k1", id=order, amount=100)
    (ours,) = (row for row in bench.rows(Operation) if row.kind is OperationKind.REFUND)
    one, two = GivenBack(id="re_1", amount=200), GivenBack(id="re_2", amount=300)
    mine = GivenBack(id="re_3", amount=100, reference=ours.reference)
    for event, told, news in (("evt_1", (one, mine), one), ("evt_2", (mine, two, one), two)):
        bench.processor.standing = Standing(captured=3000, refunds=told)
        assert bench.hear(Says.REFUNDED, cart, event, refund_id=news.id).status == 200
    assert sorted(row.amount for row in bench.rows(Refund)) == [100, 200, 300]
    refunds = [row for row in bench.rows(Operation) if row.kind is OperationKind.REFUND]
    assert {row.reference for row in refunds} == {ours.reference, "re_1", "re_2"}
    assert all(row.state is OperationState.DONE for row in refunds)
    assert bench.ask("get_order", id=order).body["order"]["refundable_amount"] == 2400


def test_a_canceled_payment_is_not_booked_upon_again(bench: Hooked) -> None:
    """Whatever comes of it later, what was let go stays let go."""
    cart, order = bench.bought()
    bench.processor.standing = Standing(canceled=True)
    assert bench.hear(Says.CANCELED, cart, "evt_1").status == 200
    (before,) = bench.rows(Payment)
    bench.processor.standing = Standing(captured=3000)
    for says in (Says.CAPTURED, Says.CANCELED, Says.AUTHORIZED):
        assert bench.hear(says, cart, says).status == 200
    assert bench.rows(Payment) == [before]
    assert bench.ask("get_order", id=order).body["order"]["status"] == "canceled"
