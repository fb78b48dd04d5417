"""
Every second fault inside the recovery from every first one, of the lane of one control.

The recovery begins where the first fault strikes. It ends where the run stands as the undisturbed run stood at the same
place of the story: a second fault from there on is the same as that fault by itself, which is a single fault. Where the run
stands as one with another first fault already stood, it goes on like that one, and what a second fault does from there on
has been seen. Neither is made again. Where a run stands, and why standing alike is enough: `standing.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec.structs import replace

from tillproof.explore.single import Strikes, crossed
from tillproof.explore.standing import LASTING, Standing, asked_alone, standings
from tillproof.faults.kinds import KINDS, REFUSING, Cut, Told
from tillproof.faults.plans import Fault, Plan, parse
from tillproof.faults.points import Point, Seam
from tillproof.history.events import Asked, Called, Faulted, Heard, History, Returned, RunKey


class Recovery(msgspec.Struct, frozen=True, kw_only=True):
    """
    What follows from one first fault.

    `seconds` are the runs to be made. `alike` counts the second faults from where the run stood as another of the lane had
    stood, `recovered` those from where it stood as the undisturbed one; neither need be made. `like` says whose run it
    stood like at last (the control's, or None for nobody's), and from which step on: of its own, and of that one.
    """

    seconds: tuple[RunKey, ...]
    alike: int = 0
    recovered: int = 0
    like: tuple[RunKey, int, int] | None = None


class _Like(msgspec.Struct, frozen=True):
    """Where a run stands as another stood."""

    run: RunKey
    ours: Standing
    theirs: Standing


class Recoveries:
    """The recoveries from the first faults of one lane, taken in order. Memory grows with where the runs stood."""

    def __init__(self, control: History, strikes: Strikes, *, keeps: frozenset[str] | None) -> None:
        """Begin with the undisturbed run. `keeps`: see `standings`."""
        self.control = control
        self._strikes = strikes
        self._keeps = keeps
        self._several = not all(asked_alone(control).values())  # then the run never stands still between two
        self._stood: dict[bytes, tuple[RunKey, Standing]] = {}
        for standing in standings(control, keeps=keeps):
            self._stood.setdefault(standing.mark, (control.run, standing))

    def recovery(self, first: History) -> Recovery:
        """Return what is to be made beside this fault. Nothing, if it never struck or several are at work."""
        struck = next((event for event in first.events if isinstance(event, Faulted)), None)
        if struck is None or self._several:
            return Recovery(seconds=())
        like = self._like(first, struck)
        end = len(first.events) if like is None else like.ours.step
        plan = parse(first.run.plan)
        faults = [*self._around(first, struck.step, plan.faults[0].point), *self._between(first, struck.step, end)]
        rest = list(self._between(first, end, len(first.events)))
        if like is not None and like.ours.last != like.theirs.last:
            first_answer = next((fault.point for fault in rest if fault.point.seam is Seam.GATEWAY), None)
            once_more = [f for f in rest if f.point == first_answer and KINDS[f.kind].told is Told.STALE]
            faults += once_more
            rest = [fault for fault in rest if fault not in once_more]
        is_control = like is not None and like.run == self.control.run
        return Recovery(
            seconds=tuple(replace(first.run, plan=str(Plan((*plan.faults, fault)))) for fault in faults),
            alike=0 if is_control else len(rest),
            recovered=len(rest) if is_control else 0,
            like=None if like is None else (like.run, like.ours.step, like.theirs.step),
        )

    def _like(self, first: History, struck: Faulted) -> _Like | None:
        """Find the first place after the strike where a run has stood before; note the places before it."""
        if struck.kind == LASTING:
            return None
        for standing in standings(first, keeps=self._keeps):
            if standing.step <= struck.step:
                continue
            run, known = self._stood.setdefault(standing.mark, (first.run, standing))
            if run != first.run:
                return _Like(run, standing, known)
        return None

    def _between(self, history: History, start: int, end: int) -> Iterator[Fault]:
        """Yield the faults that can strike at points crossed from `start` on and before `end`."""
        tried = _tried_again(history)
        for event, point in crossed(history):
            if start <= event.step < end:
                for kind in self._strikes(point.seam, point.name):
                    if event.step not in tried or kind.told not in REFUSING:
                        yield Fault(point, kind.name)

    def _around(self, history: History, struck: int, own: Point) -> Iterator[Fault]:
        """Yield the faults that can hide an answer which was still to come when the first fault struck."""
        answered = {event.asked for event in history.events if isinstance(event, Heard) and event.step > struck}
        answered |= {event.called for event in history.events if isinstance(event, Returned) and event.step > struck}
        answered -= {event.step for event, point in crossed(history) if point == own}
        for event, point in crossed(history):
            if event.step < struck and event.step in answered and isinstance(event, Asked | Called):
                for kind in self._strikes(point.seam, point.name):
                    if kind.cut is Cut.AFTER:
                        yield Fault(point, kind.name)


def _tried_again(history: History) -> frozenset[int]:
    """Return the steps of the calls whose effect a processor had been let at before: none of them can be refused truly."""
    again: set[int] = set()
    called: Called | None = None
    performed: set[str] = set()
    for event in history.events:
        if isinstance(event, Called):
            called = event
            if event.reference in performed:
                again.add(event.step)
        elif isinstance(event, Returned) and called is not None:
            if called.reference is not None:
                performed.add(called.reference)
            called = None
        elif isinstance(event, Faulted) and event.point.startswith(Seam.PROCESSOR) and KINDS[event.kind].cut is Cut.BEFORE:
            called = None
    return frozenset(again)
