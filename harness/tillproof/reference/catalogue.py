"""What can be looked at: regions, products, shipping options, processors and orders, one or a page of them. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from tillproof.domain.entities import Cart, Data, Order, Payment, PaymentProvider, Region, Variant
from tillproof.domain.requests import Answer
from tillproof.reference import views
from tillproof.reference.ports import Transaction
from tillproof.reference.refusals import NotFound
from tillproof.reference.shop import Shop

R = TypeVar("R")


async def regions(shop: Shop, limit: int, offset: int) -> Answer:
    """List the regions."""

    def listed(tx: Transaction) -> Answer:
        return _page("regions", tx.select(Region), lambda row: views.region(tx, row.id), limit, offset)

    return await shop.store.read(listed)


async def region(shop: Shop, region_id: str) -> Answer:
    """Show a region."""
    return await shop.store.read(lambda tx: Answer(status=200, body={"region": views.region(tx, region_id)}))


async def products(shop: Shop, limit: int, offset: int, region_id: str | None) -> Answer:
    """List what can be bought; for a region, with the price there."""

    def listed(tx: Transaction) -> Answer:
        currency = None if region_id is None else _region(tx, region_id).currency_code
        return _page("products", tx.select(Variant), lambda row: views.product(row, currency), limit, offset)

    return await shop.store.read(listed)


async def product(shop: Shop, product_id: str) -> Answer:
    """Show something that can be bought."""

    def shown(tx: Transaction) -> Answer:
        row = tx.find(Variant, product_id)
        if row is None:
            raise NotFound(f"Product with id: {product_id} was not found")
        return Answer(status=200, body={"product": views.product(row, None)})

    return await shop.store.read(shown)


async def shipping_options(shop: Shop, region_id: str | None) -> Answer:
    """List the ways goods can travel, in one region or in all."""

    def listed(tx: Transaction) -> Answer:
        where = tx.select(Region) if region_id is None else [_region(tx, region_id)]
        return Answer(status=200, body={"shipping_options": [option for row in where for option in views.shipping(row)]})

    return await shop.store.read(listed)


async def cart_shipping_options(shop: Shop, cart_id: str) -> Answer:
    """List the ways a cart's goods can travel."""

    def listed(tx: Transaction) -> Answer:
        cart = tx.find(Cart, cart_id)
        if cart is None:
            raise NotFound(f"Cart with {cart_id} was not found")
        return Answer(status=200, body={"shipping_options": views.shipping(_region(tx, cart.region_id))})

    return await shop.store.read(listed)


async def processors(shop: Shop) -> Answer:
    """List every processor the shop has known, and whether it is installed now."""

    def listed(tx: Transaction) -> Answer:
        rows = tx.select(PaymentProvider)
        return Answer(
            status=200, body={"payment_providers": [{"id": row.id, "is_installed": row.is_installed} for row in rows]}
        )

    return await shop.store.read(listed)


async def orders(shop: Shop, limit: int, offset: int) -> Answer:
    """List the orders, newest first."""

    def listed(tx: Transaction) -> Answer:
        return _page("orders", tx.select(Order)[::-1], lambda row: views.order(tx, row.id), limit, offset)

    return await shop.store.read(listed)


async def payment(shop: Shop, payment_id: str) -> Answer:
    """Show a payment."""

    def shown(tx: Transaction) -> Answer:
        row = tx.find(Payment, payment_id)
        if row is None:
            raise NotFound(f"Payment with {payment_id} was not found")
        return Answer(status=200, body={"payment": views.payment(row)})

    return await shop.store.read(shown)


def _page(name: str, rows: Sequence[R], shown: Callable[[R], Data], limit: int, offset: int) -> Answer:
    page = [shown(row) for row in rows[offset : offset + limit]]
    return Answer(status=200, body={name: page, "count": len(rows), "offset": offset, "limit": limit})


def _region(tx: Transaction, region_id: str) -> Region:
    row = tx.find(Region, region_id)
    if row is None:
        raise NotFound(f"Region with {region_id} was not found")
    return row
