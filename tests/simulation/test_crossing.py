"""Which crossings a fault strikes."""

from __future__ import annotations

import pytest

from tillproof.faults.plans import parse
from tillproof.faults.points import Seam
from tillproof.history.events import Faulted, Phase
from tillproof.simulation.clock import SimClock
from tillproof.simulation.crossing import MOST_POINTS, Crossings, Endless, worded
from tillproof.simulation.ids import SeededIds

CROSSED = ("shopper", "operator", "shopper", "operator", "shopper")


def struck(plan: str, *, off_after: int = 99) -> list[int]:
    """Return at which of five crossings of client.complete, by shopper and operator in turn, the plan strikes."""
    crossings, found = Crossings(parse(plan), SimClock()), list[int]()
    for turn, actor in enumerate(CROSSED, start=1):
        crossings.actor = actor
        crossings.cross(Seam.CLIENT, "refund")
        number, fault = crossings.cross(Seam.CLIENT, "complete")
        assert number == turn
        if fault is not None:
            crossings.strike(fault, Seam.CLIENT, "complete", number)
            found.append(number)
        if turn == off_after:
            crossings.faults_off()
    faults = [event.point for event in crossings.events if isinstance(event, Faulted)]
    assert faults == [f"client.complete#{number}" for number in found]
    return found


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ("", []),
        ("client.complete#2=answer-lost", [2]),
        ("client.complete#2=answer-lostx3", [2, 3, 4]),
        ("client.complete#3=answer-lostx*", [3, 4, 5]),
        ("client.complete#2@shopper=answer-lost", [3]),
        ("client.complete#2@operator=answer-lostx*", [4]),
        ("client.complete#9=answer-lost", []),
        ("client.capture#1=answer-lost", []),
        ("client.complete#1=answer-lost + client.complete#4=request-lost", [1, 4]),
        ("client.complete#1=answer-lostx* + client.complete#2=request-lost", [1, 2, 3, 4, 5]),
    ],
)
def test_a_fault_strikes_where_the_plan_says(plan: str, expected: list[int]) -> None:
    """The n-th crossing of that name, by that actor if one is named, and so many in a row."""
    assert struck(plan) == expected


def test_nothing_strikes_once_faults_are_off() -> None:
    """Turning faults off is for good, and told once."""
    assert struck("client.complete#1=answer-lostx*", off_after=2) == [1, 2]
    crossings = Crossings(parse(""), SimClock())
    crossings.faults_off()
    crossings.faults_off()
    assert [event.name for event in crossings.events if isinstance(event, Phase)] == ["faults-off"]


def test_a_run_cannot_cross_points_for_ever() -> None:
    """One crossing more than the bound ends the run, in a way the target's `except Exception` cannot catch."""
    crossings = Crossings(parse(""), SimClock())
    for _ in range(MOST_POINTS):
        crossings.cross(Seam.COMMIT, "again")
    with pytest.raises(Endless):
        crossings.cross(Seam.COMMIT, "again")
    assert not issubclass(Endless, Exception)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ValueError("no"), "ValueError: no"),
        (KeyError(), "KeyError"),
        (TypeError("<X object at 0x7f00deadbeef>"), "TypeError: <X object at 0x...>"),
        (ValueError("y" * 2_000), "ValueError: " + "y" * 488),
    ],
)
def test_an_error_is_worded_the_same_in_every_run(error: Exception, expected: str) -> None:
    """Type and message, cut at a bound, without addresses of memory."""
    assert worded(error) == expected


def test_ids_are_opaque_and_the_same_for_the_same_seed_and_purpose() -> None:
    """Another seed or purpose gives other ids; none is drawn twice."""

    def drawn(seed: int, purpose: str) -> list[str]:
        ids = SeededIds(seed, purpose)
        return [ids.new("cart") for _ in range(50)]

    assert drawn(7, "shop") == drawn(7, "shop")
    together = [*drawn(7, "shop"), *drawn(8, "shop"), *drawn(7, "client")]
    assert len(set(together)) == len(together)
    assert all(id_.startswith("cart_") and len(id_) == len("cart_") + 24 for id_ in together)
