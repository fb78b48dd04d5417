"""The operator captures eight days after the purchase: where a hold lapses after seven, the gateway refuses."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper


async def _story(shopper: Shopper, operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 1})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await shopper.buy()
    await shopper.wait(hours=8 * 24)
    await operator.capture()


CAPTURED_TOO_LATE = Journey(
    name="captured-too-late",
    title="The money is taken eight days after it was held: it is taken, or refused where the hold has lapsed.",
    theme="keys",
    story=_story,
    clients=(ClientKind.KEEPS_KEY, ClientKind.HAS_NO_KEY),
    needs=frozenset({"gateway"}),
    lost=1,
)
