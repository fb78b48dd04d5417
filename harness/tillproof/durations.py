"""Spans of time as people write them: `90s`, `2m`, `1h30m`."""

from __future__ import annotations

import re

from tillproof.errors import Misuse

_SPAN = re.compile(r"(?:(\d{1,3})h)?(?:(\d{1,4})m)?(?:(\d{1,6})s)?")


def seconds(text: str) -> float:
    """Return the seconds that a span lasts. Raises `Misuse` for what is none, or lasts no time."""
    found = _SPAN.fullmatch(text.strip())
    hours, minutes, rest = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    span = hours * 3600 + minutes * 60 + rest
    if not span:
        raise Misuse(f"not a span of time: {text!r}", seen="it is written in h, m and s", type_="--time 2m    (90s, 1h30m)")
    return float(span)
