"""Ids that look like any other and are the same in every run of one seed."""

from __future__ import annotations

from hashlib import blake2b


class SeededIds:
    """Draws ids from a seed and a purpose, so that one drawer's draws do not shift another's."""

    def __init__(self, seed: int, purpose: str) -> None:
        """Begin the sequence of this seed and purpose."""
        self._base = blake2b(f"{purpose}/{seed}".encode(), digest_size=12)
        self._drawn = 0

    def new(self, prefix: str) -> str:
        """Return a fresh id, `prefix` + `_` + 24 hexadecimal digits."""
        self._drawn += 1
        draw = self._base.copy()
        draw.update(b"%d" % self._drawn)
        return f"{prefix}_{draw.hexdigest()}"
