"""A checkout over the wire: what goes in and out, in the original's words."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import httpx
import msgspec
import pytest
from support.httpbench import TOKEN, Wire, wired

from tillproof.contract.outcomes import Done
from tillproof.domain.entities import Data
from tillproof.domain.statuses import SessionStatus
from tillproof.reference.api import ENDPOINTS
from tillproof.reference.http.surface import SURFACES

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
CART, ADDRESS = "/store/carts/{cart}", {"first_name": "Ada", "city": "London", "country_code": "gb"}
SENT: dict[str, tuple[str, object]] = {
    "create_cart": ("/store/carts", {"region_id": "reg_japan"}),
    "get_cart": (CART, None),
    "update_cart": (CART, {"email": "eve@shop.example", "shipping_address": ADDRESS, "billing_address": None}),
    "add_line_item": (f"{CART}/line-items", {"variant_id": "variant_shirt", "quantity": 2}),
    "update_line_item": (f"{CART}/line-items/{{line}}", {"quantity": 3}),
    "delete_line_item": (f"{CART}/line-items/{{line}}", None),
    "add_shipping_method": (f"{CART}/shipping-methods", {"option_id": "express"}),
    "create_payment_sessions": (f"{CART}/payment-sessions", {}),
    "select_payment_session": (f"{CART}/payment-session", {"provider_id": "slow"}),
    "update_payment_session": (f"{CART}/payment-sessions/slow", {"data": {"note": 1}}),
    "refresh_payment_session": (f"{CART}/payment-sessions/slow/refresh", None),
    "delete_payment_session": (f"{CART}/payment-sessions/slow", None),
    "complete_cart": (f"{CART}/complete", None),
    "get_placed_order": ("/store/orders/{order}", None),
    "get_order_by_cart": ("/store/orders/cart/{bought}", None),
    "create_swap": (
        "/store/swaps",
        {"order_id": "{captured}", "return_items": [{"item_id": "{captured_line}", "quantity": 1}]},
    ),
    "get_swap": ("/store/swaps/{swap_cart}", None),
    "list_regions": ("/store/regions?limit=2", None),
    "get_region": ("/store/regions/reg_japan", None),
    "list_products": ("/store/products?region_id=reg_kuwait&limit=2&expand=variants", None),
    "get_product": ("/store/products/variant_mug", None),
    "list_shipping_options": ("/store/shipping-options?region_id=reg_japan", None),
    "list_cart_shipping_options": ("/store/shipping-options/{cart}", None),
    "list_orders": ("/admin/orders", None),
    "get_order": ("/admin/orders/{order}", None),
    "capture_order": ("/admin/orders/{order}/capture", None),
    "refund_order": ("/admin/orders/{captured}/refund", {"amount": 5, "reason": "other", "no_notification": True}),
    "cancel_order": ("/admin/orders/{order}/cancel", None),
    "create_order_swap": (
        "/admin/orders/{captured}/swaps",
        {"return_items": [{"item_id": "{captured_line}", "quantity": 1}]},
    ),
    "process_swap": ("/admin/orders/{swapped}/swaps/{swap}/process-payment", None),
    "cancel_swap": ("/admin/orders/{swapped}/swaps/{swap}/cancel", None),
    "get_payment": ("/admin/payments/{payment}", None),
    "capture_payment": ("/admin/payments/{payment}/capture", None),
    "refund_payment": ("/admin/payments/{captured_payment}/refund", {"amount": 5, "reason": "return", "note": "torn"}),
    "list_payment_providers": ("/admin/store/payment-providers", None),
    "list_admin_regions": ("/admin/regions", None),
    "get_admin_region": ("/admin/regions/reg_japan", None),
    "add_region_provider": ("/admin/regions/reg_japan/payment-providers", {"provider_id": "slow"}),
    "remove_region_provider": ("/admin/regions/reg_japan/payment-providers/slow", None),
    "receive_webhook": ("/slow/hooks", {"id": "evt_1"}),
    "set_inventory": ("/admin/variants/variant_mug", {"quantity": 7}),
}


async def _ids(wire: Wire) -> dict[str, str]:
    cart_id, order, captured, swapped = await wire.cart(), await wire.order(), await wire.order(), await wire.order()
    await wire.post(f"/admin/orders/{captured['id']}/capture")
    swap = await _swapped(wire, swapped)
    cart = (await wire.get(f"/store/carts/{cart_id}")).json()["cart"]
    return {
        "cart": cart_id,
        "line": cart["items"][0]["id"],
        "order": order["id"],
        "bought": order["cart_id"],
        "payment": order["payments"][0]["id"],
        "captured": captured["id"],
        "captured_line": captured["items"][0]["id"],
        "swapped": swapped["id"],
        "swap": swap["id"],
        "swap_cart": swap["cart_id"],
        "captured_payment": captured["payments"][0]["id"],
    }


async def _swapped(wire: Wire, order: Data) -> Data:
    """Swap the order's mug for a shirt, and return the swap, its difference authorized."""
    await wire.post(f"/admin/orders/{order['id']}/capture")
    mug, shirt = {"item_id": order["items"][0]["id"], "quantity": 1}, {"variant_id": "variant_shirt", "quantity": 1}
    wanted = {"order_id": order["id"], "return_items": [mug], "additional_items": [shirt]}
    swap: Data = (await wire.post("/store/swaps", wanted)).json()["swap"]
    await wire.post(f"/store/carts/{swap['cart_id']}/payment-sessions")
    await wire.post(f"/store/carts/{swap['cart_id']}/complete")
    return swap


