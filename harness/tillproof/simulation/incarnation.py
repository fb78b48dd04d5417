"""A boot of the shop, and its death: dead first, unwound after, so that no clean-up of a dead shop can act."""

from __future__ import annotations


class Crashed(BaseException):
    """
    The shop's process ended here.

    Not an `Exception`: business code must not be able to catch its own death. If it does, its ports still refuse.
    """


class Incarnation:
    """One boot of the shop, counted from 1. Its ports ask it before they do anything."""

    def __init__(self, boot: int) -> None:
        """Begin alive."""
        self.boot = boot
        self.alive = True

    def must_live(self) -> None:
        """Raise `Crashed` if this incarnation is dead."""
        if not self.alive:
            raise Crashed
