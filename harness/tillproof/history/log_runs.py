"""The lines of a log that tell of runs: one for each with a fault at most, one for many that are summed up."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from tillproof.history.coverage import Moment
from tillproof.history.events import RunKey
from tillproof.history.parts import Line, Part
from tillproof.history.verdicts import Breach, Harm, Money3


class RunVerdict(StrEnum):
    """What became of one run."""

    PASSED = "passed"
    FAILED = "failed"
    ERRORED = "errored"
    NOT_APPLICABLE = "not-applicable"


class RunResult(Line, frozen=True, kw_only=True, tag="run"):
    """
    One run, judged.

    `points` counts the points crossed, `events` the events; `methods` are the processor methods called, in the order of
    their first call; `listed` the methods whose effect was left for a person; `refused` counts what clients asked for and
    were definitely refused in the end; `repeats` says that a key came to the gateway a second time, without which the run is
    the same under every dialect. `exercised` holds indices into the header's rules, `goals` into its goals.
    `moments` are, of an undisturbed run, those it crossed; of another, the one in which its first fault struck. `harm`,
    `method` and `money` are there when a rule was broken; `error` when the run errored.
    """

    run: RunKey
    verdict: RunVerdict
    points: int
    events: int
    methods: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    refused: int = 0
    repeats: bool = False
    exercised: tuple[int, ...] = ()
    goals: tuple[int, ...] = ()
    moments: tuple[Moment, ...] = ()
    breaches: tuple[Breach, ...] = ()
    method: str | None = None
    harm: Harm | None = None
    money: Money3 | None = None
    error: str = ""


class Worst(Part, frozen=True, kw_only=True):
    """How many runs ended with the same harm at the same method, the rules they broke, and the smallest of them."""

    runs: int
    rules: tuple[str, ...]
    smallest: RunResult


class Summed(Line, frozen=True, kw_only=True):
    """
    Many runs, judged and summed up; `run` is one of them or what they have in common.

    `exercised` and `goals` pair indices into the header's rules and goals with numbers of runs; `methods` and `listed` count
    runs by processor method, `broken` by rule. `worst` has one entry for each harm and method; `errored_like` is the first
    that errored.
    """

    run: RunKey
    runs: int
    passed: int = 0
    failed: int = 0
    errored: int = 0
    not_applicable: int = 0
    exercised: tuple[tuple[int, int], ...] = ()
    goals: tuple[tuple[int, int], ...] = ()
    methods: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    listed: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    broken: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    worst: tuple[Worst, ...] = ()
    errored_like: RunResult | None = None


class Seconds(Summed, frozen=True, kw_only=True, tag="seconds"):
    """
    The runs with one first fault and, while it was recovered from, every second one. `run` has the first fault alone.

    `alike` and `recovered` count second faults that were not made, because from there on the run stood as one with another
    first fault had, or as the undisturbed one.
    """

    alike: int = 0
    recovered: int = 0


class Draws(Summed, frozen=True, kw_only=True, tag="draws"):
    """The runs of one batch of stories that were drawn. `run` is the first of them."""

    batch: int
    stories: int


class Recalled(Summed, frozen=True, kw_only=True, tag="recalled"):
    """
    What an earlier campaign found, made again by its run: `FIXED`, `STILL THERE` or `CHANGED`.

    It changed if there is no such run any more, or its faults never struck.
    """

    id: str
    token: str
    ends: str
