"""The selftest: what it calls off, what it prints, how it ends, and that it finds what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

import pytest
from msgspec.structs import replace

from tillproof.cli import main
from tillproof.errors import Misuse
from tillproof.exits import Exit
from tillproof.explore.disturbed import Disturbed
from tillproof.explore.schedules import Make
from tillproof.explore.single import Planned
from tillproof.history.events import History
from tillproof.options import Options
from tillproof.rules.registry import RULES
from tillproof.selftest import deep, honest, outcome
from tillproof.selftest.catching import Caught, catch
from tillproof.selftest.honest import Held, hold
from tillproof.selftest.outcome import Depth, Outcome, off
from tillproof.selftest.rows import ROWS
from tillproof.selftest.screen import screen
from tillproof.selftest.table import BEGINS, ENDS, table, within, write
from tillproof.targets.named import opened
from tillproof_scenarios import JOURNEYS

EVERYTHING = frozenset(rule.id for rule in RULES)
GOOD = Held(name="bank", runs=3, exercised=EVERYTHING)
ONE = Caught(name="liar:no-key", broken={"IDEM-07": "buy: twice"}, missing=(), first=0.5, runs=2)


def _held(name: str, _options: Options, _progress: object) -> Held:
    return replace(GOOD, name=name)


def _left_out(name: str, _options: Options, _progress: object) -> Held:
    return Held(name=name, left_out="no SDK" if name == "stripe" else "")


def _ignore(_what: str, _done: int, _of: int) -> None:
    pass


def _accused(line: str) -> None:
    raise AssertionError(line)


def _quiet(_done: int, _of: int) -> None:
    pass


def test_nothing_is_off_when_all_is_caught_and_held() -> None:
    """Every liar caught, nobody accused, every rule exercised and breakable: nothing to say."""
    assert list(off(ROWS, [ONE], [GOOD])) == []


@pytest.mark.parametrize(
    ("caught", "held", "says"),
    [
        (replace(ONE, missing=("LED-01",)), GOOD, "liar:no-key is not caught by LED-01"),
        (ONE, replace(GOOD, wrong=("bank: LED-01 in a run",)), "bank: LED-01 in a run"),
        (ONE, replace(GOOD, exercised=EVERYTHING - {"LED-01"}), "LED-01 is exercised by no honest target"),
    ],
)
def test_what_is_off_is_said(caught: Caught, held: Held, says: str) -> None:
    """A liar that got away, an honest target accused, a rule that nothing is about: each is one line."""
    assert list(off(ROWS, [caught], [held])) == [says]


def test_a_rule_without_a_liar_is_off() -> None:
    """A rule that nothing can break is a rule that proves nothing."""
    rows = [row for row in ROWS if "AMT-03" not in row.caught_by]
    assert list(off(rows, [ONE], [GOOD])) == ["AMT-03 has no liar that breaks it"]


def test_a_liar_that_tells_the_truth_is_not_caught() -> None:
    """A row whose journeys do not show its lie is missing every rule, after all of its runs."""
    row = replace(next(row for row in ROWS if row.name == "backend:untaxed-order"), journeys=("nothing-to-pay",))
    caught = catch(row)
    assert (caught.missing, caught.first, caught.broken) == (("AMT-02", "LED-04"), None, {})
    assert caught.runs > 1


def test_an_honest_target_is_held_to_every_rule_of_its_campaign() -> None:
    """A campaign of few journeys leaves rules idle; for the bank that is wrong, for others it is not."""
    few = Options(journeys=("buy",), depth="none")
    assert [line.split(":")[1].strip() for line in hold("bank", few, _quiet).wrong] == ["never exercised"]
    told = hold("manual", few, _quiet)
    assert (told.wrong, told.runs, told.left_out) == ((), 3, "")
    assert "LED-04" not in told.exercised


def test_findings_against_an_honest_target_are_wrong() -> None:
    """What a campaign finds is told with the rules and the token to see it by."""
    told = hold("liar:times-hundred", Options(journeys=("change-region",), depth="none"), _quiet)
    assert any(line.startswith("liar:times-hundred: ") and "AMT-01" in line for line in told.wrong)


def test_a_target_that_is_not_installed_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing extra is said, and is nothing wrong."""

    def opened(_name: str, _gateway: None) -> object:
        raise Misuse("Stripe's SDK is not installed")

    monkeypatch.setattr(honest, "opened", opened)
    assert hold("stripe", Options(), _quiet) == Held(name="stripe", left_out="Stripe's SDK is not installed")


