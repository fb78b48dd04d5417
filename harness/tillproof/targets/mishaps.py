"""
What can befall a call into somebody else's processor.

    Mishap                  the call has no outcome: for the backend it is unknown
    ├── ForeignError        the processor raised
    ├── Blocked             it kept its process busy or blocked; `where` names the line
    └── Ended               its process ended in the middle (a crash, `os._exit`, `sys.exit`) or lost the wire form

    ForeignHost (Misuse)    it called a host for which no fake answers; nothing was sent

A processor that merely never answers is none of these: its call waits, as a real one does, for the backend's deadline.
"""

from __future__ import annotations

from tillproof.errors import Misuse


class Mishap(Exception):
    """Never raised itself."""


class ForeignError(Mishap):
    """The processor raised. `type_name` and `text` are its exception's; `where` is `file:line` of its own code."""

    def __init__(self, type_name: str, text: str, where: str = "") -> None:
        """Keep the exception's own words."""
        place = f" ({where})" if where else ""
        super().__init__(f"{type_name}: {text}{place}")
        self.type_name = type_name
        self.text = text
        self.where = where


class Blocked(Mishap):
    """No sign of life for `seconds` of real time: a busy loop, or a blocking call. Its process was killed."""

    def __init__(self, where: str, seconds: float) -> None:
        """Name the line that was running."""
        super().__init__(f"blocked for {seconds:g} s at {where}: a busy loop or a blocking call")
        self.where = where


class Ended(Mishap):
    """The worker process is gone. `why` says how, as far as its exit status tells."""

    def __init__(self, why: str) -> None:
        """Say how it ended."""
        super().__init__(f"the processor's process ended: {why}")
        self.why = why


class ForeignHost(Misuse):
    """The processor called a host for which no fake answers. Nothing was sent."""

    def __init__(self, host: str, *, request: str, during: str, answered: str) -> None:
        """`request` is method and path where known; `during` the contract method; `answered` the host that is faked."""
        super().__init__(
            f"your processor called {host}; no fake answers there, and nothing was sent",
            seen=f"{request or 'a connection'} from {during or 'its module'}; the fake in use answers for {answered} only",
            type_=f"send its requests to https://{answered}, or let its __init__ take a gateway",
        )
        self.host = host
