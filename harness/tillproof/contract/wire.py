"""
The contract as JSON: how a call, its outcome and a gateway request look between two processes.

They are the params and results of JSON-RPC 2.0.

The same form serves a processor in another language. Parameters travel by name; money is `{"amount": minor units,
"currency": iso}`, and the raw body of a delivery base 64. An outcome is an object with `outcome`: `done` (`data`,
`status`), `refused` (`code`, `message`), `unknown` (`reason`), `notice` and `standing` (their fields), `rejected`
(`reason`), `error-object` (`value`: the original contract's returned error) or `nonsense` (`shown`: anything else).
"""

from __future__ import annotations

from typing import Any, cast

import msgspec

from tillproof.contract.gateway import NoAnswer, NotConnected, Request, Response, TimedOut
from tillproof.contract.http import HttpRequest, HttpResponse
from tillproof.contract.outcomes import Done, Outcome, Refused, Unknown
from tillproof.contract.processor import Attempt, PaymentContext
from tillproof.contract.webhooks import Delivery, Notice, Rejected, Standing
from tillproof.domain.entities import Data
from tillproof.domain.money import Money
from tillproof.domain.statuses import OperationKind, SessionStatus

LONGEST_SHOWN = 300
"""How many characters of a value that fits no contract are told."""

LARGEST_VALUE = 256 * 1024
"""How many bytes one outcome may have as JSON (PROC-02: a bounded size)."""

PARAMETERS: dict[str, dict[str, Any]] = {
    "initiate_payment": {"context": PaymentContext, "attempt": Attempt},
    "update_payment": {"data": Data, "context": PaymentContext, "attempt": Attempt},
    "update_payment_data": {"session_id": str, "data": Data, "changes": Data},
    "authorize_payment": {"data": Data, "context": PaymentContext, "attempt": Attempt},
    "capture_payment": {"data": Data, "amount": Money, "attempt": Attempt},
    "refund_payment": {"data": Data, "amount": Money, "attempt": Attempt},
    "cancel_payment": {"data": Data, "attempt": Attempt},
    "delete_payment": {"data": Data, "attempt": Attempt},
    "retrieve_payment": {"data": Data},
    "get_payment_status": {"data": Data},
    "find_effect": {"kind": OperationKind, "attempt": Attempt, "data": Data},
    "read_webhook": {"delivery": Delivery},
    "read_standing": {"data": Data},
}
"""What each method of the contract takes, in order: parameter name and type."""


class Nonsense(msgspec.Struct, frozen=True):
    """A value that fits no contract. `shown` is what it looked like where it was made, cut at `LONGEST_SHOWN` characters."""

    shown: str

    def __repr__(self) -> str:
        """Show the value as it was, so that whoever names it names the original."""
        return self.shown


Returned = Outcome | Notice | Rejected | Standing | Nonsense | Data
"""What a foreign processor's call can come back as. A `Data` is the original contract's error object."""


def encode_call(method: str, arguments: tuple[object, ...]) -> Data:
    """Return the named parameters of a call of `method`."""
    return {name: msgspec.to_builtins(value) for name, value in zip(PARAMETERS[method], arguments, strict=True)}


def decode_call(method: str, params: Data) -> tuple[Any, ...]:
    """Return the arguments of a call in order. Raises `KeyError` or `msgspec.ValidationError` for what is no such call."""
    return tuple(msgspec.convert(params[name], type_) for name, type_ in PARAMETERS[method].items())


def encode_outcome(value: object) -> Data:
    """Return an outcome as JSON. What fits no contract, does not survive JSON or is too large becomes `nonsense`, named."""
    told = _told(value)
    try:
        text = msgspec.json.encode(told)
        unchanged = _same(msgspec.json.decode(text), told)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        return _nonsense(value, f"does not survive JSON ({error}): ")
    if not unchanged:
        return _nonsense(value, "does not survive JSON unchanged: ")
    if len(text) > LARGEST_VALUE:
        return _nonsense(value, f"{len(text)} bytes as JSON, {LARGEST_VALUE} are allowed: ")
    return told


def decode_outcome(told: Data) -> Returned:
    """
    Return what the processor said.

    A status outside the five stays the text it was: naming it is the recorder's business. Anything that is no outcome in
    the wire form is `Nonsense`.
    """
    match told:
        case {"outcome": "done", "data": data, "status": None | str() as status} if isinstance(data, dict):
            return Done(cast("Data", data), _status(status))
        case {"outcome": "refused", "code": str(code), "message": str(message)}:
            return Refused(code, message)
        case {"outcome": "unknown", "reason": str(reason)}:
            return Unknown(reason)
        case {"outcome": "rejected", "reason": str(reason)}:
            return Rejected(reason)
        case {"outcome": "notice" | "standing" as kind}:
            return _fact(kind, told)
        case {"outcome": "error-object", "value": value} if isinstance(value, dict):
            return cast("Data", value)
        case {"outcome": "nonsense", "shown": str(shown)}:
            return Nonsense(shown)
        case _:
            return Nonsense(bounded(repr(told)))


