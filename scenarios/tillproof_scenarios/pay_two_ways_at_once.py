"""A race: two tabs, two ways to pay."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper, together


async def _pays(tab: Shopper, provider: str) -> None:
    await tab.choose(provider)
    await tab.buy()


async def _story(shopper: Shopper, _operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 2})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await together(_pays(shopper, shopper.method), _pays(shopper.second_tab(), shopper.other))


PAY_TWO_WAYS_AT_ONCE = Journey(
    name="pay-two-ways-at-once",
    title="In two tabs at once the shopper chooses a way to pay and presses the button; in each it is another way.",
    theme="at once",
    story=_story,
    clients=(ClientKind.KEEPS_KEY,),
    races=True,
)
