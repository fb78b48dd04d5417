"""The journeys: what a shopper and an operator do when nothing fails. One short file each; themes keep them in order."""

from __future__ import annotations

from tillproof.simulation.journey import Journey
from tillproof_scenarios.buy import BUY
from tillproof_scenarios.buy_cancel import BUY_CANCEL
from tillproof_scenarios.buy_capture_refund import BUY_CAPTURE_REFUND
from tillproof_scenarios.buy_twice_at_once import BUY_TWICE_AT_ONCE
from tillproof_scenarios.cancel_then_capture import CANCEL_THEN_CAPTURE
from tillproof_scenarios.cash_on_delivery import CASH_ON_DELIVERY
from tillproof_scenarios.change_region import CHANGE_REGION
from tillproof_scenarios.decline_then_other_method import DECLINE_THEN_OTHER_METHOD
from tillproof_scenarios.edit_after_interruption import EDIT_AFTER_INTERRUPTION
from tillproof_scenarios.edit_then_buy import EDIT_THEN_BUY
from tillproof_scenarios.nothing_to_pay import NOTHING_TO_PAY
from tillproof_scenarios.out_of_stock import OUT_OF_STOCK
from tillproof_scenarios.refund_limits import REFUND_LIMITS
from tillproof_scenarios.region_without_processor import REGION_WITHOUT_PROCESSOR
from tillproof_scenarios.three_d_secure import THREE_D_SECURE

__all__ = ["JOURNEYS"]

JOURNEYS: tuple[Journey, ...] = (
    BUY,
    CASH_ON_DELIVERY,
    THREE_D_SECURE,
    DECLINE_THEN_OTHER_METHOD,
    NOTHING_TO_PAY,
    BUY_CAPTURE_REFUND,
    REFUND_LIMITS,
    BUY_CANCEL,
    CANCEL_THEN_CAPTURE,
    EDIT_THEN_BUY,
    EDIT_AFTER_INTERRUPTION,
    CHANGE_REGION,
    OUT_OF_STOCK,
    REGION_WITHOUT_PROCESSOR,
    BUY_TWICE_AT_ONCE,
)
"""Every journey, in the order they are made."""
