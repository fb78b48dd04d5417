"""The cart changes after a completion of which nobody knows how it ended."""

from __future__ import annotations

from tillproof.simulation.journey import Journey, Operator, Shopper


async def _story(shopper: Shopper, _operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 1})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await shopper.leaves_at_next_silence()
    await shopper.buy()
    await shopper.set_quantity("mug", 2)
    await shopper.buy()


EDIT_AFTER_INTERRUPTION = Journey(
    name="edit-after-interruption",
    title="The shopper buys, hears nothing if anything goes wrong, changes the cart, and buys again.",
    theme="changing one's mind",
    story=_story,
    refusals=1,
)
