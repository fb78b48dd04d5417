"""
What must not be shown, in a log or on a screen: secrets, tokens, card numbers (rule SEC-01), and terminal tricks.

Masking is by name (the value of `client_secret` wherever it stands), by planted marker, and by shape (a card number that
passes Luhn's check). Ids, keys and amounts stay: without them no story can be told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast

MASK = "***"

_SECRET_NAME = re.compile(
    r"secret|token|password|passwd|api_?key|^authorization$|cvc|cvv|card_?number|\bpan\b", re.IGNORECASE
)
_IN_TEXT = re.compile(
    r"""(?P<name>["']?[\w.-]*(?:secret|token|password|passwd|api_?key|cvc|cvv|card_?number)[\w.-]*["']?\s*[:=]\s*)"""
    r"""(?P<value>"[^"]*"|'[^']*'|[^\s,;)}\]]+)""",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"(?<![\w.])\d(?:[ -]?\d){12,18}(?![\w.])")
_SHORTEST = 6  # a shorter value would mask half of every sentence
_DEEPEST = 12


def _luhn(digits: str) -> bool:
    doubled = (int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits)))
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0  # noqa: PLR2004  (9 is Luhn's)


def _card(found: re.Match[str]) -> str:
    return MASK if _luhn(re.sub(r"\D", "", found[0])) else found[0]


def masked_text(text: str, secrets: Iterable[str] = ()) -> str:
    """Return the text without these secrets, without values named as secrets, and without card numbers."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, MASK)
    text = _IN_TEXT.sub(lambda found: found["name"] + MASK, text)
    return _DIGITS.sub(_card, text)


def masked(value: object, secrets: Iterable[str] = ()) -> object:
    """Return the JSON value with every secret masked, at any depth; what is nested absurdly deep is cut."""
    return _masked(value, tuple(secrets), _DEEPEST)


def _masked(value: object, secrets: tuple[str, ...], depth: int) -> object:
    if isinstance(value, str):
        return masked_text(value, secrets)
    if isinstance(value, Mapping | list | tuple) and not depth:
        return MASK
    if isinstance(value, Mapping):
        return {
            name: MASK if _SECRET_NAME.search(name) and inner is not None else _masked(inner, secrets, depth - 1)
            for name, inner in _named(cast("Mapping[object, object]", value))
        }
    if isinstance(value, list | tuple):
        return [_masked(inner, secrets, depth - 1) for inner in cast("Sequence[object]", value)]
    return value


def _named(value: Mapping[object, object]) -> Iterator[tuple[str, object]]:
    return ((str(name), inner) for name, inner in value.items())


def secret_values(value: object, depth: int = _DEEPEST) -> Iterator[str]:
    """Yield the texts that stand under a secret's name, so that they can be masked where they turn up without it."""
    if not depth:
        return
    if isinstance(value, Mapping):
        for name, inner in _named(cast("Mapping[object, object]", value)):
            if not isinstance(inner, str):
                yield from secret_values(inner, depth - 1)
            elif _SECRET_NAME.search(name) and len(inner) >= _SHORTEST:
                yield inner
    elif isinstance(value, list | tuple):
        for inner in cast("Sequence[object]", value):
            yield from secret_values(inner, depth - 1)


def harmless(text: str) -> str:
    r"""
    Return the text with what could drive a terminal or reorder a line written out: `\x1b`, `\u202e`.

    Line ends are written out as well: what is printed by us on one line stays on one line.
    """
    return "".join(_written(c) for c in text)


def _written(char: str) -> str:
    if char.isprintable():
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004  (widths of Python's own escapes)
