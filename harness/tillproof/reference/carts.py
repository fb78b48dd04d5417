"""Filling and changing a cart. Whatever changes what is to be paid brings the payment sessions along."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from tillproof.domain.entities import Cart, Data, LineItem, PaymentSession, Region, ShippingMethod, Variant
from tillproof.reference.ports import Transaction
from tillproof.reference.refusals import InvalidData, NotAllowed, NotFound
from tillproof.reference.sessions import editable, reconcile
from tillproof.reference.shop import Shop

_MOST = 10_000  # of one variant in one cart


async def create(
    shop: Shop,
    region_id: str | None,
    items: list[tuple[str, int]],
    *,
    email: str | None,
    customer: str | None,
    context: Data,
) -> str:
    """Make a cart in a region (the shop's first, if none is named) and return its id."""

    def cart_created(tx: Transaction) -> str:
        region = _region(tx, region_id) if region_id is not None else _first_region(tx)
        now = shop.clock.now()
        cart = Cart(
            id=shop.ids.new(Cart.prefix),
            region_id=region.id,
            currency_code=region.currency_code,
            tax_rate=region.tax_rate,
            email=email,
            customer=customer,
            context=context,
            created_at=now,
            updated_at=now,
        )
        lines = tuple(line(shop, tx, cart, variant_id, quantity) for variant_id, quantity in items)
        tx.put(replace(cart, items=lines))
        return cart.id

    return await shop.store.atomic(cart_created)


async def add_item(shop: Shop, cart_id: str, variant_id: str, quantity: int) -> None:
    """Put so many more of a variant in the cart."""

    def item_added(tx: Transaction, cart: Cart) -> Cart:
        return replace(cart, items=(*cart.items, line(shop, tx, cart, variant_id, quantity)))

    await _change(shop, cart_id, item_added)


async def set_quantity(shop: Shop, cart_id: str, line_id: str, quantity: int) -> None:
    """Change how many a line holds; 0 removes it."""

    def quantity_set(_tx: Transaction, cart: Cart) -> Cart:
        if not any(item.id == line_id for item in cart.items):
            raise NotFound(f"Line item with {line_id} was not found")
        _checked_quantity(quantity, least=0)
        items = (replace(item, quantity=quantity) if item.id == line_id else item for item in cart.items)
        return replace(cart, items=tuple(item for item in items if item.quantity > 0))

    await _change(shop, cart_id, quantity_set)


async def add_shipping(shop: Shop, cart_id: str, option: str) -> None:
    """Choose how the goods travel; replaces an earlier choice."""

    def shipping_chosen(tx: Transaction, cart: Cart) -> Cart:
        price = _region(tx, cart.region_id).shipping_options.get(option)
        if price is None:
            raise NotFound(f"Shipping option with {option} was not found")
        return replace(cart, shipping_methods=(ShippingMethod(name=option, price=price),))

    await _change(shop, cart_id, shipping_chosen)


async def update(
    shop: Shop,
    cart_id: str,
    *,
    region_id: str | None = None,
    email: str | None = None,
    shipping_address: Data | None = None,
    billing_address: Data | None = None,
) -> None:
    """
    Change e-mail address, addresses, or the region: its prices, tax, shipping and processors follow.

    What is None stays as it is.
    """

    def cart_updated(tx: Transaction, cart: Cart) -> Cart:
        changed = replace(
            cart,
            email=cart.email if email is None else email,
            shipping_address=cart.shipping_address if shipping_address is None else shipping_address,
            billing_address=cart.billing_address if billing_address is None else billing_address,
        )
        if region_id is None or region_id == cart.region_id:
            return changed
        if cart.swap_id is not None:
            raise NotAllowed("A swap's cart stays in the region of its order")
        region = _region(tx, region_id)
        moved = replace(changed, region_id=region.id, currency_code=region.currency_code, tax_rate=region.tax_rate)
        items = tuple(
            replace(item, unit_price=_price(_variant(tx, item.variant_id), region.currency_code)) for item in cart.items
        )
        names = [method.name for method in cart.shipping_methods if method.name in region.shipping_options]
        methods = tuple(ShippingMethod(name=name, price=region.shipping_options[name]) for name in names)
        return replace(moved, items=items, shipping_methods=methods)

    await _change(shop, cart_id, cart_updated)


async def _change(shop: Shop, cart_id: str, change: Callable[[Transaction, Cart], Cart]) -> None:
    """Apply the change in one step, then bring the payment sessions to what the cart is now, if there are any."""

    def changed(tx: Transaction) -> bool:
        cart = editable(tx, cart_id)
        tx.put(replace(change(tx, cart), updated_at=shop.clock.now()))
        return bool(tx.select(PaymentSession, cart_id=cart_id))

    changed.__name__ = change.__name__
    if await shop.store.atomic(changed):
        await reconcile(shop, cart_id)


def line(shop: Shop, tx: Transaction, cart: Cart, variant_id: str, quantity: int) -> LineItem:
    """Return so many of a variant as a line of this cart, at today's price there."""
    _checked_quantity(quantity, least=1)
    variant = _variant(tx, variant_id)
    return LineItem(
        id=shop.ids.new("item"),
        variant_id=variant.id,
        title=variant.title,
        unit_price=_price(variant, cart.currency_code),
        quantity=quantity,
    )


def _checked_quantity(quantity: int, *, least: int) -> None:
    if not least <= quantity <= _MOST:
        raise InvalidData(f"quantity must be a whole number from {least} to {_MOST}")


def _price(variant: Variant, currency: str) -> int:
    if currency not in variant.prices:
        raise InvalidData(f"Variant with {variant.id} has no price in {currency}")
    return variant.prices[currency]


def _region(tx: Transaction, region_id: str) -> Region:
    region = tx.find(Region, region_id)
    if region is None:
        raise NotFound(f"Region with {region_id} was not found")
    return region


def _first_region(tx: Transaction) -> Region:
    regions = tx.select(Region)
    if not regions:
        raise InvalidData("A cart needs a region, and there is none")
    return regions[0]


def _variant(tx: Transaction, variant_id: str) -> Variant:
    variant = tx.find(Variant, variant_id)
    if variant is None:
        raise NotFound(f"Variant with id: {variant_id} was not found")
    return variant
