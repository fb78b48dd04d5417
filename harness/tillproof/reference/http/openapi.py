"""
The OpenAPI document, made from the table of endpoints and the forms that bodies are decoded with.

Not Litestar's own: that describes what Litestar would decode, which takes `"1"` for 1 and keeps quiet about closed objects.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
from litestar import Response, get

from tillproof import __version__
from tillproof.domain.entities import Data
from tillproof.reference.api import ENDPOINTS, Endpoint
from tillproof.reference.http import bodies, envelopes
from tillproof.reference.http.bodies import Form
from tillproof.reference.http.refusing import COMPLETION
from tillproof.reference.http.routes import ADMIN, paths
from tillproof.reference.http.shapes import Error, Errors, Shape
from tillproof.reference.http.signing_in import COOKIE
from tillproof.reference.http.surface import SURFACES, Surface

_KEY = "[A-Za-z0-9_.:-]{1,255}"
_ID = "[!-.0->@-~]{1,255}"  # printable, and neither `/` nor `?`, which end a segment of a path
_JSON = "application/json"

_TEXT_401: Data = {"description": "Nobody is signed in.", "content": {"text/plain": {"schema": {"const": "Unauthorized"}}}}

_SIGNING_IN: dict[tuple[str, str], tuple[str, str, type[Form] | None, type[Shape] | None]] = {
    ("/admin/auth", "post"): ("sign_in", "Begin a session.", bodies.Credentials, envelopes.TheUser),
    ("/admin/auth", "get"): ("who_is_signed_in", "Tell who is signed in.", None, envelopes.TheUser),
    ("/admin/auth", "delete"): ("sign_out", "End the session.", None, None),
    ("/admin/auth/token", "post"): ("take_token", "Take a token.", bodies.Credentials, envelopes.TheToken),
}
"""Path and method: name, what it does, what goes in and what comes out (None: the text `OK`)."""


def document() -> Data:
    """Return the document as JSON."""
    described: dict[str, Data] = {}
    refs, components = _forms()
    for name, endpoint in ENDPOINTS.items():
        for path in paths(endpoint):
            operation = _operation(name, path, endpoint, SURFACES[name], refs)
            described.setdefault(path, {})[endpoint.method.lower()] = operation
    for (path, method), (name, says, body, answers) in _SIGNING_IN.items():
        ok = {"text/plain": {"schema": {"const": "OK"}}} if answers is None else {_JSON: {"schema": refs[answers]}}
        described.setdefault(path, {})[method] = {
            "operationId": name,
            "description": says,
            **_body(body, refs),
            "responses": {"200": {"description": says, "content": ok}, "401": _TEXT_401, **_errors(refs, "400", "413")},
        }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "tillproof's reference shop",
            "version": __version__,
            "description": "Medusa v1's Store and Admin API, as far as payments touch it. Amounts are whole minor units.",
        },
        "paths": described,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "token": {"type": "apiKey", "in": "header", "name": "x-medusa-access-token"},
                "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }


@get("/schema/openapi.json", name="openapi", sync_to_thread=False)
def openapi() -> Response[Data]:
    """Serve the document."""
    return Response(document())


def _forms() -> tuple[dict[type[msgspec.Struct], Data], Data]:
    """Return each form's reference, and what the references point at."""
    used: dict[type[msgspec.Struct], None] = dict.fromkeys((Error, Errors))
    for surface in SURFACES.values():
        used.update(dict.fromkeys(surface.answers))
        used.update(dict.fromkeys(form for form in (surface.body, surface.query) if form is not None))
    for _, _, body, answers in _SIGNING_IN.values():
        used.update(dict.fromkeys(form for form in (body, answers) if form is not None))
    schemas, components = msgspec.json.schema_components(used, ref_template="#/components/schemas/{name}")
    return dict(zip(used, schemas, strict=True)), components


def _operation(name: str, path: str, endpoint: Endpoint, surface: Surface, refs: dict[type[msgspec.Struct], Data]) -> Data:
    answers = [refs[shape] for shape in surface.answers]
    ok: Data = {
        "description": "Done.",
        "content": {_JSON: {"schema": answers[0] if len(answers) == 1 else {"anyOf": answers}}},
    }
    responses: Data = {"200": ok, **_errors(refs, "400", "404", "409", "413")}
    if name == COMPLETION:
        responses["409"]["content"][_JSON]["schema"] = {"anyOf": [refs[Error], refs[Errors]]}
        for response in responses.values():
            response["headers"] = {
                "Idempotency-Key": {"required": True, "schema": {"type": "string", "pattern": f"^{_KEY}$"}},
                "Access-Control-Expose-Headers": {"required": True, "schema": {"const": "Idempotency-Key"}},
            }
    admin = path.startswith(ADMIN)
    if admin:
        responses["401"] = _TEXT_401
    return {
        "operationId": name if path == endpoint.path else f"{name}_alias",
        "description": surface.says,
        "parameters": [*_ids(path), *_query(surface.query), *(_key() if surface.keyed else ())],
        **_body(surface.body, refs),
        "responses": responses,
        **({"security": [{"token": []}, {"session": []}, {"bearer": []}]} if admin else {}),
    }


def _body(form: type[Form] | None, refs: dict[type[msgspec.Struct], Data]) -> Data:
    if form is None:
        return {}
    required = any(field.required for field in msgspec.structs.fields(form))
    return {"requestBody": {"required": required, "content": {_JSON: {"schema": refs[form]}}}}


def _errors(refs: dict[type[msgspec.Struct], Data], *statuses: str) -> Data:
    said = {
        "400": "Not like this, not now, or refused by the gateway.",
        "404": "There is no such thing.",
        "409": "Not known yet, or another request is at work: retry with the same key.",
        "413": "The body is too large.",
    }
    return {status: {"description": said[status], "content": {_JSON: {"schema": refs[Error]}}} for status in statuses}


def _ids(path: str) -> list[Data]:
    names: list[Any] = re.findall(r"{(\w+)}", path)
    schema = {"type": "string", "pattern": f"^{_ID}$"}
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name in names]


def _query(form: type[Form] | None) -> list[Data]:
    if form is None:
        return []
    properties: Data = msgspec.json.schema_components([form])[1][form.__name__]["properties"]
    return [{"name": name, "in": "query", "schema": _present(schema)} for name, schema in properties.items()]


def _present(schema: Data) -> Data:
    """Return the schema without null: a parameter that is there has a value."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    return kinds[0] if len(kinds) == 1 else schema


def _key() -> tuple[Data, ...]:
    schema = {"type": "string", "pattern": f"^({_KEY})?$", "description": "An empty one is none."}
    return ({"name": "Idempotency-Key", "in": "header", "schema": schema},)
