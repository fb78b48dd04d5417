"""After the order: by the payment's own id."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper


async def _story(shopper: Shopper, operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 2})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await shopper.buy()
    await operator.capture_payment()
    await operator.capture()
    await operator.refund_payment(101)
    await operator.refund(102)


BY_THE_PAYMENT = Journey(
    name="by-the-payment",
    title="The payment is captured by its own id, and by its order's: once; refunds both ways add up.",
    theme="after the order",
    story=_story,
    clients=(ClientKind.KEEPS_KEY, ClientKind.HAS_NO_KEY),
    needs=frozenset({"partial_refund", "several_refunds"}),
)
