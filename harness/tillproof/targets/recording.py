"""
What a processor sends, found out by calling it: each of its methods once, with values that are recognized again.

Every host answers, with a little JSON that says back what was asked. No run is made and nothing is judged.
"""

from __future__ import annotations

import re
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from tillproof.contract.gateway import NoAnswer, Request, Response
from tillproof.contract.http import Face, HttpRequest, HttpResponse
from tillproof.contract.outcomes import Done
from tillproof.contract.processor import METHODS, Attempt, PaymentContext
from tillproof.domain.entities import Data
from tillproof.domain.money import Money
from tillproof.domain.statuses import OperationKind
from tillproof.errors import Misuse
from tillproof.starter.gateway import Sketch
from tillproof.targets.foreign import ForeignTarget
from tillproof.targets.mishaps import ForeignError, Mishap
from tillproof.targets.worker import ANY_HOST
from tillproof_fake_processors.http import json_response

_ID = "id4711of4711the4711sample"
_ATTEMPT = Attempt(
    idempotency_key="key-of-the-sample", reference="reference-of-the-sample", number=1, first_sent_at=0.0, sent_at=0.0
)
_CONTEXT = PaymentContext(amount=Money(4711, "eur"), resource_id="cart-of-the-sample", email="shopper@example.com")
_MINOR, _DECIMAL = (4711, "4711"), ("47.11", 47.11)
_SOUGHT: dict[str, tuple[object, ...]] = {
    "key": (_ATTEMPT.idempotency_key,),
    "amount": (*_MINOR, *_DECIMAL),
    "currency": ("eur", "EUR"),
    "reference": (_ATTEMPT.reference,),
    "resource": (_CONTEXT.resource_id,),
}
_VERBS = {
    "initiate_payment": "open",
    "update_payment": "update",
    "authorize_payment": "authorize",
    "capture_payment": "capture",
    "refund_payment": "refund",
    "cancel_payment": "void",
    "delete_payment": "void",
    "retrieve_payment": "show",
    "get_payment_status": "show",
    "find_effect": "list",
}
_READS = ("GET", "HEAD")
_FORM = "application/x-www-form-urlencoded"
_NO_NEED = frozenset({"open", "charge", "list", "nothing"})


class Sent(msgspec.Struct, frozen=True):
    """One request, and the method of the processor that sent it."""

    method: str
    request: HttpRequest


def sketched(spec: str, folder: Path) -> Sketch:
    """
    Call each method of `module:Class` once and return what is known of its gateway from that.

    Raises `Misuse` where it is no processor, or sent nothing at all.
    """
    sent: list[Sent] = []
    unheard: list[tuple[str, str]] = []
    at = [""]

    def read(request: HttpRequest) -> HttpResponse:
        sent.append(Sent(at[0], request))
        return json_response(200, {**_body(request), "id": _ID, "status": "ok", "access_token": "token", "expires_in": 3600})

    face = Face(hosts=(ANY_HOST,), read=read, write=lambda _asked, answer: json_response(answer.status, {}))
    with ForeignTarget(spec, folder, face=face) as target:
        processor = target.construct(_Port(read), idle=_idle, seed="sketch")
        data: Data = {"id": _ID}
        for method, arguments in _calls():
            at[0] = method
            before = len(sent)
            why = "it asked nobody"
            try:
                outcome = _stepped(getattr(processor, method)(*(data if one is _DATA else one for one in arguments)))
            except ForeignError as error:
                why = str(error)
            except Mishap as mishap:
                why = str(mishap)
            else:
                if method == "initiate_payment" and isinstance(outcome, Done):
                    data = {**data, **outcome.data}
            if len(sent) == before and method not in {"update_payment_data", "find_effect"}:
                unheard.append((method, why))
    if not sent:
        told = "; ".join(f"{method}: {why}" for method, why in unheard[:2])
        raise Misuse(f"{spec} sent nothing to any gateway", seen=told, type_="tillproof init gateway NAME    (without it)")
    return _sketch(sent, tuple(unheard))


_DATA = object()


