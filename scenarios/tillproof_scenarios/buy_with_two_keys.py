"""A race: two tabs, each with a key of its own."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper, TabKey, together


async def _story(shopper: Shopper, _operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 2})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await together(shopper.buy(), shopper.second_tab(TabKey.OWN).buy())


BUY_WITH_TWO_KEYS = Journey(
    name="buy-with-two-keys",
    title="The shopper presses the button in two tabs at once, each with a key of its own.",
    theme="at once",
    story=_story,
    clients=(ClientKind.KEEPS_KEY,),
    races=True,
)
