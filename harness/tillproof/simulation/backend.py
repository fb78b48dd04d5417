"""What a run needs of a backend: that it starts, serves, and looks after what was left unfinished."""

from __future__ import annotations

from typing import Protocol

from tillproof.domain.requests import Answer, Ask
from tillproof.reference.shop import Shop


class Backend(Protocol):
    """The business code under the run's ports. `tillproof.reference.api` is one."""

    async def boot(self, shop: Shop) -> None:
        """Start on what was committed: note which processors are there."""
        ...

    async def serve(self, shop: Shop, ask: Ask) -> Answer:
        """Answer one request."""
        ...

    async def settle(self, shop: Shop) -> None:
        """Bring what was left unfinished to an end, as far as it can be known."""
        ...

    async def sweep(self, shop: Shop) -> None:
        """Release what was abandoned past the stated age."""
        ...
