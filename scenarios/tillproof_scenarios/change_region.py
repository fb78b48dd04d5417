"""Another region, and with it another currency."""

from __future__ import annotations

from tillproof.simulation.journey import Journey, Operator, Shopper


async def _story(shopper: Shopper, _operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 2})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.move_to("abroad")
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await shopper.buy()


CHANGE_REGION = Journey(
    name="change-region",
    title="The shopper moves to a region without decimals after the payment step, and buys there.",
    theme="changing one's mind",
    story=_story,
)
