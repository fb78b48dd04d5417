"""Two faults in one run: which runs there are, and that those that are not made would have gone on like others."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from msgspec.structs import replace
from support.remainders import remainder
from support.runs import NAMED, made, made_by

from tillproof import campaign
from tillproof.errors import Misuse
from tillproof.explore.pairs import Recoveries
from tillproof.explore.single import Planned, controls, crossed, singles
from tillproof.explore.standing import standings
from tillproof.explore.way import Way
from tillproof.faults.kinds import REFUSING, applicable
from tillproof.faults.plans import Fault, Plan, parse
from tillproof.faults.points import Point
from tillproof.history.events import Faulted, GatewayAsked, History, RunKey
from tillproof.history.lanes import lines
from tillproof.history.logfile import LogWriter, read
from tillproof.history.story import fold
from tillproof.options import Options
from tillproof.rules.registry import RULES, judge
from tillproof.selftest.backend_liars import TWO_FAULTS, lying
from tillproof.simulation.target import Target
from tillproof.targets.named import opened


def lanes(target: Target, *names: str) -> Iterator[tuple[Planned, History]]:
    """Yield the control of every lane of these journeys, and its history."""
    for planned in controls(target, (NAMED[name] for name in names), target.dialects[:1], 7):
        yield planned, made(target, planned)


def left_out(
    target: Target, planned: Planned, control: History, every: int = 4
) -> Iterator[tuple[RunKey, int, RunKey, int]]:
    """
    Yield what was not made in a lane with one in `every` of its first faults.

    That is the run, the step from which it goes on alike, and the same of its representative, whose second fault strikes the
    crossing that is as far from there.
    """
    recoveries = Recoveries(control, applicable, keeps=target.keeps)
    for single in islice(singles(planned, control), 0, None, every):
        first = made_by(target, single.key)
        like = recoveries.recovery(first).like
        if like is None:
            continue
        other_key, at, other_at = like
        other = made_by(target, other_key)
        theirs = [point for event, point in crossed(other) if event.step >= other_at]
        ours = [point for event, point in crossed(first) if event.step >= at]
        assert [(p.seam, p.name) for p in ours] == [(p.seam, p.name) for p in theirs]
        for mine, their in zip(ours, theirs, strict=True):
            for kind in applicable(mine.seam, mine.name):
                if kind.told not in REFUSING:  # whether that can be true is decided in each run for itself
                    yield _with(first.run, mine, kind.name), at, _with(other_key, their, kind.name), other_at


def _with(first: RunKey, point: Point, kind: str) -> RunKey:
    plan = parse(first.plan)
    return replace(first, plan=str(Plan((*plan.faults, Fault(point, kind)))))


ABOUT_A_FAULT = frozenset({"OPS-01", "OPS-02"})
"""Rules that are asked only where a certain kind of fault struck: what they would say of the rest, others say."""


def broken(history: History) -> set[str]:
    """Return the rules that are broken in a run, whatever its faults."""
    return {breach.rule for breach in judge(fold(history), RULES).breaches} - ABOUT_A_FAULT


@pytest.mark.parametrize("name", ["bank", "manual", "paypal", "liar:no-key"])
def test_what_is_left_out_goes_on_like_what_is_made(name: str) -> None:
    """Of a seeded sample of runs left out, each goes on event by event like its representative, and is judged like it."""
    journeys = {
        "bank": ("three-d-secure", "buy-cancel"),
        "manual": ("cash-on-delivery",),
        "paypal": ("buy",),
        "liar:no-key": ("buy",),
    }[name]
    chance, compared = random.Random(5), 0  # noqa: S311 - a sample
    with opened(name, None) as target:
        for planned, control in lanes(target, *journeys):
            there = list(left_out(target, planned, control))
            for key, at, other_key, other_at in chance.sample(there, 8):
                ours, theirs = made_by(target, key), made_by(target, other_key)
                assert remainder(ours, at) == remainder(theirs, other_at), (key.plan, other_key.plan)
                first, other_first = (made_by(target, replace(k, plan=k.plan.partition(" + ")[0])) for k in (key, other_key))
                if " + " not in other_key.plan:
                    other_first = control
                assert broken(ours) - broken(first) == broken(theirs) - broken(other_first), (key.plan, other_key.plan)
                compared += 1
    assert compared == 8 * len(journeys) * 3


def test_every_second_fault_strikes_after_the_first() -> None:
    """In every run of a lane that is made, both faults strike, the first one first."""
    with opened("bank", None) as target:
        planned, control = next(lanes(target, "buy"))
        recoveries = Recoveries(control, applicable, keeps=frozenset())
        firsts = islice(singles(planned, control), 0, None, 3)
        keys = [key for first in firsts for key in recoveries.recovery(made_by(target, first.key)).seconds]
        assert len(keys) == len(set(keys)) > 1_000
        for key in islice(keys, 0, None, 41):
            struck = [event.fault for event in made_by(target, key).events if isinstance(event, Faulted)]
            assert struck == key.plan.split(" + ")


def test_the_recovery_ends_where_the_run_stands_as_if_nothing_had_happened() -> None:
    """A request lost before the story's money is soon as if it had never been; one with an effect in doubt is not."""
    with opened("bank", None) as target:
        planned, control = next(lanes(target, "buy"))
        recoveries = Recoveries(control, applicable, keeps=frozenset())
        lost = made_by(target, replace(planned.key, plan="client.create-payment-sessions#1=request-lost"))
        told = recoveries.recovery(lost)
        assert told.like is not None
        assert told.like[0] == planned.key
        assert (told.alike, bool(told.recovered)) == (0, True)


