"""
The backend's endpoints, before they become HTTP: a table from name to method, path and handler.

Names, paths and bodies are Medusa v1's Store and Admin API, as far as payments touch it. `serve` answers every request: a
refusal is an answer, and a store that fails is a conflict the client may retry.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast

from tillproof.contract.webhooks import Delivery
from tillproof.domain.entities import Data, Order
from tillproof.domain.requests import Answer, Ask
from tillproof.reference import carts, catalogue, checkout, payments, regions, sessions, settling, swaps, views, webhooks
from tillproof.reference.params import id_of, maybe, page, quantities, text, whole
from tillproof.reference.ports import StoreError, Transaction
from tillproof.reference.refusals import Conflict, InvalidData, NotFound, Refusal
from tillproof.reference.settling import sweep
from tillproof.reference.shop import Shop

__all__ = ["ENDPOINTS", "Endpoint", "boot", "serve", "settle", "sweep"]

boot = regions.register_processors
"""What a backend does before it serves: register its processors."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an endpoint will be found on the wire (`alias`: there as well), and what answers there."""

    method: str
    path: str
    handle: Callable[[Shop, Ask], Awaitable[Answer]]
    alias: str | None = None


async def settle(shop: Shop) -> None:
    """Bring what was left unfinished to an end, and deal with the events that wait."""
    await settling.settle(shop)
    await webhooks.catch_up(shop)


async def serve(shop: Shop, ask: Ask) -> Answer:
    """Answer one request. Raises nothing a client could cause."""
    endpoint = ENDPOINTS.get(ask.endpoint)
    try:
        if endpoint is None:
            raise NotFound(f"No endpoint {ask.endpoint}")
        return await endpoint.handle(shop, ask)
    except Refusal as refusal:
        return refusal.answer()
    except StoreError:
        return Conflict().answer()


async def _create_cart(shop: Shop, ask: Ask) -> Answer:
    items = quantities(ask.params, "items", "variant_id")
    email, customer = maybe(ask.params, "email"), maybe(ask.params, "customer")
    context = ask.params.get("context", {})
    cart_id = await carts.create(
        shop, maybe(ask.params, "region_id"), items, email=email, customer=customer, context=context
    )
    return await _cart(shop, cart_id)


async def _get_cart(shop: Shop, ask: Ask) -> Answer:
    return await _cart(shop, id_of(ask))


async def _update_cart(shop: Shop, ask: Ask) -> Answer:
    await carts.update(
        shop,
        id_of(ask),
        region_id=maybe(ask.params, "region_id"),
        email=maybe(ask.params, "email"),
        shipping_address=ask.params.get("shipping_address"),
        billing_address=ask.params.get("billing_address"),
    )
    return await _cart(shop, id_of(ask))


async def _add_line_item(shop: Shop, ask: Ask) -> Answer:
    await carts.add_item(shop, id_of(ask), text(ask.params, "variant_id"), whole(ask.params, "quantity"))
    return await _cart(shop, id_of(ask))


async def _update_line_item(shop: Shop, ask: Ask) -> Answer:
    await carts.set_quantity(shop, id_of(ask), text(ask.params, "line_id"), whole(ask.params, "quantity"))
    return await _cart(shop, id_of(ask))


async def _delete_line_item(shop: Shop, ask: Ask) -> Answer:
    await carts.set_quantity(shop, id_of(ask), text(ask.params, "line_id"), 0)
    return await _cart(shop, id_of(ask))


async def _add_shipping_method(shop: Shop, ask: Ask) -> Answer:
    await carts.add_shipping(shop, id_of(ask), text(ask.params, "option_id"))
    return await _cart(shop, id_of(ask))


async def _create_sessions(shop: Shop, ask: Ask) -> Answer:
    await sessions.create(shop, id_of(ask))
    return await _cart(shop, id_of(ask))


async def _select_session(shop: Shop, ask: Ask) -> Answer:
    await sessions.select(shop, id_of(ask), text(ask.params, "provider_id"))
    return await _cart(shop, id_of(ask))


async def _update_session(shop: Shop, ask: Ask) -> Answer:
    changes = ask.params.get("data")
    if not isinstance(changes, dict):
        raise InvalidData("data must be an object")
    await sessions.update_data(shop, id_of(ask), text(ask.params, "provider_id"), cast("Data", changes))
    return await _cart(shop, id_of(ask))


async def _refresh_session(shop: Shop, ask: Ask) -> Answer:
    await sessions.refresh(shop, id_of(ask), text(ask.params, "provider_id"))
    return await _cart(shop, id_of(ask))


async def _delete_session(shop: Shop, ask: Ask) -> Answer:
    await sessions.delete(shop, id_of(ask), text(ask.params, "provider_id"))
    return await _cart(shop, id_of(ask))


async def _complete(shop: Shop, ask: Ask) -> Answer:
    return await checkout.complete(shop, id_of(ask), ask.key)


async def _get_order(shop: Shop, ask: Ask) -> Answer:
    return await shop.store.read(lambda tx: views.ordered(tx, id_of(ask)))


