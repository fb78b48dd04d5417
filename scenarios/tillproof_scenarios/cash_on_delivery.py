"""Cash on delivery, which the shop offers beside the processor under test."""

from __future__ import annotations

from tillproof.simulation.journey import Journey, Operator, Shopper


async def _story(shopper: Shopper, _operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 2})
    await shopper.reach_payment()
    await shopper.choose(shopper.other)
    await shopper.buy()


CASH_ON_DELIVERY = Journey(
    name="cash-on-delivery",
    title="The shopper pays at the door, although the processor under test is on offer too.",
    theme="buying",
    story=_story,
)
