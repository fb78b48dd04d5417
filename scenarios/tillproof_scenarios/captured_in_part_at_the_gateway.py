"""Somebody takes a part of the money in the gateway's dashboard, and no more than that part can be given back."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper


async def _story(shopper: Shopper, operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 1})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await shopper.buy()
    await operator.at_the_gateway.capture(400)
    await shopper.gateway_tells()
    await operator.refund(500)


CAPTURED_IN_PART_AT_THE_GATEWAY = Journey(
    name="captured-in-part-at-the-gateway",
    title="A part of the payment is captured in the gateway's own dashboard; a refund of more than that is refused.",
    theme="webhooks",
    story=_story,
    clients=(ClientKind.KEEPS_KEY,),
    needs=frozenset({"gateway", "webhooks", "partial_refund"}),
    refusals=1,
)
