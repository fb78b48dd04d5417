"""
Every single fault under every schedule of a race, save those that would go on like a run already made.

What strikes before the race begins, and is recovered from by then, is the schedule by itself from there on: the run stands
as the undisturbed one stood. Such a fault is made in order only. What strikes after the race is over, where the run stands
as it did after another schedule, does what it did there, and is not made again. Where a run stands, and why standing alike
is enough: `standing.py`. While several are at work nobody can tell, so all that strikes then is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from tillproof.explore.schedules import Make, schedules
from tillproof.explore.single import Planned, Strikes, crossed, singles
from tillproof.explore.standing import LASTING, Standing, asked_alone, standings
from tillproof.faults.kinds import applicable
from tillproof.history.events import Faulted, History, Turned


class Disturbed:
    """The disturbed runs of one lane. Iterate once; `alike` counts those that were not made."""

    def __init__(
        self,
        control: Planned,
        history: History,
        make: Make,
        *,
        preemptions: int,
        keeps: frozenset[str] | None,
        strikes: Strikes = applicable,
        shard: tuple[int, int] = (1, 1),
    ) -> None:
        """
        Disturb every schedule of the control with at most so many preemptions, the one in order first.

        `keeps`: see `standings`. `shard`: which part of the runs, of how many.
        """
        self.alike = 0
        self._shard = shard
        self._counted = 0
        self._every = chain([(control, history)], schedules(control, history, make, preemptions))
        self._make = make
        self._keeps = keeps
        self._strikes = strikes
        self._before = frozenset(_told(s) for s in self._standings(history, before=True))
        self._recovered: set[str] = set()  # the faults from which the run in order had recovered before its race
        self._stood: set[tuple[bytes, bytes]] = set()  # where runs stood after their races

    def __iter__(self) -> Iterator[tuple[Planned, History]]:
        """Yield each planned run with its history."""
        for planned, history in self._every:
            known = self._known_from(history)
            skipped = self._recovered if planned.key.schedule else set[str]()
            places = {point: event.step for event, point in crossed(history)}
            for disturbed in singles(planned, history, self._strikes):
                point = disturbed.plan.faults[0].point
                if disturbed.key.plan in skipped or places[point] >= known:
                    self.alike += 1
                    continue
                wanted = self._counted % self._shard[1] == self._shard[0] - 1
                self._counted += 1
                if wanted or not planned.key.schedule:
                    made = self._make(disturbed)
                    if not planned.key.schedule and self._recovers(made):
                        self._recovered.add(disturbed.key.plan)
                    if wanted:
                        yield disturbed, made

    def _known_from(self, history: History) -> int:
        """Return the step from which the run stands as another did after its race; note where it stood until then."""
        for standing in self._standings(history, before=False):
            if _told(standing) in self._stood:
                return standing.step
            self._stood.add(_told(standing))
        return len(history.events)

    def _recovers(self, made: History) -> bool:
        """Tell whether a run with one fault stood, after that and before its race, as the undisturbed one did."""
        struck = next((event for event in made.events if isinstance(event, Faulted)), None)
        if struck is None or struck.kind == LASTING:
            return False
        there = self._standings(made, before=True)
        return any(_told(standing) in self._before for standing in there if standing.step > struck.step)

    def _standings(self, history: History, *, before: bool) -> Iterator[Standing]:
        """Yield where the run stood before its race, or after it, with nothing under way."""
        begin, end = _race(history)
        alone = asked_alone(history)
        for standing in standings(history, keeps=self._keeps):
            asked = next(step for step in alone if step >= standing.step)
            if alone[asked] and (standing.step <= begin if before else standing.step > end):
                yield standing


def _told(standing: Standing) -> tuple[bytes, bytes]:
    """Return all that is told of where a run stands."""
    return standing.mark, standing.last


def _race(history: History) -> tuple[int, int]:
    """Return the first and the last step at which several were at work."""
    turns = [event.step for event in history.events if isinstance(event, Turned)]
    return (turns[0], turns[-1]) if turns else (len(history.events), len(history.events))
