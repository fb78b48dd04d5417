"""A total of zero."""

from __future__ import annotations

from tillproof.simulation.journey import Journey, Operator, Shopper


async def _story(shopper: Shopper, _operator: Operator) -> None:
    await shopper.fill_cart(items={"gift": 1}, shipping=None)
    await shopper.reach_payment()
    await shopper.buy()


NOTHING_TO_PAY = Journey(
    name="nothing-to-pay",
    title="Everything in the cart is free; an order is placed and no money moves.",
    theme="buying",
    story=_story,
)