def test_the_screen_says_who_was_caught_by_what_and_how_soon() -> None:
    """Liars with their rules, honest targets with their runs, the sums, and the verdict on the last line."""
    lines = screen(Outcome(caught=(ONE,), held=(GOOD,), off=()), 12.4, 100)
    assert any(line.split() == ["liar:no-key", "2", "0.50", "s", "IDEM-07"] for line in lines)
    assert "1 liar, 5 judged runs, 12 s" in lines
    assert "time until the first finding: median 0.50 s, longest 0.50 s" in lines
    assert lines[-1] == "selftest passed"
    deeper = screen(Outcome(caught=(ONE,), held=(replace(GOOD, alike=1200),), off=()), 1.0, 100)
    assert any(line.endswith("nothing wrong; 1,200 more would go on like one of them") for line in deeper)
    failed = screen(Outcome(caught=(replace(ONE, missing=("LED-01",)),), held=(GOOD,), off=("it got away",)), 1.0, 100)
    assert failed[-2:] == ["off: it got away", "selftest FAILED"]
    assert any("NOT-LED-01" in line for line in failed)


def test_the_whole_selftest_asks_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every liar is tried and every honest target conducted; one process does what two do."""
    monkeypatch.setattr(outcome, "ROWS", ROWS[:2])
    monkeypatch.setattr(outcome, "hold", _held)
    told: list[tuple[str, int, int]] = []

    def progress(what: str, done: int, of: int) -> None:
        told.append((what, done, of))

    alone, together = (outcome.selftest(workers, progress, _accused) for workers in (1, 2))
    assert [one.name for one in alone.caught] == [row.name for row in ROWS[:2]]
    assert [one.name for one in alone.held] == list(honest.HONEST)
    assert [(c.name, c.broken, c.runs) for c in alone.caught] == [(c.name, c.broken, c.runs) for c in together.caught]
    assert ("liars", 2, 2) in told


def test_a_long_selftest_goes_deeper_with_who_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each honest target that is there is tried with pairs, under schedules and at random, which share the time."""
    monkeypatch.setattr(outcome, "ROWS", ())
    monkeypatch.setattr(outcome, "hold", _left_out)
    told: list[tuple[str, object]] = []

    def deeper(name: str, shard: tuple[int, int], _workers: int, _progress: object, _accuse: object) -> Held:
        told.append((name, shard))
        return Held(name=name)

    def searched(name: str, seconds: float, _workers: int, _progress: object, _accuse: object) -> Held:
        told.append((name, seconds))
        return Held(name=name)

    monkeypatch.setattr(outcome, "paired", deeper)
    monkeypatch.setattr(outcome, "crossed", deeper)
    monkeypatch.setattr(outcome, "searched", searched)
    there = [name for name in honest.HONEST if name != "stripe"]
    whole = outcome.selftest(1, _ignore, _accused, long=Depth(shard=(2, 20)))
    assert [one.name for one in whole.held] == [*honest.HONEST, *there, *there, *there]
    part, seconds = (2, 20), outcome.SEARCH / len(there)
    assert told == [(name, what) for what in (part, part, seconds) for name in there]
    told.clear()
    outcome.selftest(1, _ignore, _accused, long=Depth(processors=("manual", "stripe")))
    assert told == [("manual", what) for what in ((1, 1), (1, 1), outcome.SEARCH)]


class _Few(Disturbed):
    """The first eight disturbed runs of a lane."""

    tried: ClassVar[list[str]] = []

    def __init__(self, control: Planned, history: History, make: Make, **choices: Any) -> None:  # noqa: ANN401 - passed on
        self.tried.append(control.journey.name)
        super().__init__(control, history, make, **choices)

    def __iter__(self) -> Iterator[tuple[Planned, History]]:
        return islice(super().__iter__(), 8)


