"""One shopper, three regions."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper


async def _story(shopper: Shopper, _operator: Operator) -> None:
    for region in ("home", "abroad", "far"):
        await shopper.fill_cart(region, items={"mug": 3})
        await shopper.reach_payment()
        await shopper.choose(shopper.method)
        await shopper.enter_card("good")
        await shopper.buy()


THREE_CURRENCIES = Journey(
    name="three-currencies",
    title="The shopper buys in three regions, whose currencies have two, no and three decimals.",
    theme="buying",
    story=_story,
    clients=(ClientKind.KEEPS_KEY,),
)
