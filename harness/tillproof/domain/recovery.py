"""
The recovery points of a completion, as one table: what each may lead to, and what the rows may look like there.

Seed: "the backend wraps each essential part of the checkout completion in its own step and stores the current step".
The reference walks this table; CRASH-03 reads it. Neither has a copy.
"""

from __future__ import annotations

import msgspec

from tillproof.domain.statuses import RecoveryPoint as At
from tillproof.domain.statuses import SessionStatus as S


class Permits(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a recovery point allows.

    `leads_to`: the points one atomic step may move the key to. `session`: statuses of the selected session, for a total
    above zero. `live_payment`: whether the cart has a Payment that is not canceled (None: either). `order`: whether the
    cart has an order, or its swap is confirmed.
    """

    leads_to: frozenset[At]
    session: frozenset[S]
    live_payment: bool | None
    order: bool


_OPEN = frozenset({S.PENDING, S.REQUIRES_MORE, S.ERROR, S.CANCELED})
_AUTHORIZED = frozenset({S.AUTHORIZED})

PERMITTED: dict[At, Permits] = {
    At.STARTED: Permits(
        leads_to=frozenset({At.AUTHORIZED, At.FINISHED, At.RELEASING}), session=_OPEN, live_payment=False, order=False
    ),
    At.AUTHORIZED: Permits(
        leads_to=frozenset({At.PAYMENT_CREATED, At.RELEASING}), session=_AUTHORIZED, live_payment=False, order=False
    ),
    At.PAYMENT_CREATED: Permits(
        leads_to=frozenset({At.FINISHED, At.RELEASING}), session=_AUTHORIZED, live_payment=True, order=False
    ),
    At.RELEASING: Permits(leads_to=frozenset({At.STARTED}), session=_OPEN | _AUTHORIZED, live_payment=None, order=False),
    At.FINISHED: Permits(leads_to=frozenset(), session=_AUTHORIZED, live_payment=None, order=True),
}
"""A point that is not a key here does not exist; a move that is not listed is a bug."""
