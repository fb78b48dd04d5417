"""A way to pay is taken back when money is already held by it: it is let go first, and nothing is bought by it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

import pytest

from tillproof.domain.entities import Operation, Order, Payment
from tillproof.domain.statuses import OperationState
from tillproof.faults.plans import parse
from tillproof.history.events import RunKey
from tillproof.history.story import fold
from tillproof.rules.registry import judge
from tillproof.simulation.journey import Journey, Operator, Shopper
from tillproof.simulation.target import Target
from tillproof.simulation.world import run
from tillproof.targets.named import opened


@pytest.fixture(scope="module")
def bank() -> Iterator[Target]:
    """The bank, which has a gateway."""
    with opened("bank", None) as target:
        yield target


async def _chooses_another(shopper: Shopper) -> None:
    await shopper.choose(shopper.other)
    await shopper.buy()


async def _removes_it(shopper: Shopper) -> None:
    await shopper.remove(shopper.method)
    await shopper.choose(shopper.other)
    await shopper.buy()


@pytest.mark.parametrize("then", [_chooses_another, _removes_it])
@pytest.mark.parametrize(
    "plan",
    [
        "",
        "processor.authorize_payment#1=crash-after",
        "commit.authorize-recorded#1=crash-after",
        "commit.payment-created#1=crash-after",
    ],
)
def test_what_is_held_is_let_go_first(bank: Target, plan: str, then: Callable[[Shopper], Awaitable[None]]) -> None:
    """After an interrupted completion the other method pays, and the first one holds nothing; an order stays what it is."""

    async def story(shopper: Shopper, _operator: Operator) -> None:
        await shopper.fill_cart(items={"mug": 1})
        await shopper.reach_payment()
        await shopper.choose(shopper.method)
        await shopper.enter_card("good")
        await shopper.leaves_at_next_silence()
        await shopper.buy()
        await then(shopper)

    journey = Journey(name="told", title="Told.", theme="told", story=story)
    key = RunKey(journey="told", client="keeps-key", dialect=bank.dialects[0], plan=plan, seed=7)
    told = fold(run(bank, journey, key, parse(plan)))

    assert judge(told).breaches == ()
    assert told.history.ended
    (order,) = told.rows(Order)
    paid_by = [p.provider_id for p in told.rows(Payment) if p.order_id == order.id]
    assert paid_by == ([bank.other] if plan else [bank.provider_id])
    assert [hold.live for hold in told.holds] == ([False] if plan else [True])


def test_a_hold_that_is_refused_its_release_is_left_to_a_person_and_accuses_nobody(bank: Target) -> None:
    """The shopper presses the button until the release is listed; no sweep asks then, and no rule calls that a leak."""

    async def story(shopper: Shopper, _operator: Operator) -> None:
        await shopper.fill_cart(items={"mug": 1})
        await shopper.reach_payment()
        await shopper.choose(shopper.method)
        await shopper.enter_card("good")
        await shopper.leaves_at_next_silence()
        await shopper.buy()
        await shopper.remove(shopper.method)
        for _ in range(9):
            await shopper.buy()

    journey = Journey(name="told", title="Told.", theme="told", story=story)
    plan = "processor.authorize_payment#1=answer-lost + processor.delete_payment#1=refusedx*"
    key = RunKey(journey="told", client="keeps-key", dialect=bank.dialects[0], plan=plan, seed=7)
    told = fold(run(bank, journey, key, parse(plan)))

    assert judge(told).breaches == ()
    assert told.rows(Order) == []
    assert [row.state for row in told.rows(Operation)].count(OperationState.LISTED) == 1
    assert [hold.live for hold in told.holds] == [True]
