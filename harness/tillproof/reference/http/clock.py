"""Real time, and names nobody can guess: what a simulation seeds and a server must not."""

from __future__ import annotations

import asyncio
import base64
import secrets
import time
from collections.abc import Awaitable
from typing import TypeVar

from tillproof.reference.ports import DeadlineExceeded

T = TypeVar("T")

_BYTES = 16  # 128 bits, 26 characters of base 32: as long as the original's ids, and none of it is the time


class RealClock:
    """The machine's clock. Implements `ports.Clock`."""

    def now(self) -> float:
        """Return the present time."""
        return time.time()

    def steady(self) -> float:
        """Return the seconds since the machine came up, or some such beginning."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Let that many seconds pass."""
        await asyncio.sleep(seconds)

    async def within(self, seconds: float, work: Awaitable[T]) -> T:
        """Return the work's result; once the seconds have passed cancel it and raise `DeadlineExceeded`."""
        deadline = asyncio.timeout(seconds)
        try:
            async with deadline:
                return await work
        except TimeoutError:
            if deadline.expired():
                raise DeadlineExceeded from None
            raise  # the work's own


class SecretIds:
    """Ids from the system's randomness. Implements `ports.Ids`."""

    def new(self, prefix: str) -> str:
        """Return a fresh id, `prefix` + `_` + 26 capital letters and digits."""
        return f"{prefix}_{base64.b32encode(secrets.token_bytes(_BYTES)).decode().rstrip('=')}"
