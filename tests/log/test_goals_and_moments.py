"""Goals and moments: what single runs of the honest bank come to, and in which moment their fault strikes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tillproof.faults.plans import parse
from tillproof.history.coverage import NO_KEY, Moment
from tillproof.history.events import History, RunKey
from tillproof.history.goals import GOALS, goal_lines, reached
from tillproof.history.moments import moments
from tillproof.history.story import fold
from tillproof.simulation.target import Target
from tillproof.simulation.world import run
from tillproof.targets.named import opened
from tillproof_scenarios import JOURNEYS

BY_NAME = {journey.name: journey for journey in JOURNEYS}


@pytest.fixture(scope="module")
def bank() -> Iterator[Target]:
    """The bank."""
    with opened("bank", None) as target:
        yield target


@pytest.fixture(scope="module")
def manual() -> Iterator[Target]:
    """Cash on delivery, which has no gateway."""
    with opened("manual", None) as target:
        yield target


def made(bank: Target, journey: str, plan: str, client: str = "keeps-key", dialect: str = "keep-everything") -> History:
    """Make one run."""
    key = RunKey(journey=journey, client=client, dialect=dialect, plan=plan, seed=7)
    return run(bank, BY_NAME[journey], key, parse(plan))


def goals(history: History) -> set[str]:
    """Return the names of the goals a run reached."""
    return {GOALS[n].name for n in reached(fold(history))}


REACHED = [
    ("authorization-settled-by-asking", "buy", "keeps-key", "processor.authorize_payment#1=answer-lost"),
    ("refund-settled-by-asking", "buy-capture-refund", "keeps-key", "processor.refund_payment#1=answer-lost"),
    ("refusal-asked-again", "decline-then-other-method", "keeps-key", "processor.authorize_payment#1=answer-lost"),
    ("unwanted-effect-found", "edit-after-interruption", "no-key", "processor.authorize_payment#1=crash-after"),
    ("released-after-authorization", "out-of-stock", "keeps-key", ""),
    ("ended-by-the-shop-alone", "buy", "walks-away", "processor.authorize_payment#1=crash-before"),
    ("challenge-completed-without-its-key", "three-d-secure", "no-key", ""),
    ("answer-given-again", "buy", "keeps-key", "client.complete#1=answer-lost"),
    ("conflict-then-answer", "buy", "keeps-key", "processor.authorize_payment#1=answer-lost"),
    ("death-survived", "buy", "keeps-key", "processor.authorize_payment#1=crash-after"),
    ("paid-after-a-decline", "decline-then-other-method", "keeps-key", ""),
    ("refunded-in-parts-to-the-end", "buy-capture-refund", "keeps-key", ""),
]


@pytest.mark.parametrize(("goal", "journey", "client", "plan"), REACHED, ids=[goal for goal, *_ in REACHED])
def test_a_goal_is_reached(bank: Target, goal: str, journey: str, client: str, plan: str) -> None:
    """The run that is made for a goal reaches it; a plain purchase in which nothing fails reaches none."""
    assert goal in goals(made(bank, journey, plan, client))
    assert goals(made(bank, "buy", "")) == set()


@pytest.mark.parametrize(
    ("goal", "journey"),
    [("released-after-authorization", "out-of-stock"), ("refunded-in-parts-to-the-end", "buy-capture-refund")],
)
def test_a_goal_without_a_gateway(manual: Target, goal: str, journey: str) -> None:
    """Where no gateway can be asked, what the processor said and the books have reaches it; a plain purchase does not."""
    assert goal in goals(made(manual, journey, "", dialect="none"))
    assert goals(made(manual, "buy", "", dialect="none")) == set()
    assert goal not in goals(made(manual, "buy-cancel", "", dialect="none"))


def test_every_goal_is_tried_here() -> None:
    """Each goal has a run above that reaches it, but the one for which several clients must be at work at once."""
    assert [goal.name for goal in GOALS if goal.name not in {goal for goal, *_ in REACHED}] == ["loser-told-to-wait"]


def test_goals_name_journeys_that_there_are() -> None:
    """A goal that is bound to journeys is bound to real ones."""
    assert set().union(*(goal.journeys for goal in GOALS)) <= BY_NAME.keys()


@pytest.mark.parametrize(
    ("journeys", "disturbed", "at_once", "goal", "reason"),
    [
        (("buy",), True, False, "refund-settled-by-asking", "not made: buy-capture-refund, refund-limits"),
        (("buy-capture-refund",), True, False, "refund-settled-by-asking", ""),
        (("buy",), False, False, "answer-given-again", "nothing was made to fail"),
        (("out-of-stock",), False, False, "released-after-authorization", ""),
        (("buy",), True, False, "loser-told-to-wait", "no journey made has several clients at work at once"),
        (("buy",), False, True, "loser-told-to-wait", ""),
    ],
)
def test_what_choices_rule_out(*, journeys: tuple[str, ...], disturbed: bool, at_once: bool, goal: str, reason: str) -> None:
    """A goal that the choices make impossible is told with the reason, and does not count as missed."""
    lines = {line.name: line for line in goal_lines(journeys, disturbed=disturbed, at_once=at_once)}
    assert lines[goal].skipped == reason


@pytest.mark.parametrize(
    ("plan", "moment"),
    [
        ("processor.authorize_payment#1=answer-lost", Moment(seam="processor", method="authorize_payment", key="started")),
        ("gateway.POST:/intents#1=request-lost", Moment(seam="gateway", method="initiate_payment", key=NO_KEY, acts=True)),
        ("commit.authorize-recorded#1=commit-fails", Moment(seam="commit", method="authorize_payment", key="started")),
        ("commit.authorize-recorded#1=crash-after", Moment(seam="commit", method="authorize_payment", key="started")),
        ("commit.cart-created#1=commit-unheard", Moment(seam="commit", method="", key=NO_KEY)),
        ("client.complete#1=request-lost", Moment(seam="client", method="", key=NO_KEY)),
        ("client.complete#1=answer-lost", Moment(seam="client", method="get_payment_status", key="finished")),
        ("client.complete#9=answer-lost", None),
    ],
)
def test_where_a_fault_struck(bank: Target, plan: str, moment: Moment | None) -> None:
    """A fault belongs to the call under way, to the one whose answer it keeps from being committed or heard, or to none."""
    assert moments(made(bank, "buy", plan)) == (() if moment is None else (moment,))


def test_every_fault_strikes_in_a_moment_of_its_control(bank: Target) -> None:
    """What a fault of a call strikes is among the moments that the undisturbed run crossed."""
    crossed = set(moments(made(bank, "buy", "")))
    assert Moment(seam="client", method="get_payment_status", key="finished") in crossed
    for plan in (
        "processor.capture_payment#1=refused",
        "gateway.POST:/intents#1=busy-429",
        "commit.order-placed#1=crash-after",
    ):
        (moment,) = moments(made(bank, "buy-capture-refund", plan))
        assert moment in set(moments(made(bank, "buy-capture-refund", "")))
