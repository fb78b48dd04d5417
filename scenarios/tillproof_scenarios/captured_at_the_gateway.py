"""Somebody takes the money in the gateway's dashboard; the shop learns of it by an event."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper


async def _story(shopper: Shopper, operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 1})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await shopper.buy()
    await operator.at_the_gateway.capture()
    await shopper.gateway_tells()
    await operator.refund(300)


CAPTURED_AT_THE_GATEWAY = Journey(
    name="captured-at-the-gateway",
    title="The payment is captured in the gateway's own dashboard, and then a part of it is refunded from the shop.",
    theme="webhooks",
    story=_story,
    clients=(ClientKind.KEEPS_KEY,),
    needs=frozenset({"gateway", "webhooks", "partial_refund"}),
)
