"""Stripe's form encoding: `a[b][0]=c` read as nested JSON, all of whose leaves are text."""

from __future__ import annotations

import re
from typing import cast
from urllib.parse import parse_qsl

from tillproof.domain.entities import Data
from tillproof_fake_processors.stripe.errors import invalid

_DEEPEST = 8
_MOST_PARAMETERS = 2_000
_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_PART = re.compile(r"\[([^\[\]]*)\]")
_NAMES_ARE_THE_CALLERS = frozenset({"metadata"})  # where `0` is a name, not a place in a list


def decode(text: str) -> Data:
    """Read a form or a query. Raises `StripeError` for what is no such form."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS, errors="strict")
    except ValueError:
        raise invalid("The parameters could not be read.") from None
    read: Data = {}
    for name, value in pairs:
        parts = _parts(name)
        _put(read, parts, value, name)
    return {name: _listed(value, name) for name, value in read.items()}


def _parts(name: str) -> list[str]:
    found = _NAME.fullmatch(name)
    if found is None:
        raise invalid("The name of a parameter could not be read.", param=name)
    parts = [found[1], *_PART.findall(found[2])]
    if len(parts) > _DEEPEST:
        raise invalid("A parameter is nested too deep.", param=name)
    return parts


def _put(into: Data, parts: list[str], value: str, name: str) -> None:
    *path, last = parts
    for part in path:
        inner = into.setdefault(part or str(len(into)), {})
        if not isinstance(inner, dict):
            raise invalid("A parameter is given both as a value and as a hash.", param=name)
        into = cast("Data", inner)
    key = last or str(len(into))
    if isinstance(into.get(key), dict):
        raise invalid("A parameter is given both as a value and as a hash.", param=name)
    into[key] = value


def _listed(value: str | Data, name: str) -> object:
    """Turn what is numbered into lists."""
    if isinstance(value, str) or name in _NAMES_ARE_THE_CALLERS:
        return value
    inner = {key: _listed(item, key) for key, item in value.items()}
    if inner and all(key.isdecimal() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner
