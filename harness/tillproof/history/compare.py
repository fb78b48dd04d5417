"""Two logs of one target compared: what is new, still there, fixed, or no longer exercised. Identity is the finding's id."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from tillproof.domain.money import exponent
from tillproof.errors import Misuse
from tillproof.exits import Exit
from tillproof.history.findings import at_or_above
from tillproof.history.log import Log
from tillproof.history.log_findings import Finding
from tillproof.history.log_footer import Overall
from tillproof.history.verdicts import Column, Harm, Verdict

_HARMS = tuple(Harm)


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """
    What became of the findings, each list ranked: worst harm first, then by the money moved.

    `new` and `still` are told as in the newer log, `fixed` and `unexercised` as in the older: a finding whose method, or
    whose rules, the newer campaign never tried is not fixed. `exit` is 1 only for what is new and would fail the newer
    campaign, 4 where that one came to no verdict.
    """

    new: tuple[Finding, ...]
    still: tuple[Finding, ...]
    fixed: tuple[Finding, ...]
    unexercised: tuple[Finding, ...]
    exit: int


def compare(old: Log, new: Log) -> Comparison:
    """Compare two logs. Raises `Misuse` if they are not of the same target."""
    if old.header.target.name != new.header.target.name:
        raise Misuse(
            "the two logs are of different targets",
            seen=f"{old.header.target.name} and {new.header.target.name}",
            type_="compare two logs of one target",
        )
    before, now = {f.id for f in old.findings}, {f.id for f in new.findings}
    fresh = [f for f in new.findings if f.id not in before]
    gone = [f for f in old.findings if f.id not in now]
    tried = [_tried(finding, new) for finding in gone]
    return Comparison(
        new=_ranked(fresh),
        still=_ranked(f for f in new.findings if f.id in before),
        fixed=_ranked(f for f, was in zip(gone, tried, strict=True) if was),
        unexercised=_ranked(f for f, was in zip(gone, tried, strict=True) if not was),
        exit=_exit(new, fresh),
    )


def _exit(new: Log, fresh: Sequence[Finding]) -> int:
    if at_or_above(fresh, new.header.choices.fail_on):
        return int(Exit.FINDINGS)
    return int(Exit.NO_VERDICT if new.footer.verdict is Overall.NO_VERDICT else Exit.CONFORMANT)


def _tried(finding: Finding, new: Log) -> bool:
    """
    Tell whether the newer campaign could have seen the finding.

    It must have made the journey that showed it under that dialect, called the method, and applied one of the rules.
    """
    run = finding.run
    made = any(j.name == run.journey and not j.skipped for j in new.header.journeys) and run.dialect in new.header.dialects
    called = finding.method is None or any(m.method == finding.method and m.runs for m in new.footer.methods)
    asked = any(v.rule in finding.rules and v.verdict in {Verdict.PASSED, Verdict.FAILED} for v in new.footer.rules)
    disturbed = new.header.choices.depth != "none" or run.is_control
    return made and called and asked and disturbed


def _ranked(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda f: (_HARMS.index(f.harm), -moved(f), f.id)))


def moved(finding: Finding) -> float:
    """Return how much money a finding's smallest run moved wrongly, in major units of its currency."""
    money = finding.money
    if money is None:
        return 0.0
    against = money.shop if money.shop != money.gateway else money.heard
    return _apart(money.gateway, against) / float(10 ** exponent(money.currency))


def _apart(one: Column, other: Column) -> int:
    return max(
        abs(one.held - other.held),
        abs(one.captured - other.captured),
        abs(one.refunded - other.refunded),
        abs(one.captured - one.refunded - other.captured + other.refunded),
    )
