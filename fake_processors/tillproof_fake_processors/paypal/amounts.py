"""
Amounts as PayPal writes them: `{"currency_code": "EUR", "value": "49.00"}`.

Which currencies there are and how many decimals each takes: https://developer.paypal.com/reference/currency-codes. Forint
and Taiwan dollar take none here, whatever ISO 4217 says; no currency takes three.
"""

from __future__ import annotations

import re
from typing import cast

from tillproof.domain.entities import Data
from tillproof.domain.money import Money, exponent

_WITHOUT_DECIMALS = frozenset({"huf", "jpy", "twd"})

CURRENCIES = _WITHOUT_DECIMALS | frozenset(
    "aud brl cad chf cny czk dkk eur gbp hkd ils mxn myr nok nzd php pln sek sgd thb usd".split()  # noqa: SIM905 - a table
)
"""The currencies PayPal takes, lower case."""

_VALUE = re.compile(r"(?P<sign>-?)(?P<whole>[0-9]+)(?:\.(?P<fraction>[0-9]+))?")
_LONGEST = 32
_LARGEST = 10**15  # whole units; from here on PayPal takes nothing


class NotAnAmount(Exception):
    """It is no amount PayPal would take. `issue` is PayPal's word for why, `field` the part that is wrong."""

    def __init__(self, issue: str, field: str = "value") -> None:
        """Say why."""
        super().__init__(issue)
        self.issue = issue
        self.field = field


_POWERS = (1, 10, 100, 1_000)


def decimals(currency: str) -> int:
    """Return how many decimals PayPal takes in this currency."""
    return 0 if currency in _WITHOUT_DECIMALS else 2


def written(amount: Money) -> Data:
    """Write an amount. Raises `NotAnAmount` for a currency PayPal does not know, and for parts it cannot express."""
    if amount.currency not in CURRENCIES:
        raise NotAnAmount("INVALID_CURRENCY_CODE", "currency_code")
    places = decimals(amount.currency)
    finer = _finer(amount.currency)
    if amount.amount % finer:
        raise NotAnAmount("DECIMALS_NOT_SUPPORTED")
    whole, fraction = divmod(amount.amount // finer, _POWERS[places])
    value = f"{whole}.{fraction:0{places}d}" if places else str(whole)
    return {"currency_code": amount.currency.upper(), "value": value}


def read(told: object) -> Money:
    """Read an amount above zero, exactly. Raises `NotAnAmount`."""
    if not isinstance(told, dict):
        raise NotAnAmount("MISSING_REQUIRED_PARAMETER", "")
    amount = cast("Data", told)
    code, value = amount.get("currency_code"), amount.get("value")
    if not isinstance(code, str):
        raise NotAnAmount("MISSING_REQUIRED_PARAMETER", "currency_code")
    if code.lower() not in CURRENCIES or code != code.upper():
        raise NotAnAmount("INVALID_CURRENCY_CODE", "currency_code")
    if value is None:
        raise NotAnAmount("MISSING_REQUIRED_PARAMETER")
    found = _VALUE.fullmatch(value) if isinstance(value, str) and len(value) <= _LONGEST else None
    if found is None:
        raise NotAnAmount("INVALID_PARAMETER_SYNTAX")
    return Money(_minor(found, code.lower()), code.lower())


def _minor(found: re.Match[str], currency: str) -> int:
    fraction = found["fraction"] or ""
    places = decimals(currency)
    if len(fraction) > places:
        raise NotAnAmount("DECIMAL_PRECISION" if places else "DECIMALS_NOT_SUPPORTED")
    if int(found["whole"]) >= _LARGEST:
        raise NotAnAmount("MAX_VALUE_EXCEEDED")
    units = int(found["whole"]) * _POWERS[places] + int(fraction.ljust(places, "0") or "0")
    if found["sign"] or units == 0:
        raise NotAnAmount("CANNOT_BE_ZERO_OR_NEGATIVE")
    return units * _finer(currency)


def _finer(currency: str) -> int:
    """Say how many of our minor units make one of PayPal's: 100 of the forint's, else 1."""
    return _POWERS[exponent(currency) - decimals(currency)]
