"""What can be looked up: pages of orders, an order's sums, products and shipping of a region, a payment."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from support.shopbench import Bench

from tillproof.domain.entities import Region, Variant


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({}, [2, 1, 0]),
        ({"limit": 2}, [2, 1]),
        ({"limit": 1, "offset": 1}, [1]),
        ({"limit": 2, "offset": 2}, [0]),
        ({"offset": 3}, []),
        ({"limit": 0}, []),
    ],
)
def test_orders_are_listed_newest_first_page_by_page(asked: dict[str, Any], shown: list[int]) -> None:
    """The page says where it is and how many there are in all."""
    bench = Bench()
    orders = [bench.order() for _ in range(3)]
    body = bench.ask("list_orders", **asked).body
    assert [order["id"] for order in body["orders"]] == [orders[number] for number in shown]
    told = {"limit": asked.get("limit", 50), "offset": asked.get("offset", 0), "count": 3}
    assert {name: body[name] for name in told} == told


def test_an_order_tells_what_was_paid_given_back_and_can_be() -> None:
    """Before capture nothing can be given back; after it all, less what was; another's payments are not counted."""
    bench = Bench()
    other = bench.order()
    bench.ask("capture_order", id=other)
    order = bench.order()

    def sums() -> tuple[int, int, int]:
        shown = bench.ask("get_order", id=order).body["order"]
        return shown["paid_total"], shown["refunded_total"], shown["refundable_amount"]

    assert sums() == (3000, 0, 0)
    bench.ask("capture_order", id=order)
    assert sums() == (3000, 0, 3000)
    bench.ask("refund_order", id=order, amount=700)
    bench.ask("refund_order", id=order, amount=1)
    assert sums() == (3000, 701, 2299)
    assert [refund["amount"] for refund in bench.ask("get_order", id=order).body["order"]["refunds"]] == [700, 1]


def test_a_canceled_order_has_nothing_paid() -> None:
    """What was let go of does not count as paid."""
    bench = Bench()
    order = bench.order()
    shown = bench.ask("cancel_order", id=order).body["order"]
    assert (shown["paid_total"], shown["refundable_amount"], len(shown["payments"])) == (0, 0, 1)


def test_a_cart_tells_its_sums_and_the_session_chosen() -> None:
    """Lines, shipping and tax add up to the total; of two sessions the chosen one is shown apart."""
    bench = Bench()
    home = bench.store.tables[Region.table]["home"]
    assert isinstance(home, Region)
    providers = ("scripted", "other")
    bench.store.tables[Region.table]["home"] = replace(
        home, payment_providers=providers, tax_rate=1900, shipping_options={"post": 500}
    )
    bench.restart(processors=dict.fromkeys(providers, bench.processor))
    cart = bench.cart(2)
    bench.ask("add_shipping_method", id=cart, option_id="post")
    bench.ask("select_payment_session", id=cart, provider_id="other")
    shown = bench.ask("get_cart", id=cart).body["cart"]
    assert (shown["subtotal"], shown["shipping_total"], shown["tax_total"], shown["total"]) == (6000, 500, 1235, 7735)
    assert shown["adjustment_total"] == 0
    assert [session["provider_id"] for session in shown["payment_sessions"]] == ["scripted", "other"]
    assert shown["payment_session"]["provider_id"] == "other"
    options = bench.ask("list_cart_shipping_options", cart_id=cart).body["shipping_options"]
    assert [(option["id"], option["amount"], option["region_id"]) for option in options] == [("post", 500, "home")]


def test_products_have_the_price_of_the_region_asked_for() -> None:
    """In its currency, or none where it has none there; without a region no price is picked out."""
    bench = Bench()
    bench.store.tables[Variant.table]["pen"] = Variant(id="pen", title="Pen", prices={"usd": 900}, inventory_quantity=7)

    def prices(region_id: str | None) -> list[tuple[str, int | None]]:
        products = bench.ask("list_products", region_id=region_id).body["products"]
        return [(one["id"], one["variants"][0]["calculated_price"]) for one in products]

    assert prices("home") == [("mug", 3000), ("pen", None)]
    assert prices(None) == [("mug", None), ("pen", None)]


@pytest.mark.parametrize(
    ("endpoint", "named"),
    [
        ("get_order", {"id": "order_x"}),
        ("get_cart", {"id": "cart_x"}),
        ("get_region", {"id": "region_x"}),
        ("get_payment", {"id": "pay_x"}),
        ("get_swap", {"cart_id": "cart_x"}),
        ("list_cart_shipping_options", {"cart_id": "cart_x"}),
        ("no_such_endpoint", {}),
    ],
)
def test_what_is_not_there_is_a_404(endpoint: str, named: dict[str, Any]) -> None:
    """Each kind of thing that is asked for and is not there is not found."""
    answer = Bench().ask(endpoint, **named)
    assert (answer.status, answer.body["type"]) == (404, "not_found")
