"""The clock seam: the shop's clock is set wrong while a processor call is under way, and is right again without faults."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tillproof.contract.processor import EFFECTS
from tillproof.explore.single import controls, points
from tillproof.faults.plans import parse
from tillproof.faults.points import Seam
from tillproof.history.events import Called, Committed, Died, Faulted, History, Returned
from tillproof.simulation.target import Target
from tillproof.simulation.world import run
from tillproof_scenarios.buy import BUY

HOURS = 7200.0


def bought(target: Target, plan: str) -> History:
    key = replace(next(controls(target, (BUY,), target.dialects[:1], 7)).key, plan=plan)
    return run(target, BUY, key, parse(plan))


def written(history: History, name: str) -> list[float]:
    """Return by how much the rows of each such commit were dated wrong."""
    named = [event for event in history.events if isinstance(event, Committed) and event.name == name]
    return [event.changes[0].row.updated_at - event.at for event in named]  # type: ignore[union-attr]


@pytest.mark.parametrize(("kind", "hours"), [("ahead", HOURS), ("behind", -HOURS)])
def test_the_clock_is_wrong_from_the_call_on(manual: Target, kind: str, hours: float) -> None:
    """The call itself is answered; what is written after it is dated wrong, what was written before is not."""
    history = bought(manual, f"clock.authorize_payment#1={kind}")
    assert written(history, "authorization-intended") == [0.0]
    assert written(history, "authorize-recorded") == [hours]
    struck = next(event for event in history.events if isinstance(event, Faulted))
    assert (struck.point, struck.kind) == ("clock.authorize_payment#1", kind)
    returned = next(e for e in history.events if isinstance(e, Returned) and e.method == "authorize_payment")
    assert (returned.outcome, returned.injected) == ("done", False)


@pytest.mark.parametrize(("kind", "outcome"), [("unheard-ahead", "exception"), ("restart-behind", "nothing")])
def test_the_answer_is_lost_as_well(manual: Target, kind: str, outcome: str) -> None:
    """Nobody hears the call's answer, by silence or by death, and the next try comes under the wrong clock."""
    history = bought(manual, f"clock.authorize_payment#1={kind}")
    returned = next(e for e in history.events if isinstance(e, Returned) and e.method == "authorize_payment")
    assert (returned.outcome, returned.injected) == (outcome, True)
    assert sum(isinstance(event, Faulted) for event in history.events) == 1
    assert any(isinstance(event, Died) for event in history.events) is kind.startswith("restart")
    assert abs(written(history, "authorize-recorded")[-1]) == HOURS
    assert history.ended


def test_without_faults_the_clock_is_right_again(manual: Target) -> None:
    """What is settled after the faults went off is dated as it should be."""
    history = bought(manual, "clock.authorize_payment#1=behind + commit.order-placed#1=commit-failsx*")
    assert written(history, "order-placed") == [0.0]


def test_the_clock_can_be_set_at_each_call_with_an_effect(manual: Target) -> None:
    """The points of the seam are the processor's calls that act at a gateway, by name and number."""
    history = bought(manual, "")
    called = {(e.method, e.number) for e in history.events if isinstance(e, Called) and e.method in EFFECTS}
    assert {(p.name, p.number) for p in points(history) if p.seam is Seam.CLOCK} == called != set()
