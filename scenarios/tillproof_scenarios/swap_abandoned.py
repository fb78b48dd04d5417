"""A swap that nobody comes back to."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper


async def _story(shopper: Shopper, operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 1})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await shopper.buy()
    await operator.capture()
    await shopper.ask_swap(back={"mug": 1}, new={"rare": 1})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)


SWAP_ABANDONED = Journey(
    name="swap-abandoned",
    title="The shopper asks for a swap, reaches its payment step, and is never seen again; nothing is held in the end.",
    theme="swaps",
    story=_story,
    clients=(ClientKind.WALKS_AWAY,),
)
