"""
The types of the report log: JSON lines, one header, a line for every run, one for every finding, one footer.

Runs with two faults are too many for a line each: those that share the first fault are summed up in one.

The log holds everything a report says and nothing of the machine it was written on: no clock, no host, no path. The same
target, choices and seed give the same bytes. What belongs to the machine is in the receipt beside it (`receipt.py`).
Amounts are minor units.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from tillproof.history.coverage import FaultLine, GoalLine, GoalTally, Moment, Space
from tillproof.history.events import RunKey
from tillproof.history.parts import Line, Part
from tillproof.history.verdicts import Breach, Column, Harm, Level, Money3, Verdict

FORMAT = 2
"""The version of the log's form. A reader refuses every other."""


class Choices(Part, frozen=True, kw_only=True, omit_defaults=False):
    """
    What the person chose, as far as it decides what the log says.

    `journeys` and `rules` are globs, any of which may match. `dialects` are names, or `default` or `all` alone. `depth` is
    `none` (only the undisturbed runs), `single` (every single fault; where several act at once also every schedule with at
    most so many `preemptions`, and so many `schedules` with more), `pairs` (and every second fault while the run recovers
    from the first) or `random` (so many stories, `runs`, drawn with their faults, or as many as fit in `time`, seconds).
    `memory`: what earlier campaigns had found was made again first. `fail_on`: the least level that fails the command.
    """

    journeys: tuple[str, ...] = ("*",)
    rules: tuple[str, ...] = ("*",)
    level: Level = Level.SHOULD
    dialects: tuple[str, ...] = ("default",)
    depth: str = "single"
    runs: int = 0
    time: float = 0.0
    memory: bool = False
    seed: int = 7
    fail_on: Level = Level.MUST
    preemptions: Annotated[int, msgspec.Meta(ge=0, le=9)] = 2
    schedules: Annotated[int, msgspec.Meta(ge=0, le=100_000)] = 0


class TargetLine(Part, frozen=True, kw_only=True, omit_defaults=False):
    """
    What was tested: its name as typed, its identifier, the gateway it spoke to, the capabilities it declared (sorted).

    `kind` is `processor` or `backend`; it is the party that a finding blames.
    """

    name: str
    identifier: str
    gateway: str | None
    capabilities: tuple[str, ...] = ()
    kind: str = "processor"


class RuleLine(Part, frozen=True, kw_only=True):
    """A rule as it was applied. `skipped` is the reason why it was not, else empty."""

    id: str
    level: Level
    title: str
    text: str
    why: str
    mend: str
    seed: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    witnesses: str = ""
    skipped: str = ""


class JourneyLine(Part, frozen=True, kw_only=True):
    """A journey. `skipped` is the reason why it was not made, else empty."""

    name: str
    title: str
    theme: str = ""
    skipped: str = ""


class Header(Line, frozen=True, kw_only=True, tag="header"):
    """
    The first line: what was tested, by which rules, on which journeys, under which dialects, as chosen how.

    `faults` are the kinds that may strike, `goals` what should be reached at least once. `shard` is `2/4` where the log
    holds the second of four parts of a campaign, and empty where it holds all of it.
    """

    format: int
    tillproof: str
    target: TargetLine
    choices: Choices
    rules: tuple[RuleLine, ...]
    journeys: tuple[JourneyLine, ...]
    dialects: tuple[str, ...]
    faults: tuple[FaultLine, ...] = ()
    goals: tuple[GoalLine, ...] = ()
    shard: str = ""

    def rule(self, id_: str) -> RuleLine:
        """Return the rule of that id; `KeyError` if the log has none."""
        for rule in self.rules:
            if rule.id == id_:
                return rule
        raise KeyError(id_)


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


class Row(Part, frozen=True, kw_only=True):
    """
    One row of a run's timeline, after step `step`, `at` seconds from the run's start.

    `point` is the point crossed, or empty. `gateway` and `shop` are that witness's money after this step, None while there
    is none; `heard` the last status the client heard, or `...` while it waits. `marks` are lines to be shown below the
    row: a fault that struck, faults off, a rule first broken here. `actor` is whose turn it is, where several are at work
    in the run.
    """

    step: int
    at: float
    point: str
    what: str
    gateway: Column | None = None
    shop: Column | None = None
    heard: str = ""
    marks: tuple[str, ...] = ()
    actor: str = ""


class Swapped(StrEnum):
    """What became of a finding when one party of its smallest run was swapped for the reference one."""

    GONE = "finding gone"
    STAYS = "finding stays"
    ALREADY = "it was the reference already"
    IMPOSSIBLE = "not possible"


