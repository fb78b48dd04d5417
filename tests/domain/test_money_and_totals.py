"""Money in whole minor units."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tillproof.domain.entities import Cart, LineItem, ShippingMethod
from tillproof.domain.money import exponent, shown
from tillproof.domain.totals import contents, subtotal, tax_total, total


def cart(*lines: tuple[int, int], rate: int = 0, shipping: int | None = None, currency: str = "eur") -> Cart:
    items = tuple(
        LineItem(id=f"item_{n}", variant_id=f"v{n}", title="x", unit_price=price, quantity=quantity)
        for n, (price, quantity) in enumerate(lines)
    )
    methods = () if shipping is None else (ShippingMethod(name="standard", price=shipping),)
    return Cart(id="cart_1", region_id="reg", currency_code=currency, tax_rate=rate, items=items, shipping_methods=methods)


@pytest.mark.parametrize(("currency", "places"), [("jpy", 0), ("eur", 2), ("usd", 2), ("kwd", 3), ("UGX", 0)])
def test_exponents(currency: str, places: int) -> None:
    """Currencies have none, two or three decimals."""
    assert exponent(currency) == places


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [(4900, "eur", "49.00"), (5, "eur", "0.05"), (-5, "eur", "-0.05"), (2000, "jpy", "2000"), (18600, "kwd", "18.600")],
)
def test_amounts_are_shown_with_the_currencys_own_places(amount: int, currency: str, text: str) -> None:
    """Minor units are written with as many decimals as the currency has."""
    assert shown(amount, currency) == text


@pytest.mark.parametrize(
    ("price", "rate", "tax"), [(100, 1900, 19), (50, 100, 1), (49, 100, 0), (150, 100, 2), (3, 1650, 0)]
)
def test_tax_is_rounded_half_up_per_line(price: int, rate: int, tax: int) -> None:
    """Half a minor unit of tax becomes a whole one, as Medusa v1 rounds."""
    assert tax_total(cart((price, 1), rate=rate)) == tax


@given(
    st.lists(st.tuples(st.integers(0, 10**7), st.integers(1, 100)), max_size=5), st.integers(0, 5000), st.integers(0, 10**5)
)
def test_total_is_the_sum_of_its_parts(lines: list[tuple[int, int]], rate: int, shipping: int) -> None:
    """Nothing is lost or made between lines, shipping, tax and total."""
    made = cart(*lines, rate=rate, shipping=shipping)
    assert total(made) == subtotal(made) + shipping + tax_total(made)


def test_contents_change_with_what_is_paid_for_and_nothing_else() -> None:
    """Lines, total and currency make another purchase; the address does not."""
    base = cart((100, 1))
    assert contents(base) == contents(replace(base, email="a@b.example"))
    others = (cart((100, 2)), cart((100, 1), currency="usd"), cart((100, 1), rate=1900))
    assert len({contents(other) for other in (base, *others)}) == 4
