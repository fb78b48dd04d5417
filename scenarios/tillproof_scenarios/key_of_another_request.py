"""A key that has served another request, or the same one with other contents."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper


async def _story(shopper: Shopper, operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 2})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await shopper.buy()
    await operator.capture(key=shopper.key)
    await operator.capture()
    await operator.refund(101)
    first = operator.key
    await operator.refund(202, key=first)
    await operator.refund(101, key=first)


KEY_OF_ANOTHER_REQUEST = Journey(
    name="key-of-another-request",
    title="The shopper's key captures nothing, a refund's key refunds no other sum; the same refund again is one refund.",
    theme="keys",
    story=_story,
    clients=(ClientKind.KEEPS_KEY,),
    needs=frozenset({"partial_refund", "several_refunds"}),
    refusals=2,
)
