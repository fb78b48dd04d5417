"""The honest targets, which no rule may find anything wrong with, whatever single fault strikes under whatever dialect."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from tillproof import campaign
from tillproof.errors import Misuse
from tillproof.history.log import LogLine
from tillproof.history.log_findings import Finding
from tillproof.history.verdicts import Verdict
from tillproof.options import Options
from tillproof.selftest.rows import TARGET
from tillproof.targets.named import opened

HONEST = (TARGET, "manual", "stripe", "paypal")
"""The processors written to be right. One that needs an extra which is not installed is left out, and said to be."""


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a campaign said of an honest target. `wrong` says, line by line, what should not be; `left_out` why none was made.

    `exercised` are the rules of which its runs said anything; `alike` counts what would go on like one of them, not made.
    """

    name: str
    runs: int = 0
    alike: int = 0
    exercised: frozenset[str] = frozenset()
    wrong: tuple[str, ...] = ()
    left_out: str = ""


def hold(name: str, options: Options, progress: Callable[[int, int], None]) -> Held:
    """Conduct the target's campaign. Whatever it finds is wrong, and so are runs that could not end."""
    try:
        with opened(name, None) as target:
            findings: list[str] = []

            def emit(line: LogLine) -> None:
                if isinstance(line, Finding):
                    findings.append(f"{name}: {', '.join(line.rules)} in {line.token}: {line.sentence}")

            footer = campaign.conduct(target, options, emit, progress)
    except Misuse as missing:
        return Held(name=name, left_out=missing.wrong)
    exercised = frozenset(told.rule for told in footer.rules if told.exercised)
    idle = [told.rule for told in footer.rules if told.verdict is Verdict.NOT_EXERCISED]
    wrong = findings
    if footer.counts.errored:
        wrong.append(f"{name}: {footer.sentence}")
    if idle and name == TARGET:
        wrong.append(f"{name}: never exercised: {', '.join(idle)}")
    counts = footer.counts
    alike = counts.alike + counts.recovered
    return Held(name=name, runs=counts.runs, alike=alike, exercised=exercised, wrong=tuple(wrong))
