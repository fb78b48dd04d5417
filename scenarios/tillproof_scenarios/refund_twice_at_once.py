"""A race: two people refund one order, together more than there is."""

from __future__ import annotations

from typing import cast

from tillproof.domain.entities import Data
from tillproof.domain.requests import Answer
from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper, together


def _left(answer: Answer) -> int:
    """Return what the order, as it was shown, can still be refunded; 0 where no order was shown."""
    return int(cast("Data", answer.body.get("order") or {}).get("refundable_amount", 0))


async def _story(shopper: Shopper, operator: Operator) -> None:
    await shopper.fill_cart("far", items={"mug": 2})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await shopper.buy()
    part = _left(await operator.capture()) * 2 // 3
    await together(operator.refund(part), operator.colleague().refund(part))


REFUND_TWICE_AT_ONCE = Journey(
    name="refund-twice-at-once",
    title="Two operators refund two thirds of the same order at once; only one of the refunds can be made (three decimals).",
    theme="at once",
    story=_story,
    clients=(ClientKind.KEEPS_KEY, ClientKind.HAS_NO_KEY),
    needs=frozenset({"partial_refund"}),
    lost=1,
    races=True,
)
