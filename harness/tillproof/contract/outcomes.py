"""
What a processor may say of a call: done, refused, or unknown. There is no fourth answer, and unknown is never yes or no.

`Done` and `Refused` are definite. Whatever else comes back (an exception, a value of another shape) is unknown.
"""

from __future__ import annotations

import msgspec

from tillproof.domain.entities import Data
from tillproof.domain.statuses import SessionStatus


class Done(msgspec.Struct, frozen=True):
    """
    The call had its effect, once. `data` replaces the session's or payment's data.

    `status` is the session status the gateway's object has now; it is required from `authorize_payment` and
    `get_payment_status` and ignored elsewhere.
    """

    data: Data
    status: SessionStatus | None = None


class Refused(msgspec.Struct, frozen=True):
    """The gateway certainly did not do it, and will not. `code` and `message` are told to the client: no secrets."""

    code: str
    message: str


class Unknown(msgspec.Struct, frozen=True):
    """The effect may or may not be there: a lost answer, a time-out, "in progress". Ask again with the same key."""

    reason: str


Outcome = Done | Refused | Unknown
