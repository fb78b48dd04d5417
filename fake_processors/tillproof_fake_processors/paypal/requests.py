"""Reading what a request says, and refusing what PayPal would refuse."""

from __future__ import annotations

from tillproof.domain.entities import Data
from tillproof.domain.money import Money
from tillproof_fake_processors.paypal.amounts import NotAnAmount, read
from tillproof_fake_processors.paypal.errors import Issue


def text_in(body: Data, field: str, longest: int, at: str = "", *, required: bool = False) -> str | None:
    """Read a text of 1 to `longest` characters; None where there is none. `at` is the pointer to `body`."""
    told = body.get(field)
    if told is None:
        if required:
            raise Issue("MISSING_REQUIRED_PARAMETER", f"{at}/{field}")
        return None
    if not isinstance(told, str):
        raise Issue("INVALID_PARAMETER_SYNTAX", f"{at}/{field}")
    if not 0 < len(told) <= longest:
        raise Issue("INVALID_STRING_LENGTH", f"{at}/{field}")
    return told


def flag_in(body: Data, field: str) -> bool:
    """Read a yes or no; no where there is none."""
    told = body.get(field, False)
    if not isinstance(told, bool):
        raise Issue("INVALID_PARAMETER_SYNTAX", f"/{field}")
    return told


def amount_in(body: Data, at: str) -> Money:
    """Read `amount`, which must be there. `at` is the pointer to it."""
    try:
        amount = read(body.get("amount"))
    except NotAnAmount as flaw:
        raise Issue(flaw.issue, f"{at}/{flaw.field}" if flaw.field else at) from flaw
    return amount


def optional_amount(body: Data) -> Money | None:
    """Read `amount`; None where there is none."""
    return amount_in(body, "/amount") if body.get("amount") is not None else None
