"""A swap whose difference is refused, and that is given up."""

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
    await shopper.enter_card("declined")
    await shopper.buy()
    await operator.cancel_swap()
    await shopper.enter_card("good")
    await shopper.buy()


SWAP_DECLINED_THEN_CANCELED = Journey(
    name="swap-declined-then-canceled",
    title="The card is declined for a swap's difference and the swap is canceled; it can no longer be paid.",
    theme="swaps",
    story=_story,
    clients=(ClientKind.KEEPS_KEY,),
    refusals=2,
    needs=frozenset({"gateway", "declines"}),
)