def _filled(sent: object, ids: dict[str, str]) -> object:
    """Put the ids where the sample names them."""
    text = msgspec.json.encode(sent).decode()
    for name, id_ in ids.items():
        text = text.replace(f"{{{name}}}", id_)
    filled: object = msgspec.json.decode(text)
    return filled


@pytest.mark.parametrize("name", ENDPOINTS)
def test_every_endpoint_answers_in_the_form_it_documents(name: str) -> None:
    """Each answer is 200 and reads back through its closed form: nothing more, nothing less, nothing of another type."""

    async def story(wire: Wire) -> httpx.Response:
        path, body = SENT[name]
        ids = await _ids(wire)
        url = path.format(**ids)
        if ENDPOINTS[name].method == "POST":
            return await wire.post(url, _filled(body, ids))
        return await wire.client.request(ENDPOINTS[name].method, url, headers=TOKEN)

    answer = wired(story)
    assert answer.status_code == 200, answer.text
    shapes = SURFACES[name].answers
    read = msgspec.json.decode(answer.content, type=shapes[0])
    assert type(read) is shapes[0]


def test_a_completed_swap_answers_with_the_swap() -> None:
    """Its cart is of type swap and counts what is returned below zero; its completion and its order show it."""

    async def story(wire: Wire) -> tuple[Data, httpx.Response, Data]:
        order = await wire.order()
        swap = await _swapped(wire, order)
        cart = (await wire.get(f"/store/carts/{swap['cart_id']}")).json()["cart"]
        answer = await wire.post(f"/store/carts/{swap['cart_id']}/complete")
        return cart, answer, (await wire.get(f"/admin/orders/{order['id']}")).json()["order"]

    cart, answer, order = wired(story)
    msgspec.json.decode(answer.content, type=SURFACES["complete_cart"].answers[2])
    swap = answer.json()["data"]
    assert (cart["type"], cart["metadata"]) == ("swap", {"swap_id": swap["id"]})
    assert cart["total"] == cart["subtotal"] + cart["tax_total"] + cart["adjustment_total"] == swap["difference_due"] > 0
    assert order["swaps"] == [swap]
    assert [payment["swap_id"] for payment in order["payments"]] == [None, swap["id"]]
    assert swap["payment"] == order["payments"][1]


