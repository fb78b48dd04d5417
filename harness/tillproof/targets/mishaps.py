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

from collections.abc import Sequence

from tillproof.errors import Misuse
from tillproof_fake_processors import GATEWAYS

_FEW = 2  # hosts of a fake that are told


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
    """The processor called a host for which no fake answers, or with a library that is not routed. Nothing was sent."""

    def __init__(
        self, host: str, *, request: str, during: str, hosts: Sequence[str], spec: str, unrouted: bool = False, call: int = 0
    ) -> None:
        """
        Name the host, and say what to type.

        `request` is method and path where known; `during` the contract method, in the `call` of that number; `hosts` are
        those that are answered. `unrouted`: this one is, but not for the library that was used.
        """
        del call
        asked = f"{request or 'a connection'} from {during or 'its module'}"
        others = f" and {len(hosts) - _FEW} more" if len(hosts) > _FEW else ""
        answered = ", ".join(hosts[:_FEW]) + others
        if unrouted:
            super().__init__(
                f"your processor called {host} with a library that is not routed to the fake there; nothing was sent",
                seen=f"{asked}; httpx and requests are routed (the SDKs of Stripe and PayPal use them)",
                type_="send it with httpx or requests, or let its __init__ take a gateway",
            )
        else:
            super().__init__(
                f"your processor called {host}; no fake answers there, and nothing was sent",
                seen=f"{asked}; the fake in use answers for {answered} only",
                type_=_instead(host, spec),
            )
        self.host = host


def _instead(host: str, spec: str) -> str:
    """Say what to type: the fake that stands for this host, or how to make one."""
    known = next((fake.name for fake in GATEWAYS.values() if host in fake.face.hosts), None)
    if known is not None:
        return f"tillproof run --processor {spec} --gateway {known}"
    labels = [label for label in host.split(".") if label.replace("-", "").isalnum()]
    name = labels[-2] if len(labels) > 1 and not labels[-1].isdecimal() else "own"
    return f"tillproof init gateway {name} --processor {spec}"
