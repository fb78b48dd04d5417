"""A swap for the same: no money moves."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper


async def _story(shopper: Shopper, operator: Operator) -> None:
    await shopper.fill_cart("abroad", items={"mug": 1})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await shopper.buy()
    await operator.capture()
    await shopper.ask_swap(back={"mug": 1}, new={"mug": 1})
    await shopper.reach_payment()
    await shopper.buy()
    await operator.process_swap()


SWAP_EVEN = Journey(
    name="swap-even",
    title="A mug is swapped for another one; nothing is due, and no money moves.",
    theme="swaps",
    story=_story,
    clients=(ClientKind.KEEPS_KEY,),
)
