"""A race: the chosen way to pay is taken back while the cart is bought."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper, together


async def _story(shopper: Shopper, _operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 2})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await together(shopper.buy(), shopper.second_tab().remove(shopper.method))


BUY_WHILE_REMOVING = Journey(
    name="buy-while-removing",
    title="The shopper presses the button in one tab, and at once takes the chosen way to pay back in a second.",
    theme="at once",
    story=_story,
    clients=(ClientKind.KEEPS_KEY,),
    lost=1,
    races=True,
)
