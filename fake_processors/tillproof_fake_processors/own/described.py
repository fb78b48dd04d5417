"""The gateway a description makes: `described(description)` is its class."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import ClassVar
from urllib.parse import parse_qs, unquote

from tillproof.contract.gateway import Request, Response
from tillproof.contract.http import Face
from tillproof.domain.ledger import Entry
from tillproof.domain.money import shown
from tillproof_fake_processors.bank.face import status
from tillproof_fake_processors.ledger import Intent
from tillproof_fake_processors.own.description import Description, Route
from tillproof_fake_processors.own.facing import facing
from tillproof_fake_processors.own.gateway import FakeGateway, Wanted
from tillproof_fake_processors.own.reading import found, minor_units, whole
from tillproof_fake_processors.own.templates import filled

_SUCCESS = 200


class DescribedGateway(FakeGateway):
    """A gateway by its description."""

    description: ClassVar[Description]
    routes: ClassVar[tuple[tuple[re.Pattern[str], Route], ...]]

    @classmethod
    def face(cls) -> Face:
        """Return how it is reached: as any gateway, but that an unreadable body is refused in its own words."""
        says = {"code": "invalid_request", "message": "the body is no JSON object"}
        return facing(cls.hosts, cls.body, cls.key_at, filled(cls.description.error, says))

    def answer(self, request: Request) -> Response:
        """Answer by the first route that fits."""
        path, _, query = request.path.partition("?")
        for pattern, route in self.routes:
            fits = pattern.fullmatch(f"{request.method} {path}")
            if fits is not None:
                names = {name: unquote(value) for name, value in fits.groupdict().items()}
                return self._routed(route, request, names, query)
        return self.error(404, "not_found", "there is nothing here")

    def _routed(self, route: Route, request: Request, names: dict[str, str], query: str) -> Response:
        if route.does == "nothing":
            return Response(status=route.status, body=filled(route.answer or {}, {}))
        say = _reader(self.description, route, request, names, query)
        currency = say("currency")
        currency = currency.lower() if isinstance(currency, str) else currency
        self._route = route
        wanted = Wanted(
            key=request.key,
            amount=_read_amount(self.description, say("amount"), currency),
            currency=currency,
            reference=say("reference"),
            resource=say("resource"),
        )
        return self.do(route.does, wanted, names.get("id", ""))

    def shown(self, intent: Intent, effect: Entry | None) -> Response:
        """Fill the answer's template; a decline is an error where the description says so."""
        if effect is not None and effect.kind == "decline" and self.description.declined != _SUCCESS:
            return self.error(self.description.declined, intent.declined or "declined", "the payment was declined")
        values = {**_sums(self.description, intent), **_told(intent, effect), "status": self.status(intent)}
        template = self._route.answer if self._route.answer is not None else self.description.answer
        body = {name: value for name, value in filled(template, values).items() if value is not None}
        return Response(status=self._route.status, body=body)

    def listed(self, reference: str, effects: list[Entry]) -> Response:
        """Fill the list's template."""
        items = [filled(self.description.item, _entry(self.description, one)) for one in effects]
        return Response(status=_SUCCESS, body=filled(self.description.listed, {"items": items, "reference": reference}))

    def error(self, status: int, code: str, message: str) -> Response:
        """Fill the error's template."""
        return Response(status=status, body=filled(self.description.error, {"code": code, "message": message}))

    def status(self, intent: Intent) -> str:
        """Say how an intent stands, in the gateway's own words."""
        word = status(intent)
        return self.description.words.get(word, word)


def described(description: Description) -> type[FakeGateway]:
    """Return the gateway's class, to be made anew for every run."""
    return type(
        "Described",
        (DescribedGateway,),
        {
            "hosts": tuple(description.hosts),
            "dialect": description.dialect,
            "body": description.body,
            "key_at": description.read.key,
            "description": description,
            "routes": tuple((_pattern(route.call), route) for route in description.route),
        },
    )


def _pattern(call: str) -> re.Pattern[str]:
    """Compile `METHOD /path/{name}`."""
    parts = re.split(r"\{(\w+)\}", call)
    return re.compile("".join(f"(?P<{part}>[^/]+)" if odd % 2 else re.escape(part) for odd, part in enumerate(parts)))


def _reader(
    description: Description, route: Route, request: Request, names: Mapping[str, str], query: str
) -> Callable[[str], object]:
    """Return what says what a request says, by the name of a field of `Places`."""
    asked = parse_qs(query)

    def say(field: str) -> object:
        place = route.read.get(field) or str(getattr(description.read, field))
        kind, _, name = place.partition(" ")
        match kind:
            case "header":
                return request.headers.get(name.lower())
            case "query":
                return asked.get(name, [None])[0]
            case "path":
                return names.get(name)
            case "fixed":
                return name
            case _:
                return found(request.body, name)

    return say


def _read_amount(description: Description, told: object, currency: object) -> object:
    """Return an amount in minor units; what is none stays what it is, for the ledger to refuse."""
    if description.amounts == "decimal":
        return minor_units(told, currency)
    return whole(told) if description.body == "form" else told


def _amount(description: Description, amount: int, currency: str) -> int | str:
    return shown(amount, currency) if description.amounts == "decimal" else amount


def _sums(description: Description, intent: Intent) -> dict[str, object]:
    sums = {"amount": intent.amount, "held": intent.held, "captured": intent.captured, "refunded": intent.refunded}
    return {name: _amount(description, sum_, intent.currency) for name, sum_ in sums.items()}


def _told(intent: Intent, effect: Entry | None) -> dict[str, object]:
    open_ = intent.challenge == "open"
    return {
        "id": intent.id,
        "currency": intent.currency,
        "CURRENCY": intent.currency.upper(),
        "resource": intent.resource,
        "reference": None if effect is None else effect.reference,
        "effect_id": None if effect is None else effect.id,
        "code": intent.declined,
        "challenge_url": f"https://challenge.example/{intent.id}" if open_ else None,
    }


def _entry(description: Description, entry: Entry) -> dict[str, object]:
    return {
        "id": entry.intent,
        "effect_id": entry.id,
        "kind": str(entry.kind),
        "amount": _amount(description, entry.amount, entry.currency),
        "currency": entry.currency,
        "CURRENCY": entry.currency.upper(),
        "reference": entry.reference,
    }
