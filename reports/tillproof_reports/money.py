"""The three money columns of a finding as a table, and one witness's money in a few characters."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from tillproof.domain.money import shown
from tillproof.history.harms import difference
from tillproof.history.verdicts import Column, Money3

_COLUMNS: tuple[tuple[str, Callable[[Column], int]], ...] = (
    ("held", lambda column: column.held),
    ("captured", lambda column: column.captured),
    ("refunded", lambda column: column.refunded),
    ("customer's net", lambda column: column.captured - column.refunded),
)


class MoneyTable(msgspec.Struct, frozen=True, kw_only=True):
    """
    What each witness says of the money, and how far they are apart, as text.

    `rows` has a name and a cell per header for each witness; `gaps` the differences, `-` where there is none; `what` says in
    two words what the difference means. `most` is the largest difference, in minor units.
    """

    currency: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    gaps: tuple[str, ...]
    what: str
    most: int


def money_table(money: Money3, rules: Iterable[str]) -> MoneyTable:
    """
    Return the table for a run that ended with this money and broke these rules.

    The difference is that of the gateway against the shop, or where those two agree, against what the client heard.
    """
    witnesses = (("gateway did", money.gateway), ("shop recorded", money.shop), ("client heard", money.heard))
    columns = [(title, of) for title, of in _COLUMNS if title != "held" or any(of(column) for _, column in witnesses)]
    against = money.shop if money.shop != money.gateway else money.heard
    gaps = [abs(of(money.gateway) - of(against)) for _, of in columns]
    return MoneyTable(
        currency=money.currency.upper(),
        headers=tuple(title for title, _ in columns),
        rows=tuple((name, tuple(shown(of(column), money.currency) for _, of in columns)) for name, column in witnesses),
        gaps=tuple(shown(gap, money.currency) if gap else "-" for gap in gaps),
        what=difference(money, rules).value.short,
        most=max(gaps),
    )


def brief(amount: int, currency: str) -> str:
    """Return an amount without decimals that say nothing: `49`, `12.50`."""
    text = shown(amount, currency)
    whole, _, decimals = text.partition(".")
    return text if decimals.strip("0") else whole


def money_cell(column: Column | None, currency: str) -> str:
    """Return one witness's money in a few characters: `held 49`, `49 - 20`, or `-` while there is none."""
    if column is None:
        return "-"
    taken = f"{brief(column.captured, currency)} - {brief(column.refunded, currency)}"
    if not column.captured and not column.refunded:
        return f"held {brief(column.held, currency)}"
    return f"{taken}, held {brief(column.held, currency)}" if column.held else taken
