"""A total that sinks to zero at the payment step."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper


async def _story(shopper: Shopper, _operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 1, "gift": 1}, shipping=None)
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await shopper.set_quantity("mug", 0)
    await shopper.buy()


NOTHING_LEFT_TO_PAY = Journey(
    name="nothing-left-to-pay",
    title="The shopper takes out what costs money after entering a card; the rest is free, and no money moves.",
    theme="changing one's mind",
    story=_story,
    clients=(ClientKind.KEEPS_KEY,),
)
