"""One person's connection to the shop: a wish is sent until it is answered, as this kind of client would."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from tillproof.domain.entities import Data
from tillproof.domain.requests import Answer, Ask
from tillproof.faults.kinds import Cut
from tillproof.faults.points import Seam
from tillproof.history.events import Asked, GaveUp, Heard, Unheard
from tillproof.simulation.crossing import Armed, Crossings
from tillproof.simulation.driver import PAUSE, park
from tillproof.simulation.front import Front
from tillproof.simulation.incarnation import Crashed
from tillproof.simulation.journey import ClientKind

NOTHING = Answer(status=0, body={})
"""What a person has who left without an answer."""

BACK_OFF = (2.0, 10.0, 30.0, 60.0, 120.0, 300.0)
"""Seconds before each retry. Beyond the last, patience is at an end."""

THINKS = 5.0
"""Seconds between two wishes of one person."""

_SHORT = {"complete_cart": "complete", "capture_order": "capture", "refund_order": "refund", "cancel_order": "cancel"}


class WalkedAway(Exception):
    """The person is gone, and with them the story."""


class OutOfPatience(Exception):
    """Nothing went wrong any more, and still no answer came in bounded tries."""


class Check(msgspec.Struct, frozen=True):
    """What a careful person without a key looks at before trying again, and how they see that it was done."""

    ask: Ask
    shows_it: Callable[[Data], bool]


def call_of(endpoint: str) -> str:
    """Return the name under which an endpoint is a point: `complete_cart` is `complete`, `get_order` is `get-order`."""
    return _SHORT.get(endpoint) or endpoint.replace("_", "-")


def may_be_retried(answer: Answer | None) -> bool:
    """Tell whether the person knows no more than before: nothing heard, a conflict that invites a retry, a 5xx."""
    if answer is None or answer.status >= 500:  # noqa: PLR2004 - the class of HTTP statuses
        return True
    return answer.status == 409 and answer.body.get("code") == "invalid_state_error"  # noqa: PLR2004 - the conflict


class Connection:
    """
    How one actor's wishes reach the shop.

    `actor` is who it is of: a second connection of the shopper's is `shopper-2`, of the operator's `operator-2`. `wishes`
    counts the wishes of everybody in the run. `leaves_next` is set by whoever will not wait for the next weighty
    answer, but goes on.
    """

    def __init__(self, actor: str, kind: ClientKind, shopfront: Front, crossings: Crossings, wishes: Iterator[int]) -> None:
        """Connect the actor."""
        self.kind = kind
        self.leaves_next = False
        self.actor = actor
        self._shopfront = shopfront
        self._crossings = crossings
        self._wishes = wishes

    def another(self) -> Connection:
        """Open another connection of the same person: one of the same kind."""
        return Connection(f"{self.actor}-2", self.kind, self._shopfront, self._crossings, self._wishes)

    async def wish(self, ask: Ask, *, weighty: bool = False, check: Check | None = None) -> Answer:
        """
        Send until there is an answer, and return it.

        A weighty wish (money may move) is where a person walks away; `check` is asked before every retry. When patience
        ends that began while faults were on, they go off for good and it begins anew. Raises `WalkedAway`, `OutOfPatience`.
        """
        clock = self._crossings.clock
        await clock.sleep(THINKS, self.actor)
        await self._crossings.time_passed()
        wish = next(self._wishes)
        tries, was_disturbed = 0, self._crossings.faults_on
        while True:
            answer = await self._send(ask, wish)
            if answer is not None and not may_be_retried(answer):
                return answer
            if weighty and self._leaves(ask, wish):
                return NOTHING
            if tries == len(BACK_OFF):
                self._patience_ends(ask, wish, was_disturbed=was_disturbed)
                tries, was_disturbed = 0, False
            await clock.sleep(BACK_OFF[tries])
            await self._crossings.time_passed()
            tries += 1
            if check is not None:
                seen = await self._send(check.ask, wish)
                if seen is not None and check.shows_it(seen.body):
                    return seen
                if self._crossings.crowded:
                    await park(PAUSE)

    def _leaves(self, ask: Ask, wish: int) -> bool:
        if self.leaves_next:
            self.leaves_next = False
            self._give_up(ask, wish)
            return True
        if self.kind is ClientKind.WALKS_AWAY:
            self._give_up(ask, wish)
            raise WalkedAway
        return False

    def _patience_ends(self, ask: Ask, wish: int, *, was_disturbed: bool) -> None:
        """Turn the faults off, unless they were when it began. Somebody else may have turned them off meanwhile."""
        if not was_disturbed:
            self._give_up(ask, wish)
            raise OutOfPatience
        self._crossings.faults_off()

    def _give_up(self, ask: Ask, wish: int) -> None:
        events, at = self._crossings.events, self._crossings.clock.time
        events.append(GaveUp(step=len(events), at=at, actor=self.actor, call=call_of(ask.endpoint), intent=wish))

    async def _send(self, ask: Ask, wish: int) -> Answer | None:
        """Send once; None if nothing is heard."""
        crossings, events = self._crossings, self._crossings.events
        crossings.actor = self.actor
        is_up = await self._shopfront.runs()
        call = call_of(ask.endpoint)
        number, struck = crossings.cross(Seam.CLIENT, call)
        asked = len(events)
        events.append(
            Asked(
                step=asked,
                at=crossings.clock.time,
                actor=self.actor,
                call=call,
                number=number,
                intent=wish,
                key=ask.key,
                request=ask.params,
            )
        )
        if struck is not None and struck.kind.cut is Cut.BEFORE:
            crossings.strike(struck, Seam.CLIENT, call, number)
            if is_up:
                await self._shopfront.lose(ask)
            self._unheard(asked, call, wish, "request")
            return None
        if not is_up:
            self._unheard(asked, call, wish, "shop-died")
            return None
        try:
            answer = await self._served(ask, struck)
        except Crashed:
            self._unheard(asked, call, wish, "shop-died")
            return None
        if struck is not None:
            crossings.strike(struck, Seam.CLIENT, call, number)
        if answer is None:
            self._unheard(asked, call, wish, "answer")
            return None
        events.append(
            Heard(
                step=len(events),
                at=crossings.clock.time,
                asked=asked,
                actor=self.actor,
                call=call,
                intent=wish,
                status=answer.status,
                body=answer.body,
                headers=answer.headers,
            )
        )
        return answer

    async def _served(self, ask: Ask, struck: Armed | None) -> Answer | None:
        """Let the shop serve, as the fault has it; None if nobody hears its answer."""
        if struck is None:
            return await self._shopfront.serve(ask)
        if struck.kind.cut is Cut.TWICE:
            return await self._shopfront.serve_twice(ask)
        await self._shopfront.serve_unheard(ask)
        return None

    def _unheard(self, asked: int, call: str, wish: int, lost: str) -> None:
        events, at = self._crossings.events, self._crossings.clock.time
        events.append(Unheard(step=len(events), at=at, asked=asked, actor=self.actor, call=call, intent=wish, lost=lost))