async def _get_order_by_cart(shop: Shop, ask: Ask) -> Answer:
    cart_id = text(ask.params, "cart_id")

    def order_of(tx: Transaction) -> Answer:
        found = tx.select(Order, cart_id=cart_id)
        if not found:
            raise NotFound(f"Order with cart id {cart_id} was not found")
        return views.ordered(tx, found[0].id)

    return await shop.store.read(order_of)


async def _capture_order(shop: Shop, ask: Ask) -> Answer:
    return await payments.capture(shop, id_of(ask), ask.key)


async def _refund_order(shop: Shop, ask: Ask) -> Answer:
    note, reason = maybe(ask.params, "note"), maybe(ask.params, "reason")
    return await payments.refund(shop, id_of(ask), ask.params.get("amount"), ask.key, note, reason)


async def _cancel_order(shop: Shop, ask: Ask) -> Answer:
    return await payments.cancel(shop, id_of(ask), ask.key)


async def _list_orders(shop: Shop, ask: Ask) -> Answer:
    return await catalogue.orders(shop, *page(ask))


async def _get_payment(shop: Shop, ask: Ask) -> Answer:
    return await catalogue.payment(shop, id_of(ask))


async def _capture_payment(shop: Shop, ask: Ask) -> Answer:
    return await payments.capture_payment(shop, id_of(ask), ask.key)


async def _refund_payment(shop: Shop, ask: Ask) -> Answer:
    note, reason = maybe(ask.params, "note"), maybe(ask.params, "reason")
    return await payments.refund_payment(shop, id_of(ask), ask.params.get("amount"), ask.key, note, reason)


async def _create_swap(shop: Shop, ask: Ask) -> Answer:
    swap_id = await _swap_made(shop, ask, text(ask.params, "order_id"))
    return await shop.store.read(lambda tx: Answer(status=200, body={"swap": views.swap(tx, swap_id)}))


async def _create_order_swap(shop: Shop, ask: Ask) -> Answer:
    await _swap_made(shop, ask, id_of(ask))
    return await _get_order(shop, ask)


async def _swap_made(shop: Shop, ask: Ask, order_id: str) -> str:
    returned = quantities(ask.params, "return_items", "item_id")
    bought = quantities(ask.params, "additional_items", "variant_id")
    return await swaps.create(shop, order_id, returned, bought, ask.key)


async def _get_swap(shop: Shop, ask: Ask) -> Answer:
    return await swaps.of_cart(shop, text(ask.params, "cart_id"))


async def _process_swap(shop: Shop, ask: Ask) -> Answer:
    return await swaps.process(shop, id_of(ask), text(ask.params, "swap_id"), ask.key)


async def _cancel_swap(shop: Shop, ask: Ask) -> Answer:
    return await swaps.cancel(shop, id_of(ask), text(ask.params, "swap_id"), ask.key)


async def _list_regions(shop: Shop, ask: Ask) -> Answer:
    return await catalogue.regions(shop, *page(ask))


async def _get_region(shop: Shop, ask: Ask) -> Answer:
    return await catalogue.region(shop, id_of(ask))


async def _list_products(shop: Shop, ask: Ask) -> Answer:
    return await catalogue.products(shop, *page(ask), maybe(ask.params, "region_id"))


async def _get_product(shop: Shop, ask: Ask) -> Answer:
    return await catalogue.product(shop, id_of(ask))


async def _list_shipping_options(shop: Shop, ask: Ask) -> Answer:
    return await catalogue.shipping_options(shop, maybe(ask.params, "region_id"))


async def _list_cart_shipping_options(shop: Shop, ask: Ask) -> Answer:
    return await catalogue.cart_shipping_options(shop, text(ask.params, "cart_id"))


async def _list_processors(shop: Shop, ask: Ask) -> Answer:
    del ask
    return await catalogue.processors(shop)


async def _enable(shop: Shop, ask: Ask) -> Answer:
    await regions.enable(shop, id_of(ask), text(ask.params, "provider_id"))
    return await catalogue.region(shop, id_of(ask))


async def _disable(shop: Shop, ask: Ask) -> Answer:
    await regions.disable(shop, id_of(ask), text(ask.params, "provider_id"))
    return await catalogue.region(shop, id_of(ask))


async def _set_inventory(shop: Shop, ask: Ask) -> Answer:
    variant_id, quantity = text(ask.params, "variant_id"), whole(ask.params, "quantity")
    await regions.set_inventory(shop, variant_id, quantity)
    return Answer(status=200, body={"variant": {"id": variant_id, "inventory_quantity": quantity}})


async def _receive_webhook(shop: Shop, ask: Ask) -> Answer:
    delivery = Delivery(headers=ask.headers, body=ask.raw, received_at=shop.clock.now())
    return await webhooks.receive(shop, text(ask.params, "provider_id"), delivery)


async def _cart(shop: Shop, cart_id: str) -> Answer:
    return await shop.store.read(lambda tx: Answer(status=200, body={"cart": views.cart(shop, tx, cart_id)}))