def _calls() -> Iterator[tuple[str, tuple[object, ...]]]:
    money = _CONTEXT.amount
    told: dict[str, tuple[object, ...]] = {
        "initiate_payment": (_CONTEXT, _ATTEMPT),
        "update_payment": (_DATA, _CONTEXT, _ATTEMPT),
        "update_payment_data": (_ID, _DATA, {}),
        "authorize_payment": (_DATA, _CONTEXT, _ATTEMPT),
        "capture_payment": (_DATA, money, _ATTEMPT),
        "refund_payment": (_DATA, money, _ATTEMPT),
        "cancel_payment": (_DATA, _ATTEMPT),
        "delete_payment": (_DATA, _ATTEMPT),
        "retrieve_payment": (_DATA,),
        "get_payment_status": (_DATA,),
        "find_effect": (OperationKind.CAPTURE, _ATTEMPT, _DATA),
    }
    for method in (*METHODS, "find_effect"):
        yield method, told[method]


class _Port:
    """The gateway of a processor that takes one."""

    def __init__(self, read: Any) -> None:  # noqa: ANN401 - the recorder above
        self._read = read

    async def request(self, request: Request) -> Response:
        headers = {"content-type": "application/json"}
        headers |= {"idempotency-key": request.key} if request.key is not None else {}
        body = msgspec.json.encode(request.body)
        answer = self._read(HttpRequest(method=request.method, target=request.path, headers=headers, body=body))
        return Response(status=answer.status, body=msgspec.json.decode(answer.body))


async def _idle() -> None:
    raise NoAnswer("it waits for something that is not its gateway")


def _stepped(call: Coroutine[Any, Any, object]) -> object:
    """Step a call whose gateway answers at once."""
    try:
        call.send(None)
    except StopIteration as end:
        return end.value
    except NoAnswer as silence:
        raise Mishap(str(silence)) from silence
    call.close()
    raise Mishap("it waits for something that is not its gateway")


def _sketch(sent: list[Sent], unheard: tuple[tuple[str, str], ...]) -> Sketch:
    routes: dict[str, tuple[str, list[str]]] = {}
    for one in sent:
        call, verb = _route(one)
        _, methods = routes.setdefault(call, (verb, []))
        if one.method not in methods:
            methods.append(one.method)
    places, decimal = _places(sent)
    return Sketch(
        hosts=tuple(dict.fromkeys(one.request.host or "bank.test" for one in sent)),
        places=places,
        routes=tuple((call, verb, tuple(methods)) for call, (verb, methods) in routes.items()),
        form=any(_FORM in one.request.headers.get("content-type", "") for one in sent if _route(one)[1] != "nothing"),
        decimal=decimal,
        unheard=unheard,
    )


def _route(one: Sent) -> tuple[str, str]:
    """Return method and path with `{id}` for the sample's, and what the call probably means."""
    parts = urlsplit(one.request.target).path.split("/")
    path = "/".join("{id}" if unquote(part) == _ID else part for part in parts)
    verb = _VERBS.get(one.method, "nothing")
    if one.request.method in _READS:
        verb = "show" if "{id}" in path else "list" if _ATTEMPT.reference in one.request.target else "nothing"
    if "token" in path or (verb not in _NO_NEED and "{id}" not in path):
        verb = "nothing"
    return f"{one.request.method} {path}", verb


def _places(sent: list[Sent]) -> tuple[dict[str, str], bool]:
    """Return where each thing was said, and whether amounts are decimal text."""
    places: dict[str, str] = {}
    decimal = False
    for field, values in _SOUGHT.items():
        for one in sent:
            header = next((name for name, value in one.request.headers.items() if value in values), None)
            said = next(((path, value) for path, value in _leaves(_body(one.request)) if value in values), None)
            if header is not None:
                places[field] = f"header {header}"
            elif said is not None:
                places[field] = f"body {said[0]}"
                decimal = decimal or (field == "amount" and said[1] in _DECIMAL)
            if field in places:
                break
    return places, decimal


def _body(request: HttpRequest) -> Data:
    """Read a body, JSON or a form, as far as it can be."""
    try:
        told = msgspec.json.decode(request.body or b"{}")
    except msgspec.DecodeError:
        told = {re.sub(r"\]?\[", ".", name).rstrip("]"): v for name, v in parse_qsl(request.body.decode("utf-8", "replace"))}
    return cast("Data", told) if isinstance(told, dict) else {}


def _leaves(body: object, at: str = "") -> Iterator[tuple[str, object]]:
    match body:
        case dict():
            for name, value in cast("Data", body).items():
                yield from _leaves(value, f"{at}.{name}" if at else name)
        case list():
            for number, value in enumerate(cast("list[object]", body)):
                yield from _leaves(value, f"{at}.{number}")
        case _:
            yield at, body
