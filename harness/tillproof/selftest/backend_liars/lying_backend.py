"""A backend that lies whenever it is at work, and leaves the reference as it is for everybody else."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager

from tillproof.domain.requests import Answer, Ask
from tillproof.reference import api
from tillproof.reference.shop import Shop
from tillproof.selftest.backend_liars.patching import Honest, lying


class LyingBackend:
    """
    The reference with patches, as the backend of a target: the true reference can be put in its place.

    Requests may be under way side by side: the patches are in while any of them is.
    """

    def __init__(self, patches: Mapping[str, Honest]) -> None:
        """Lie as `lying` does with these patches."""
        self._patches = patches
        self._at_work = 0
        self._lies = ExitStack()

    async def boot(self, shop: Shop) -> None:
        """Start on what was committed."""
        with self._lying():
            await api.boot(shop)

    async def serve(self, shop: Shop, ask: Ask) -> Answer:
        """Answer one request."""
        with self._lying():
            return await api.serve(shop, ask)

    async def settle(self, shop: Shop) -> None:
        """Settle what is unfinished."""
        with self._lying():
            await api.settle(shop)

    async def sweep(self, shop: Shop) -> None:
        """Sweep what is abandoned."""
        with self._lying():
            await api.sweep(shop)

    @contextmanager
    def _lying(self) -> Generator[None]:
        if not self._at_work:
            self._lies.enter_context(lying(self._patches))
        self._at_work += 1
        try:
            yield
        finally:
            self._at_work -= 1
            if not self._at_work:
                self._lies.close()
