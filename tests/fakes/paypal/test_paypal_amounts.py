"""PayPal's amounts: decimal text, with each currency's own number of decimals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillproof.domain.money import Money, exponent
from tillproof_fake_processors.paypal.amounts import CURRENCIES, NotAnAmount, decimals, read, written


@pytest.mark.parametrize(
    ("money", "value"),
    [
        (Money(4900, "eur"), "49.00"),
        (Money(5, "usd"), "0.05"),
        (Money(4900, "jpy"), "4900"),
        (Money(4900, "huf"), "49"),
        (Money(10**15, "eur"), "10000000000000.00"),
    ],
    ids=str,
)
def test_written(money: Money, value: str) -> None:
    """Minor units become the decimals PayPal takes in that currency; forints are whole there."""
    assert written(money) == {"currency_code": money.currency.upper(), "value": value}
    assert read(written(money)) == money


@given(st.sampled_from(sorted(CURRENCIES)), st.integers(1, 10**12))
def test_there_and_back(currency: str, units: int) -> None:
    """What can be written is read as the same sum, exactly."""
    finer = 10 ** (exponent(currency) - decimals(currency))
    money = Money(units * int(finer), currency)
    assert read(written(money)) == money


@pytest.mark.parametrize(
    ("money", "issue"),
    [(Money(14_900, "kwd"), "INVALID_CURRENCY_CODE"), (Money(4901, "huf"), "DECIMALS_NOT_SUPPORTED")],
    ids=str,
)
def test_what_cannot_be_written(money: Money, issue: str) -> None:
    """A currency with three decimals, and a part of a forint, are refused, not rounded."""
    with pytest.raises(NotAnAmount) as refused:
        written(money)
    assert refused.value.issue == issue


@pytest.mark.parametrize(
    ("code", "value", "issue"),
    [
        ("EUR", "49.001", "DECIMAL_PRECISION"),
        ("EUR", "49.000", "DECIMAL_PRECISION"),
        ("JPY", "49.00", "DECIMALS_NOT_SUPPORTED"),
        ("TWD", "49.5", "DECIMALS_NOT_SUPPORTED"),
        ("KWD", "4.900", "INVALID_CURRENCY_CODE"),
        ("eur", "49.00", "INVALID_CURRENCY_CODE"),
        ("EUR", "0.00", "CANNOT_BE_ZERO_OR_NEGATIVE"),
        ("EUR", "-1", "CANNOT_BE_ZERO_OR_NEGATIVE"),
        ("EUR", "1000000000000000.00", "MAX_VALUE_EXCEEDED"),
        ("EUR", "1e3", "INVALID_PARAMETER_SYNTAX"),
        ("EUR", "4,90", "INVALID_PARAMETER_SYNTAX"),
        ("EUR", " 49", "INVALID_PARAMETER_SYNTAX"),
        ("EUR", "٤٩", "INVALID_PARAMETER_SYNTAX"),
        ("EUR", "9" * 40, "INVALID_PARAMETER_SYNTAX"),
        ("EUR", 49.0, "INVALID_PARAMETER_SYNTAX"),
        ("EUR", None, "MISSING_REQUIRED_PARAMETER"),
        (None, "49.00", "MISSING_REQUIRED_PARAMETER"),
    ],
)
def test_what_is_no_amount(code: object, value: object, issue: str) -> None:
    """Another scale, another form, nothing, or less: each is refused by its name."""
    with pytest.raises(NotAnAmount) as refused:
        read({"currency_code": code, "value": value})
    assert refused.value.issue == issue


@pytest.mark.parametrize(("value", "minor"), [("49", 4900), ("49.5", 4950), ("049.50", 4950)])
def test_fewer_decimals(value: str, minor: int) -> None:
    """Fewer decimals than the currency has are the same sum."""
    assert read({"currency_code": "EUR", "value": value}) == Money(minor, "eur")
