"""A shopper who says what things cost, and that they are paid."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper


async def _story(shopper: Shopper, _operator: Operator) -> None:
    await shopper.fill_cart(items={"gift": 1})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    cheap = dict(shopper.shown)
    await shopper.fill_cart(items={"mug": 3})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.tell(amount=1, currency="jpy", status="authorized", **cheap)
    await shopper.buy()


CLAIMS = Journey(
    name="claims",
    title="The shopper claims another sum, that it is paid, and a cheaper cart's payment; the cart's total is charged.",
    theme="security",
    story=_story,
    clients=(ClientKind.KEEPS_KEY,),
    needs=frozenset({"gateway"}),
)
