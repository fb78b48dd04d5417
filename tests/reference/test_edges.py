"""At the edges: a processor that is gone, and the smallest sum there is."""

from __future__ import annotations

from msgspec.structs import replace
from support.shopbench import Bench, done

from tillproof.contract.outcomes import Refused
from tillproof.domain.entities import Region, Variant
from tillproof.reference.settling import sweep


def with_two_methods() -> Bench:
    """Return a bench whose region offers two methods, by the same script."""
    bench = Bench()
    home = bench.store.tables[Region.table]["home"]
    assert isinstance(home, Region)
    bench.store.tables[Region.table]["home"] = replace(home, payment_providers=("scripted", "other"))
    bench.restart(processors={"scripted": bench.processor, "other": bench.processor})
    return bench


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
    cart = bench.cart()
    assert bench.ask("get_cart", id=cart).body["cart"]["payment_session"]["is_initiated"]
    order = bench.ask("complete_cart", id=cart).body["data"]
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


def test_a_session_nobody_started_is_refreshed_or_removed_without_a_call() -> None:
    """A method that was shown but never chosen: refreshed it is a fresh row, deleted it is gone; no processor is asked."""
    bench = with_two_methods()
    cart = bench.cart()

    def shown() -> dict[str, str]:
        sessions = bench.ask("get_cart", id=cart).body["cart"]["payment_sessions"]
        return {session["provider_id"]: session["id"] for session in sessions}

    before = shown()
    assert bench.ask("refresh_payment_session", id=cart, provider_id="other").status == 200
    refreshed = shown()
    assert (refreshed.keys(), refreshed["scripted"]) == (before.keys(), before["scripted"])
    assert refreshed["other"] != before["other"]
    assert bench.ask("delete_payment_session", id=cart, provider_id="other").status == 200
    assert shown().keys() == {"scripted"}
    assert bench.processor.calls == []


def test_a_method_that_left_the_region_is_not_shown_any_more() -> None:
    """Its session was never started, so no gateway knows of it: the row is dropped, and the chosen one stays."""
    bench = with_two_methods()
    cart = bench.cart()
    bench.ask("select_payment_session", id=cart, provider_id="scripted")
    bench.ask("remove_region_provider", id="home", provider_id="other")
    shown = bench.ask("create_payment_sessions", id=cart).body["cart"]["payment_sessions"]
    assert [(session["provider_id"], session["is_selected"]) for session in shown] == [("scripted", True)]
    assert bench.processor.attempts("delete_payment") == []


def test_a_method_the_gateway_would_not_let_go_of_is_left_to_the_sweep() -> None:
    """Chosen before, and refused its deletion once: nobody asks again but the sweep; chosen once more, it pays as it is."""
    for chosen_again in (False, True):
        bench = with_two_methods()
        cart = bench.cart()
        bench.ask("select_payment_session", id=cart, provider_id="scripted")
        bench.processor.script["delete_payment"] = [lambda: Refused("busy", "Not now.")]
        assert bench.ask("select_payment_session", id=cart, provider_id="other").status == 400
        for _ in range(2):
            assert bench.ask("create_payment_sessions", id=cart).status == 200
        shown = bench.ask("get_cart", id=cart).body["cart"]["payment_sessions"]
        assert [(row["provider_id"], row["is_selected"], row["is_initiated"]) for row in shown] == [
            ("scripted", False, True),
            ("other", True, True),
        ]
        assert len(bench.processor.attempts("delete_payment")) == 1
        if chosen_again:
            assert bench.ask("select_payment_session", id=cart, provider_id="scripted").status == 200
            assert len(bench.processor.attempts("initiate_payment")) == 2
            assert bench.ask("complete_cart", id=cart).body["data"]["payments"][0]["provider_id"] == "scripted"
        bench.clock.time += 24 * 3600.0
        done(sweep(bench.shop))
        assert len(bench.processor.attempts("delete_payment")) == (2 if chosen_again else 3)


def test_an_edit_after_a_choice_the_gateway_refused_to_undo_brings_only_the_chosen_along() -> None:
    """The other stays over its old sum, unpayable by this shop, and is no reason to refuse the edit."""
    bench = with_two_methods()
    cart = bench.cart()
    bench.ask("select_payment_session", id=cart, provider_id="scripted")
    bench.processor.script["delete_payment"] = [lambda: Refused("busy", "Not now.")]
    bench.ask("select_payment_session", id=cart, provider_id="other")
    assert bench.ask("add_line_item", id=cart, variant_id="mug", quantity=1).status == 200
    shown = bench.ask("get_cart", id=cart).body["cart"]["payment_sessions"]
    assert [(row["provider_id"], row["amount"]) for row in shown] == [("scripted", 3000), ("other", 6000)]
    assert [len(bench.processor.attempts(m)) for m in ("initiate_payment", "update_payment")] == [2, 0]
