"""The first line of a log: what was tested, by which rules, on which journeys, as chosen how."""

from __future__ import annotations

from typing import Annotated

import msgspec

from tillproof.history.coverage import FaultLine, GoalLine
from tillproof.history.parts import Line, Part
from tillproof.history.verdicts import Level

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
