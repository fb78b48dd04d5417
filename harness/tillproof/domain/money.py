"""Money as whole minor units of a currency, and how it is shown to people."""

from __future__ import annotations

from functools import cache

import msgspec
from babel.numbers import get_currency_precision


class Money(msgspec.Struct, frozen=True):
    """An amount in whole minor units (cents, yen, fils) of one currency (ISO 4217, lower case)."""

    amount: int
    currency: str


@cache
def exponent(currency: str) -> int:
    """
    Return how many decimals the currency has: 0 for `jpy`, 2 for `eur`, 3 for `kwd`.

    The table is Babel's (CLDR); an unknown currency counts as two decimals there.
    """
    return get_currency_precision(currency.upper())


def shown(amount: int, currency: str) -> str:
    """Write minor units as a plain decimal with the currency's own number of places: `4900, eur` is `49.00`."""
    places = exponent(currency)
    sign = "-" if amount < 0 else ""
    if places == 0:
        return f"{sign}{abs(amount)}"
    whole, fraction = divmod(abs(amount), 10**places)
    return f"{sign}{whole}.{fraction:0{places}d}"
