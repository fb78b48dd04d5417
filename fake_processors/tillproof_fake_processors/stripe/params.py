"""Reading parameters: each as its type, or the documented error. Text stands for numbers and booleans, as in a form."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import cast

from tillproof.domain.entities import Data
from tillproof_fake_processors.stripe.errors import invalid, missing

_INTEGER = re.compile(r"-?\d{1,15}")
_BOOLEANS = {"true": True, "false": False}
_LONGEST_TEXT = 5_000
_MOST_METADATA, _LONGEST_KEY, _LONGEST_VALUE = 50, 40, 500


def known(params: Data, names: Collection[str]) -> None:
    """Refuse parameters that the endpoint does not have."""
    strange = [name for name in params if name not in names and name != "expand"]
    if strange:
        told = ", ".join(strange)
        raise invalid(f"Unknown parameters: {told}.", param=strange[0], code="parameter_unknown")


def text(params: Data, name: str) -> str | None:
    """Read a text; empty or absent is None."""
    value = params.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise invalid(f"{name} must be a string.", param=name)
    if len(value) > _LONGEST_TEXT:
        raise invalid(f"{name} is longer than {_LONGEST_TEXT} characters.", param=name)
    return value


def integer(params: Data, name: str) -> int | None:
    """Read a whole number; absent is None."""
    value = params.get(name)
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _INTEGER.fullmatch(value) and value.isascii():
        return int(value)
    raise invalid(f"{name} must be a whole number.", param=name, code="parameter_invalid_integer")


def needed_integer(params: Data, name: str) -> int:
    """Read a whole number that must be there."""
    value = integer(params, name)
    if value is None:
        raise missing(name)
    return value


def boolean(params: Data, name: str) -> bool:
    """Read `true` or `false`; absent is false."""
    value = params.get(name, False)
    if isinstance(value, bool):
        return value
    if value in _BOOLEANS:
        return _BOOLEANS[value]
    raise invalid(f"{name} must be true or false.", param=name)


def choice(params: Data, name: str, options: Collection[str], default: str) -> str:
    """Read one of a few words; absent is the default."""
    value = text(params, name)
    if value is None:
        return default
    if value not in options:
        raise invalid(f"{name} must be one of {', '.join(options)}.", param=name)
    return value


def texts(params: Data, name: str) -> list[str]:
    """Read a list of texts; absent is empty."""
    value: object = params.get(name) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in cast("list[object]", value)):
        raise invalid(f"{name} must be an array of strings.", param=name)
    return cast("list[str]", value)


def hashed(params: Data, name: str) -> Data:
    """Read a hash; absent or empty is empty."""
    value: object = params.get(name) or {}
    if not isinstance(value, dict):
        raise invalid(f"{name} must be a hash.", param=name)
    return cast("Data", value)


def metadata(params: Data, before: dict[str, str]) -> dict[str, str]:
    """Return metadata after a request: names are set one by one, an empty value removes one, an empty hash all."""
    if "metadata" not in params:
        return before
    if params["metadata"] in ("", None):
        return {}
    after = dict(before)
    for name, value in hashed(params, "metadata").items():
        if not isinstance(value, str | int):
            raise invalid("A value in metadata must be a string.", param=f"metadata[{name}]")
        told = str(value)
        if len(name) > _LONGEST_KEY or len(told) > _LONGEST_VALUE:
            raise invalid("A name or value in metadata is too long.", param=f"metadata[{name}]")
        if told:
            after[name] = told
        else:
            after.pop(name, None)
    if len(after) > _MOST_METADATA:
        raise invalid(f"There are more than {_MOST_METADATA} names in metadata.", param="metadata")
    return after
