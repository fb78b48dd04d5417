"""A processor leaves the region after an interrupted completion."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper


async def _story(shopper: Shopper, operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 1})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await shopper.leaves_at_next_silence()
    await shopper.buy()
    await operator.disable(shopper.method)
    await shopper.buy()
    await operator.capture()


LEFT_MID_CHECKOUT = Journey(
    name="left-mid-checkout",
    title="The processor leaves the region after a completion of which nobody may have heard; what was sold is captured.",
    theme="the shop in the way",
    story=_story,
    clients=(ClientKind.KEEPS_KEY,),
)
