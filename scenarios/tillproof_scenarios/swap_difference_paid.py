"""A swap for something dearer: the difference is paid."""

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
    await shopper.buy()
    await operator.process_swap()
    await operator.cancel_swap()


SWAP_DIFFERENCE_PAID = Journey(
    name="swap-difference-paid",
    title="A mug is swapped for something dearer; the difference is paid and captured, and then cannot be canceled.",
    theme="swaps",
    story=_story,
    refusals=1,
    clients=(ClientKind.KEEPS_KEY, ClientKind.HAS_NO_KEY),
)
