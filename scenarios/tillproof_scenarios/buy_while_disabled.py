"""A race: the processor leaves the region while the cart is bought."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper, together


async def _story(shopper: Shopper, operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 2})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await together(shopper.buy(), operator.disable(shopper.method))


BUY_WHILE_DISABLED = Journey(
    name="buy-while-disabled",
    title="The shopper presses the button, and at once the chosen processor is taken out of the region.",
    theme="at once",
    story=_story,
    clients=(ClientKind.KEEPS_KEY,),
    lost=1,
    races=True,
)
