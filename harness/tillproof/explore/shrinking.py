"""From a drawn run that went wrong to the smallest that goes wrong in the same way, by steps a person would try."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from msgspec.structs import replace

from tillproof.explore.stories import Sentence, told, written
from tillproof.faults.plans import Fault, Plan, parse
from tillproof.history.events import RunKey

T = TypeVar("T")

MOST = 400
"""How many runs are tried before what was reached counts as the smallest."""


def shrunk(run: RunKey, still: Callable[[RunKey], bool], most: int = MOST) -> RunKey:
    """
    Return the smallest run found from a drawn one that is still wrong, as `still` tells of each that is tried.

    A step drops a fault, a sentence (a cart begins with one), or an item, or makes a number or a fault smaller. It is taken
    if the run stays wrong, until no step is or so many runs were tried.
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
    plan, sentences = parse(run.plan), told(run.journey)
    for faults in _without_one(plan.faults):
        yield replace(run, plan=str(Plan(faults)))
    for fewer in _without_one(sentences):
        if fewer:
            yield replace(run, journey=written(fewer))
            for faults in _earlier(plan.faults):
                yield replace(run, journey=written(fewer), plan=str(Plan(faults)))
    for n, sentence in enumerate(sentences):
        for simpler in _simpler(sentence):
            yield replace(run, journey=written((*sentences[:n], simpler, *sentences[n + 1 :])))
    for n, fault in enumerate(plan.faults):
        if fault.times != 1:
            yield replace(run, plan=str(Plan((*plan.faults[:n], replace(fault, times=1), *plan.faults[n + 1 :]))))


def _without_one(parts: tuple[T, ...]) -> Iterator[tuple[T, ...]]:
    for n in range(len(parts)):
        yield (*parts[:n], *parts[n + 1 :])


def _earlier(faults: tuple[Fault, ...]) -> Iterator[tuple[Fault, ...]]:
    """Yield the faults with one of them at an earlier crossing: a shorter story crosses fewer."""
    for n, fault in enumerate(faults):
        if fault.point.number > 1:
            sooner = replace(fault, point=replace(fault.point, number=fault.point.number - 1))
            yield (*faults[:n], sooner, *faults[n + 1 :])


def _simpler(sentence: Sentence) -> Iterator[Sentence]:
    words = sentence.words
    for n, word in enumerate(words):
        name, _, number = word.rpartition("=")
        if number.isdigit() and int(number) > 1:
            for less in dict.fromkeys((1, int(number) // 2)):
                yield replace(sentence, words=(*words[:n], f"{name}={less}" if name else str(less), *words[n + 1 :]))
        if name and len(words) > 2:  # noqa: PLR2004 - a region and one item are the least
            yield replace(sentence, words=(*words[:n], *words[n + 1 :]))
        if word in {"abroad", "far"} and sentence.verb == "fill":
            yield replace(sentence, words=("home", *words[1:]))
