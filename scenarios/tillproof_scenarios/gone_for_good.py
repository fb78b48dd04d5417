"""A shopper who never comes back."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper


async def _story(shopper: Shopper, _operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 1})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")


GONE_FOR_GOOD = Journey(
    name="gone-for-good",
    title="The shopper reaches the payment step, enters a card, and is never seen again.",
    theme="changing one's mind",
    story=_story,
    clients=(ClientKind.KEEPS_KEY,),
)