def test_waiting_completion_answers_with_the_cart() -> None:
    """A customer who must act first gets `type: cart` with the status, and with the same key the order afterwards."""

    async def story(wire: Wire) -> tuple[httpx.Response, httpx.Response]:
        cart = await wire.cart()
        wire.processor.script = [lambda: Done({}, SessionStatus.REQUIRES_MORE)]
        first = await wire.post(f"/store/carts/{cart}/complete", idempotency_key="buy-1")
        return first, await wire.post(f"/store/carts/{cart}/complete-cart", idempotency_key="buy-1")

    first, second = wired(story)
    msgspec.json.decode(first.content, type=SURFACES["complete_cart"].answers[1])
    assert (first.json()["type"], first.json()["payment_status"]) == ("cart", "requires_more")
    assert second.json()["type"] == "order"
    for answer in (first, second):
        assert answer.headers["idempotency-key"] == "buy-1"
        assert answer.headers["access-control-expose-headers"] == "Idempotency-Key"


def test_cart_and_order_look_as_the_original_writes_them() -> None:
    """Times are ISO-8601 with milliseconds, what is not chosen is null, addresses and shipping reach the order."""

    async def story(wire: Wire) -> tuple[dict[str, object], dict[str, object]]:
        cart_id = await wire.cart()
        await wire.post(f"/store/carts/{cart_id}", {"shipping_address": ADDRESS})
        await wire.post(f"/store/carts/{cart_id}/shipping-methods", {"option_id": "standard"})
        cart = (await wire.get(f"/store/carts/{cart_id}")).json()["cart"]
        return cart, (await wire.post(f"/store/carts/{cart_id}/complete")).json()["data"]

    cart, order = wired(story)
    assert INSTANT.fullmatch(str(cart["created_at"]))
    assert (cart["completed_at"], cart["billing_address"]) == (None, None)
    assert order["shipping_address"] == ADDRESS
    totals = ("subtotal", "shipping_total", "tax_total", "total")
    assert [cart[name] for name in totals] == [order[name] for name in totals] == [1490, 490, 376, 2356]


def test_session_not_chosen_is_null_and_not_false() -> None:
    """As in the original `is_selected` is true or null."""

    async def story(wire: Wire) -> list[object]:
        await wire.post("/admin/regions/reg_europe/payment-providers", {"provider_id": "slow"})
        cart = (await wire.get(f"/store/carts/{await wire.cart()}")).json()["cart"]
        return [session["is_selected"] for session in cart["payment_sessions"]]

    assert wired(story) == [True]


async def _capture(wire: Wire, order: str) -> httpx.Response:
    return await wire.post(f"/admin/orders/{order}/capture", idempotency_key="act-1")


async def _refund(wire: Wire, order: str) -> httpx.Response:
    return await wire.post(f"/admin/orders/{order}/refund", {"amount": 100, "reason": "other"}, idempotency_key="act-2")


@pytest.mark.parametrize(("act", "call"), [(_capture, "capture"), (_refund, "refund")])
def test_repeated_key_has_one_effect(act: Callable[[Wire, str], Awaitable[httpx.Response]], call: str) -> None:
    """Capture and refund honour `Idempotency-Key`: the same request twice is one call of the processor."""

    async def story(wire: Wire) -> tuple[int, set[int]]:
        order = (await wire.order())["id"]
        await _capture(wire, order)
        statuses = {(await act(wire, order)).status_code for _ in range(2)}
        return wire.processor.calls[call], statuses

    assert wired(story) == (1, {200})


def test_refund_of_a_payment_is_a_refund_of_its_order() -> None:
    """Both paths count on the same payment, keep their reason, and with one key make one refund."""

    async def story(wire: Wire) -> tuple[list[object], dict[str, object]]:
        order = await wire.order()
        path = f"/admin/payments/{order['payments'][0]['id']}"
        await wire.post(f"{path}/capture")
        made = [
            (await wire.post(f"{path}/refund", {"amount": 7, "reason": "claim"}, idempotency_key="r1")).json()["refund"]
            for _ in range(2)
        ]
        return made, (await wire.get(f"/admin/orders/{order['id']}")).json()["order"]

    made, order = wired(story)
    assert made[0] == made[1]
    assert order["refunds"] == made[:1]
    assert (order["refunded_total"], order["payment_status"]) == (7, "partially_refunded")
