"""The outermost object of each answer: `{cart}`, `{order}`, a page of a list, the two ends of a completion."""

from __future__ import annotations

from typing import Literal

from tillproof.reference.http.shapes import (
    Cart,
    Order,
    Payment,
    Processor,
    Product,
    Refund,
    Region,
    Shape,
    ShippingOption,
    Stocked,
    Swap,
    User,
)


class TheCart(Shape, frozen=True, kw_only=True):
    """A cart."""

    cart: Cart


class TheOrder(Shape, frozen=True, kw_only=True):
    """An order."""

    order: Order


class Placed(Shape, frozen=True, kw_only=True, tag="order"):
    """The completion is over: here is its order."""

    data: Order


class Swapped(Shape, frozen=True, kw_only=True, tag="swap"):
    """The completion is over: here is its swap, confirmed."""

    data: Swap


class Awaited(Shape, frozen=True, kw_only=True, tag="cart"):
    """The customer has to act, or the gateway to make up its mind; then complete again with the same key."""

    data: Cart
    payment_status: Literal["pending", "requires_more"]


class TheSwap(Shape, frozen=True, kw_only=True):
    """A swap."""

    swap: Swap


class ThePayment(Shape, frozen=True, kw_only=True):
    """A payment."""

    payment: Payment


class TheRefund(Shape, frozen=True, kw_only=True):
    """A refund."""

    refund: Refund


class TheRegion(Shape, frozen=True, kw_only=True):
    """A region."""

    region: Region


class TheProduct(Shape, frozen=True, kw_only=True):
    """A product."""

    product: Product


class TheVariant(Shape, frozen=True, kw_only=True):
    """A variant's stock."""

    variant: Stocked


class TheUser(Shape, frozen=True, kw_only=True):
    """Who is signed in."""

    user: User


class TheToken(Shape, frozen=True, kw_only=True):
    """A token, good for `Authorization: Bearer`."""

    access_token: str


class Received(Shape, frozen=True, kw_only=True):
    """The event is durably dealt with."""

    received: bool


class Paged(Shape, frozen=True, kw_only=True):
    """A page of a list: `count` are there in all."""

    count: int
    offset: int
    limit: int


class Regions(Paged, frozen=True, kw_only=True):
    """A page of regions."""

    regions: list[Region]


class Products(Paged, frozen=True, kw_only=True):
    """A page of products."""

    products: list[Product]


class Orders(Paged, frozen=True, kw_only=True):
    """A page of orders, newest first."""

    orders: list[Order]


class ShippingOptions(Shape, frozen=True, kw_only=True):
    """Ways for goods to travel."""

    shipping_options: list[ShippingOption]


class Processors(Shape, frozen=True, kw_only=True):
    """Every processor the shop has known."""

    payment_providers: list[Processor]
