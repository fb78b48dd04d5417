"""What to say of a name that does not exist: what is known, and which of those was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from tillproof.errors import Misuse

_SHOWN = 6


def close_to(name: str, known: Iterable[str]) -> str:
    """Return the known name that was probably meant as a question, else some of those there are."""
    names = list(known)
    close = get_close_matches(name.lower(), names, n=1) or get_close_matches(name.upper(), names, n=1)
    if close:
        return f"did you mean {close[0]}?"
    return f"known: {', '.join(names[:_SHOWN]) or 'none'}{', ...' if len(names) > _SHOWN else ''}"


def unknown(what: str, name: str, known: Iterable[str], *, list_with: str) -> Misuse:
    """Return the error for an unknown name: `what` it should have been, what is close, and the command that lists all."""
    return Misuse(f"no {what} called {name!r}", seen=close_to(name, known), type_=list_with)
