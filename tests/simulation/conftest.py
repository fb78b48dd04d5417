"""Targets for the engine's tests: the honest bank, and cash on delivery without any gateway."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from tillproof.contract.gateway import Gateway, GatewayFake
from tillproof.contract.processor import PaymentProcessor
from tillproof.simulation.target import Crossing, Now, Record, Target
from tillproof_fake_processors.bank import SECRET, Bank, BankProcessor
from tillproof_fake_processors.dialects import DIALECTS
from tillproof_fake_processors.faulty import FaultyProcessor
from tillproof_fake_processors.manual import ManualProcessor


class CashAtTheShop(ManualProcessor):
    """A second processor without a gateway."""

    identifier = "cash-at-the-shop"


def _bank(record: Record, now: Now, dialect: str) -> GatewayFake:
    return Bank(record, now, DIALECTS[dialect])


def bank_with(make: Callable[[Gateway], PaymentProcessor]) -> Target:
    """Return a target whose processor speaks to the bank."""

    def processors(gateway: Gateway | None, crossing: Crossing, _seed: str) -> Mapping[str, PaymentProcessor]:
        assert gateway is not None
        return {p.identifier: FaultyProcessor(p, crossing) for p in (make(gateway), ManualProcessor())}

    return Target(
        name="bank",
        provider_id="bank",
        other="manual",
        capabilities=BankProcessor.capabilities.names(),
        public=BankProcessor.capabilities.public,
        secrets=(SECRET,),
        dialects=tuple(DIALECTS),
        make_gateway=_bank,
        make_processors=processors,
    )


@pytest.fixture
def bank() -> Target:
    """The honest bank."""
    return bank_with(BankProcessor)


@pytest.fixture
def manual() -> Target:
    """Cash on delivery, beside cash at the shop."""

    def processors(_gateway: Gateway | None, crossing: Crossing, _seed: str) -> Mapping[str, PaymentProcessor]:
        return {p.identifier: FaultyProcessor(p, crossing) for p in (ManualProcessor(), CashAtTheShop())}

    return Target(
        name="manual",
        provider_id="manual",
        other="cash-at-the-shop",
        capabilities=ManualProcessor.capabilities.names(),
        make_processors=processors,
    )
