"""Somebody lets go of the money in the gateway's dashboard; the shop must not ship."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper


async def _story(shopper: Shopper, operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 1})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await shopper.buy()
    await operator.at_the_gateway.cancel()


CANCELED_AT_THE_GATEWAY = Journey(
    name="canceled-at-the-gateway",
    title="The payment is canceled in the gateway's own dashboard.",
    theme="webhooks",
    story=_story,
    clients=(ClientKind.KEEPS_KEY,),
    needs=frozenset({"gateway", "webhooks", "void"}),
)
