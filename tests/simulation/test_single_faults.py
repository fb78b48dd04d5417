"""Every single fault at every point the undisturbed run crossed, and how many that is."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from support.runs import made

from tillproof.contract.processor import EFFECTS
from tillproof.explore.single import controls, points, singles
from tillproof.faults.kinds import KINDS
from tillproof.faults.plans import UNDISTURBED, parse
from tillproof.history.events import Announced, Asked, Called, Committed, Faulted, GatewayAsked, History
from tillproof.simulation.journey import ClientKind
from tillproof.simulation.target import Target
from tillproof_scenarios import JOURNEYS
from tillproof_scenarios.buy import BUY
from tillproof_scenarios.three_d_secure import THREE_D_SECURE


def counted(history: History) -> int:
    """Count the single faults of a control by hand: so many per crossing, by seam, before faults went off."""
    strikes = {"client": 0, "processor": 0, "gateway": 0, "commit": 0, "webhook": 0}
    with_status = with_effect = reads = 0
    for event in history.events:
        strikes["client"] += isinstance(event, Asked)
        strikes["processor"] += isinstance(event, Called)
        strikes["gateway"] += isinstance(event, GatewayAsked)
        reads += isinstance(event, GatewayAsked) and event.method == "GET"
        strikes["commit"] += isinstance(event, Committed) and event.boot > 0
        strikes["webhook"] += isinstance(event, Announced)
        with_effect += isinstance(event, Called) and event.method in EFFECTS
        with_status += isinstance(event, Called) and event.method in {"authorize_payment", "get_payment_status"}
        if getattr(event, "name", "") == "faults-off":
            break
    each = {"client": 2, "processor": 9, "gateway": 24, "commit": 4, "webhook": 12}
    struck = sum(strikes[seam] * kinds for seam, kinds in each.items())
    reads *= 7  # a read has no effect to be lost, and no key to keep a failure under
    return struck + with_status + with_effect * 6 - reads


def test_the_number_of_runs_is_the_sum_of_points_times_faults_over_clients_and_dialects(bank: Target) -> None:
    """Counted anew from each control's events, the runs planned are exactly those, and none twice."""
    dialects = ("keep-everything", "none")
    planned: list[str] = []
    expected = 0
    for control in controls(bank, (BUY, THREE_D_SECURE), dialects, 7):
        history = made(bank, control)
        expected += 1 + counted(history)
        planned += [str(run.key) for run in (control, *singles(control, history))]

    assert len(planned) == len(set(planned)) == expected
    assert expected > 2 * len(ClientKind) * len(dialects) * len(KINDS)


def test_a_plan_is_its_key_s_text_and_always_reaches_its_point(manual: Target) -> None:
    """Each planned run is replayable from its key alone, and its fault strikes."""
    control = next(controls(manual, (BUY,), manual.dialects, 7))
    for planned in singles(control, made(manual, control)):
        assert parse(planned.key.plan) == planned.plan
        assert sum(isinstance(event, Faulted) for event in made(manual, planned).events) == 1


def test_controls_come_in_a_fixed_order_and_undisturbed(bank: Target) -> None:
    """Journeys in the order given, then clients, then dialects."""
    keys = [control.key for control in controls(bank, JOURNEYS, ("strict", "none"), 3)]

    assert [key.dialect for key in keys[:2]] == ["strict", "none"]
    assert [key.client for key in keys[:6:2]] == [client.value for client in ClientKind]
    assert list(dict.fromkeys(key.journey for key in keys)) == [journey.name for journey in JOURNEYS]
    assert {key.plan for key in keys} == {str(UNDISTURBED)}
    assert {key.seed for key in keys} == {3}


@pytest.mark.parametrize("lacking", ["gateway", "requires_more"])
def test_a_journey_that_needs_what_the_target_lacks_is_left_out(bank: Target, lacking: str) -> None:
    """Only what was declared is tried."""
    target = replace(bank, capabilities=bank.capabilities - {lacking})
    left = {control.key.journey for control in controls(target, JOURNEYS, ("strict",), 7)}
    assert "three-d-secure" not in left
    assert "buy" in left


def test_points_after_faults_went_off_are_no_points(manual: Target) -> None:
    """Nothing can strike there, so nothing is planned there; the shop's opening is not a commit of its own."""
    history = made(manual, next(controls(manual, (BUY,), manual.dialects, 7)))
    named = [str(point) for point in points(history)]

    assert named[0] == "commit.processors-registered#1"
    assert named[-1] == "commit.order-placed#1"
    cut = next(n for n, event in enumerate(history.events) if isinstance(event, Asked) and event.call == "complete")
    assert "client.complete#1" not in [str(p) for p in points(replace(history, events=history.events[:cut]))]
