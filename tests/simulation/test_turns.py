"""Several actors at work: where the turn may pass, where a schedule sends it, and that every schedule is tried once."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest

from tillproof.explore.schedules import schedules
from tillproof.explore.single import Planned
from tillproof.faults.plans import UNDISTURBED
from tillproof.history.events import Decision, History, RunKey, Turned
from tillproof.simulation.clock import SimClock
from tillproof.simulation.crossing import Crossings, Endless
from tillproof.simulation.driver import PAUSE, AtOnce, Begin, OthersEnded, Until, drive, park
from tillproof.simulation.schedules import parse
from tillproof.simulation.turns import Turns
from tillproof_scenarios.buy import BUY

Said = list[str]


async def counts(said: Said, clock: SimClock, name: str, pauses: int) -> None:
    """Say one's name before each pause and after the last."""
    await clock.sleep(1.0, name)
    for _ in range(pauses):
        said.append(name)
        await park(PAUSE)
    said.append(name)


def raced(pauses: dict[str, int], schedule: str = "") -> tuple[Said, Turns, Crossings]:
    """Let actors of these names, with so many pauses each, act at once."""
    said, clock = Said(), SimClock()
    crossings = Crossings(UNDISTURBED, clock)
    turns = Turns(parse(schedule), crossings)

    async def story() -> None:
        await park(AtOnce(tuple(counts(said, clock, name, often) for name, often in pauses.items())))

    drive(clock, story(), referee=turns)
    return said, turns, crossings


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        ("", "a a a b b b"),
        ("1>b", "b b b a a a"),
        ("2>b", "a b b b a a"),
        ("3>b", "a a b b b a"),
        ("2>b + 3>a", "a b a a b b"),
        ("2>b + 3>a + 4>b", "a b a b b a"),
        ("2>nobody", "a a a b b b"),
        ("99>b", "a a a b b b"),
    ],
)
def test_the_turn_goes_where_the_schedule_says(schedule: str, said: str) -> None:
    """In order without one; else as it says, as far as those it names can go on."""
    assert raced({"a": 2, "b": 2}, schedule)[0] == said.split()


def test_a_decision_is_a_moment_at_which_several_could_go_on() -> None:
    """The first is free, since time has passed; the others interrupt. Once only one is left, there is nothing to decide."""
    _, turns, _ = raced({"a": 1, "b": 1}, "2>b")
    assert turns.decisions == [
        Decision(able=("a", "b"), preempts=False, step=0),
        Decision(able=("a", "b"), preempts=True, step=1),
        Decision(able=("b", "a"), preempts=True, step=2),
    ]


def test_it_is_written_down_whose_turn_it_is_and_why() -> None:
    """Each turn that passes is an event, and says the schedule's part that made it pass."""
    _, _, crossings = raced({"a": 2, "b": 1}, "2>b")
    turned = [(event.actor, event.by) for event in crossings.events if isinstance(event, Turned)]
    assert turned == [("a", ""), ("b", "2>b"), ("a", "")]
    assert crossings.actor == "a"
    assert not crossings.crowded


def test_one_actor_decides_nothing() -> None:
    """Alone, nobody's turn is ever written down."""
    said, turns, crossings = raced({"a": 3})
    assert (said, turns.decisions, crossings.events) == (["a"] * 4, [], [])


def interleavings(one: int, other: int, most: int) -> set[str]:
    """Count by brute force: every order of the steps of two actors in which at most so many turns are taken away."""
    steps = one + other + 2
    orders = ("".join("b" if n in chosen else "a" for n in range(steps)) for chosen in combinations(range(steps), other + 1))
    return {order for order in orders if _taken_away(order) <= most}


def _taken_away(order: str) -> int:
    return sum(before != after and before in order[n + 1 :] for n, (before, after) in enumerate(pairwise(order)))


@pytest.mark.parametrize(("one", "other", "most"), [(0, 0, 0), (2, 2, 0), (2, 3, 1), (3, 3, 2), (4, 2, 3), (3, 4, 9)])
def test_every_schedule_up_to_the_bound_is_tried_once(one: int, other: int, most: int) -> None:
    """As many as brute force finds, each another order, and none with more preemptions."""
    key = RunKey(journey="buy", client="no-key", dialect="none", plan="", seed=1)
    control = Planned(journey=BUY, key=key, plan=UNDISTURBED)
    orders: dict[str, str] = {}

    def made(planned: Planned) -> History:
        said, turns, _ = raced({"a": one, "b": other}, planned.key.schedule)
        orders[planned.key.schedule] = "".join(said)
        return History(
            run=planned.key,
            provider_id="",
            capabilities=frozenset(),
            public=frozenset(),
            secrets=(),
            abandoned_after=0.0,
            ended=True,
            events=(),
            decisions=tuple(turns.decisions),
        )

    told = [planned.key.schedule for planned, _ in schedules(control, made(control), made, most)]
    assert len(set(told)) == len(told) == len(orders) - 1
    assert sorted(orders.values()) == sorted(interleavings(one, other, most))


def test_what_one_fails_with_waits_for_the_others() -> None:
    """The story hears of it when all have ended, and of the first failure only."""
    said, clock = Said(), SimClock()

    async def fails(seconds: float) -> None:
        await clock.sleep(seconds)
        raise LookupError(str(seconds))

    async def story() -> None:
        try:
            await park(AtOnce((fails(2.0), counts(said, clock, "a", 1), fails(1.0))))
        except LookupError as error:
            said.append(str(error))

    drive(clock, story())
    assert said == ["a", "a", "1.0"]


def test_what_nobody_may_go_on_after_ends_all_at_once() -> None:
    """The others are closed where they are, however deep, and the story is told at once."""
    said, clock = Said(), SimClock()

    async def waits() -> None:
        try:
            await clock.sleep(100.0)
        finally:
            said.append("closed")

    async def nests() -> None:
        await park(AtOnce((waits(), waits())))

    async def ends() -> None:
        await clock.sleep(1.0)
        raise Endless

    async def story() -> None:
        try:
            await park(AtOnce((nests(), ends(), waits())))
        except Endless:
            said.append(f"told after {clock.time - SimClock().time}")
        await park(AtOnce(()))
        said.append("went on")

    drive(clock, story())
    assert sorted(said) == ["closed", "closed", "closed", "told after 1.0", "went on"]


def test_an_actor_that_is_no_client_can_be_begun_and_waited_for() -> None:
    """It is at work beside whoever began it, under its own name, and the story can wait until nobody else is left."""
    said, clock = Said(), SimClock()
    crossings = Crossings(UNDISTURBED, clock)
    turns = Turns(parse("2>delivery"), crossings)

    async def delivers() -> None:
        await clock.sleep(5.0)
        said.append(f"delivered by {crossings.actor}")

    async def story() -> None:
        await park(Begin("delivery", delivers()))
        said.append("went on")
        await park(Until(clock.time + 5.0, "shopper"))
        await park(PAUSE)
        said.append("waits")
        await park(OthersEnded())
        said.append("alone")
        await park(OthersEnded())

    drive(clock, story(), referee=turns)
    assert said == ["went on", "delivered by delivery", "waits", "alone"]
