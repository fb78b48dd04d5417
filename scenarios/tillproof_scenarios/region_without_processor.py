"""A processor leaves the region while somebody is at the till."""

from __future__ import annotations

from tillproof.simulation.journey import Journey, Operator, Shopper


async def _story(shopper: Shopper, operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 1})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await operator.disable(shopper.method)
    await shopper.buy()
    await shopper.reach_payment()
    await shopper.choose(shopper.other)
    await shopper.buy()


REGION_WITHOUT_PROCESSOR = Journey(
    name="region-without-processor",
    title="The chosen processor is taken out of the region; buying is refused, and works with the other one.",
    theme="the shop in the way",
    story=_story,
    refusals=1,
)
