"""The time a served gateway lives by: this machine's, moved forward as often as somebody asks."""

from __future__ import annotations

import time


class MovedClock:
    """The machine's clock, some seconds ahead. It never goes back."""

    def __init__(self) -> None:
        """Begin with the present."""
        self.ahead = 0.0

    def now(self) -> float:
        """Return seconds since the epoch, UTC."""
        return time.time() + self.ahead

    def forward(self, seconds: float) -> None:
        """Let that many seconds pass at once."""
        self.ahead += seconds
