"""A hold that lapses while a completion is interrupted: the session the gateway calls canceled is made afresh."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tillproof.domain.entities import Order, PaymentSession
from tillproof.domain.ledger import EntryKind
from tillproof.domain.statuses import SessionStatus
from tillproof.faults.plans import parse
from tillproof.history.events import RunKey
from tillproof.history.story import fold
from tillproof.simulation.journey import Operator, Shopper
from tillproof.simulation.world import run
from tillproof.targets.named import opened
from tillproof_scenarios.held_too_long import HELD_TOO_LONG


async def _pressed_once_more(shopper: Shopper, operator: Operator) -> None:
    await HELD_TOO_LONG.story(shopper, operator)
    await shopper.buy()


@pytest.mark.parametrize("delete", ["", " + processor.delete_payment#1=refused"])
def test_a_lapsed_session_is_made_afresh(delete: str) -> None:
    """Canceled is never authorized again, nor where the gateway refuses to delete it; a fresh session pays for the order."""
    plan = "processor.authorize_payment#1=answer-lost" + delete
    key = RunKey(journey=HELD_TOO_LONG.name, client="keeps-key", dialect="keep-everything", plan=plan, seed=7)
    with opened("bank", None) as target:
        story = fold(run(target, replace(HELD_TOO_LONG, story=_pressed_once_more), key, parse(plan)))

    chains = story.chains(PaymentSession).values()
    told = [{row.status for _, row in chain if row is not None and row.provider_id == "bank"} for chain in chains]
    canceled, paid = [statuses for statuses in told if statuses & {SessionStatus.CANCELED, SessionStatus.AUTHORIZED}]
    assert (SessionStatus.CANCELED in canceled, SessionStatus.AUTHORIZED in canceled) == (True, False)
    assert (SessionStatus.CANCELED in paid, SessionStatus.AUTHORIZED in paid) == (False, True)
    assert [line.entry.kind for line in story.lines if line.entry.kind is EntryKind.LAPSE] == [EntryKind.LAPSE]
    (order,) = story.rows(Order)
    assert [hold.stood_at(story.since(order)) for hold in story.holds] == [False, True]
