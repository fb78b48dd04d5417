"""After the order: refunds at and beyond their limits."""

from __future__ import annotations

from typing import cast

from tillproof.domain.entities import Data
from tillproof.domain.requests import Answer
from tillproof.simulation.journey import Journey, Operator, Shopper


def _left(answer: Answer) -> int:
    """Return what the order, as it was last shown, can still be refunded; 0 where no order was shown."""
    return int(cast("Data", answer.body.get("order") or {}).get("refundable_amount", 0))


async def _story(shopper: Shopper, operator: Operator) -> None:
    await shopper.fill_cart("far", items={"mug": 2})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await shopper.buy()
    await operator.refund(1)
    whole = _left(await operator.capture())
    left = _left(await operator.refund(whole // 2))
    await operator.refund(left + 1)
    await operator.refund(0)
    await operator.refund()
    await operator.refund(1)


REFUND_LIMITS = Journey(
    name="refund-limits",
    title="Half is refunded, then the rest; refunds before the capture, of nothing, and of more than is left are refused.",
    theme="after the order",
    story=_story,
    refusals=4,
    needs=frozenset({"partial_refund", "several_refunds"}),
)
