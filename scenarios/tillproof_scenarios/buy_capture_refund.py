"""After the order: the money is taken, and given back in parts."""

from __future__ import annotations

from tillproof.simulation.journey import Journey, Operator, Shopper


async def _story(shopper: Shopper, operator: Operator) -> None:
    await shopper.fill_cart("far", items={"mug": 2})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await shopper.buy()
    await operator.capture()
    await operator.refund(501)
    await operator.refund(501)
    await operator.refund()


BUY_CAPTURE_REFUND = Journey(
    name="buy-capture-refund",
    title="The order is captured, refunded in two equal parts, and then to the last minor unit (three decimals).",
    theme="after the order",
    story=_story,
    needs=frozenset({"partial_refund", "several_refunds"}),
)
