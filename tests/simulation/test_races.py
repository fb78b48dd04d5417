"""Two at once in one world: the same schedule is the same history, a death is everybody's, and it is known who crosses."""

from __future__ import annotations

import gc

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tillproof.explore.schedules import sample, schedules
from tillproof.explore.single import Planned, controls
from tillproof.faults.plans import parse
from tillproof.history.events import Asked, Booted, Committed, Died, Event, Faulted, Heard, History, Turned, Unheard
from tillproof.history.story import fold
from tillproof.history.summary import went_as_planned
from tillproof.rules.registry import judge
from tillproof.simulation.journey import Journey
from tillproof.simulation.target import Target
from tillproof.simulation.world import run
from tillproof_scenarios import JOURNEYS
from tillproof_scenarios.buy_twice_at_once import BUY_TWICE_AT_ONCE
from tillproof_scenarios.capture_twice_at_once import CAPTURE_TWICE_AT_ONCE


def control(target: Target, client: str = "keeps-key", journey: Journey = BUY_TWICE_AT_ONCE) -> Planned:
    """Return the control of the double click, or of another race."""
    planned = controls(target, (journey,), target.dialects[:1], 7)
    return next(one for one in planned if one.key.client == client)


def made(target: Target, planned: Planned, schedule: str = "", plan: str = "") -> History:
    """Make the run under that schedule, with that plan."""
    key = replace(planned.key, schedule=schedule or planned.key.schedule, plan=plan or planned.key.plan)
    return run(target, planned.journey, key, parse(key.plan))


def steps(history: History, kind: type[Event]) -> list[int]:
    return [event.step for event in history.events if isinstance(event, kind)]


@settings(max_examples=15, deadline=None)
@given(turns=st.dictionaries(st.integers(1, 20), st.sampled_from(["shopper", "shopper-2"]), max_size=4))
def test_the_same_schedule_is_the_same_history(bank: Target, turns: dict[int, str]) -> None:
    """Same key, same schedule, same bytes; and steps are the indices of the events."""
    schedule = " + ".join(f"{n}>{turns[n]}" for n in sorted(turns))
    first, second = (made(bank, control(bank), schedule) for _ in range(2))
    assert msgspec.json.encode(first) == msgspec.json.encode(second)
    assert [event.step for event in first.events] == list(range(len(first.events)))


def test_every_schedule_is_tried_once_and_goes_as_it_says(bank: Target) -> None:
    """None is written twice, each gives its turns as written, and hardly any two lead to the same history."""
    planned = control(bank)
    texts: list[str] = []
    histories: set[bytes] = set()
    for scheduled, history in schedules(planned, made(bank, planned), lambda p: made(bank, p)):
        assert history.run == scheduled.key
        assert went_as_planned(history)
        texts.append(scheduled.key.schedule)
        told = [replace(e, by="") if isinstance(e, Turned) else e for e in history.events]
        histories.add(msgspec.json.encode(told))
    assert len(set(texts)) == len(texts) > 50
    assert len(histories) > len(texts) * 3 // 4


def test_a_sample_is_beyond_the_bound_and_the_same_tomorrow(bank: Target) -> None:
    """So many schedules as asked for, all with more preemptions, none twice, drawn from the seed."""
    planned = control(bank)
    history = made(bank, planned)

    def drawn() -> list[str]:
        return [p.key.schedule for p, _ in sample(planned, history, lambda p: made(bank, p), 4, 1)]

    every = {p.key.schedule for p, _ in schedules(planned, history, lambda p: made(bank, p), 1)}
    assert len(set(drawn())) == 4
    assert drawn() == drawn()
    assert not every & {*drawn()}


