"""
Search (https://docs.stripe.com/search): clauses over metadata and a few fields.

What was made less than `SEARCH_LAG` ago is not found: the documentation asks not to search for what was just written, and
a processor that does so anyway would be right only by luck.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice

from tillproof.domain.entities import Data
from tillproof_fake_processors.stripe import params as read
from tillproof_fake_processors.stripe import shapes
from tillproof_fake_processors.stripe.asking import Asked
from tillproof_fake_processors.stripe.books import Books
from tillproof_fake_processors.stripe.errors import StripeError, invalid, missing
from tillproof_fake_processors.stripe.objects import PaymentIntent

SEARCH_LAG = 60.0
"""Seconds until a new object can be searched for."""

_USUAL, _MOST = 10, 100
_TEXT = r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'"
_CLAUSE = re.compile(
    rf"\s*(?P<not>-)?(?P<field>metadata|[a-z_]+)(?:\[(?P<name>{_TEXT})\])?\s*"
    rf"(?P<op>:|>=|<=|>|<)\s*(?P<value>{_TEXT}|-?\d+|null)\s*",
    re.IGNORECASE,
)
_JOIN = re.compile(r"(AND|OR)\b", re.IGNORECASE)
_NUMBERS: dict[str, Callable[[PaymentIntent], int]] = {"amount": lambda i: i.books.amount, "created": lambda i: i.created}
_WORDS: dict[str, Callable[[PaymentIntent], str | None]] = {
    "currency": lambda i: i.books.currency,
    "customer": lambda i: i.customer,
    "status": lambda i: i.status,
}
_COMPARED: dict[str, Callable[[int, int], bool]] = {
    ":": lambda a, b: a == b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
}

Fits = Callable[[PaymentIntent], bool]


def intents(books: Books, asked: Asked) -> Data:
    """Answer with a page of the payment intents that the query describes, newest first."""
    query = read.text(asked.params, "query")
    if query is None:
        raise missing("query")
    fits = parse(query)
    limit = read.integer(asked.params, "limit") or _USUAL
    if not 1 <= limit <= _MOST:
        raise invalid(f"limit must be between 1 and {_MOST}.", param="limit")
    after = read.text(asked.params, "page")
    if after is not None and books.intents.get(after) is None:
        raise invalid("This page was never given out.", param="page")
    until = books.now() - SEARCH_LAG
    found = list(islice((i for i in books.intents.older(after) if i.created <= until and fits(i)), limit + 1))
    page, more = found[:limit], len(found) > limit
    return {
        "object": "search_result",
        "url": "/v1/payment_intents/search",
        "has_more": more,
        "next_page": page[-1].id if more else None,
        "data": [shapes.intent(item) for item in page],
    }


def parse(query: str) -> Fits:
    """Read a query: clauses joined by AND throughout, or by OR throughout. Raises `StripeError`."""
    clauses: list[Fits] = []
    joins: set[str] = set()
    at = 0
    while True:
        found = _CLAUSE.match(query, at)
        if found is None:
            raise _unreadable()
        clauses.append(_clause(found))
        at = found.end()
        join = _JOIN.match(query, at)
        if join is None:
            break
        joins.add(join[1].upper())
        at = join.end()
    if at < len(query) or len(joins) > 1:
        raise _unreadable()
    together = any if joins == {"OR"} else all
    return lambda intent: together(clause(intent) for clause in clauses)


def _clause(found: re.Match[str]) -> Fits:
    field, value, negated = found["field"].lower(), found["value"], found["not"] is not None
    if field in _NUMBERS and value.lstrip("-").isdigit():
        number, compared = _NUMBERS[field], _COMPARED[found["op"]]
        return lambda intent: compared(number(intent), int(value)) is not negated
    if found["op"] != ":" or value.lstrip("-").isdigit():
        raise _unreadable()
    wanted = None if value == "null" else _unquoted(value)
    if field == "metadata" and found["name"] is not None:
        name = _unquoted(found["name"])
        if wanted is None:
            return lambda intent: (intent.metadata.get(name) is None) is not negated
        return lambda intent: (intent.metadata.get(name) == wanted) is not negated
    if field in _WORDS:
        word = _WORDS[field]
        return lambda intent: (word(intent) == wanted) is not negated
    raise _unreadable()


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def _unreadable() -> StripeError:
    return invalid("The search query could not be read.", param="query")
