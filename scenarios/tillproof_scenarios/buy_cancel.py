"""After the order: it is canceled before anything was captured."""

from __future__ import annotations

from tillproof.simulation.journey import Journey, Operator, Shopper


async def _story(shopper: Shopper, operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 1})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await shopper.buy()
    await operator.cancel()


BUY_CANCEL = Journey(
    name="buy-cancel",
    title="The order is canceled before capture, and what was held is let go.",
    theme="after the order",
    story=_story,
    needs=frozenset({"void"}),
)
