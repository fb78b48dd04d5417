"""At the edges: a processor that is gone, and the smallest sum there is."""

from __future__ import annotations

from msgspec.structs import replace
from support.shopbench import Bench

from tillproof.domain.entities import Variant


def test_a_processor_that_is_not_installed_any_more_is_not_offered() -> None:
    """Enabled in the region but not installed: it has no session, cannot be chosen, and places no order."""
    bench = Bench()
    cart = bench.cart()
    bench.restart(processors={})
    assert bench.ask("create_payment_sessions", id=bench.cart()).body["cart"]["payment_sessions"] == []
    assert bench.ask("select_payment_session", id=cart, provider_id="scripted").status == 400
    refused = bench.ask("complete_cart", id=cart)  # whether its gateway object is gone nobody can say, so: try again
    assert (refused.status, refused.body["type"]) == (409, "conflict")
    assert bench.processor.attempts("authorize_payment") == []
    bench.restart()
    bench.ask("create_payment_sessions", id=cart)
    bench.ask("select_payment_session", id=cart, provider_id="scripted")
    assert bench.ask("complete_cart", id=cart).body["type"] == "order"


def test_one_minor_unit_is_paid_like_any_other_sum() -> None:
    """A total of one minor unit has a session, an authorization and a payment of it, captured and refunded."""
    bench = Bench()
    mug = bench.store.tables[Variant.table]["mug"]
    assert isinstance(mug, Variant)
    bench.store.tables[Variant.table]["mug"] = replace(mug, prices={"eur": 1})
    order = bench.ask("complete_cart", id=bench.cart()).body["data"]
    assert (order["total"], [payment["amount"] for payment in order["payments"]]) == (1, [1])
    bench.ask("capture_order", id=order["id"])
    refunded = bench.ask("refund_order", id=order["id"], amount=1).body["order"]
    assert (refunded["refunded_total"], refunded["refundable_amount"], refunded["payment_status"]) == (1, 0, "refunded")


def test_nothing_to_pay_asks_no_processor() -> None:
    """A total of zero makes no session and calls no processor, and the order has no payment."""
    bench = Bench()
    mug = bench.store.tables[Variant.table]["mug"]
    assert isinstance(mug, Variant)
    bench.store.tables[Variant.table]["mug"] = replace(mug, prices={"eur": 0})
    order = bench.ask("complete_cart", id=bench.cart()).body["data"]
    assert (order["total"], order["payments"], bench.processor.calls) == (0, [], [])
