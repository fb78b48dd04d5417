"""A swap for less: the difference is refunded."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper


async def _story(shopper: Shopper, operator: Operator) -> None:
    await shopper.fill_cart("far", items={"mug": 3})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await shopper.buy()
    await operator.capture()
    await shopper.ask_swap(back={"mug": 2}, new={"mug": 1})
    await shopper.buy()
    await operator.process_swap()
    await operator.process_swap()


SWAP_DIFFERENCE_REFUNDED = Journey(
    name="swap-difference-refunded",
    title="Two of three mugs are swapped for one; what they cost more is refunded, once (three decimals).",
    theme="swaps",
    story=_story,
    clients=(ClientKind.KEEPS_KEY,),
    needs=frozenset({"partial_refund"}),
)
