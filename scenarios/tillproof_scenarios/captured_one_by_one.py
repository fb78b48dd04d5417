"""Several payments on one order, captured each by itself."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper


async def _story(shopper: Shopper, operator: Operator) -> None:
    await shopper.fill_cart("far", items={"mug": 1})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await shopper.buy()
    await operator.capture_payment()
    await shopper.ask_swap(back={"mug": 1}, new={"rare": 1})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.buy()
    await operator.capture_payment()


CAPTURED_ONE_BY_ONE = Journey(
    name="captured-one-by-one",
    title="The order's payment and its swap's are each captured by itself, through the payment and not through the order.",
    theme="after the order",
    story=_story,
    clients=(ClientKind.KEEPS_KEY,),
)
