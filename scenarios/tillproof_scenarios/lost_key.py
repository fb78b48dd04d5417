"""The key of a purchase, lost."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper


async def _story(shopper: Shopper, _operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 1})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await shopper.leaves_at_next_silence()
    await shopper.buy()
    await shopper.lose_key()
    await shopper.buy()


LOST_KEY = Journey(
    name="lost-key",
    title="The shopper comes back in another browser, without the key, and presses the button again: one order.",
    theme="keys",
    story=_story,
    clients=(ClientKind.KEEPS_KEY,),
)