def encode_request(request: Request) -> Data:
    """Return a gateway request as JSON."""
    return cast("Data", msgspec.to_builtins(request))


def decode_request(told: Data) -> Request:
    """Read a gateway request. Raises `msgspec.ValidationError`."""
    return msgspec.convert(told, Request)


def encode_response(response: Response) -> Data:
    """Return a gateway's answer as JSON."""
    return cast("Data", msgspec.to_builtins(response))


def decode_response(told: Data) -> Response:
    """Read a gateway's answer. Raises `msgspec.ValidationError`."""
    return msgspec.convert(told, Response)


def encode_http_request(request: HttpRequest) -> Data:
    """Return a request as JSON, its body in base 64."""
    return cast("Data", msgspec.to_builtins(request))


def decode_http_request(told: Data) -> HttpRequest:
    """Read such a request. Raises `msgspec.ValidationError`."""
    return msgspec.convert(told, HttpRequest)


def encode_http_response(response: HttpResponse) -> Data:
    """Return an answer as JSON, its body in base 64."""
    return cast("Data", msgspec.to_builtins(response))


def decode_http_response(told: Data) -> HttpResponse:
    """Read such an answer. Raises `msgspec.ValidationError`."""
    return msgspec.convert(told, HttpResponse)


_SILENCES: dict[str, type[NoAnswer]] = {"refused": NotConnected, "timeout": TimedOut, "reset": NoAnswer}


def encode_silence(silence: NoAnswer) -> Data:
    """Return how it came about that no answer came: `refused`, `timeout` or `reset`."""
    return {"how": next(how for how, kind in _SILENCES.items() if isinstance(silence, kind))}


def decode_silence(message: str, told: Data) -> NoAnswer:
    """Return the error for the caller; what is not understood is a connection that ended."""
    return _SILENCES.get(str(told.get("how")), NoAnswer)(message)


def bounded(text: str) -> str:
    """Cut a text for people at `LONGEST_SHOWN` characters, saying so; what is no Unicode is written as escapes."""
    cut = text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}... ({len(text)} characters)"
    return cut.encode("utf-8", "backslashreplace").decode()


def _told(value: object) -> Data:
    match value:
        case Done(data=data, status=None | str() as status) if isinstance(cast("object", data), dict):
            return {"outcome": "done", "data": data, "status": status and str(status)}
        case Refused(code=str(code), message=str(message)):
            return {"outcome": "refused", "code": code, "message": message}
        case Unknown(reason=str(reason)):
            return {"outcome": "unknown", "reason": reason}
        case Rejected(reason=str(reason)):
            return {"outcome": "rejected", "reason": reason}
        case Notice() | Standing():
            return {"outcome": type(value).__name__.lower(), **msgspec.json.decode(msgspec.json.encode(value))}
        case dict() if "error" in value:
            return {"outcome": "error-object", "value": value}
        case _:
            return _nonsense(value)


def _fact(kind: str, told: Data) -> Returned:
    """Read what was told of a webhook, or of a payment's standing; of another shape it is nonsense."""
    shape: type[Notice | Standing] = Notice if kind == "notice" else Standing
    try:
        return msgspec.convert({name: value for name, value in told.items() if name != "outcome"}, shape)
    except msgspec.ValidationError:
        return Nonsense(bounded(repr(told)))


def _nonsense(value: object, why: str = "") -> Data:
    try:
        shown = repr(value)
    except Exception as error:  # noqa: BLE001 - a foreign value's repr may do anything
        shown = f"a {type(value).__name__} whose repr raises {type(error).__name__}"
    return {"outcome": "nonsense", "shown": bounded(why + shown)}


def _same(one: object, other: object) -> bool:
    """Compare as JSON does: `1`, `1.0` and `True` are three values, which `==` takes for one."""
    match one, other:
        case dict(), dict():
            left, right = cast("Data", one), cast("Data", other)
            return left.keys() == right.keys() and all(_same(item, right[key]) for key, item in left.items())
        case list(), list():
            first, second = cast("list[object]", one), cast("list[object]", other)
            return len(first) == len(second) and all(map(_same, first, second))
        case str(), str():
            return one == other
        case _:
            return type(one) is type(other) and one == other


def _status(status: str | None) -> SessionStatus | None:
    if status is None or status not in SessionStatus.__members__.values():
        return cast("SessionStatus | None", status)
    return SessionStatus(status)
