"""A swap that is canceled after its difference was authorized."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper


async def _story(shopper: Shopper, operator: Operator) -> None:
    await shopper.fill_cart("abroad", items={"mug": 1})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await shopper.buy()
    await operator.capture()
    await shopper.ask_swap(back={"mug": 1}, new={"rare": 1})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.buy()
    await operator.cancel_swap()
    await operator.cancel_swap()


SWAP_CANCELED = Journey(
    name="swap-canceled",
    title="A swap is paid and then canceled: what was held for it is let go, and the order's own payment stays.",
    theme="swaps",
    story=_story,
    clients=(ClientKind.KEEPS_KEY, ClientKind.HAS_NO_KEY),
    needs=frozenset({"void"}),
)
