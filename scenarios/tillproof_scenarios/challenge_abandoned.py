"""A challenge nobody answers."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper


async def _story(shopper: Shopper, _operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 1})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("challenge")
    await shopper.buy()


CHALLENGE_ABANDONED = Journey(
    name="challenge-abandoned",
    title="The bank asks for a 3-D Secure challenge, and the shopper is never seen again.",
    theme="changing one's mind",
    story=_story,
    clients=(ClientKind.KEEPS_KEY,),
    needs=frozenset({"gateway", "requires_more"}),
)
