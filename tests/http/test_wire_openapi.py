"""The OpenAPI document: valid, complete, and closed."""

from __future__ import annotations

import re

import httpx
import pytest
from openapi_spec_validator import validate
from support.httpbench import Wire, wired

from tillproof.reference.api import ENDPOINTS
from tillproof.reference.http.openapi import document
from tillproof.reference.http.surface import SURFACES


def test_document_is_valid_and_served() -> None:
    """What is served is the document, and it is OpenAPI 3.1."""

    async def story(wire: Wire) -> httpx.Response:
        return await wire.client.get("/schema/openapi.json")

    served = wired(story).json()
    assert served == document()
    validate(served)


@pytest.mark.parametrize("name", ENDPOINTS)
def test_every_endpoint_is_described(name: str) -> None:
    """Each endpoint is there under its path and its alias, with its words and ids, and 401 just where one must sign in."""
    endpoint = ENDPOINTS[name]
    for path in filter(None, (endpoint.path, endpoint.alias)):
        operation = document()["paths"][path][endpoint.method.lower()]
        assert operation["description"] == SURFACES[name].says
        told = [one["name"] for one in operation["parameters"] if one["in"] == "path"]
        assert told == re.findall(r"{(\w+)}", path)
        assert ("401" in operation["responses"]) == path.startswith("/admin/")
        assert ("requestBody" in operation) == (SURFACES[name].body is not None)


def test_every_surface_belongs_to_an_endpoint() -> None:
    """Nothing is described that is not there."""
    assert set(SURFACES) == set(ENDPOINTS)


def test_objects_are_closed() -> None:
    """Every form of an object forbids what it does not name."""
    schemas = document()["components"]["schemas"]
    objects = {name: schema for name, schema in schemas.items() if schema.get("type") == "object"}
    assert objects
    assert [name for name, schema in objects.items() if schema.get("additionalProperties") is not False] == []
