"""A key kept longer than any gateway remembers one."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper


async def _story(shopper: Shopper, _operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 1})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await shopper.leaves_at_next_silence()
    await shopper.buy()
    await shopper.wait(hours=50)
    await shopper.buy()


KEY_PAST_ITS_LIFE = Journey(
    name="key-past-its-life",
    title="The shopper presses the button again two days later, with the same key: one order.",
    theme="keys",
    story=_story,
    clients=(ClientKind.KEEPS_KEY,),
)
