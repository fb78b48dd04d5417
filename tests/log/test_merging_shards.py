"""Shards put together are the log of the undivided campaign, or are refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from support import samplelog

from tillproof.errors import Misuse
from tillproof.history.findings import finding
from tillproof.history.footer import Tally
from tillproof.history.log import Log
from tillproof.history.log_findings import Finding
from tillproof.history.log_header import Header
from tillproof.history.log_runs import RunResult
from tillproof.history.merging import merged, read_shard
from tillproof.history.summary import result
from tillproof.history.verdicts import Harm

DIALECTS = tuple(f"d{n}" for n in range(7))
HEADER = replace(samplelog.HEADER, dialects=DIALECTS)
RIGHT = result(samplelog.history(""), exercised=[0], breaches=(), money=None)
WRONG = result(samplelog.history(), exercised=[2, 0, 1], breaches=samplelog.BREACHES, money=samplelog.MONEY)
LESSER = replace(WRONG, harm=Harm.BOOKS, breaches=WRONG.breaches[:1])


def _in(dialect: str, run: RunResult, events: int = 0) -> RunResult:
    return replace(run, run=replace(run.run, dialect=dialect), events=run.events + events)


def made(header: Header, runs: Sequence[RunResult]) -> Log:
    """Return the log a campaign with these runs writes."""
    tally = Tally(header)
    for run in runs:
        tally.add(run)
    told: list[Finding] = []
    for cause in tally.causes():
        history = replace(samplelog.history(), run=cause.smallest.run)
        told.append(finding(header, cause, history, samplelog.SAYS))
    return Log(header=header, runs=tuple(runs), findings=tuple(told), footer=tally.footer(told))


def split(log: Log, of: int) -> list[tuple[str, Log]]:
    """Deal a log's lanes out as `tillproof run --shard` does."""
    lanes = [list(lane) for _, lane in groupby(log.runs, key=lambda run: run.run.dialect)]
    shards: list[tuple[str, Log]] = []
    for number in range(of):
        runs = [run for lane in lanes[number::of] for run in lane]
        shards.append((f"s{number + 1}", made(replace(log.header, shard=f"{number + 1}/{of}"), runs)))
    return shards


def whole() -> Log:
    """Return a campaign of seven lanes with wrong runs of different sizes in them."""
    runs: list[RunResult] = []
    for n, dialect in enumerate(DIALECTS):
        runs.append(_in(dialect, RIGHT))
        if n in {1, 2, 5}:
            runs.append(_in(dialect, WRONG, events=5 - n))
        if n in {0, 4}:
            runs.append(_in(dialect, LESSER))
    return made(HEADER, runs)


@given(
    outcomes=st.lists(st.sampled_from([(), (WRONG,), (LESSER,), (WRONG, LESSER), (LESSER, LESSER)]), min_size=7, max_size=7),
    of=st.integers(1, 7),
)
def test_merging_undoes_sharding(outcomes: list[tuple[RunResult, ...]], of: int) -> None:
    """However the wrong runs lie, the shards' merger is the undivided log."""
    lanes = zip(DIALECTS, outcomes, strict=True)
    log = made(
        HEADER,
        [
            run
            for dialect, wrong in lanes
            for run in (_in(dialect, RIGHT), *(_in(dialect, w, n) for n, w in enumerate(wrong)))
        ],
    )
    assert merged(split(log, of)) == log


def test_in_any_order() -> None:
    """The order in which the logs are given does not matter."""
    assert merged(split(whole(), 3)[::-1]) == whole()


def _unsharded(shards: list[tuple[str, Log]]) -> list[tuple[str, Log]]:
    name, log = shards[1]
    return [shards[0], (name, replace(log, header=replace(log.header, shard=""))), shards[2]]


def _other_seed(shards: list[tuple[str, Log]]) -> list[tuple[str, Log]]:
    name, log = shards[1]
    choices = replace(log.header.choices, seed=8)
    return [shards[0], (name, replace(log, header=replace(log.header, choices=choices))), shards[2]]


def _renumbered(shards: list[tuple[str, Log]]) -> list[tuple[str, Log]]:
    name, log = shards[0]
    return [shards[0], (name, replace(log, header=replace(log.header, shard="2/3"))), shards[2]]


def _shortened(shards: list[tuple[str, Log]]) -> list[tuple[str, Log]]:
    name, log = shards[0]
    return [(name, replace(log, runs=log.runs[-1:])), *shards[1:]]


def _no_story(shards: list[tuple[str, Log]]) -> list[tuple[str, Log]]:
    return [(name, replace(log, findings=())) for name, log in shards]


REFUSED: dict[str, tuple[Callable[[list[tuple[str, Log]]], list[tuple[str, Log]]], str, str]] = {
    "gap": (lambda s: s[:2], "a shard is missing", "none of the logs is 3/3"),
    "overlap": (lambda s: [*s, s[0]], "two logs overlap", "s1 and s1 are both shard 1/3"),
    "no shard": (_unsharded, "s2 is no shard", "it holds a whole campaign"),
    "other header": (_other_seed, "not of one campaign", "s1 and s2 differ in choices"),
    "other number": (lambda s: [s[0], *split(whole(), 2)], "not of one campaign", "the number of shards (1/3 and 1/2)"),
    "same lanes": (_renumbered, "runs are missing|two logs overlap", "s1"),
    "runs missing": (_shortened, "runs are missing", "s1: 1 lanes"),
    "no story": (_no_story, "no shard tells finding F-", "its story is not"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_merged(case: str) -> None:
    """Overlaps, gaps, whole logs and logs of other campaigns are refused by name."""
    spoil, wrong, seen = REFUSED[case]
    with pytest.raises(Misuse, match=wrong) as caught:
        merged(spoil(split(whole(), 3)))
    assert seen in caught.value.seen


@pytest.mark.parametrize("text", ["", "1", "0/3", "4/3", "1/0", "a/b", "1/3/5", "-1/3", "1/99999", "01/3"])
def test_a_shard_that_is_none(text: str) -> None:
    """A shard is a number from 1 up to how many there are."""
    with pytest.raises(Misuse, match="not a shard"):
        read_shard(text)


def test_a_shard() -> None:
    """The second of four."""
    assert read_shard("2/4") == (2, 4)
