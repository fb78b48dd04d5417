"""The text of a fake of somebody's own gateway to start from, as TOML or as Python."""

from __future__ import annotations

import json
import re

import msgspec


class Sketch(msgspec.Struct, frozen=True, kw_only=True):
    """
    What is known of a gateway before its author has said anything.

    `places`: where a request says what, as `body a.b` or `header NAME`, by the names of the description's `read`. `routes`:
    method and path, the verb, and the calls of the processor that led there. `unheard`: calls that sent nothing, with why.
    """

    hosts: tuple[str, ...]
    places: dict[str, str]
    routes: tuple[tuple[str, str, tuple[str, ...]], ...]
    form: bool = False
    decimal: bool = False
    unheard: tuple[tuple[str, str], ...] = ()


EXAMPLE = Sketch(
    hosts=("bank.test",),
    places={
        "key": "header idempotency-key",
        "amount": "body amount",
        "currency": "body currency",
        "reference": "body reference",
        "resource": "body resource",
    },
    routes=(
        ("POST /intents", "open", ()),
        ("POST /intents/{id}", "update", ()),
        ("GET /intents/{id}", "show", ()),
        ("POST /intents/{id}/authorize", "authorize", ()),
        ("POST /intents/{id}/capture", "capture", ()),
        ("POST /intents/{id}/refunds", "refund", ()),
        ("POST /intents/{id}/cancel", "void", ()),
    ),
)
"""Where no processor tells: the bank's own routes."""

_ANSWER = 'answer = { id = "{id}", status = "{status}", amount = "{amount}", currency = "CURRENCY", code = "{code}" }'
_USUAL_KEY = "header idempotency-key"
_FEW = 3  # methods that are told beside a route
_GRANT = '{ access_token = "token", token_type = "Bearer", expires_in = 3600 }'


def as_toml(sketch: Sketch, name: str) -> str:
    """Return the description of the gateway, to be given its words and answers."""
    decimal = '\namounts = "decimal"' if sketch.decimal else ""
    form = '\nbody = "form"' if sketch.form else ""
    currency = "{CURRENCY}" if sketch.decimal else "{currency}"
    lines = [
        f"# {name}, faked: which route means what. Check the answers against its documentation; {{names}} are filled in.",
        f"hosts = {json.dumps(sketch.hosts)}",
        f'dialect = "keep-everything"    # what it makes of a repeated key: tillproof list dialects{form}{decimal}',
        _ANSWER.replace("CURRENCY", currency),
        'error = { error = { code = "{code}", message = "{message}" } }',
        "",
        "[read]    # where a request says what",
        *(f"{field} = {json.dumps(place)}" for field, place in sketch.places.items()),
        *_lacking(sketch),
        "",
        "[words]    # its own for how a payment stands",
        *(f'{word} = "{word}"' for word in ("requires_authorization", "requires_action", "authorized", "captured")),
    ]
    for call, verb, methods in sketch.routes:
        others = " and others" if len(methods) > _FEW else ""
        by = f"    # by {', '.join(methods[:_FEW])}{others}" if methods else ""
        lines += ["", "[[route]]", f"call = {json.dumps(call)}", f'does = "{verb}"{by}']
        lines += [f"answer = {_GRANT}"] if verb == "nothing" else []
    return "\n".join([*lines, *_unheard(sketch)]) + "\n"


_PYTHON = '''\
"""
{name}, faked: its HTTP face. Books, keys, shopper and failures are the base's.

Check the answers and errors against its documentation. Your processor reaches it under its real hosts.
"""

from __future__ import annotations

from tillproof.contract.gateway import Request, Response
from tillproof.domain.ledger import Entry
from tillproof_fake_processors.ledger import Intent
from tillproof_fake_processors.own import {imports}


class {cls}(FakeGateway):
    """The gateway of one run."""

    hosts = {hosts}
    dialect = "keep-everything"  # what it makes of a repeated key: tillproof list dialects
{reads}
    def answer(self, request: Request) -> Response:
        """Say which route means what: the verbs are those of `FakeGateway.do`."""
        body = request.body
        wanted = Wanted({wanted})
        match (request.method, *request.path.partition("?")[0].strip("/").split("/")):
{cases}
            case _:
                return self.error(404, "not_found", "there is nothing here")

    def shown(self, intent: Intent, effect: Entry | None) -> Response:
        """Write an answer; `effect` is what the request did."""
        body = {{"id": intent.id, "status": self.status(intent), "amount": intent.amount, "currency": intent.currency}}
        body |= {{"code": intent.declined}} if intent.declined else {{}}
        body |= {{"reference": effect.reference}} if effect else {{}}
        return Response(status=200, body=body)

    def error(self, status: int, code: str, message: str) -> Response:
        """Write an error."""
        return Response(status=status, body={{"error": {{"code": code, "message": message}}}})
'''


def as_python(sketch: Sketch, cls: str) -> str:
    """Return the class of the gateway."""
    reads = ['    body = "form"'] if sketch.form else []
    key = sketch.places.get("key", _USUAL_KEY)
    reads += [f"    key_at = {json.dumps(key)}"] if key != _USUAL_KEY else []
    fields = [f"{field}={_expression(field, sketch)}" for field in sketch.places]
    wanted = "\n            " + ",\n            ".join(fields) + ",\n        "
    cases: list[str] = []
    for call, verb, _ in sketch.routes:
        method, path = call.split(" ")
        parts = [method, *path.strip("/").split("/")]
        pattern = ", ".join("id_" if part == "{id}" else json.dumps(part) for part in parts)
        if verb == "nothing":
            done = 'Response(status=200, body={"access_token": "token", "token_type": "Bearer", "expires_in": 3600})'
        else:
            done = f'self.do("{verb}", wanted{", id_" if "id_" in pattern else ""})'
        cases += [f"            case ({pattern}):", f"                return {done}"]
    used = ["FakeGateway", "Wanted", "found"]
    used += ["minor_units"] if sketch.decimal else ["whole"] if sketch.form else []
    text = _PYTHON.format(
        name=cls,
        cls=cls,
        imports=", ".join(used),
        hosts=_tuple(sketch.hosts),
        reads="".join(f"{line}\n" for line in reads),
        wanted=wanted,
        cases="\n".join(cases),
    )
    return text + "".join(f"{line}\n" for line in [*_lacking(sketch), *_unheard(sketch)])


def _tuple(hosts: tuple[str, ...]) -> str:
    return f"({', '.join(json.dumps(host) for host in hosts)},)"


def _expression(field: str, sketch: Sketch) -> str:
    kind, _, name = sketch.places[field].partition(" ")
    if field == "key":
        return "request.key"
    said = f"request.headers.get({json.dumps(name)})" if kind == "header" else f"found(body, {json.dumps(name)})"
    if field == "currency":
        return f"str({said}).lower()" if sketch.decimal else said
    if field == "amount" and sketch.decimal:
        return f"minor_units({said}, {_expression('currency', sketch)})"
    return f"whole({said})" if field == "amount" and sketch.form else said


def _lacking(sketch: Sketch) -> list[str]:
    """Say what the processor never sends, and what that will mean."""
    told = {
        "key": "# Your processor sent no idempotency key that was found: a repeated request will act twice.",
        "reference": "# Your processor sent no reference that was found: it cannot look an effect up.",
    }
    return [said for field, said in told.items() if field not in sketch.places]


def _unheard(sketch: Sketch) -> list[str]:
    lines = [f"# Nothing was sent by {method}: {why}" for method, why in sketch.unheard]
    return ["", *(re.sub(r"\s+", " ", line)[:120] for line in lines)] if lines else []
