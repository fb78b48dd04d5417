"""Keys and ids that are an attack."""

from __future__ import annotations

from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper

_ATTACKS = ("' or '1'='1", "<script>alert(1)</script>", "k" * 256)


async def _story(shopper: Shopper, _operator: Operator) -> None:
    await shopper.look_for(_ATTACKS[0])
    await shopper.fill_cart(items={"mug": 1})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    for attack in _ATTACKS:
        await shopper.buy(key=attack)
    await shopper.buy()


HOSTILE_KEYS = Journey(
    name="hostile-keys",
    title="Somebody sends keys with quotes, brackets, blanks and no end; each is refused, and the shopper buys.",
    theme="keys",
    story=_story,
    clients=(ClientKind.KEEPS_KEY,),
    refusals=4,
)
