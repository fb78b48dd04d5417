"""The last line of a log: counts, a verdict for every rule and method, what was not tried, and the exit code."""

from __future__ import annotations

from enum import StrEnum

from tillproof.history.coverage import GoalTally, Space
from tillproof.history.parts import Line, Part
from tillproof.history.verdicts import Verdict


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
