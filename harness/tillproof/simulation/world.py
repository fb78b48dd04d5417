"""One run from its opening to quiet: everything in it is owned by the run and drawn from its seed."""

from __future__ import annotations

from itertools import count

from tillproof.errors import TillproofError
from tillproof.faults.plans import Plan
from tillproof.history.events import Committed, Erred, History, RunKey
from tillproof.simulation.client import AtTheGateway, Desk, Storefront
from tillproof.simulation.clock import SimClock
from tillproof.simulation.connection import Connection, OutOfPatience, WalkedAway
from tillproof.simulation.crossing import MOST_POINTS, Crossings, Endless
from tillproof.simulation.driver import drive
from tillproof.simulation.front import Furnish
from tillproof.simulation.ids import SeededIds
from tillproof.simulation.journey import ClientKind, Journey
from tillproof.simulation.opening import opening
from tillproof.simulation.post import Post
from tillproof.simulation.schedules import parse
from tillproof.simulation.shopfront import SETTINGS, Shopfront
from tillproof.simulation.target import Target
from tillproof.simulation.turns import Turns

_ROUNDS = 4  # of settling, before what is left counts as settled never
_BETWEEN = 2 * SETTINGS.lease  # seconds before a round: no lease outlasts it


def run(target: Target, journey: Journey, key: RunKey, plan: Plan, furnish: Furnish = Shopfront) -> History:
    """
    Make the journey once, as the key says, with the faults of the plan, until all is quiet; return its history.

    `plan` is `key.plan` parsed; `furnish` makes the shop, in this process unless said otherwise. A fault of the plan that
    never struck has no `Faulted` event in the history. What the target's code raises becomes an answer and an `Erred`; a run
    that crosses too many points is cut off, not ended.
    Raises `TillproofError` only where the target cannot be used at all.
    """
    world = _World(target, journey, key, plan, furnish)
    drive(world.clock, world.live(), referee=world.turns)
    return world.history()


class _World:
    """The run's own things. None of them refers back to it, so nothing is left for the garbage collector."""

    def __init__(self, target: Target, journey: Journey, key: RunKey, plan: Plan, furnish: Furnish) -> None:
        self.clock = SimClock()
        self._target = target
        self._journey = journey
        self._key = key
        self._ended = False
        self._crossings = crossings = Crossings(plan, self.clock)
        self.turns = Turns(parse(key.schedule), crossings)
        providers = (target.provider_id, target.other)
        start = opening(key.seed, providers, target.currencies)
        ids, kind, wishes = SeededIds(key.seed, "client"), ClientKind(key.client), count(1)
        self._shopfront = front = furnish(target, key.dialect, start.rows, SeededIds(key.seed, "shop"), crossings)
        self._shopper = Storefront(
            Connection("shopper", kind, front, crossings, wishes), start, providers, front.gateway, ids, crossings
        )
        at_the_gateway = AtTheGateway(front.gateway, self._shopper, crossings)
        desk = Connection("operator", kind, front, crossings, wishes)
        self._operator = Desk(desk, start, self._shopper, ids, at_the_gateway)
        self._post = Post(front, target.provider_id if "webhooks" in target.capabilities else None, crossings)
        crossings.post = self._post

    async def live(self) -> None:
        """Go through the phases."""
        try:
            await self._tell_story()
            await self._post.rest()
            self._crossings.faults_off()
            await self._post.rest()
            await self._settle()
            await self._sweep()
            await self._settle()
            await self._post.rest()
            self._crossings.enter("quiet")
        except Endless:
            self._ended = False
            events = self._crossings.events
            error = f"the run crossed more than {MOST_POINTS} points and was cut off"
            events.append(Erred(step=len(events), at=self.clock.time, where="run", error=error))
        finally:
            self._crossings.post = None  # which refers back to the crossings

    def history(self) -> History:
        """Return what happened."""
        target = self._target
        return History(
            run=self._key,
            provider_id=target.provider_id,
            capabilities=target.capabilities,
            public=target.public,
            secrets=target.secrets,
            abandoned_after=SETTINGS.abandoned_after,
            ended=self._ended,
            events=tuple(self._crossings.events),
            decisions=tuple(self.turns.decisions),
        )

    async def _tell_story(self) -> None:
        self._crossings.enter("journey")
        try:
            await self._journey.story(self._shopper, self._operator)
        except OutOfPatience:
            return
        except WalkedAway:
            pass
        except TillproofError:
            raise
        except Exception as error:  # noqa: BLE001 - an answer of a shape no client can follow is the target's, not ours
            self._crossings.err("journey", error)
            return
        self._ended = True

    async def _settle(self) -> None:
        """Let the timer strike until a round changes nothing."""
        self._crossings.enter("settle")
        for _ in range(_ROUNDS):
            await self.clock.sleep(_BETWEEN)
            before = len(self._crossings.events)
            await self._shopfront.settle()
            if not any(type(event) is Committed for event in self._crossings.events[before:]):
                return

    async def _sweep(self) -> None:
        self._crossings.enter("sweep")
        await self.clock.sleep(SETTINGS.abandoned_after + _BETWEEN)
        await self._shopfront.sweep()
