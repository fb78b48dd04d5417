"""Gateways and processors that fail on purpose, and the liars kept to prove that a rule can fail."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from tillproof.contract.gateway import Gateway, GatewayFake
from tillproof.contract.processor import PaymentProcessor
from tillproof.domain.ledger import Entry
from tillproof_fake_processors.bank import SECRET, Bank, BankProcessor
from tillproof_fake_processors.dialects import DEFAULT_DIALECT, DIALECTS
from tillproof_fake_processors.ledger import Knobs
from tillproof_fake_processors.liars import LIARS
from tillproof_fake_processors.manual import ManualProcessor

__all__ = ["GATEWAYS", "PROCESSORS", "Builtin", "BuiltinGateway", "build_gateway", "build_processor"]


class Builtin(msgspec.Struct, frozen=True, kw_only=True):
    """
    A processor that comes along: `make` builds it, anew at every boot, on a gateway.

    `gateway` names the fake it speaks to in `GATEWAYS`; None: it needs none, and `make` takes None.
    """

    name: str
    says: str
    processor: type[PaymentProcessor]
    make: Callable[[Gateway | None], PaymentProcessor]
    gateway: str | None


class BuiltinGateway(msgspec.Struct, frozen=True, kw_only=True):
    """
    A gateway that comes along.

    `dialects` are the names of those it speaks, its own first; `secrets` the private markers in its answers.
    """

    name: str
    says: str
    dialects: tuple[str, ...]
    secrets: tuple[str, ...]
    make: Callable[[Callable[[Entry], None], Callable[[], float], str, Knobs], GatewayFake]


def build_processor(name: str, gateway: Gateway | None) -> PaymentProcessor:
    """Build a processor by its name in `PROCESSORS`. Raises `KeyError`, or `TypeError` for a gateway that is missing."""
    return PROCESSORS[name].make(gateway)


def build_gateway(
    name: str,
    record: Callable[[Entry], None],
    now: Callable[[], float],
    dialect: str = DEFAULT_DIALECT,
    knobs: Knobs | None = None,
) -> GatewayFake:
    """
    Build a gateway for one run by its name in `GATEWAYS`, speaking the dialect of that name. Raises `KeyError`.

    Ledger entries go to `record` as they are written; `now` gives seconds since the epoch, UTC.
    """
    return GATEWAYS[name].make(record, now, dialect, knobs or Knobs())


def _bank(record: Callable[[Entry], None], now: Callable[[], float], dialect: str, knobs: Knobs) -> Bank:
    return Bank(record, now, DIALECTS[dialect], knobs)


def _at_bank(name: str, says: str, processor: type[BankProcessor]) -> Builtin:
    def make(gateway: Gateway | None) -> PaymentProcessor:
        if gateway is None:
            raise TypeError(f"{name} needs a gateway")
        return processor(gateway)

    return Builtin(name=name, says=says, processor=processor, make=make, gateway="bank")


GATEWAYS: dict[str, BuiltinGateway] = {
    "bank": BuiltinGateway(
        name="bank",
        says="A bank with a small REST face. It speaks every dialect.",
        dialects=tuple(DIALECTS),
        secrets=(SECRET,),
        make=_bank,
    ),
}
"""Every gateway that comes along, by name."""

PROCESSORS: dict[str, Builtin] = {
    "bank": _at_bank("bank", "Pays through the bank; right under every dialect.", BankProcessor),
    "manual": Builtin(
        name="manual",
        says="Cash on delivery; no gateway.",
        processor=ManualProcessor,
        make=lambda _: ManualProcessor(),
        gateway=None,
    ),
    **{f"liar:{liar.name}": _at_bank(f"liar:{liar.name}", liar.says, liar.processor) for liar in LIARS.values()},
}
"""Every processor that comes along, by name."""
