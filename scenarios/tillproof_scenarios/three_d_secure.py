"""The customer must act first: 3-D Secure."""

from __future__ import annotations

from tillproof.simulation.journey import Journey, Operator, Shopper


async def _story(shopper: Shopper, _operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 1})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("challenge")
    await shopper.buy()
    await shopper.answer_challenge(passed=True)
    await shopper.buy()


THREE_D_SECURE = Journey(
    name="three-d-secure",
    title="The bank asks for a 3-D Secure challenge; the shopper passes it and presses the button again.",
    theme="buying",
    story=_story,
    needs=frozenset({"gateway", "requires_more"}),
)
