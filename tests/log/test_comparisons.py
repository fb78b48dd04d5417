"""Two logs compared: new, still there, fixed, no longer exercised; and only what is new fails."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from support import samplelog

from tillproof.errors import Misuse
from tillproof.exits import Exit
from tillproof.history.compare import compare, moved
from tillproof.history.log import Log
from tillproof.history.log_findings import Finding
from tillproof.history.log_footer import Overall
from tillproof.history.verdicts import Column, Harm, Level

OLD = samplelog.log()
FOUND = OLD.findings[0]


def having(*findings: Finding, like: Log = OLD) -> Log:
    """Return a log with these findings."""
    return replace(like, findings=findings)


def finding(id_: str, harm: Harm = Harm.SHOP_LOSES, refunded: int = 4000) -> Finding:
    """Return a finding of that id and harm, with so much refunded at the gateway."""
    assert FOUND.money is not None
    money = replace(FOUND.money, gateway=Column(captured=4900, refunded=refunded))
    return replace(FOUND, id=id_, harm=harm, money=money)


def test_new_and_still_and_fixed() -> None:
    """A finding is known by its id alone: whatever else about it changed, it is still there."""
    other, changed = finding("F-111111"), replace(FOUND, runs=7, sentence="told differently")
    told = compare(having(FOUND, other), having(changed, finding("F-222222")))
    assert [f.id for f in told.new] == ["F-222222"]
    assert told.still == (changed,)
    assert told.fixed == (other,)
    assert told.unexercised == ()
    assert told.exit == Exit.FINDINGS


def test_ranked_by_harm_and_money() -> None:
    """Worst harm first; among equals the one that moved most money."""
    little, much = finding("F-1", refunded=2100), finding("F-2", refunded=4900)
    stuck, worse = finding("F-3", Harm.STUCK, 4900), finding("F-4", Harm.CUSTOMER_LOSES, 2100)
    told = compare(having(), having(little, stuck, much, worse))
    assert [f.id for f in told.new] == ["F-4", "F-2", "F-1", "F-3"]


def test_money_in_major_units() -> None:
    """Money moved is the largest difference, in whole units of the currency."""
    assert moved(FOUND) == 20.0
    assert FOUND.money is not None
    assert moved(replace(FOUND, money=replace(FOUND.money, currency="jpy"))) == 2000.0
    assert moved(replace(FOUND, money=None)) == 0.0


HEADER, FOOTER = OLD.header, OLD.footer
UNTRIED: dict[str, Log] = {
    "journey left out": having(like=replace(OLD, header=replace(HEADER, journeys=HEADER.journeys[1:]))),
    "journey skipped": having(
        like=replace(OLD, header=replace(HEADER, journeys=tuple(replace(j, skipped="no") for j in HEADER.journeys)))
    ),
    "other dialect": having(like=replace(OLD, header=replace(HEADER, dialects=("none",)))),
    "method never called": having(
        like=replace(OLD, footer=replace(FOOTER, methods=tuple(replace(m, runs=0) for m in FOOTER.methods)))
    ),
    "rules left out": having(like=replace(OLD, footer=replace(FOOTER, rules=FOOTER.rules[3:]))),
    "nothing made to fail": having(like=replace(OLD, header=replace(HEADER, choices=replace(HEADER.choices, depth="none")))),
}


@pytest.mark.parametrize("case", UNTRIED)
def test_no_longer_exercised(case: str) -> None:
    """What the newer campaign never tried is not called fixed."""
    told = compare(OLD, UNTRIED[case])
    assert (told.fixed, told.unexercised) == ((), (FOUND,))
    assert told.exit == Exit.CONFORMANT


@pytest.mark.parametrize(
    ("fail_on", "level", "verdict", "exit_code"),
    [
        (Level.MUST, Level.MUST, Overall.NOT_SAFE, Exit.FINDINGS),
        (Level.MUST, Level.SHOULD, Overall.NOT_SAFE, Exit.CONFORMANT),
        (Level.SHOULD, Level.SHOULD, Overall.NOT_SAFE, Exit.FINDINGS),
        (Level.MUST, Level.SHOULD, Overall.NO_VERDICT, Exit.NO_VERDICT),
    ],
)
def test_exit(fail_on: Level, level: Level, verdict: Overall, exit_code: Exit) -> None:
    """A new finding fails from the newer log's own level on; a newer log without a verdict is no success."""
    header = replace(HEADER, choices=replace(HEADER.choices, fail_on=fail_on))
    new = Log(header=header, runs=OLD.runs, findings=(replace(FOUND, level=level),), footer=replace(FOOTER, verdict=verdict))
    assert compare(having(), new).exit == exit_code


def test_other_targets() -> None:
    """Logs of different targets are not compared: every finding would seem new."""
    other = replace(OLD, header=replace(HEADER, target=replace(HEADER.target, name="other:Pay")))
    with pytest.raises(Misuse, match="different targets"):
        compare(OLD, other)
