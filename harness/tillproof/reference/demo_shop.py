"""A shop to try things in: a region each for a currency with two, with no and with three decimals, and goods in stock."""

from __future__ import annotations

from collections.abc import Sequence

from tillproof.domain.entities import Entity, Region, Variant
from tillproof.reference.ports import Store, Transaction

_REGIONS = (
    ("reg_europe", "Europe", "eur", 1900, {"standard": 490, "express": 1290}),
    ("reg_japan", "Japan", "jpy", 1000, {"standard": 600, "express": 1500}),
    ("reg_kuwait", "Kuwait", "kwd", 0, {"standard": 1750, "express": 4500}),
)
"""Id, name, currency, tax (hundredths of a percent), shipping (minor units)."""

_GOODS = (
    ("variant_mug", "Mug", {"eur": 1490, "jpy": 2400, "kwd": 4900}, 1_000),
    ("variant_shirt", "Shirt", {"eur": 2900, "jpy": 4800, "kwd": 9750}, 250),
    ("variant_print", "Signed print", {"eur": 14900, "jpy": 24800, "kwd": 49500}, 3),
    ("variant_sticker", "Sticker", {"eur": 0, "jpy": 0, "kwd": 0}, 10_000),
)
"""Id, title, prices (minor units), how many there are."""


def rows(processors: Sequence[str]) -> list[Entity]:
    """Return the shop's rows, every region served by these processors."""
    regions = [
        Region(
            id=id_,
            name=name,
            currency_code=currency,
            tax_rate=tax,
            payment_providers=tuple(processors),
            shipping_options=shipping,
        )
        for id_, name, currency, tax, shipping in _REGIONS
    ]
    goods = [Variant(id=id_, title=title, prices=prices, inventory_quantity=left) for id_, title, prices, left in _GOODS]
    return [*regions, *goods]


async def seed(store: Store, processors: Sequence[str]) -> None:
    """Put into the store what of the shop is not there yet; what is there stays as it is."""

    def shop_seeded(tx: Transaction) -> None:
        for row in rows(processors):
            if tx.find(type(row), row.id) is None:
                tx.put(row)

    await store.atomic(shop_seeded)
