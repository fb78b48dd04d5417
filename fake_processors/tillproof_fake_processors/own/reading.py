"""Finding in a request what a gateway needs of it."""

from __future__ import annotations

import re
from typing import cast

from tillproof.domain.entities import Data
from tillproof.domain.money import exponent

_DECIMAL = re.compile(r"\d{1,12}(\.\d+)?")
_WHOLE = re.compile(r"[0-9]{1,15}")
_NONE = -1


def found(body: object, path: str) -> object:
    """Return what is in a JSON body under `a.0.b`, or None."""
    for part in path.split("."):
        if isinstance(body, dict):
            body = cast("Data", body).get(part)
        elif isinstance(body, list) and part.isdecimal() and int(part) < len(cast("list[object]", body)):
            body = cast("list[object]", body)[int(part)]
        else:
            return None
    return body


def whole(told: object) -> object:
    """Read digits, as a form has them, as a whole number; what is none stays what it is, for the ledger to refuse."""
    return int(told) if isinstance(told, str) and _WHOLE.fullmatch(told) else told


def minor_units(told: object, currency: object) -> int | None:
    """Read decimal text as minor units; None where nothing was said; nonsense is a sum that every ledger refuses."""
    if told is None:
        return None
    if not isinstance(told, str) or not _DECIMAL.fullmatch(told) or not isinstance(currency, str):
        return _NONE
    whole, _, fraction = told.partition(".")
    places = exponent(currency)
    if len(fraction.rstrip("0")) > places:
        return _NONE
    unit: int = 10**places
    return int(whole) * unit + int(f"{fraction:0<{places}}"[:places] or "0")
