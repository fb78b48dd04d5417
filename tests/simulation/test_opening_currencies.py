"""The shop opens in currencies that the processor under test can take."""

from __future__ import annotations

import pytest

from tillproof.simulation.opening import opening


@pytest.mark.parametrize(
    ("currencies", "sold_in"),
    [
        (None, ["eur", "jpy", "kwd"]),
        (frozenset({"eur", "jpy", "kwd"}), ["eur", "jpy", "kwd"]),
        (frozenset({"eur", "jpy", "usd"}), ["eur", "jpy", "usd"]),
    ],
)
def test_the_regions_currencies(currencies: frozenset[str] | None, sold_in: list[str]) -> None:
    """A region whose currency cannot be taken sells in dollars, and everything has a price there."""
    start = opening(7, ("a", "b"), currencies)
    rows = {row.id: row for row in start.rows}
    assert [getattr(rows[id_], "currency_code", None) for id_ in start.regions.values()] == sold_in
    assert all(sorted(getattr(rows[id_], "prices", {})) == sorted(sold_in) for id_ in start.variants.values())


def test_what_is_taken_anyway_is_drawn_as_ever() -> None:
    """Declaring the usual currencies changes nothing."""
    assert opening(7, ("a", "b"), frozenset({"eur", "jpy", "kwd"})).rows == opening(7, ("a", "b")).rows
