"""A key that has served another cart."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper


async def _story(shopper: Shopper, _operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 1})
    await shopper.reach_payment()
    await shopper.choose(shopper.other)
    await shopper.buy()
    used = shopper.key
    await shopper.fill_cart(items={"mug": 2})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await shopper.buy(key=used)
    await shopper.buy()


KEY_OF_ANOTHER_CART = Journey(
    name="key-of-another-cart",
    title="The shopper sends the key of the last purchase with another cart; that is refused, and the cart's own key works.",
    theme="keys",
    story=_story,
    clients=(ClientKind.KEEPS_KEY,),
    refusals=1,
)