_CARTS, _ORDERS, _REGIONS, _PAYMENTS = "/store/carts", "/admin/orders", "/admin/regions", "/admin/payments"

ENDPOINTS: dict[str, Endpoint] = {
    "create_cart": Endpoint("POST", _CARTS, _create_cart),
    "get_cart": Endpoint("GET", f"{_CARTS}/{{id}}", _get_cart),
    "update_cart": Endpoint("POST", f"{_CARTS}/{{id}}", _update_cart),
    "add_line_item": Endpoint("POST", f"{_CARTS}/{{id}}/line-items", _add_line_item),
    "update_line_item": Endpoint("POST", f"{_CARTS}/{{id}}/line-items/{{line_id}}", _update_line_item),
    "delete_line_item": Endpoint("DELETE", f"{_CARTS}/{{id}}/line-items/{{line_id}}", _delete_line_item),
    "add_shipping_method": Endpoint("POST", f"{_CARTS}/{{id}}/shipping-methods", _add_shipping_method),
    "create_payment_sessions": Endpoint("POST", f"{_CARTS}/{{id}}/payment-sessions", _create_sessions),
    "select_payment_session": Endpoint("POST", f"{_CARTS}/{{id}}/payment-session", _select_session),
    "update_payment_session": Endpoint("POST", f"{_CARTS}/{{id}}/payment-sessions/{{provider_id}}", _update_session),
    "refresh_payment_session": Endpoint(
        "POST", f"{_CARTS}/{{id}}/payment-sessions/{{provider_id}}/refresh", _refresh_session
    ),
    "delete_payment_session": Endpoint("DELETE", f"{_CARTS}/{{id}}/payment-sessions/{{provider_id}}", _delete_session),
    "complete_cart": Endpoint("POST", f"{_CARTS}/{{id}}/complete", _complete, alias=f"{_CARTS}/{{id}}/complete-cart"),
    "get_placed_order": Endpoint("GET", "/store/orders/{id}", _get_order),
    "get_order_by_cart": Endpoint("GET", "/store/orders/cart/{cart_id}", _get_order_by_cart),
    "create_swap": Endpoint("POST", "/store/swaps", _create_swap),
    "get_swap": Endpoint("GET", "/store/swaps/{cart_id}", _get_swap),
    "list_regions": Endpoint("GET", "/store/regions", _list_regions),
    "get_region": Endpoint("GET", "/store/regions/{id}", _get_region),
    "list_products": Endpoint("GET", "/store/products", _list_products),
    "get_product": Endpoint("GET", "/store/products/{id}", _get_product),
    "list_shipping_options": Endpoint("GET", "/store/shipping-options", _list_shipping_options),
    "list_cart_shipping_options": Endpoint("GET", "/store/shipping-options/{cart_id}", _list_cart_shipping_options),
    "list_orders": Endpoint("GET", _ORDERS, _list_orders),
    "get_order": Endpoint("GET", f"{_ORDERS}/{{id}}", _get_order),
    "capture_order": Endpoint("POST", f"{_ORDERS}/{{id}}/capture", _capture_order),
    "refund_order": Endpoint("POST", f"{_ORDERS}/{{id}}/refund", _refund_order),
    "cancel_order": Endpoint("POST", f"{_ORDERS}/{{id}}/cancel", _cancel_order),
    "create_order_swap": Endpoint("POST", f"{_ORDERS}/{{id}}/swaps", _create_order_swap),
    "process_swap": Endpoint("POST", f"{_ORDERS}/{{id}}/swaps/{{swap_id}}/process-payment", _process_swap),
    "cancel_swap": Endpoint("POST", f"{_ORDERS}/{{id}}/swaps/{{swap_id}}/cancel", _cancel_swap),
    "get_payment": Endpoint("GET", f"{_PAYMENTS}/{{id}}", _get_payment),
    "capture_payment": Endpoint("POST", f"{_PAYMENTS}/{{id}}/capture", _capture_payment),
    "refund_payment": Endpoint("POST", f"{_PAYMENTS}/{{id}}/refund", _refund_payment),
    "list_payment_providers": Endpoint("GET", "/admin/store/payment-providers", _list_processors),
    "list_admin_regions": Endpoint("GET", _REGIONS, _list_regions),
    "get_admin_region": Endpoint("GET", f"{_REGIONS}/{{id}}", _get_region),
    "add_region_provider": Endpoint("POST", f"{_REGIONS}/{{id}}/payment-providers", _enable),
    "remove_region_provider": Endpoint("DELETE", f"{_REGIONS}/{{id}}/payment-providers/{{provider_id}}", _disable),
    "receive_webhook": Endpoint("POST", "/{provider_id}/hooks", _receive_webhook, alias="/hooks/{provider_id}"),
    "set_inventory": Endpoint("POST", "/admin/variants/{variant_id}", _set_inventory),
}
"""Every endpoint there is, by the name clients use in `Ask.endpoint`."""
