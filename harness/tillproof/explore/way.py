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
    `party` is whom a finding blames: the `processor` or the `backend`. `interleaves`: the turn can pass from one actor to
    another in the middle of a request; where the shop is a process of its own, it cannot.
    """

    fronts: tuple[Furnish, ...] = (Shopfront,)
    strikes: Strikes = applicable
    party: str = "processor"
    interleaves: bool = True


SIMULATED = Way()
"""Everything in this process."""
