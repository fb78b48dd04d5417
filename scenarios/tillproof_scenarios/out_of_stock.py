"""What was in the cart is sold to somebody else before the order is placed."""

from __future__ import annotations

from tillproof.simulation.journey import Journey, Operator, Shopper


async def _story(shopper: Shopper, operator: Operator) -> None:
    await shopper.fill_cart(items={"rare": 1})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await operator.stock("rare", 0)
    await shopper.buy()
    await operator.stock("rare", 1)
    await shopper.choose(shopper.method)
    await shopper.buy()


OUT_OF_STOCK = Journey(
    name="out-of-stock",
    title="The last piece is gone when the payment is authorized; it is released, restocked, and bought after all.",
    theme="the shop in the way",
    story=_story,
    refusals=1,
    needs=frozenset({"void"}),
)
