"""A challenge without an end."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper


async def _story(shopper: Shopper, _operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 1})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("challenge")
    for _ in range(6):
        await shopper.buy()
    await shopper.choose(shopper.other)
    await shopper.buy()


CHALLENGE_WITHOUT_END = Journey(
    name="challenge-without-end",
    title="The shopper presses the button six times without answering the challenge; it ends, and the other method works.",
    theme="buying",
    story=_story,
    clients=(ClientKind.KEEPS_KEY,),
    needs=frozenset({"gateway", "requires_more"}),
    refusals=1,
)
