"""
The driver steps plain coroutines by hand, so that nothing but the run itself decides who goes next.

A coroutine parks by yielding a frozen value. Time is virtual: it stands still while anybody can go on, and then jumps to the
earliest sleeper. There is no event loop, and whoever awaits something of one is told so.

Whoever has the turn keeps it until they sleep or end; the next is then the one who has waited longest. Only a `Referee` may
have it otherwise: when the turn is free, and at a `Pause`.
"""

from __future__ import annotations

import types
from collections import deque
from collections.abc import Coroutine, Generator, Sequence
from contextlib import suppress
from heapq import heapify, heappop, heappush
from typing import Any, Protocol

import msgspec

Doing = Coroutine[Any, Any, object]
"""What an actor does, under way."""


class Until(msgspec.Struct, frozen=True):
    """Parks whoever yields it until that moment, in seconds since the epoch, UTC; `actor` says who that is, if anybody."""

    at: float
    actor: str = ""


class Pause(msgspec.Struct, frozen=True):
    """Parks whoever yields it where the turn may pass to another; if it does not, they go on at once."""


class AtOnce(msgspec.Struct, frozen=True):
    """Parks whoever yields it until all these doings have ended, each an actor of its own."""

    doings: tuple[Doing, ...]


class Begin(msgspec.Struct, frozen=True):
    """Lets another actor begin; whoever yields it goes on at once, and waits for nobody."""

    actor: str
    doing: Doing


class OthersEnded(msgspec.Struct, frozen=True):
    """Parks whoever yields it until no other actor is left."""


class Timepiece(Protocol):
    """What the driver sets when time jumps."""

    time: float


class Referee(Protocol):
    """Decides whose turn it is, and is told."""

    def at_work(self, several: bool) -> None:  # noqa: FBT001 - told by position, by the driver alone
        """Be told whether several actors are at work from now on."""
        ...

    def choose(self, able: Sequence[str], *, preempts: bool) -> int:
        """
        Return which of these actors (two at least) goes on.

        `preempts`: the first of them has the turn, and to choose another interrupts them; else the turn is free.
        """
        ...

    def turn(self, actor: str) -> None:
        """Be told, once several have been at work, whose turn it is; again if it is theirs again."""
        ...


@types.coroutine
def park(
    waits: Until | Pause | AtOnce | Begin | OthersEnded,
) -> Generator[Until | Pause | AtOnce | Begin | OthersEnded, None, None]:
    """Park the running coroutine. After `AtOnce`, raises what the first of the doings to fail has raised."""
    yield waits


PAUSE = Pause()


class InOrder:
    """The referee who never has it otherwise."""

    def at_work(self, several: bool) -> None:  # noqa: FBT001 - as the protocol has it
        """Take note of nothing."""

    def choose(self, able: Sequence[str], *, preempts: bool) -> int:  # noqa: ARG002 - as the protocol has it
        """Choose the first."""
        return 0

    def turn(self, actor: str) -> None:
        """Take note of nothing."""


def drive(timepiece: Timepiece, *actors: Doing, referee: Referee | None = None) -> None:
    """
    Step the actors until all have ended: in the order given, and sleepers by the time they wake, then by who slept first.

    An actor's exception ends the drive and is raised from it; one of a doing begun by `AtOnce` is raised there instead.
    """
    _Driver(timepiece, referee or InOrder()).drive([_Actor(doing) for doing in actors])


class _Actor:
    """Somebody at work: what they do, and for whom. An actor is called after whoever it last waited as."""

    __slots__ = ("doing", "error", "left", "name", "parent")

    def __init__(self, doing: Doing, name: str = "", parent: _Actor | None = None) -> None:
        self.doing = doing
        self.name = name
        self.parent = parent
        self.left = 0  # of the doings it waits for
        self.error: BaseException | None = None  # what it is to be told of when it goes on

    def is_of(self, parent: _Actor) -> bool:
        """Tell whether it is at work for that actor, directly or for one who is."""
        above = self.parent
        while above is not None and above is not parent:
            above = above.parent
        return above is parent

    def step(self) -> object:
        """Run to the next park and return it, or None at the end. What the coroutine raises is raised."""
        error, self.error = self.error, None
        try:
            waits = self.doing.send(None) if error is None else self.doing.throw(error)
            while type(waits) not in _PARKS:
                told = RuntimeError(f"awaited a {type(waits).__name__}, but there is no event loop here")
                waits = self.doing.throw(told)
        except StopIteration:
            return None
        return waits


_PARKS = frozenset({Until, Pause, AtOnce, Begin, OthersEnded})


