"""
Reading what a client sent: bodies, queries, ids and keys, strictly, and refusing the rest in the original's shape.

Stricter than the original where it guesses: text that looks like a number is not one, and a fraction of a cent is nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Request

from tillproof.domain.entities import Data
from tillproof.reference.http.bodies import Form
from tillproof.reference.refusals import InvalidData, NotFound

LARGEST_BODY = 100 * 1024
"""Bytes. What the original's body parser takes."""

_ID = re.compile(r"[!-~]{1,255}")  # printable, no space: what no store and no log can be upset by
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")  # PostgreSQL cannot keep it
_UNKNOWN = re.compile(r"Object contains unknown field `(.*?)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.*?)`")
_AT = re.compile(r" - at `\$\.?(.*)`$")
_LONGEST_NAME = 100

Incoming = Request[Any, Any, Any]
"""A request as Litestar hands it over; neither user nor state of its own is used."""


async def body_of(request: Incoming, form: type[Form] | None) -> Data:
    """
    Return the request's body as parameters; no body counts as an empty object.

    Where no form is known the body is ignored, as in the original, though never more of it is read than may be. Raises
    `InvalidData`.
    """
    sent = await request.body()
    if form is None:
        return {}
    if sent and request.content_type[0] != "application/json":
        raise InvalidData("The body must be JSON, and its Content-Type application/json")
    if _NUL.search(sent):
        raise InvalidData("The body must not contain the character U+0000")
    try:
        return _parameters(msgspec.json.decode(sent or b"{}", type=form))
    except msgspec.ValidationError as error:
        raise InvalidData(_worded(str(error))) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidData("The body is not valid JSON") from None


def query_of(request: Incoming, form: type[Form] | None) -> Data:
    """Return the query as parameters; where no form is known it is ignored. Raises `InvalidData`."""
    if form is None:
        return {}
    try:
        return _parameters(msgspec.convert(dict(request.query_params), type=form, strict=False))
    except msgspec.ValidationError as error:
        raise InvalidData(_worded(str(error))) from None


def ids_of(path_params: Mapping[str, Any]) -> Data:
    """Return the ids in the path. What can be no id is the id of nothing: raises `NotFound`, and repeats nothing of it."""
    for value in path_params.values():
        if not isinstance(value, str) or not _ID.fullmatch(value):
            raise NotFound("Nothing with this id was found")
    return dict(path_params)


def key_of(request: Incoming) -> str | None:
    """Return the `Idempotency-Key`; as in the original an empty one is none."""
    return request.headers.get("idempotency-key") or None


def _parameters(form: Form) -> Data:
    given: Data = msgspec.to_builtins(form)
    return {name: value for name, value in given.items() if value is not None}


def _worded(error: str) -> str:
    """Say what is wrong with a body, naming the property as the original does."""
    unknown = _UNKNOWN.match(error)
    if unknown is not None:
        return f"property {unknown[1][:_LONGEST_NAME]} should not exist"
    missing = _MISSING.match(error)
    if missing is not None:
        return f"{missing[1]} should not be empty"
    at = _AT.search(error)
    where = at[1][:_LONGEST_NAME] if at is not None else "the body"
    return f"{where}: {_AT.sub('', error)}".replace("`", "")
