"""Refunds from two places: the shop's desk and the gateway's dashboard."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper


async def _story(shopper: Shopper, operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 2})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await shopper.buy()
    await operator.capture()
    await operator.at_the_gateway.refund(200)
    await operator.refund(200)
    await operator.at_the_gateway.refund(150)


REFUNDED_AT_THE_GATEWAY = Journey(
    name="refunded-at-the-gateway",
    title="Parts are refunded in the gateway's dashboard, before and after one of the same sum from the shop.",
    theme="webhooks",
    story=_story,
    clients=(ClientKind.KEEPS_KEY, ClientKind.HAS_NO_KEY),
    needs=frozenset({"gateway", "webhooks", "partial_refund", "several_refunds"}),
)
