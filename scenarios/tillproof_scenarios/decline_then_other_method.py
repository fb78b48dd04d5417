"""A declined card, and another way to pay."""

from __future__ import annotations

from tillproof.simulation.journey import Journey, Operator, Shopper


async def _story(shopper: Shopper, _operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 1})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("declined")
    await shopper.buy()
    await shopper.choose(shopper.other)
    await shopper.buy()


DECLINE_THEN_OTHER_METHOD = Journey(
    name="decline-then-other-method",
    title="The card is declined; the shopper chooses the other method and buys.",
    theme="buying",
    story=_story,
    refusals=1,
    needs=frozenset({"gateway", "declines"}),
)
