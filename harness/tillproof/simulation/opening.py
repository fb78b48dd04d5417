"""The shop as it stands before its first boot: regions, goods and prices, and the shopper who is about to come."""

from __future__ import annotations

from functools import lru_cache

import msgspec
from faker import Faker

from tillproof.domain.entities import Entity, Region, Variant

_LOCALES = ("de_DE", "ja_JP", "en_GB", "fr_FR", "pt_BR", "hi_IN", "el_GR")

_REGIONS = (("home", "eur", 1900), ("abroad", "jpy", 1000), ("far", "kwd", 500))
"""Name, currency and tax (hundredths of a percent): one currency each with two, with no and with three decimals."""

_INSTEAD = "usd"
"""The currency of a region whose own the processor under test cannot take."""

_PRICES = {
    "mug": {"eur": (700, 4_900), "jpy": (900, 5_900), "kwd": (2_100, 14_900), "usd": (700, 4_900)},
    "rare": {"eur": (5_000, 19_900), "jpy": (7_000, 29_900), "kwd": (15_000, 64_900), "usd": (5_000, 19_900)},
    "gift": {"eur": (0, 0), "jpy": (0, 0), "kwd": (0, 0), "usd": (0, 0)},
    "standard": {"eur": (390, 890), "jpy": (400, 990), "kwd": (1_250, 2_950), "usd": (390, 890)},
}
"""The least and the highest price that may be drawn, in minor units; `standard` is the shipping."""

_STOCK = {"mug": 500, "rare": 1, "gift": 500}


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """
    The rows a run begins with, and the shopper's name and e-mail address.

    `regions` and `variants` give the id for the name that journeys use.
    """

    rows: tuple[Entity, ...]
    regions: dict[str, str]
    variants: dict[str, str]
    customer: str
    email: str


@lru_cache(maxsize=64)
def opening(seed: int, providers: tuple[str, ...], currencies: frozenset[str] | None = None) -> Opening:
    """
    Draw the shop of this seed, its regions served by these processors. Drawn once: drawing is slow.

    `currencies` are those the processor under test takes (None: any); a region in another sells in one it does take.
    """
    faker = Faker(_LOCALES[seed % len(_LOCALES)])
    faker.seed_instance(seed)
    shops = [(name, _taken(currency, currencies), tax) for name, currency, tax in _REGIONS]
    used = dict.fromkeys(currency for _, currency, _ in shops)
    drawn = {name: {currency: faker.random_int(*prices[currency]) for currency in used} for name, prices in _PRICES.items()}
    regions = [
        Region(
            id=f"reg_{name}",
            name=name,
            currency_code=currency,
            tax_rate=tax,
            payment_providers=providers,
            shipping_options={"standard": drawn["standard"][currency]},
        )
        for name, currency, tax in shops
    ]
    variants = [
        Variant(id=f"variant_{name}", title=name, prices=drawn[name], inventory_quantity=left)
        for name, left in _STOCK.items()
    ]
    return Opening(
        rows=(*regions, *variants),
        regions={region.name: region.id for region in regions},
        variants={variant.title: variant.id for variant in variants},
        customer=faker.name(),
        email=faker.ascii_safe_email(),
    )


def _taken(currency: str, currencies: frozenset[str] | None) -> str:
    return currency if currencies is None or currency in currencies else _INSTEAD
