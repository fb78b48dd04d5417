"""A race: two people capture one order."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper, together


async def _story(shopper: Shopper, operator: Operator) -> None:
    await shopper.fill_cart("abroad", items={"mug": 2})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await shopper.buy()
    await together(operator.capture(), operator.colleague().capture())


CAPTURE_TWICE_AT_ONCE = Journey(
    name="capture-twice-at-once",
    title="Two operators capture the same order at once.",
    theme="at once",
    story=_story,
    clients=(ClientKind.KEEPS_KEY, ClientKind.HAS_NO_KEY),
    races=True,
)
