"""A race: one captures, the other cancels."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper, together


async def _story(shopper: Shopper, operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 2})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await shopper.buy()
    await together(operator.capture(), operator.colleague().cancel())


CAPTURE_OR_CANCEL_AT_ONCE = Journey(
    name="capture-or-cancel-at-once",
    title="One operator captures the order while another cancels it; one of them wins.",
    theme="at once",
    story=_story,
    clients=(ClientKind.KEEPS_KEY, ClientKind.HAS_NO_KEY),
    needs=frozenset({"void"}),
    lost=1,
    races=True,
)
