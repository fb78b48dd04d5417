"""The plainest way through the till."""

from __future__ import annotations

from tillproof.simulation.journey import Journey, Operator, Shopper


async def _story(shopper: Shopper, _operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 2})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await shopper.buy()


BUY = Journey(
    name="buy",
    title="The shopper fills a cart, enters a card that is good, and buys.",
    theme="buying",
    story=_story,
)
