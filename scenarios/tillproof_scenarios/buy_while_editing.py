"""A race: the cart changes while it is bought."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper, together


async def _story(shopper: Shopper, _operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 2})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await together(shopper.buy(), shopper.second_tab().set_quantity("mug", 3))


BUY_WHILE_EDITING = Journey(
    name="buy-while-editing",
    title="The shopper presses the button in one tab, and at once puts another mug into the cart in a second.",
    theme="at once",
    story=_story,
    clients=(ClientKind.KEEPS_KEY,),
    lost=1,
    races=True,
)
