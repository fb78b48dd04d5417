"""A race: the shopper comes back from the challenge in the moment in which the bank tells the shop of it."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper, together


async def _story(shopper: Shopper, _operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 1})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("challenge")
    await shopper.buy()
    await shopper.answer_challenge(passed=True)
    await together(shopper.buy(), shopper.gateway_tells())


BACK_AS_THE_EVENT_COMES = Journey(
    name="back-as-the-event-comes",
    title="The shopper comes back from the 3-D Secure challenge and presses the button as the bank's event comes in.",
    theme="webhooks",
    story=_story,
    clients=(ClientKind.KEEPS_KEY,),
    needs=frozenset({"gateway", "requires_more", "webhooks"}),
    races=True,
)
