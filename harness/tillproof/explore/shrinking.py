"""From a drawn run that went wrong to the smallest that goes wrong in the same way, by steps a person would try."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from msgspec.structs import replace

from tillproof.explore.stories import Sentence, told, written
from tillproof.faults.plans import Fault, Plan, parse
from tillproof.history.events import RunKey
from tillproof.simulation import schedules
from tillproof.simulation.schedules import Schedule, Turn

T = TypeVar("T")

MOST = 400
"""How many runs are tried before what was reached counts as the smallest."""


def shrunk(run: RunKey, still: Callable[[RunKey], bool], most: int = MOST) -> RunKey:
    """
    Return the smallest run found from a drawn one that is still wrong, as `still` tells of each that is tried.

    A step drops a fault, a turn of the schedule, a sentence (a cart begins with one), or an item, lets things that are done
    at once be done one after the other, or makes a number or a fault smaller. It is taken if the run stays wrong, until no
    step is or so many runs were tried.
    """
    left = most
    while True:
        for smaller in _steps(run):
            if left == 0:
                return run
            left -= 1
            if still(smaller):
                run = smaller
                break
        else:
            return run


def _steps(run: RunKey) -> Iterator[RunKey]:
    plan, given, sentences = parse(run.plan), schedules.parse(run.schedule).turns, told(run.journey)
    for faults in _without_one(plan.faults):
        yield replace(run, plan=str(Plan(faults)))
    for turns in _without_one(given):
        yield replace(run, schedule=str(Schedule(turns)))
    yield from _calmer(run, sentences)
    for fewer in _without_one(sentences):
        if fewer:
            shorter = replace(run, journey=written(fewer))
            yield shorter
            for faults in _earlier(plan.faults):
                yield replace(shorter, plan=str(Plan(faults)))
            for turns in _sooner(given):
                yield replace(shorter, schedule=str(Schedule(turns)))
    for n, sentence in enumerate(sentences):
        for simpler in _simpler(sentence):
            yield replace(run, journey=written((*sentences[:n], simpler, *sentences[n + 1 :])))
    for faults in _once(plan.faults):
        yield replace(run, plan=str(Plan(faults)))


def _calmer(run: RunKey, sentences: tuple[Sentence, ...]) -> Iterator[RunKey]:
    """Yield the run with fewer things done at once, with and without its schedule."""
    for n, sentence in enumerate(sentences):
        for told_so in _one_by_one(sentence):
            calmer = replace(run, journey=written((*sentences[:n], *told_so, *sentences[n + 1 :])))
            yield calmer
            if run.schedule:
                yield replace(calmer, schedule="")


def _without_one(parts: tuple[T, ...]) -> Iterator[tuple[T, ...]]:
    for n in range(len(parts)):
        yield (*parts[:n], *parts[n + 1 :])


def _earlier(faults: tuple[Fault, ...]) -> Iterator[tuple[Fault, ...]]:
    """Yield the faults with one of them at an earlier crossing: a shorter story crosses fewer."""
    for n, fault in enumerate(faults):
        if fault.point.number > 1:
            sooner = replace(fault, point=replace(fault.point, number=fault.point.number - 1))
            yield (*faults[:n], sooner, *faults[n + 1 :])


def _once(faults: tuple[Fault, ...]) -> Iterator[tuple[Fault, ...]]:
    """Yield the faults with one of them striking once instead of several times in a row."""
    for n, fault in enumerate(faults):
        if fault.times != 1:
            yield (*faults[:n], replace(fault, times=1), *faults[n + 1 :])


def _one_by_one(sentence: Sentence) -> Iterator[tuple[Sentence, ...]]:
    """Yield what is left of a sentence of two things at once without either, and the two after one another."""
    other = sentence.beside
    if other is not None:
        one = replace(sentence, beside=None)
        yield from ((one,), (other,), (one, other), (other, one))


def _sooner(turns: tuple[Turn, ...]) -> Iterator[tuple[Turn, ...]]:
    """Yield the turns at earlier decisions, all by as many: a shorter story meets fewer."""
    for fewer in range(1, turns[0].decision if turns else 1):
        yield tuple(replace(turn, decision=turn.decision - fewer) for turn in turns)


def _simpler(sentence: Sentence) -> Iterator[Sentence]:
    words, beside = sentence.words, sentence.beside
    if beside is not None:
        yield from (replace(sentence, beside=simpler) for simpler in _simpler(beside))
    for n, word in enumerate(words):
        name, _, number = word.rpartition("=")
        if number.isdigit() and int(number) > 1:
            for less in dict.fromkeys((1, int(number) // 2)):
                yield replace(sentence, words=(*words[:n], f"{name}={less}" if name else str(less), *words[n + 1 :]))
        if name and len(words) > 2:  # noqa: PLR2004 - a region and one item are the least
            yield replace(sentence, words=(*words[:n], *words[n + 1 :]))
        if word in {"abroad", "far"} and sentence.verb == "fill":
            yield replace(sentence, words=("home", *words[1:]))
