"""What a processor understands of PayPal's answers, as shapes. What fits none of them was not understood."""

from __future__ import annotations

from typing import TypeVar

import httpx
import msgspec

from tillproof.contract.outcomes import Refused, Unknown
from tillproof.domain.money import Money
from tillproof.domain.statuses import SessionStatus
from tillproof_fake_processors.paypal.amounts import NotAnAmount
from tillproof_fake_processors.paypal.amounts import read as read_amount

T = TypeVar("T")

_DEFINITE = frozenset({400, 403, 404, 422})
ALREADY = frozenset(
    {
        "AUTHORIZATION_ALREADY_CAPTURED",
        "DUPLICATE_INVOICE_ID",
        "ORDER_ALREADY_AUTHORIZED",
        "ORDER_ALREADY_COMPLETED",
        "PREVIOUSLY_VOIDED",
    }
)
"""Issues that say that something was done before. Whether it was this attempt, only a look can tell."""

PAYER_MUST_ACT = frozenset({"ORDER_NOT_APPROVED", "PAYER_ACTION_REQUIRED"})
"""Issues that send the payer back to PayPal's page."""

_AUTHORIZATIONS: dict[str, SessionStatus] = {
    "CREATED": SessionStatus.AUTHORIZED,
    "CAPTURED": SessionStatus.AUTHORIZED,
    "PARTIALLY_CAPTURED": SessionStatus.AUTHORIZED,
    "PENDING": SessionStatus.PENDING,
    "DENIED": SessionStatus.ERROR,
    "VOIDED": SessionStatus.CANCELED,
}
_ORDERS: dict[str, SessionStatus] = {
    "CREATED": SessionStatus.PENDING,
    "APPROVED": SessionStatus.PENDING,
    "PAYER_ACTION_REQUIRED": SessionStatus.REQUIRES_MORE,
    "VOIDED": SessionStatus.CANCELED,
}


class Link(msgspec.Struct, frozen=True):
    """A HATEOAS link."""

    href: str
    rel: str


class Amount(msgspec.Struct, frozen=True):
    """An amount: decimal text of a currency."""

    currency_code: str
    value: str

    def is_of(self, money: Money) -> bool:
        """Tell whether it is exactly that sum."""
        try:
            return read_amount({"currency_code": self.currency_code, "value": self.value}) == money
        except NotAnAmount:
            return False


class Movement(msgspec.Struct, frozen=True):
    """An authorization, a capture or a refund."""

    id: str
    status: str
    amount: Amount
    invoice_id: str | None = None
    update_time: str = ""
    expiration_time: str = ""


class Movements(msgspec.Struct, frozen=True):
    """What was made on an order."""

    authorizations: list[Movement] = []
    captures: list[Movement] = []
    refunds: list[Movement] = []


class Unit(msgspec.Struct, frozen=True):
    """A purchase unit: what it costs, and what was paid of it."""

    amount: Amount
    reference_id: str = "default"
    custom_id: str | None = None
    payments: Movements = Movements()


class Order(msgspec.Struct, frozen=True):
    """An order, whole."""

    id: str
    status: str
    purchase_units: list[Unit]
    links: list[Link] = []

    @property
    def unit(self) -> Unit:
        """The one purchase unit of an order of ours."""
        return self.purchase_units[0]

    @property
    def authorization(self) -> Movement | None:
        """The order's authorization, the latest if it was made anew; None while there is none."""
        made = self.unit.payments.authorizations
        return made[-1] if made else None

    @property
    def session_status(self) -> SessionStatus | None:
        """How the order stands, in the five words of a payment session; None for a word that is not known."""
        authorization = self.authorization
        return _ORDERS.get(self.status) if authorization is None else _AUTHORIZATIONS.get(authorization.status)

    @property
    def payer_page(self) -> str | None:
        """Where the payer approves the order, or does what is missing."""
        return next((link.href for link in self.links if link.rel in {"approve", "payer-action"}), None)


class _Detail(msgspec.Struct, frozen=True):
    issue: str
    description: str = ""


class _Failed(msgspec.Struct, frozen=True):
    name: str
    message: str
    debug_id: str
    details: list[_Detail] = []


def read(answer: httpx.Response, shape: type[T]) -> T | None:
    """Read a successful answer as that shape; None where it is not successful or not understood."""
    if not answer.is_success:
        return None
    shown = _converted(answer, shape)
    return None if isinstance(shown, Order) and len(shown.purchase_units) != 1 else shown


def no_success(answer: httpx.Response) -> Refused | Unknown:
    """
    Say what an answer that is no success means; a refusal bears PayPal's issue as its code.

    Only an error that PayPal itself words, with a status that says "not done", is definite.
    """
    failed = _converted(answer, _Failed)
    if failed is None or answer.status_code not in _DEFINITE:
        return Unknown(f"PayPal's answer {answer.status_code} is neither yes nor no")
    if not failed.details:
        return Refused(failed.name, failed.message)
    return Refused(failed.details[0].issue, failed.details[0].description or failed.message)


def _converted(answer: httpx.Response, shape: type[T]) -> T | None:
    try:
        return msgspec.json.decode(answer.content, type=shape)
    except msgspec.DecodeError:  # a shape that does not fit is one, too
        return None
