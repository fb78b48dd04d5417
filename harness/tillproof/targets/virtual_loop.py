"""
An asyncio loop whose time is virtual: it never waits for a timer.

With nothing ready to run the loop asks `idle` what to do. It may let time jump to the earliest timer, or wait for
the other side of the pipe; what would hang for ever in a real loop is known here at once.
"""

from __future__ import annotations

import asyncio
import selectors
import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

REAL_WAIT = 1.0
"""Real seconds given to what virtual time cannot hurry: a loopback connection, or a thread of the processor's own."""


class _IdleSelector(selectors.DefaultSelector):
    """Hands over to `idle` where a selector would block. `inbound` is what `idle` would go on to read."""

    idle: Callable[[float | None], None]
    inbound: int

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if len(self.get_map()) > 1 or threading.active_count() > 1:  # more than the loop's own wake-up pipe
            self.register(self.inbound, selectors.EVENT_READ)
            ready = super().select(REAL_WAIT)
            self.unregister(self.inbound)
            ready = [(key, events) for key, events in ready if key.fd != self.inbound]
        if not ready:
            self.idle(timeout)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """
    An event loop that starts at time 0 and moves only when told.

    `idle(seconds)` is called when nothing is ready: `seconds` until the earliest timer, None without one. It must
    make something ready (`call_soon`) or call `skip`. What needs real time (a thread, a loopback socket) gets it, until
    there is something to read on `inbound`.
    """

    def __init__(self, idle: Callable[[float | None], None], inbound: int) -> None:
        """Make a loop that turns to `idle`, which reads from the file descriptor `inbound`."""
        selector = _IdleSelector()
        selector.idle, selector.inbound = idle, inbound
        self._now = 0.0  # small on purpose: a float of epoch size is coarser than the loop's own resolution
        super().__init__(selector)

    def time(self) -> float:
        """Return the virtual time in seconds."""
        return self._now

    def skip(self, seconds: float) -> None:
        """Let so much time have passed."""
        self._now += seconds

    def run_in_executor(self, executor: object, func: Callable[..., Result], *args: object) -> asyncio.Future[Result]:
        """Run the function here and now: threads would decide the order of events."""
        del executor
        done: asyncio.Future[Result] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - it belongs to whoever awaits the future
            done.set_exception(error)
        return done