class _Driver:
    def __init__(self, timepiece: Timepiece, referee: Referee) -> None:
        self._timepiece = timepiece
        self._referee = referee
        self._ready: deque[_Actor] = deque()
        self._asleep: list[tuple[float, int, _Actor]] = []
        self._slept = 0
        self._waiting_for_others: list[_Actor] = []
        self._all: list[_Actor] = []
        self._raced = False  # whether several have ever been at work
        self._at_work = 0  # those who are not just waiting for doings of theirs, or for the others, to end

    def drive(self, actors: list[_Actor]) -> None:
        self._ready.extend(actors)
        self._all.extend(actors)
        self._count(len(actors))
        try:
            now = self._next()
            while now is not None:
                now = self._stepped(now)
        finally:
            self._referee.at_work(False)
            for actor in self._all:
                actor.doing.close()
            self._all.clear()

    def _count(self, change: int) -> None:
        self._at_work += change
        several = self._at_work > 1
        self._raced = self._raced or several
        self._referee.at_work(several)

    def _next(self) -> _Actor | None:
        """Return who goes on when the turn is free, after a jump of time if need be; None when nobody is left."""
        ready = self._ready
        if not ready:
            if not self._asleep:
                return None
            self._wake()
        if len(ready) > 1 and all(actor.name for actor in ready):  # before their first wait they are nobody yet
            chosen = self._referee.choose([actor.name for actor in ready], preempts=False)
            actor = ready[chosen]
            del ready[chosen]
        else:
            actor = ready.popleft()
        self._given(actor)
        return actor

    def _wake(self) -> None:
        """Let time jump to the earliest sleeper; whoever sleeps until the same moment can go on as well."""
        at, _, actor = heappop(self._asleep)
        self._timepiece.time = max(self._timepiece.time, at)
        self._ready.append(actor)
        while self._asleep and self._asleep[0][0] <= at:
            self._ready.append(heappop(self._asleep)[2])

    def _given(self, actor: _Actor) -> None:
        if self._raced and actor.name:
            self._referee.turn(actor.name)

    def _stepped(self, now: _Actor) -> _Actor | None:
        """Step whoever has the turn, and return who has it then."""
        try:
            waits = now.step()
        except Exception as error:
            if now.parent is None:
                raise
            now.parent.error = now.parent.error or error
            waits = None
        except BaseException as error:
            if now.parent is None:
                raise
            return self._broken_off(now.parent, error)
        match waits:
            case Until(at, name):
                now.name = name or now.name
                self._slept += 1
                heappush(self._asleep, (at, self._slept, now))
            case Pause():
                return self._paused(now)
            case AtOnce(doings):
                self._begun(now, doings)
            case Begin(name, doing):
                actor = _Actor(doing, name)
                self._all.append(actor)
                self._ready.append(actor)
                self._count(1)
                return now
            case OthersEnded():
                self._waiting_for_others.append(now)
                self._count(-1)
                self._release()
            case _:
                self._ended(now)
        return self._next()

    def _paused(self, now: _Actor) -> _Actor:
        ready = self._ready
        if not ready:
            return now
        chosen = self._referee.choose([now.name, *(actor.name for actor in ready)], preempts=True)
        if not chosen:
            return now
        actor = ready[chosen - 1]
        del ready[chosen - 1]
        ready.append(now)
        self._given(actor)
        return actor

    def _begun(self, parent: _Actor, doings: tuple[Doing, ...]) -> None:
        begun = [_Actor(doing, parent=parent) for doing in doings]
        parent.left = len(begun)
        self._all.extend(begun)
        self._ready.extend(begun)
        self._count(len(begun) - 1)
        if not begun:
            self._resumed(parent)

    def _ended(self, actor: _Actor) -> None:
        self._all.remove(actor)
        self._count(-1)
        parent = actor.parent
        if parent is not None:
            parent.left -= 1
            if not parent.left:
                self._resumed(parent)
        self._release()

    def _release(self) -> None:
        """Let those who wait for everybody else go on, once there is nobody else."""
        if self._waiting_for_others and len(self._all) == len(self._waiting_for_others):
            self._ready.extend(self._waiting_for_others)
            self._count(len(self._waiting_for_others))
            self._waiting_for_others.clear()

    def _resumed(self, parent: _Actor) -> None:
        self._count(1)
        self._ready.append(parent)

    def _broken_off(self, parent: _Actor, error: BaseException) -> _Actor | None:
        """End all doings of the parent at once, because one of them met what nobody may go on after, and tell the parent."""
        gone = [actor for actor in self._all if actor.is_of(parent)]
        self._all = [actor for actor in self._all if not actor.is_of(parent)]
        self._ready = deque(actor for actor in self._ready if not actor.is_of(parent))
        self._asleep = [sleeper for sleeper in self._asleep if not sleeper[2].is_of(parent)]
        heapify(self._asleep)
        self._referee.at_work(False)
        for actor in gone:
            with suppress(type(error), RuntimeError):  # what their clean-up meets has no effect any more
                actor.doing.close()
        parent.left = 0
        parent.error = error
        self._count(-sum(not actor.left for actor in gone))
        self._resumed(parent)
        return self._next()