@pytest.mark.parametrize(
    ("kind", "recovers"),
    [("doubled", True), ("altered", True), ("shuffled", True), ("endless-retry", False)],
)
def test_an_event_that_came_in_the_end_is_recovered_from(kind: str, recovers: bool) -> None:  # noqa: FBT001 - a column
    """A run whose event came twice, falsely or out of order goes on as if undisturbed; not while answers are lost."""
    with opened("bank", None) as target:
        planned, control = next(lanes(target, "many-refunds"))
        recoveries = Recoveries(control, applicable, keeps=frozenset())
        told = recoveries.recovery(made_by(target, replace(planned.key, plan=f"webhook.intent.captured#1={kind}")))
        assert (told.like is not None and told.like[0] == planned.key) is recovers


def test_a_token_in_memory_is_all_that_paypal_remembers() -> None:
    """A shop that died at PayPal stands as before once it has a token again, and not before; if anything is kept, never."""
    plan = "commit.initiate-recorded#1=crash-after"
    with opened("paypal", None) as target:
        planned, control = next(lanes(target, "buy-capture-refund"))
        first = made_by(target, replace(planned.key, plan=plan))
        token, nothing, anything = (
            Recoveries(control, applicable, keeps=keeps).recovery(first).like
            for keeps in (target.keeps, frozenset[str](), None)
        )
        assert token is not None
        assert nothing is not None
        assert token[0] == nothing[0] == planned.key
        assert nothing[1] < next(e.step for e in first.events if isinstance(e, GatewayAsked) and e.number == 2) < token[1]
        assert anything is None


@pytest.mark.parametrize(
    ("name", "keeps"),
    [("bank", frozenset[str]()), ("paypal", frozenset({"POST:/v1/{id}/token"})), ("liar:no-key", None)],
)
def test_what_a_processor_keeps_is_as_it_declares(name: str, keeps: frozenset[str] | None) -> None:
    """The target keeps what its processor declares; what a liar declares is not believed."""
    with opened(name, None) as target:
        assert target.keeps == keeps


