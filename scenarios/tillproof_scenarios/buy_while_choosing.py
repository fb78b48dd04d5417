"""A race: another way to pay is chosen while the cart is bought."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper, together


async def _story(shopper: Shopper, _operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 2})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await together(shopper.buy(), shopper.second_tab().choose(shopper.other))


BUY_WHILE_CHOOSING = Journey(
    name="buy-while-choosing",
    title="The shopper presses the button in one tab, and at once chooses another way to pay in a second.",
    theme="at once",
    story=_story,
    clients=(ClientKind.KEEPS_KEY,),
    lost=1,
    races=True,
)
