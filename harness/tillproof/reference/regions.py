"""What the shop offers: which processors are installed, which are enabled where, and what is in stock."""

from __future__ import annotations

from msgspec.structs import replace

from tillproof.domain.entities import PaymentProvider, Region, Variant
from tillproof.reference.ports import Transaction
from tillproof.reference.refusals import InvalidData, NotFound
from tillproof.reference.shop import Shop


async def register_processors(shop: Shop) -> None:
    """At start-up: know every processor that is there, and mark those that are not there any more as uninstalled."""

    def processors_registered(tx: Transaction) -> None:
        known = {provider.id: provider for provider in tx.select(PaymentProvider)}
        for id_ in (*known, *(id_ for id_ in shop.processors if id_ not in known)):
            provider = PaymentProvider(id=id_, is_installed=id_ in shop.processors)
            if known.get(id_) != provider:
                tx.put(provider)

    await shop.store.atomic(processors_registered)


async def enable(shop: Shop, region_id: str, provider_id: str) -> None:
    """Let shoppers of the region pay with this processor."""

    def processor_enabled(tx: Transaction) -> None:
        region = _region(tx, region_id)
        if tx.find(PaymentProvider, provider_id) is None:
            raise NotFound(f"Payment provider {provider_id} was not found")
        if provider_id not in region.payment_providers:
            tx.put(replace(region, payment_providers=(*region.payment_providers, provider_id)))

    await shop.store.atomic(processor_enabled)


async def disable(shop: Shop, region_id: str, provider_id: str) -> None:
    """Stop offering this processor in the region; checkouts that chose it will be refused and release what they hold."""

    def processor_disabled(tx: Transaction) -> None:
        region = _region(tx, region_id)
        left = tuple(id_ for id_ in region.payment_providers if id_ != provider_id)
        if left != region.payment_providers:
            tx.put(replace(region, payment_providers=left))

    await shop.store.atomic(processor_disabled)


async def set_inventory(shop: Shop, variant_id: str, quantity: int) -> None:
    """Say how many of a variant are left."""

    def inventory_set(tx: Transaction) -> None:
        variant = tx.find(Variant, variant_id)
        if variant is None:
            raise NotFound(f"Variant with id: {variant_id} was not found")
        if quantity < 0:
            raise InvalidData("inventory_quantity must not be negative")
        tx.put(replace(variant, inventory_quantity=quantity))

    await shop.store.atomic(inventory_set)


def _region(tx: Transaction, region_id: str) -> Region:
    region = tx.find(Region, region_id)
    if region is None:
        raise NotFound(f"Region with {region_id} was not found")
    return region
