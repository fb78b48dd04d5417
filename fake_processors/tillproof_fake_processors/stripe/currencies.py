"""
How Stripe counts money: units, least and largest sums (https://docs.stripe.com/currencies).

Stripe's smallest unit is the currency's own, except that króna and shilling are still counted in hundredths and the third
decimal of dinars and rials must be 0.
"""

from __future__ import annotations

from functools import cache

from tillproof.domain.money import Money, exponent
from tillproof_fake_processors.stripe.errors import StripeError, invalid


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WITHOUT_DECIMALS = _codes("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf")
THREE_DECIMALS = _codes("bhd jod kwd omr tnd")
"""Currencies in which only sums that end in 0 can be moved."""

_WHOLE_IN_HUNDREDTHS = frozenset({"isk", "ugx"})

SUPPORTED = (
    _WITHOUT_DECIMALS
    | THREE_DECIMALS
    | _WHOLE_IN_HUNDREDTHS
    | _codes(
        "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf "
        "cny cop crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils "
        "inr jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad "
        "ngn nio nok npr nzd pab pen pgk php pkr pln qar ron rsd rub sar sbd scr sek sgd shp sle sos srd std "
        "szl thb tjs top try ttd twd tzs uah usd uyu uzs wst xcd yer zar zmw"
    )
)
"""The currencies a card can be charged in, lower case."""

_LEAST = {
    "usd": 50, "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50,
    "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50, "pln": 200,
    "ron": 200, "sek": 300, "sgd": 50, "thb": 1000,
}  # fmt: skip
_LARGEST = 99_999_999
_LARGER = {"cop": 10**10 - 1, "huf": 10**10 - 1, "idr": 10**12 - 1, "inr": 10**9 - 1, "jpy": 10**10 - 1, "lbp": 10**12 - 1}

_TEN = 10
_HUNDRED = 100


@cache
def decimals(currency: str) -> int:
    """Return how many decimals an amount in Stripe's API has."""
    if currency in _WITHOUT_DECIMALS:
        return 0
    return 3 if currency in THREE_DECIMALS else 2


def charge_amount(amount: int, currency: str, *, param: str = "amount") -> int:
    """Return the amount if it can be charged. Raises `StripeError` with the documented code."""
    check_unit(amount, currency, param=param)
    if amount > _LARGER.get(currency, _LARGEST):
        raise invalid("This amount has too many digits to be charged.", param=param, code="amount_too_large")
    if amount < _LEAST.get(currency, 1):
        raise invalid("This amount is below the least that can be charged.", param=param, code="amount_too_small")
    return amount


def check_unit(amount: int, currency: str, *, param: str = "amount") -> None:
    """Refuse an amount finer than Stripe can move."""
    if amount < 1:
        raise invalid("An amount must be a whole number above zero.", param=param, code="parameter_invalid_integer")
    if currency in THREE_DECIMALS and amount % _TEN:
        raise _too_fine(f"The last digit of an amount in {currency} must be 0.", param)
    if currency in _WHOLE_IN_HUNDREDTHS and amount % _HUNDRED:
        raise _too_fine(f"An amount in {currency} must be a whole number of hundreds.", param)


def to_stripe(money: Money) -> int | None:
    """Return the amount as Stripe takes it, or None if Stripe cannot move exactly that much. Never rounds."""
    shift = decimals(money.currency) - exponent(money.currency)
    amount, too_fine = _shifted(money.amount, shift)
    if too_fine:
        return None
    if money.currency not in SUPPORTED:
        return None
    try:
        check_unit(amount, money.currency)
    except StripeError:
        return None
    return amount


def from_stripe(amount: int, currency: str) -> int:
    """Return an amount of Stripe's in the currency's own minor units."""
    return _shifted(amount, exponent(currency) - decimals(currency))[0]


def _shifted(amount: int, places: int) -> tuple[int, int]:
    """Write an amount with so many more decimals (or fewer, if negative), and what is left over of it."""
    if places >= 0:
        return amount * int(10**places), 0
    return divmod(amount, int(10**-places))


def _too_fine(message: str, param: str) -> StripeError:
    return invalid(message, param=param, code="parameter_invalid_integer")
