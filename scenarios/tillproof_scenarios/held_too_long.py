"""Eight days between an interrupted completion and the next try: where a hold lapses after seven, it is gone."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper


async def _story(shopper: Shopper, _operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 2})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await shopper.leaves_at_next_silence()
    await shopper.buy()
    await shopper.wait(hours=8 * 24)
    await shopper.buy()


HELD_TOO_LONG = Journey(
    name="held-too-long",
    title="The shopper presses the button again eight days later, when what the first try held may have lapsed: one order.",
    theme="keys",
    story=_story,
    clients=(ClientKind.KEEPS_KEY, ClientKind.HAS_NO_KEY),
    needs=frozenset({"gateway"}),
)
