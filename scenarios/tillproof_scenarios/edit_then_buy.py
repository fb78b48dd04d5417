"""The cart changes after the payment sessions exist."""

from __future__ import annotations

from tillproof.simulation.journey import Journey, Operator, Shopper


async def _story(shopper: Shopper, _operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 1})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.tell(remember_card=True)
    await shopper.set_quantity("mug", 3)
    await shopper.enter_card("good")
    await shopper.buy()


EDIT_THEN_BUY = Journey(
    name="edit-then-buy",
    title="The shopper reaches the payment step, puts more into the cart, and buys.",
    theme="changing one's mind",
    story=_story,
)
