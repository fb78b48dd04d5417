"""What a processor understands of the bank's answers, as shapes. What fits none of them was not understood."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from tillproof.contract.gateway import Response
from tillproof.contract.outcomes import Refused, Unknown
from tillproof.contract.webhooks import GivenBack, Notice, Says, Standing
from tillproof.domain.entities import Data
from tillproof.domain.statuses import SessionStatus

T = TypeVar("T")

STATUSES: dict[str, SessionStatus] = {
    "requires_authorization": SessionStatus.PENDING,
    "processing": SessionStatus.PENDING,
    "requires_action": SessionStatus.REQUIRES_MORE,
    "authorized": SessionStatus.AUTHORIZED,
    "captured": SessionStatus.AUTHORIZED,
    "declined": SessionStatus.ERROR,
    "canceled": SessionStatus.CANCELED,
    "lapsed": SessionStatus.CANCELED,
}
"""What the bank says of an intent, in the five words of a payment session."""

PUBLIC = ("client_secret", "challenge_url")
"""What the shopper's browser needs of an intent, and may see."""

KEPT = ("id", *PUBLIC)
"""What a session keeps of an intent."""

_DEFINITE = frozenset({400, 402, 404, 422})
_OK, _FAILED = 200, 500
_OF_ANOTHER = frozenset({"key_reused"})  # this request did nothing, but an earlier one with its key may have


class Effect(msgspec.Struct, frozen=True):
    """One effect at the bank, under the reference it was asked for."""

    kind: str
    intent: str
    reference: str | None
    id: str = ""
    amount: int = 0
    currency: str = ""


class Shown(msgspec.Struct, frozen=True):
    """An intent, and the effect the request had on it, if any. `code` says why it was declined."""

    id: str
    status: str
    client_secret: str
    challenge_url: str | None = None
    code: str | None = None
    effect: Effect | None = None


class Listed(msgspec.Struct, frozen=True):
    """The effects under one reference, oldest first."""

    reference: str
    effects: list[Effect]


class DoneOn(msgspec.Struct, frozen=True):
    """All that was done on an intent, oldest first."""

    intent: str
    effects: list[Effect]


class Told(msgspec.Struct, frozen=True):
    """What time it is at the bank, in seconds since the epoch, UTC."""

    now: float


class Heard(msgspec.Struct, frozen=True):
    """An event the bank tells of."""

    id: str
    type: str
    intent: str | None = None
    resource: str | None = None
    refunded: int | None = None
    effect: Effect | None = None


class _Error(msgspec.Struct, frozen=True):
    code: str
    message: str


class _Failed(msgspec.Struct, frozen=True):
    error: _Error


def read(answer: Response, shape: type[T]) -> T | None:
    """Read a successful answer as that shape; None where it is not successful or not understood."""
    return _converted(answer, shape) if answer.status in {200, 202} else None


def standing(listed: DoneOn) -> Standing:
    """Say what has become of an intent, from all that was done on it."""
    done = {kind: [one for one in listed.effects if one.kind == kind] for kind in ("capture", "refund", "void")}
    return Standing(
        captured=sum(one.amount for one in done["capture"]),
        canceled=bool(done["void"]) and not done["capture"],
        refunds=tuple(GivenBack(id=one.id, amount=one.amount, reference=one.reference) for one in done["refund"]),
    )


def notice(body: bytes) -> Notice | Unknown:
    """Read an event that has been verified."""
    try:
        heard = msgspec.json.decode(body, type=Heard)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Unknown("the bank's event was not understood")
    effect, says = heard.effect, _SAYS.get(heard.type, Says.OTHER)
    back = effect if says is Says.REFUNDED else None
    return Notice(
        event_id=heard.id,
        says=says,
        resource_id=heard.resource,
        object_id=heard.intent,
        reference=effect.reference if effect else None,
        refund_id=back.id if back else None,
        amount=back.amount if back else None,
        total=heard.refunded if back else None,
        currency=back.currency if back else None,
    )


_SAYS: dict[str, Says] = {
    "intent.approved": Says.APPROVED,
    "intent.authorized": Says.AUTHORIZED,
    "intent.captured": Says.CAPTURED,
    "intent.refunded": Says.REFUNDED,
    "intent.canceled": Says.CANCELED,
    "intent.declined": Says.FAILED,
}


def no_success(answer: Response) -> Refused | Unknown:
    """
    Say what an answer that is no success means.

    Only an error that the bank itself words, with a status that says "not done", is definite. Busy, in progress, broken and
    garbled are not.
    """
    failed = _converted(answer, _Failed)
    if failed is None or answer.status not in _DEFINITE or failed.error.code in _OF_ANOTHER:
        return Unknown(f"the bank's answer {answer.status} is neither yes nor no")
    return Refused(failed.error.code, failed.error.message)


def keeps_to_it(answer: Response) -> bool:
    """
    Tell whether an answer to a repeated key, if nothing is listed, may be all that ever comes of that key.

    The bank says that it failed (a 500 in its own words, not a proxy's page), or shows how the intent stands, without the
    effect: where it remembers that, it acts on the key no more.
    """
    if answer.status == _FAILED:
        return _converted(answer, _Failed) is not None
    shown = read(answer, Shown) if answer.status == _OK else None
    return shown is not None and shown.effect is None


def kept(shown: Shown, data: Data) -> Data:
    """Return a session's data after an answer: what later calls and the shopper need, and what the storefront told."""
    told = {field: value for field, value in data.items() if field not in KEPT}
    known = {field: getattr(shown, field) for field in KEPT}
    return told | {field: value for field, value in known.items() if value is not None}


def _converted(answer: Response, shape: type[T]) -> T | None:
    try:
        return msgspec.convert(answer.body, shape)
    except msgspec.ValidationError:
        return None
