"""Where a redirect leads in a simulation, so that whoever follows one is recognized."""

from __future__ import annotations

_MARK = "redirected-by=tillproof"


def elsewhere(path: str) -> str:
    """Return the address a redirect of this path names: the same thing, under a query nobody else writes."""
    return f"{path}{'&' if '?' in path else '?'}{_MARK}"


def followed(path: str) -> bool:
    """Tell whether a request for this path followed such a redirect."""
    return path.endswith(_MARK)
