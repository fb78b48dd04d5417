"""The `Date` of an answer (RFC 9110, section 6.6.1): what time it is where it was made."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import formatdate, parsedate_to_datetime
from functools import lru_cache


def dated(now: float) -> dict[str, str]:
    """Return the header of an answer made then; `now` is in seconds since the epoch, UTC."""
    return {"date": _written(int(now))}


def date_in(headers: Mapping[str, str]) -> float | None:
    """Read the header, in seconds since the epoch; None where there is none that can be read."""
    try:
        return parsedate_to_datetime(headers["date"]).timestamp()
    except (KeyError, ValueError):
        return None


@lru_cache(maxsize=1024)  # many answers are made in one second
def _written(second: int) -> str:
    return formatdate(second, usegmt=True)
