"""Two swaps of one order."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper


async def _story(shopper: Shopper, operator: Operator) -> None:
    await shopper.fill_cart("abroad", items={"mug": 2})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await shopper.buy()
    await operator.capture()
    await shopper.ask_swap(back={"mug": 1}, new={"rare": 1})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.buy()
    await operator.process_swap()
    await shopper.ask_swap(back={"mug": 1})
    await shopper.buy()
    await operator.process_swap()


TWO_SWAPS = Journey(
    name="two-swaps",
    title="One mug is swapped for something dearer, the other returned for nothing: paid once, refunded over both payments.",
    theme="swaps",
    story=_story,
    clients=(ClientKind.KEEPS_KEY,),
    needs=frozenset({"partial_refund", "several_refunds"}),
)
