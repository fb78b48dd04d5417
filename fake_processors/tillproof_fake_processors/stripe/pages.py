"""Lists, a page at a time, newest first (https://docs.stripe.com/api/pagination)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TypeVar, cast

from tillproof.domain.entities import Data
from tillproof_fake_processors.stripe import params as read
from tillproof_fake_processors.stripe import shapes
from tillproof_fake_processors.stripe.asking import Asked
from tillproof_fake_processors.stripe.books import Books
from tillproof_fake_processors.stripe.customers import found as customer_found
from tillproof_fake_processors.stripe.errors import invalid, no_such
from tillproof_fake_processors.stripe.objects import Charge, Customer, Event, Kept, PaymentIntent, PaymentMethod, Refund
from tillproof_fake_processors.stripe.shelf import Shelf

T = TypeVar("T", Customer, PaymentMethod, PaymentIntent, Charge, Refund, Event)

PAGE = ("limit", "starting_after", "ending_before")
"""The parameters every list has."""

_USUAL, _MOST = 10, 100


def customers(books: Books, asked: Asked) -> Data:
    """List customers, by e-mail if one is given."""
    email = read.text(asked.params, "email")
    return _page(books.customers, asked, "/v1/customers", lambda c: not c.deleted and email in {None, c.email})


def intents(books: Books, asked: Asked) -> Data:
    """List payment intents, of one customer if one is given."""
    customer = read.text(asked.params, "customer")
    return _page(books.intents, asked, "/v1/payment_intents", lambda i: customer in {None, i.customer})


def charges(books: Books, asked: Asked) -> Data:
    """List charges, of one payment intent or customer if one is given."""
    intent, customer = read.text(asked.params, "payment_intent"), read.text(asked.params, "customer")
    return _page(
        books.charges,
        asked,
        "/v1/charges",
        lambda c: intent in {None, c.intent.id} and customer in {None, c.intent.customer},
    )


def refunds(books: Books, asked: Asked) -> Data:
    """List refunds, of one charge or payment intent if one is given."""
    charge, intent = read.text(asked.params, "charge"), read.text(asked.params, "payment_intent")
    return _page(
        books.refunds,
        asked,
        "/v1/refunds",
        lambda r: charge in {None, r.charge.id} and intent in {None, r.charge.intent.id},
    )


def events(books: Books, asked: Asked) -> Data:
    """List events, of some types if any are given."""
    one, several = read.text(asked.params, "type"), read.texts(asked.params, "types")
    wanted = frozenset(several if one is None else [one])
    return _page(books.events, asked, "/v1/events", lambda e: not wanted or e.type in wanted)


def retrieve_event(books: Books, asked: Asked) -> Event:
    """Read an event."""
    event = books.events.get(asked.id)
    if event is None:
        raise no_such("event", asked.id)
    return event


def methods(books: Books, asked: Asked) -> Data:
    """List the payment methods of the customer who is given."""
    customer = read.text(asked.params, "customer")
    return _page(
        books.methods, asked, "/v1/payment_methods", lambda m: m.customer is not None and customer in {None, m.customer}
    )


def methods_of_customer(books: Books, asked: Asked) -> Data:
    """List the payment methods of the customer in the path."""
    customer = customer_found(books, asked.id)
    url = f"/v1/customers/{customer.id}/payment_methods"
    return _page(books.methods, asked, url, lambda m: m.customer == customer.id)


def _page(shelf: Shelf[T], asked: Asked, url: str, fits: Callable[[T], bool]) -> Data:
    """Answer with one page of what fits, and whether there is more."""
    params = asked.params
    limit = read.integer(params, "limit")
    limit = _USUAL if limit is None else limit
    if not 1 <= limit <= _MOST:
        raise invalid(f"limit must be between 1 and {_MOST}.", param="limit", code="parameter_invalid_integer")
    after, before = read.text(params, "starting_after"), read.text(params, "ending_before")
    if after is not None and before is not None:
        raise invalid("starting_after and ending_before exclude each other.", param="ending_before")
    for cursor, name in ((after, "starting_after"), (before, "ending_before")):
        if cursor is not None and shelf.get(cursor) is None:
            raise no_such("object", cursor, param=name, status=400)
    least, most = _created(params)
    if before is None:
        in_range = _until(shelf.older(after), least)
        found = list(islice((i for i in in_range if i.created <= most and fits(i)), limit + 1))
        page = found[:limit]
    else:
        newer = (i for i in shelf.newer(before) if least <= i.created <= most and fits(i))
        found = list(islice(newer, limit + 1))
        page = found[:limit][::-1]
    data = [shapes.shape(cast("Kept", item)) for item in page]
    return {"object": "list", "url": url, "has_more": len(found) > limit, "data": data}


def _until(items: Iterator[T], least: float) -> Iterator[T]:
    """Stop at the first that is too old: the rest is older still."""
    for item in items:
        if item.created < least:
            return
        yield item


def _created(params: Data) -> tuple[float, float]:
    """Read the filter by time of making: one moment, or bounds. Returns the least and the highest that fit."""
    if not isinstance(params.get("created", {}), dict):
        moment = read.needed_integer(params, "created")
        return moment, moment
    bounds = read.hashed(params, "created")
    read.known(bounds, ("gt", "gte", "lt", "lte"))
    least, most = float("-inf"), float("inf")
    for name, value in ((name, read.needed_integer(bounds, name)) for name in bounds):
        if name.startswith("g"):
            least = max(least, value + (name == "gt"))
        else:
            most = min(most, value - (name == "lt"))
    return least, most
