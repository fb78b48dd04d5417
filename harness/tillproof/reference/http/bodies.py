"""
What clients send: bodies and queries, each as a closed form.

These forms are what is decoded *and* what the OpenAPI document shows. A field that is not here is refused by name, as in the
original; amounts are whole minor units.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from tillproof.domain.entities import Data

_LARGEST = 2**31 - 1  # the original's amounts are 32-bit columns

Name = Annotated[str, Meta(min_length=1, max_length=255)]
Text = Annotated[str, Meta(max_length=255)]
Note = Annotated[str, Meta(min_length=1, max_length=5_000)]
Quantity = Annotated[int, Meta(ge=1, le=10_000)]
Amount = Annotated[int, Meta(ge=1, le=_LARGEST, description="Minor units of the order's currency.")]


class Form(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A closed form: nothing else may be sent; what is left out, or null, is not passed on."""


class Wanted(Form, frozen=True, kw_only=True):
    """So many of a variant."""

    variant_id: Name
    quantity: Quantity


class Address(Form, frozen=True, kw_only=True):
    """Where somebody lives."""

    first_name: Text | None = None
    last_name: Text | None = None
    company: Text | None = None
    phone: Text | None = None
    address_1: Text | None = None
    address_2: Text | None = None
    city: Text | None = None
    country_code: Text | None = None
    province: Text | None = None
    postal_code: Text | None = None
    metadata: dict[str, Any] | None = None


class NewCart(Form, frozen=True, kw_only=True):
    """Where the cart is, and what is in it from the start."""

    region_id: Name | None = None
    items: Annotated[list[Wanted], Meta(max_length=100)] = []
    email: Name | None = None
    customer: Name | None = None
    context: dict[str, Any] = {}


class CartChanges(Form, frozen=True, kw_only=True):
    """What is to be different."""

    region_id: Name | None = None
    email: Name | None = None
    shipping_address: Address | None = None
    billing_address: Address | None = None


class LineQuantity(Form, frozen=True, kw_only=True):
    """How many the line holds; 0 removes it."""

    quantity: Annotated[int, Meta(ge=0, le=10_000)]


class ShippingChoice(Form, frozen=True, kw_only=True):
    """How the goods travel."""

    option_id: Name


class ProcessorChoice(Form, frozen=True, kw_only=True):
    """Which payment processor."""

    provider_id: Name


class SessionData(Form, frozen=True, kw_only=True):
    """What the storefront has to tell the processor."""

    data: Data


class RefundOf(Form, frozen=True, kw_only=True):
    """How much is given back, and why."""

    amount: Amount
    reason: Name | None = None
    note: Note | None = None
    no_notification: bool | None = None


class Returned(Form, frozen=True, kw_only=True):
    """So many of an order's line are returned."""

    item_id: Name
    quantity: Quantity


class SwapOf(Form, frozen=True, kw_only=True):
    """What is returned, and what is wanted instead."""

    return_items: Annotated[list[Returned], Meta(min_length=1, max_length=100)]
    additional_items: Annotated[list[Wanted], Meta(max_length=100)] = []


class NewSwap(SwapOf, frozen=True, kw_only=True):
    """Of which order, what is returned, and what is wanted instead."""

    order_id: Name


class Stock(Form, frozen=True, kw_only=True):
    """How many are left."""

    quantity: Annotated[int, Meta(ge=0, le=_LARGEST)]


class Credentials(Form, frozen=True, kw_only=True):
    """Who signs in."""

    email: Text
    password: Text


class Page(Form, frozen=True, kw_only=True):
    """Which part of a list. `expand` and `fields` are accepted and change nothing: everything is always shown."""

    limit: Annotated[int, Meta(ge=0, le=100)] = 50
    offset: Annotated[int, Meta(ge=0, le=_LARGEST)] = 0
    expand: Text | None = None
    fields: Text | None = None


class PageInRegion(Page, frozen=True, kw_only=True):
    """Which part of a list, and the region whose prices are shown."""

    region_id: Name | None = None


class InRegion(Form, frozen=True, kw_only=True):
    """Only of this region."""

    region_id: Name | None = None
