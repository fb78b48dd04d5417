"""The journeys: what a shopper and an operator do when nothing fails. One short file each; themes keep them in order."""

from __future__ import annotations

from tillproof.simulation.journey import Journey
from tillproof_scenarios.back_as_the_event_comes import BACK_AS_THE_EVENT_COMES
from tillproof_scenarios.buy import BUY
from tillproof_scenarios.buy_cancel import BUY_CANCEL
from tillproof_scenarios.buy_capture_refund import BUY_CAPTURE_REFUND
from tillproof_scenarios.buy_twice_at_once import BUY_TWICE_AT_ONCE
from tillproof_scenarios.buy_while_choosing import BUY_WHILE_CHOOSING
from tillproof_scenarios.buy_while_disabled import BUY_WHILE_DISABLED
from tillproof_scenarios.buy_while_editing import BUY_WHILE_EDITING
from tillproof_scenarios.buy_while_moving import BUY_WHILE_MOVING
from tillproof_scenarios.buy_while_removing import BUY_WHILE_REMOVING
from tillproof_scenarios.buy_with_and_without_key import BUY_WITH_AND_WITHOUT_KEY
from tillproof_scenarios.buy_with_two_keys import BUY_WITH_TWO_KEYS
from tillproof_scenarios.by_the_payment import BY_THE_PAYMENT
from tillproof_scenarios.cancel_then_capture import CANCEL_THEN_CAPTURE
from tillproof_scenarios.canceled_at_the_gateway import CANCELED_AT_THE_GATEWAY
from tillproof_scenarios.capture_or_cancel_at_once import CAPTURE_OR_CANCEL_AT_ONCE
from tillproof_scenarios.capture_twice_at_once import CAPTURE_TWICE_AT_ONCE
from tillproof_scenarios.captured_at_the_gateway import CAPTURED_AT_THE_GATEWAY
from tillproof_scenarios.captured_in_part_at_the_gateway import CAPTURED_IN_PART_AT_THE_GATEWAY
from tillproof_scenarios.captured_one_by_one import CAPTURED_ONE_BY_ONE
from tillproof_scenarios.captured_too_late import CAPTURED_TOO_LATE
from tillproof_scenarios.cash_on_delivery import CASH_ON_DELIVERY
from tillproof_scenarios.challenge_abandoned import CHALLENGE_ABANDONED
from tillproof_scenarios.challenge_and_gone import CHALLENGE_AND_GONE
from tillproof_scenarios.challenge_failed import CHALLENGE_FAILED
from tillproof_scenarios.challenge_without_end import CHALLENGE_WITHOUT_END
from tillproof_scenarios.change_region import CHANGE_REGION
from tillproof_scenarios.claims import CLAIMS
from tillproof_scenarios.decline_then_other_method import DECLINE_THEN_OTHER_METHOD
from tillproof_scenarios.edit_after_interruption import EDIT_AFTER_INTERRUPTION
from tillproof_scenarios.edit_then_buy import EDIT_THEN_BUY
from tillproof_scenarios.gone_for_good import GONE_FOR_GOOD
from tillproof_scenarios.held_too_long import HELD_TOO_LONG
from tillproof_scenarios.hostile_keys import HOSTILE_KEYS
from tillproof_scenarios.key_of_another_cart import KEY_OF_ANOTHER_CART
from tillproof_scenarios.key_of_another_request import KEY_OF_ANOTHER_REQUEST
from tillproof_scenarios.key_past_its_life import KEY_PAST_ITS_LIFE
from tillproof_scenarios.left_mid_checkout import LEFT_MID_CHECKOUT
from tillproof_scenarios.lost_key import LOST_KEY
from tillproof_scenarios.many_refunds import MANY_REFUNDS
from tillproof_scenarios.nothing_left_to_pay import NOTHING_LEFT_TO_PAY
from tillproof_scenarios.nothing_to_pay import NOTHING_TO_PAY
from tillproof_scenarios.out_of_stock import OUT_OF_STOCK
from tillproof_scenarios.pay_two_ways_at_once import PAY_TWO_WAYS_AT_ONCE
from tillproof_scenarios.refund_limits import REFUND_LIMITS
from tillproof_scenarios.refund_over_two_payments import REFUND_OVER_TWO_PAYMENTS
from tillproof_scenarios.refund_twice_at_once import REFUND_TWICE_AT_ONCE
from tillproof_scenarios.refunded_at_the_gateway import REFUNDED_AT_THE_GATEWAY
from tillproof_scenarios.region_without_processor import REGION_WITHOUT_PROCESSOR
from tillproof_scenarios.swap_abandoned import SWAP_ABANDONED
from tillproof_scenarios.swap_after_partial_refund import SWAP_AFTER_PARTIAL_REFUND
from tillproof_scenarios.swap_canceled import SWAP_CANCELED
from tillproof_scenarios.swap_declined import SWAP_DECLINED
from tillproof_scenarios.swap_declined_then_canceled import SWAP_DECLINED_THEN_CANCELED
from tillproof_scenarios.swap_difference_paid import SWAP_DIFFERENCE_PAID
from tillproof_scenarios.swap_difference_refunded import SWAP_DIFFERENCE_REFUNDED
from tillproof_scenarios.swap_even import SWAP_EVEN
from tillproof_scenarios.three_currencies import THREE_CURRENCIES
from tillproof_scenarios.three_d_secure import THREE_D_SECURE
from tillproof_scenarios.two_swaps import TWO_SWAPS

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
    KEY_OF_ANOTHER_CART,
    KEY_OF_ANOTHER_REQUEST,
    HOSTILE_KEYS,
    LOST_KEY,
    KEY_PAST_ITS_LIFE,
    HELD_TOO_LONG,
    CAPTURED_TOO_LATE,
    GONE_FOR_GOOD,
    CHALLENGE_ABANDONED,
    CHALLENGE_FAILED,
    CHALLENGE_WITHOUT_END,
    THREE_CURRENCIES,
    NOTHING_LEFT_TO_PAY,
    MANY_REFUNDS,
    LEFT_MID_CHECKOUT,
    BY_THE_PAYMENT,
    CLAIMS,
    BUY_WITH_TWO_KEYS,
    BUY_WITH_AND_WITHOUT_KEY,
    PAY_TWO_WAYS_AT_ONCE,
    BUY_WHILE_EDITING,
    BUY_WHILE_CHOOSING,
    BUY_WHILE_MOVING,
    BUY_WHILE_REMOVING,
    BUY_WHILE_DISABLED,
    CAPTURE_TWICE_AT_ONCE,
    REFUND_TWICE_AT_ONCE,
    CAPTURE_OR_CANCEL_AT_ONCE,
    SWAP_DIFFERENCE_PAID,
    SWAP_DIFFERENCE_REFUNDED,
    SWAP_EVEN,
    SWAP_ABANDONED,
    SWAP_DECLINED,
    SWAP_DECLINED_THEN_CANCELED,
    SWAP_CANCELED,
    SWAP_AFTER_PARTIAL_REFUND,
    TWO_SWAPS,
    CAPTURED_ONE_BY_ONE,
    REFUND_OVER_TWO_PAYMENTS,
    CHALLENGE_AND_GONE,
    CAPTURED_AT_THE_GATEWAY,
    CAPTURED_IN_PART_AT_THE_GATEWAY,
    REFUNDED_AT_THE_GATEWAY,
    CANCELED_AT_THE_GATEWAY,
    BACK_AS_THE_EVENT_COMES,
)
"""Every journey, in the order they are made."""
