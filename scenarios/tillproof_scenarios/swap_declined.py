"""A swap whose difference is refused first."""

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
    await shopper.enter_card("good")
    await shopper.buy()
    await operator.process_swap()


SWAP_DECLINED = Journey(
    name="swap-declined",
    title="The card is declined for a swap's difference; another card pays it.",
    theme="swaps",
    story=_story,
    clients=(ClientKind.KEEPS_KEY,),
    refusals=1,
    needs=frozenset({"gateway", "declines"}),
)