def test_faults_under_every_schedule_break_nothing_of_the_honest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Races are tried and nothing else, each with faults under its schedules, and every run is judged."""
    monkeypatch.setattr(deep, "Disturbed", _Few)
    told = deep.crossed("manual", (1, 1), 1, _quiet, _accused)
    assert _Few.tried
    assert {*_Few.tried} <= {journey.name for journey in JOURNEYS if journey.races}
    assert (told.runs, told.wrong) == (8 * len(_Few.tried), ())
    assert "IDEM-01" in told.exercised


def test_shards_of_two_faults_are_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three shards make what one that is the whole makes, each run once, and what it finds is told."""
    few = tuple(journey for journey in JOURNEYS if journey.name == "nothing-to-pay")
    monkeypatch.setattr(deep, "JOURNEYS", few)
    whole = deep.paired("bank", (1, 1), 1, _quiet, _accused)
    shards = [deep.paired("bank", (number, 3), 1, _quiet, _accused) for number in (1, 2, 3)]
    assert whole.runs == sum(shard.runs for shard in shards) > 100
    assert {shard.alike for shard in shards} == {whole.alike}
    assert (whole.wrong, whole.name) == ((), "bank, two faults in one run")


def test_a_search_draws_the_same_runs_every_time_and_judges_them() -> None:
    """From one seed the same plans of several faults come, in the same order; a liar is found out."""
    with opened("manual", None) as target:
        first, again = ([h.run for h in islice(deep.drawn(target, 3, 60), 5)] for _ in range(2))
    assert first == again
    assert all("+" in key.plan for key in first)
    assert deep.searched("manual", 0.0, 1, _quiet, _accused).runs == 1
    told: list[str] = []
    found = deep.searched("liar:times-hundred", 1.0, 1, _quiet, told.append)
    assert tuple(told) == found.wrong
    assert any(line.startswith("liar:times-hundred: ") and "AMT-01" in line for line in found.wrong)


@pytest.mark.parametrize(("said", "ends"), [((), Exit.CONFORMANT), (("it got away",), Exit.FINDINGS)])
def test_the_command_ends_as_the_selftest_did(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, said: tuple[str, ...], ends: Exit
) -> None:
    """It exits 0 when nothing is off and 1 otherwise, and renews the page only in the first case."""
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGINS}\n{ENDS}\nafter\n", encoding="utf-8")
    result = Outcome(caught=(ONE,), held=(GOOD,), off=said)

    def selftest(_workers: int, _progress: object, _accuse: object, *, long: Depth | None) -> Outcome:
        assert long is None
        return result

    monkeypatch.setattr("tillproof.cli.selftest.selftest", selftest)
    assert main(["selftest", "--workers", "1", "--write", str(page)]) == ends
    assert ("renewed" in capsys.readouterr().out) is (ends == Exit.CONFORMANT)
    assert (within(page.read_text(encoding="utf-8")) == table()) is (ends == Exit.CONFORMANT)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (["--shard", "2/20"], "--shard is a part of --long"),
        (["--processor", "bank"], "--processor is a part of --long"),
        (["--long", "--processor", "bnak"], "no processor called 'bnak'"),
        (["--long", "--shard", "21/20"], "shard"),
    ],
)
def test_a_wrong_part_of_the_long_one_is_told_in_words(
    capsys: pytest.CaptureFixture[str], typed: list[str], told: str
) -> None:
    """What only a long selftest has is refused without it, and so is what there is not."""
    assert main(["selftest", *typed]) == Exit.MISUSE
    assert told in capsys.readouterr().err


def test_a_page_without_a_place_for_the_table_is_refused(tmp_path: Path) -> None:
    """The page is left as it was, and the person is told what to add; so it is with a page that is not there."""
    page = tmp_path / "page.md"
    page.write_text("nothing here\n", encoding="utf-8")
    for path in (page, tmp_path / "gone.md"):
        with pytest.raises(Misuse):
            write(path)
    assert page.read_text(encoding="utf-8") == "nothing here\n"
