"""A race: one tab keeps its key, the other sends none."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper, TabKey, together


async def _story(shopper: Shopper, _operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 2})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await together(shopper.buy(), shopper.second_tab(TabKey.NONE).buy())


BUY_WITH_AND_WITHOUT_KEY = Journey(
    name="buy-with-and-without-key",
    title="The shopper presses the button in two tabs at once, one of which sends no key.",
    theme="at once",
    story=_story,
    clients=(ClientKind.KEEPS_KEY,),
    races=True,
)
