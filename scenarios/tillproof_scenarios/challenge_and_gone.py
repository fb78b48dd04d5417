"""The customer acts on the bank's page and never comes back."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper


async def _story(shopper: Shopper, _operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 2})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("challenge")
    await shopper.buy()
    await shopper.answer_challenge(passed=True)


CHALLENGE_AND_GONE = Journey(
    name="challenge-and-gone",
    title="The shopper passes the 3-D Secure challenge and closes the window; only the bank's event tells of it.",
    theme="webhooks",
    story=_story,
    clients=(ClientKind.KEEPS_KEY,),
    needs=frozenset({"gateway", "requires_more", "webhooks"}),
)
