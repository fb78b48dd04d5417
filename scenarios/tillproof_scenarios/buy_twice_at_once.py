"""A race: the button is pressed twice, in two tabs."""

from __future__ import annotations

from tillproof.simulation.journey import Journey, Operator, Shopper, together


async def _story(shopper: Shopper, _operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 2})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await together(shopper.buy(), shopper.second_tab().buy())


BUY_TWICE_AT_ONCE = Journey(
    name="buy-twice-at-once",
    title="The shopper presses the button in two tabs at once, with one key if the client keeps one, else with none.",
    theme="at once",
    story=_story,
    races=True,
)