class Swap(Part, frozen=True, kw_only=True):
    """One party swapped (`the processor`, `the backend`, `the client`), what became of the finding, and why or how."""

    party: str
    ends: Swapped
    reason: str = ""


class Finding(Line, frozen=True, kw_only=True, tag="finding"):
    """
    One cause: what it costs whom, who is guilty, the smallest run that shows it, and how to mend it.

    `id` leaves the plan out: the same cause has the same id tomorrow. `runs` of the `of` runs that called `method` show it
    (`of` all judged runs where no method is to blame). `rules` are in the header's order. `money` and `timeline` are those
    of the smallest run, `swaps` what swapping each party of it did.
    """

    id: str
    harm: Harm
    level: Level
    guilty: str
    method: str | None
    sentence: str
    why: str
    mend: str
    rules: tuple[str, ...]
    runs: int
    of: int
    dialects: tuple[str, ...]
    run: RunKey
    token: str
    swaps: tuple[Swap, ...] = ()
    money: Money3 | None = None
    timeline: tuple[Row, ...] = ()


class Retry(StrEnum):
    """The four words for whether a method may be called again."""

    SAFE = "safe"
    AT_MOST_ONCE = "at most once"
    UNSAFE = "UNSAFE"
    NOT_EXERCISED = "not exercised"


class DialectSafety(Part, frozen=True, kw_only=True):
    """Whether a method is safe to retry at a gateway of this dialect, in how many runs it was called, and the evidence."""

    dialect: str
    retry: Retry
    runs: int
    evidence: str


class MethodSafety(Part, frozen=True, kw_only=True):
    """
    Whether a method is safe to retry, in how many runs it was called, one phrase of evidence, and its findings.

    `dialects` tells it for each dialect where they differ, and is empty where they agree.
    """

    method: str
    retry: Retry
    runs: int
    evidence: str
    findings: tuple[str, ...] = ()
    dialects: tuple[DialectSafety, ...] = ()


class RuleVerdict(Part, frozen=True, kw_only=True):
    """What can be said of a rule, in how many runs it was exercised and broken, and why it was skipped."""

    rule: str
    verdict: Verdict
    exercised: int = 0
    broken: int = 0
    reason: str = ""


class Counts(Part, frozen=True, kw_only=True, omit_defaults=False):
    """
    How many runs, by verdict; how many of them were undisturbed (`controls`), and how many of those passed.

    `scheduled` are those under another schedule than the one in order, with nothing made to fail. `points` are the points of
    the undisturbed runs, one run of each journey and client counted. `pairs` of the runs had two faults; `alike` and
    `recovered` are the sums of the `seconds` lines. `stories` were drawn, and `drawn` runs made of them. `repeats` are the
    runs with one fault at most in which a key came to the gateway a second time.
    """

    runs: int = 0
    passed: int = 0
    failed: int = 0
    errored: int = 0
    not_applicable: int = 0
    controls: int = 0
    controls_passed: int = 0
    scheduled: int = 0
    points: int = 0
    findings: int = 0
    must: int = 0
    pairs: int = 0
    alike: int = 0
    recovered: int = 0
    stories: int = 0
    drawn: int = 0
    repeats: int = 0


class Overall(StrEnum):
    """The verdict on the target."""

    SAFE = "safe"
    NOT_SAFE = "not-safe"
    NO_VERDICT = "no-verdict"


class Footer(Line, frozen=True, kw_only=True, tag="footer"):
    """
    The last line: counts, a verdict for every rule and method, what was not tried, and the command's exit code.

    `space` tells how much of the fault space was exercised, `goals` how often each goal that was not ruled out was reached.
    """

    counts: Counts
    rules: tuple[RuleVerdict, ...]
    methods: tuple[MethodSafety, ...]
    not_tried: tuple[str, ...]
    verdict: Overall
    sentence: str
    exit: int
    space: Space = Space()
    goals: tuple[GoalTally, ...] = ()


LogLine = Header | RunResult | Seconds | Draws | Recalled | Finding | Footer


class Log(msgspec.Struct, frozen=True, kw_only=True):
    """A whole log, read back. In the file the `seconds` of a lane stand after its runs (`logfile.lines`)."""

    header: Header
    runs: tuple[RunResult, ...]
    findings: tuple[Finding, ...]
    footer: Footer
    seconds: tuple[Seconds, ...] = ()
    draws: tuple[Draws, ...] = ()
    recalled: tuple[Recalled, ...] = ()
