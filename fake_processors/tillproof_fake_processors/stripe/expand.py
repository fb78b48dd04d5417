"""`expand[]`: ids in an answer replaced by the objects they name (https://docs.stripe.com/api/expanding_objects)."""

from __future__ import annotations

from typing import cast

from tillproof.domain.entities import Data
from tillproof_fake_processors.stripe import shapes
from tillproof_fake_processors.stripe.books import Books
from tillproof_fake_processors.stripe.errors import invalid
from tillproof_fake_processors.stripe.objects import Kept

_DEEPEST = 4
_EXPANDABLE = frozenset({"charge", "customer", "latest_charge", "payment_intent", "payment_method", "refunds"})


def expand(books: Books, body: Data, paths: list[str]) -> Data:
    """Return the answer with the named places expanded. Raises `StripeError` for a place that holds no object's id."""
    for path in paths:
        names = path.split(".")
        if len(names) > _DEEPEST:
            raise invalid(f"Nothing is expanded deeper than {_DEEPEST} levels.", param="expand")
        _expand(books, body, names, path)
    return body


def _expand(books: Books, body: Data, names: list[str], path: str) -> None:
    name, *rest = names
    if name == "data" and body.get("object") in {"list", "search_result"}:
        for item in cast("list[Data]", body["data"]):
            _expand(books, item, rest, path)
        return
    if name == "refunds" and body.get("object") == "charge":
        body[name] = _refunds(books, body)
    elif name not in _EXPANDABLE or name not in body:
        raise invalid(f"This property cannot be expanded: {path}.", param="expand")
    named = _named(books, body[name]) if isinstance(body[name], str) else None
    if named is not None:
        body[name] = shapes.shape(named)
    inner: object = body[name]
    if rest and isinstance(inner, dict):
        _expand(books, cast("Data", inner), rest, path)


def _named(books: Books, id_: str) -> Kept | None:
    return books.charges.get(id_) or books.customers.get(id_) or books.intents.get(id_) or books.methods.get(id_)


def _refunds(books: Books, body: Data) -> Data:
    charge = books.charges.get(body["id"])
    refunds = charge.refunds[::-1] if charge else []
    url = f"/v1/charges/{body['id']}/refunds"
    return {"object": "list", "url": url, "has_more": False, "data": [shapes.refund(refund) for refund in refunds]}
