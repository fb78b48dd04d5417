"""Refunds in many small parts."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper


async def _story(shopper: Shopper, operator: Operator) -> None:
    await shopper.fill_cart("abroad", items={"mug": 2})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await shopper.buy()
    await operator.capture()
    for amount in (1, 2, 1, 99):
        await operator.refund(amount)
    await operator.refund()


MANY_REFUNDS = Journey(
    name="many-refunds",
    title="The order is refunded in five parts, down to the last minor unit (no decimals).",
    theme="after the order",
    story=_story,
    clients=(ClientKind.KEEPS_KEY,),
    needs=frozenset({"partial_refund", "several_refunds"}),
)
