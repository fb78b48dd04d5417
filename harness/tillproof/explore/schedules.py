"""
Every schedule of a run in which several are at work at once, up to a number of preemptions; beyond that, a sample.

A preemption takes the turn from somebody who could go on. Whose turn it is when it is free costs none, and every way of it
is tried.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from random import Random

from msgspec.structs import replace

from tillproof.explore.single import Planned
from tillproof.history.events import Decision, History
from tillproof.simulation.schedules import IN_ORDER, Schedule, Turn

PREEMPTIONS = 2
"""How many are tried unless said otherwise. Nearly every race there is shows with one or two."""

_TRIES = 20  # draws for each schedule of a sample, before all there are count as drawn

Make = Callable[[Planned], History]
"""Makes a planned run."""


def schedules(
    control: Planned, history: History, make: Make, preemptions: int = PREEMPTIONS
) -> Iterator[tuple[Planned, History]]:
    """
    Yield every schedule of the control with at most so many preemptions, each once, with the history it led to.

    The control itself, whose schedule is the empty one, is not among them. They come by the number of turns out of order.
    """
    open_: deque[tuple[Schedule, tuple[Decision, ...], int]] = deque([(IN_ORDER, history.decisions, preemptions)])
    while open_:
        schedule, decisions, left = open_.popleft()
        for turn, preempts in _otherwise(schedule, decisions):
            if preempts <= left:
                planned = _scheduled(control, (*schedule.turns, turn))
                made = make(planned)
                yield planned, made
                open_.append((Schedule((*schedule.turns, turn)), made.decisions, left - preempts))


def sample(
    control: Planned, history: History, make: Make, count: int, preemptions: int = PREEMPTIONS
) -> Iterator[tuple[Planned, History]]:
    """Yield `count` schedules with more preemptions than that, as far as there are so many, drawn from the run's seed."""
    key = control.key
    random = Random(f"{key.journey}/{key.client}/{key.dialect}/{key.seed}")  # noqa: S311 - a seeded draw, no secret
    seen: set[str] = set()
    for _ in range(count * _TRIES):
        if len(seen) == count:
            return
        planned, made = _drawn(control, history, make, random, preemptions + random.randint(1, preemptions + 2))
        if _preemptions(made) > preemptions and planned.key.schedule not in seen:
            seen.add(planned.key.schedule)
            yield planned, made


def _drawn(control: Planned, history: History, make: Make, random: Random, wanted: int) -> tuple[Planned, History]:
    """Take the turn away from its order again and again, each time at a later decision."""
    planned, made = control, history
    turns: tuple[Turn, ...] = ()
    for _ in range(wanted):
        ways = [turn for turn, _ in _otherwise(Schedule(turns), made.decisions)]
        if not ways:
            break
        turns = (*turns, random.choice(ways))
        planned = _scheduled(control, turns)
        made = make(planned)
    return planned, made


def _preemptions(history: History) -> int:
    """Count the turns by which the run's schedule interrupted somebody."""
    numbers = (int(turn.partition(">")[0]) for turn in history.run.schedule.split(" + ") if turn)
    return sum(history.decisions[number - 1].preempts for number in numbers)


def _otherwise(schedule: Schedule, decisions: tuple[Decision, ...]) -> Iterator[tuple[Turn, bool]]:
    """Yield each turn that can be given otherwise after those of the schedule, and whether that interrupts somebody."""
    since = schedule.turns[-1].decision if schedule.turns else 0
    for number, decision in enumerate(decisions[since:], since + 1):
        for actor in decision.able[1:]:
            yield Turn(number, actor), decision.preempts


def _scheduled(control: Planned, turns: tuple[Turn, ...]) -> Planned:
    return replace(control, key=replace(control.key, schedule=str(Schedule(turns))))
