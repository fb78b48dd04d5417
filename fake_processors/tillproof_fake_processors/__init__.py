"""Gateways and processors that fail on purpose, and the liars kept to prove that a rule can fail."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from tillproof.contract.gateway import Gateway, GatewayFake
from tillproof.contract.http import Face
from tillproof.contract.processor import PaymentProcessor
from tillproof.domain.ledger import Entry
from tillproof.errors import Misuse
from tillproof_fake_processors.bank import SECRET, Bank, BankProcessor
from tillproof_fake_processors.bank.face import FACE as BANK_FACE
from tillproof_fake_processors.dialects import DEFAULT_DIALECT, DIALECTS
from tillproof_fake_processors.ledger import Knobs
from tillproof_fake_processors.liars import LIARS
from tillproof_fake_processors.manual import ManualProcessor
from tillproof_fake_processors.paypal import CLIENT_SECRET, TOKEN_MARK, PayPal
from tillproof_fake_processors.paypal.over_http import FACE as PAYPAL_FACE
from tillproof_fake_processors.stripe import SECRET as STRIPE_SECRET
from tillproof_fake_processors.stripe import Stripe
from tillproof_fake_processors.stripe.books import AUTHORIZATION_LIFE
from tillproof_fake_processors.stripe.face import FACE as STRIPE_FACE
from tillproof_fake_processors.stripe.gateway import DIALECT as STRIPE_DIALECT
from tillproof_fake_processors.stripe.webhooks import SHOP

__all__ = ["GATEWAYS", "PROCESSORS", "Builtin", "BuiltinGateway", "build_gateway", "build_processor"]


class Builtin(msgspec.Struct, frozen=True, kw_only=True):
    """
    A processor that comes along: `make` builds it, anew at every boot, on a gateway.

    `gateway` names the fake it speaks to in `GATEWAYS`; None: it needs none, and `make` takes None. `processor` is its
    class; for one that needs an extra, a function that imports it, or raises `Misuse` if the extra is not installed.
    `is_believed`: what it declares to keep in memory is all there is.
    """

    name: str
    says: str
    processor: type[PaymentProcessor] | Callable[[], type[PaymentProcessor]]
    make: Callable[[Gateway | None], PaymentProcessor]
    gateway: str | None
    is_believed: bool = True

    def loaded(self) -> type[PaymentProcessor]:
        """Return the class, imported if it was not yet. Raises `Misuse`."""
        return self.processor if isinstance(self.processor, type) else self.processor()


class BuiltinGateway(msgspec.Struct, frozen=True, kw_only=True):
    """
    A gateway that comes along.

    `dialects` are the names of those it speaks, its own first; `secrets` the private markers in its answers; `face` the
    hosts it stands for, and its HTTP.
    """

    name: str
    says: str
    dialects: tuple[str, ...]
    secrets: tuple[str, ...]
    face: Face
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


def _at_bank(name: str, says: str, processor: type[BankProcessor], *, is_believed: bool = True) -> Builtin:
    def make(gateway: Gateway | None) -> PaymentProcessor:
        if gateway is None:
            raise TypeError(f"{name} needs a gateway")
        return processor(gateway)

    return Builtin(name=name, says=says, processor=processor, make=make, gateway="bank", is_believed=is_believed)


def _stripe(record: Callable[[Entry], None], now: Callable[[], float], dialect: str, knobs: Knobs) -> Stripe:
    del dialect  # it speaks one
    life = knobs.authorization_life or AUTHORIZATION_LIFE
    account = Stripe(record, now, authorization_life=life, endpoints=(SHOP,))
    account.enter_card("good")
    return account


def _stripe_processor() -> type[PaymentProcessor]:
    try:
        from tillproof_fake_processors.stripe.processor import StripeProcessor  # noqa: PLC0415 - an extra, and slow to import
    except ModuleNotFoundError as missing:
        raise Misuse(
            "Stripe's SDK is not installed", seen=f"no module named {missing.name}", type_="pip install 'tillproof[stripe]'"
        ) from None
    return StripeProcessor


def _at_stripe(gateway: Gateway | None) -> PaymentProcessor:
    if gateway is None:
        raise TypeError("stripe needs a gateway")
    _stripe_processor()
    from tillproof_fake_processors.stripe.processor import over_gateway  # noqa: PLC0415 - see above

    return over_gateway(gateway)


def _paypal(record: Callable[[Entry], None], now: Callable[[], float], dialect: str, knobs: Knobs) -> PayPal:
    del dialect  # it speaks one
    paypal = PayPal(record, now, knobs)
    paypal.enter_card("good")
    return paypal


def _paypal_processor() -> type[PaymentProcessor]:
    from tillproof_fake_processors.paypal.processor import PayPalProcessor  # noqa: PLC0415 - httpx is slow to import

    return PayPalProcessor


def _at_paypal(gateway: Gateway | None) -> PaymentProcessor:
    if gateway is None:
        raise TypeError("paypal needs a gateway")
    from tillproof_fake_processors.paypal.processor import over_gateway  # noqa: PLC0415 - see above

    return over_gateway(gateway)


GATEWAYS: dict[str, BuiltinGateway] = {
    "bank": BuiltinGateway(
        name="bank",
        says="A bank with a small REST face. It speaks every dialect.",
        dialects=tuple(DIALECTS),
        secrets=(SECRET,),
        face=BANK_FACE,
        make=_bank,
    ),
    "stripe": BuiltinGateway(
        name="stripe",
        says="Stripe's API for payments, with its test cards.",
        dialects=(STRIPE_DIALECT,),
        secrets=(STRIPE_SECRET,),
        face=STRIPE_FACE,
        make=_stripe,
    ),
    "paypal": BuiltinGateway(
        name="paypal",
        says="PayPal's Orders v2 and Payments v2, with its payer.",
        dialects=("latest-state",),
        secrets=(TOKEN_MARK, CLIENT_SECRET),
        face=PAYPAL_FACE,
        make=_paypal,
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
    "stripe": Builtin(
        name="stripe",
        says="Pays through Stripe, on its official SDK.",
        processor=_stripe_processor,
        make=_at_stripe,
        gateway="stripe",
    ),
    "paypal": Builtin(
        name="paypal",
        says="Pays through PayPal, over httpx.",
        processor=_paypal_processor,
        make=_at_paypal,
        gateway="paypal",
    ),
    **{
        f"liar:{liar.name}": _at_bank(f"liar:{liar.name}", liar.says, liar.processor, is_believed=False)
        for liar in LIARS.values()
    },
}
"""Every processor that comes along, by name."""
