"""A swap of an order that was refunded in part."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper


async def _story(shopper: Shopper, operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 2})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await shopper.buy()
    await operator.capture()
    await operator.refund(101)
    await shopper.ask_swap(back={"mug": 1})
    await shopper.buy()
    await operator.process_swap()


SWAP_AFTER_PARTIAL_REFUND = Journey(
    name="swap-after-partial-refund",
    title="A part of the order is refunded; then a mug is returned for nothing, and what it cost is refunded too.",
    theme="swaps",
    story=_story,
    clients=(ClientKind.KEEPS_KEY,),
    needs=frozenset({"partial_refund", "several_refunds"}),
)
