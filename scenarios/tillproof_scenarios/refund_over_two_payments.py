"""Several payments on one order, refunded in many parts."""

from __future__ import annotations

from typing import cast

from tillproof.domain.entities import Data
from tillproof.domain.requests import Answer
from tillproof.simulation.journey import ClientKind, Journey, Operator, Shopper


def _latest(answer: Answer) -> int:
    """Return the amount of the order's latest payment, as it was last shown; 2 where none was shown."""
    payments = cast("list[Data]", cast("Data", answer.body.get("order") or {}).get("payments") or [{}])
    return int(payments[-1].get("amount", 2))


async def _story(shopper: Shopper, operator: Operator) -> None:
    await shopper.fill_cart("far", items={"mug": 1})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.enter_card("good")
    await shopper.buy()
    await operator.capture()
    await shopper.ask_swap(back={"mug": 1}, new={"rare": 1})
    await shopper.reach_payment()
    await shopper.choose(shopper.method)
    await shopper.buy()
    extra = _latest(await operator.capture())
    await operator.refund(extra - 1)
    await operator.refund(2)
    await operator.refund(501)
    await operator.refund()
    await operator.refund(1)


REFUND_OVER_TWO_PAYMENTS = Journey(
    name="refund-over-two-payments",
    title="An order with a swap is captured and refunded in many parts over both payments, to the last minor unit.",
    theme="after the order",
    story=_story,
    clients=(ClientKind.KEEPS_KEY,),
    refusals=1,
    needs=frozenset({"partial_refund", "several_refunds"}),
)