@pytest.mark.parametrize(
    ("journey", "schedule"),
    [
        ("buy-twice-at-once", "10>shopper-2"),
        ("buy-twice-at-once", "1>shopper-2 + 10>shopper"),
        ("pay-two-ways-at-once", "4>shopper-2 + 13>shopper"),  # the other processor refused
    ],
)
def test_a_refusal_that_is_heard_after_the_others_order_accuses_nobody(bank: Target, journey: str, schedule: str) -> None:
    """A processor refused one of two completions, the other went on and placed the order; both were told the truth."""
    told = next(one for one in JOURNEYS if one.name == journey)
    history = made(bank, control(bank, journey=told), schedule, "processor.authorize_payment#1=refused")
    assert {e.status for e in history.events if isinstance(e, Heard) and e.call == "complete"} == {200, 400}
    assert "IDEM-06" in (judgement := judge(fold(history))).exercised
    assert judgement.breaches == ()


def test_a_death_ends_both_requests_and_one_of_them_starts_the_shop_again(bank: Target) -> None:
    """Both hear that the shop died; it is started once, by whoever comes first."""
    plan = "processor.authorize_payment#1=crash-after"
    for schedule in ("", "2>shopper-2", "3>shopper-2"):
        history = made(bank, control(bank), schedule, plan)
        died = steps(history, Died)
        under_way = [e for e in history.events if isinstance(e, Asked) and e.step < died[0] and e.call == "complete"]
        unheard = {e.asked for e in history.events if isinstance(e, Unheard) and e.lost == "shop-died"}
        assert len(died) == 1
        assert unheard <= {e.step for e in under_way}
        assert unheard
        assert [e.boot for e in history.events if isinstance(e, Booted)] == [1, 2]
        assert history.ended


def test_both_requests_die_if_both_are_under_way(bank: Target) -> None:
    """One is left between two steps, the other's call kills the shop: neither is answered."""
    history = made(bank, control(bank), "2>shopper-2", "commit.attempt-opened#1=crash-after")
    lost = {e.actor for e in history.events if isinstance(e, Unheard) and e.lost == "shop-died"}
    assert lost == {"shopper", "shopper-2"}


def test_it_is_always_known_who_crosses(bank: Target) -> None:
    """Who asks is whose turn it is; a fault that waits for one actor does not strike another."""
    for schedule in ("", "2>shopper-2", "4>shopper-2 + 5>shopper"):
        turn = ""
        for event in made(bank, control(bank), schedule).events:
            turn = event.actor if isinstance(event, Turned) else turn
            assert not isinstance(event, Asked) or not turn or event.actor == turn
    struck = made(bank, control(bank), "2>shopper-2", "commit.attempt-opened#1@shopper=commit-fails")
    assert not steps(struck, Faulted)
    assert steps(made(bank, control(bank), "2>shopper-2", "commit.attempt-opened#1@shopper-2=commit-fails"), Faulted)


@pytest.mark.parametrize("client", ["keeps-key", "walks-away"])
def test_a_race_leaves_nothing_to_the_garbage_collector(bank: Target, client: str) -> None:
    """Not even where somebody walks away from theirs, which the story hears of."""
    planned = control(bank, client)
    made(bank, planned, "4>shopper-2")
    gc.collect()
    gc.disable()
    try:
        made(bank, planned, "4>shopper-2")
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_who_is_alone_is_never_interrupted(bank: Target) -> None:
    """Decisions are met by the journeys that say so, and by no other."""
    for planned in controls(bank, JOURNEYS, bank.dialects[:1], 7):
        history = made(bank, planned)
        assert bool(history.decisions) is bool(steps(history, Turned)) is planned.journey.races


def test_the_loser_of_a_commit_runs_its_step_again(bank: Target) -> None:
    """Both intended a capture on the same rows; the first to commit wins, and the other's step sees it."""
    planned = next(controls(bank, (CAPTURE_TWICE_AT_ONCE,), bank.dialects[:1], 7))
    every = [history for _, history in schedules(planned, made(bank, planned), lambda p: made(bank, p), 1)]
    for history in every:
        intents = [e for e in history.events if isinstance(e, Committed) and e.name == "capture-intended"]
        assert len(intents) == 1
