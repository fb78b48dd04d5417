"""After the order: what was canceled stays canceled."""

from __future__ import annotations

from tillproof.simulation.journey import Journey, Operator, Shopper


async def _story(shopper: Shopper, operator: Operator) -> None:
    await shopper.fill_cart("abroad", items={"mug": 1})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await shopper.buy()
    await operator.cancel()
    await operator.cancel()
    await operator.capture()
    await operator.refund(1)


CANCEL_THEN_CAPTURE = Journey(
    name="cancel-then-capture",
    title="The order is canceled, and again; capturing or refunding it afterwards is refused (no decimals).",
    theme="after the order",
    story=_story,
    refusals=2,
    needs=frozenset({"void"}),
)
