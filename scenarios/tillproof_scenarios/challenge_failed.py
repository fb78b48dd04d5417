"""A challenge that fails, and fails again."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper


async def _story(shopper: Shopper, _operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 1})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    for _ in range(2):
        await shopper.enter_card("challenge")
        await shopper.buy()
        await shopper.answer_challenge(passed=False)
        await shopper.buy()
    await shopper.choose(shopper.other)
    await shopper.buy()


CHALLENGE_FAILED = Journey(
    name="challenge-failed",
    title="The shopper fails the 3-D Secure challenge twice, chooses the other method, and buys.",
    theme="buying",
    story=_story,
    clients=(ClientKind.KEEPS_KEY,),
    needs=frozenset({"gateway", "requires_more"}),
    lost=2,
)
