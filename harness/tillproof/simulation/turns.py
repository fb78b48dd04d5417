"""Whose turn it is while several actors of a run are at work: in order, save where the schedule says otherwise."""

from __future__ import annotations

from collections.abc import Sequence

from tillproof.history.events import Decision, Turned
from tillproof.simulation.crossing import Crossings
from tillproof.simulation.schedules import Schedule, Turn


class Turns:
    """
    The referee of one run. Every turn that passes is written down, so that it is always told who crosses.

    `decisions` are those met so far, in order.
    """

    def __init__(self, schedule: Schedule, crossings: Crossings) -> None:
        """Follow the schedule."""
        self.decisions: list[Decision] = []
        self._crossings = crossings
        self._wanted = {turn.decision: turn for turn in schedule.turns}
        self._told = ""

    def at_work(self, several: bool) -> None:  # noqa: FBT001 - as the driver's protocol has it
        """Let points be places where the turn may pass, or not."""
        self._crossings.at_work(several)

    def choose(self, able: Sequence[str], *, preempts: bool) -> int:
        """Return who goes on: the first, or whom the schedule names, if they can."""
        self._crossings.touched = False
        self.decisions.append(Decision(able=tuple(able), preempts=preempts, step=len(self._crossings.events)))
        wanted = self._wanted.get(len(self.decisions))
        if wanted is None or wanted.actor not in able:
            return 0
        self._write(wanted.actor, wanted)
        return able.index(wanted.actor)

    def turn(self, actor: str) -> None:
        """Write down that it is this actor's turn, if it was not."""
        if actor != self._told:
            self._write(actor, None)

    def _write(self, actor: str, by: Turn | None) -> None:
        crossings = self._crossings
        self._told = crossings.actor = actor
        events = crossings.events
        scheduled = "" if by is None else str(by)
        events.append(Turned(step=len(events), at=crossings.clock.time, actor=actor, by=scheduled))
