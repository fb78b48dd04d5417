"""The way a campaign's runs are made: what furnishes their shops, and what can strike there."""

from __future__ import annotations

import msgspec

from tillproof.explore.single import Strikes
from tillproof.faults.kinds import applicable
from tillproof.simulation.front import Furnish
from tillproof.simulation.shopfront import Shopfront


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """
    How runs are made.

    As many are made at once as there are `fronts`, by threads, if they wait for servers; one front makes them in place.
    `party` is whom a finding blames: the `processor` or the `backend`.
    """

    fronts: tuple[Furnish, ...] = (Shopfront,)
    strikes: Strikes = applicable
    party: str = "processor"


SIMULATED = Way()
"""Everything in this process."""