def test_an_answer_given_once_more_is_tried_where_another_was_the_last() -> None:
    """Runs that stand alike may have heard different answers last: the fault that repeats it is made for each of them."""
    plan = "processor.initiate_payment#1=answer-lost"
    stale = "gateway.POST:/intents/{id}/authorize#1=stale-answer"
    with opened("bank", None) as target:
        planned, control = next(lanes(target, "buy"))
        told = Recoveries(control, applicable, keeps=frozenset()).recovery(made_by(target, replace(planned.key, plan=plan)))
        assert told.like is not None
        assert told.like[0] == planned.key
        seconds = [key.plan.partition(" + ")[2] for key in told.seconds]
        assert [second for second in seconds if second.startswith("gateway.POST:/intents/{id}/authorize#1=")] == [stale]


def test_nothing_is_alike_for_one_that_may_remember() -> None:
    """What a target that may keep things in memory did since its boot keeps two runs apart."""
    with opened("bank", None) as target:
        planned, _ = next(lanes(target, "buy"))
        one, other = (
            made_by(target, replace(planned.key, plan=f"processor.retrieve_payment#1={kind}"))
            for kind in ("exception", "nonsense")
        )
        last = [[s.mark for s in standings(h, keeps=f)][-1] for h in (one, other) for f in (frozenset[str](), None)]
        assert last[0] == last[2]
        assert last[1] != last[3]


def test_a_refusal_is_never_told_of_what_was_tried() -> None:
    """A plan that asks for a refusal where the effect may be there already does not strike: it would be a lie."""
    plan = "processor.authorize_payment#1=answer-lost + processor.authorize_payment#2=refused"
    with opened("bank", None) as target:
        planned, _ = next(lanes(target, "buy"))
        struck = [e.fault for e in made_by(target, replace(planned.key, plan=plan)).events if isinstance(e, Faulted)]
    assert struck == ["processor.authorize_payment#1=answer-lost"]


@pytest.mark.parametrize("name", TWO_FAULTS)
def test_a_lie_that_only_two_faults_can_show(name: str) -> None:
    """A backend that goes wrong where a second fault follows a lost answer passes every single fault, and not every pair."""
    liar = TWO_FAULTS[name]
    with lying(liar.patches), opened("bank", None) as target:
        planned, control = next(lanes(target, *liar.journeys))
        firsts = [made_by(target, single.key) for single in singles(planned, control)]
        assert [first.run.plan for first in firsts if broken(first)] == []
        recoveries = Recoveries(control, applicable, keeps=frozenset())
        lost = [f for f in firsts if f.run.plan.startswith("processor.authorize_payment#1=answer-lost")]
        wrong = [broken(made_by(target, key)) for first in lost for key in recoveries.recovery(first).seconds]
        assert set(liar.caught_by) <= set().union(*wrong)


def test_the_log_of_pairs_does_not_depend_on_the_number_of_workers(tmp_path: Path) -> None:
    """One worker and two write the same bytes, a line for each first fault; what they merge into is what they say."""
    logs: list[Path] = []
    for workers in (1, 2):
        path = tmp_path / f"{workers}.jsonl"
        options = Options(depth="pairs", journeys=("nothing-to-pay",), workers=workers)
        with opened("bank", None) as target, LogWriter(path) as writer:
            campaign.conduct(target, options, writer.emit, lambda _made, _total: None)
        logs.append(path)
    assert logs[0].read_bytes() == logs[1].read_bytes()
    told = read(logs[0])
    counts = told.footer.counts
    assert counts.pairs == sum(line.runs for line in told.seconds) > 100
    assert counts.runs == counts.pairs + len(told.runs)
    assert counts.recovered > 0
    assert list(lines(told))[-1] == told.footer
    assert len(list(lines(told))) == len(logs[0].read_bytes().splitlines())


def test_pairs_are_of_simulated_runs() -> None:
    """On the wire nobody sees where a run stands: pairs are refused there, in words."""
    way = Way(party="backend")
    with opened("bank", None) as target, pytest.raises(Misuse, match="in a simulation only"):
        campaign.conduct(target, Options(depth="pairs"), lambda _: None, lambda _made, _total: None, way)
