"""Sums at Stripe (https://docs.stripe.com/currencies): units, the least and the largest, and never a rounded one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.stripebench import Account

from tillproof.domain.money import Money
from tillproof_fake_processors.stripe.currencies import SUPPORTED, from_stripe, to_stripe


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [
        ("50", "eur", None),
        ("49", "eur", "amount_too_small"),
        ("30", "gbp", None),
        ("29", "gbp", "amount_too_small"),
        ("50", "jpy", None),
        ("49", "jpy", "amount_too_small"),
        ("17500", "huf", None),
        ("17400", "huf", "amount_too_small"),
        ("5120", "kwd", None),
        ("5124", "kwd", "parameter_invalid_integer"),
        ("500", "isk", None),
        ("550", "isk", "parameter_invalid_integer"),
        ("99999999", "eur", None),
        ("100000000", "eur", "amount_too_large"),
        ("100000000", "jpy", None),
        ("0", "eur", "parameter_invalid_integer"),
        ("-100", "eur", "parameter_invalid_integer"),
        ("49.00", "eur", "parameter_invalid_integer"),
        ("4900 ", "eur", "parameter_invalid_integer"),
        ("٤٩٠٠", "eur", "parameter_invalid_integer"),
        ("", "eur", "parameter_invalid_integer"),
        ("4900", "EUR", None),
        ("4900", "xyz", "invalid_currency"),
        ("4900", "", "parameter_missing"),
    ],
)
def test_what_can_be_charged(amount: str, currency: str, code: str | None) -> None:
    """Each rule has its documented code."""
    account = Account()
    params = {"amount": amount, "currency": currency}
    if code is None:
        assert account.post("payment_intents", params)["currency"] == currency.lower()
    else:
        status, error = account.error("POST", "payment_intents", params)
        assert (status, error["code"]) == (400, code)
        assert account.entries == []


@pytest.mark.parametrize(
    ("money", "theirs"),
    [
        (Money(4900, "eur"), 4900),
        (Money(500, "jpy"), 500),
        (Money(5120, "kwd"), 5120),
        (Money(5124, "kwd"), None),
        (Money(5, "isk"), 500),
        (Money(4900, "xau"), None),
    ],
)
def test_our_sums_in_their_units(money: Money, theirs: int | None) -> None:
    """A sum that Stripe cannot move exactly is none."""
    assert to_stripe(money) == theirs


@given(currency=st.sampled_from(sorted(SUPPORTED)), amount=st.integers(min_value=1, max_value=10**9))
def test_there_and_back(currency: str, amount: int) -> None:
    """What can be told to Stripe comes back as it was."""
    theirs = to_stripe(Money(amount, currency))
    assert theirs is None or from_stripe(theirs, currency) == amount


def test_the_ledger_is_in_our_units() -> None:
    """Stripe counts króna in hundredths; the ledger does not."""
    account = Account()
    account.post("payment_intents", {"amount": 70000, "currency": "isk", "payment_method": "pm_card_visa", "confirm": True})
    assert {entry.amount for entry in account.entries} == {700}
