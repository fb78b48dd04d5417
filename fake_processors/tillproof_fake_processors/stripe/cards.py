"""
The published test cards and what each does (https://docs.stripe.com/testing).

A row is found by its number (`4242424242424242`) or by its payment method's token (`pm_card_visa`).
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Refunding(StrEnum):
    """What becomes of money given back to the card."""

    AT_ONCE = "succeeded"
    LATER = "pending, then succeeded"
    FAILS = "succeeded, then failed"


class Decline(msgspec.Struct, frozen=True):
    """Why a card is declined: the error's `code`, and the issuer's `decline_code`."""

    code: str
    decline_code: str


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """
    A test card.

    `asks`: a 3-D Secure challenge comes before anything is held. `declined` is what the issuer answers (after the
    challenge, if there is one). `refused_at_once`: the number itself does not hold, so no payment method is made of it.
    """

    number: str
    tokens: tuple[str, ...] = ()
    brand: str = "visa"
    funding: str = "credit"
    asks: bool = False
    declined: Decline | None = None
    refused_at_once: bool = False
    refunding: Refunding = Refunding.AT_ONCE


def _declined(decline_code: str, code: str = "card_declined") -> Decline:
    return Decline(code, decline_code)


_PLAIN = (
    Card(number="4242424242424242", tokens=("pm_card_visa", "pm_card_us")),
    Card(number="4000056655665556", tokens=("pm_card_visa_debit",), funding="debit"),
    Card(number="5555555555554444", tokens=("pm_card_mastercard",), brand="mastercard"),
    Card(number="5200828282828210", tokens=("pm_card_mastercard_debit",), brand="mastercard", funding="debit"),
    Card(number="5105105105105100", tokens=("pm_card_mastercard_prepaid",), brand="mastercard", funding="prepaid"),
    Card(number="378282246310005", tokens=("pm_card_amex",), brand="amex"),
    Card(number="6011111111111117", tokens=("pm_card_discover",), brand="discover"),
    Card(number="3056930009020004", tokens=("pm_card_diners",), brand="diners"),
    Card(number="3566002020360505", tokens=("pm_card_jcb",), brand="jcb"),
    Card(number="6200000000000005", tokens=("pm_card_unionpay",), brand="unionpay"),
)

_DECLINED = (
    Card(
        number="4000000000000002",
        tokens=("pm_card_visa_chargeDeclined", "pm_card_chargeDeclined"),
        declined=_declined("generic_decline"),
    ),
    Card(
        number="4000000000009995",
        tokens=("pm_card_visa_chargeDeclinedInsufficientFunds", "pm_card_chargeDeclinedInsufficientFunds"),
        declined=_declined("insufficient_funds"),
    ),
    Card(number="4000000000009987", tokens=("pm_card_visa_chargeDeclinedLostCard",), declined=_declined("lost_card")),
    Card(number="4000000000009979", tokens=("pm_card_visa_chargeDeclinedStolenCard",), declined=_declined("stolen_card")),
    Card(
        number="4000000000000069",
        tokens=("pm_card_chargeDeclinedExpiredCard",),
        declined=_declined("expired_card", "expired_card"),
    ),
    Card(
        number="4000000000000127",
        tokens=("pm_card_chargeDeclinedIncorrectCvc",),
        declined=_declined("incorrect_cvc", "incorrect_cvc"),
    ),
    Card(
        number="4000000000000119",
        tokens=("pm_card_chargeDeclinedProcessingError",),
        declined=_declined("processing_error", "processing_error"),
    ),
    Card(
        number="4000000000006975",
        tokens=("pm_card_visa_chargeDeclinedVelocityLimitExceeded",),
        declined=_declined("card_velocity_exceeded"),
    ),
    Card(number="4100000000000019", tokens=("pm_card_radarBlock",), declined=_declined("fraudulent")),
    Card(number="4000000000000341", tokens=("pm_card_chargeCustomerFail",), declined=_declined("generic_decline")),
    Card(number="4242424242424241", declined=_declined("incorrect_number", "incorrect_number"), refused_at_once=True),
)

_CHALLENGED = (
    Card(number="4000000000003220", tokens=("pm_card_threeDSecure2Required", "pm_card_threeDSecureRequired"), asks=True),
    Card(number="4000002760003184", tokens=("pm_card_authenticationRequired",), asks=True),
    Card(number="4000002500003155", tokens=("pm_card_authenticationRequiredOnSetup",), asks=True),
    Card(
        number="4000008400001629",
        tokens=("pm_card_threeDSecureRequiredChargeDeclined",),
        asks=True,
        declined=_declined("generic_decline"),
    ),
    Card(
        number="4000008260003178",
        tokens=("pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",),
        asks=True,
        declined=_declined("insufficient_funds"),
    ),
    Card(number="4000000000003055", tokens=("pm_card_threeDSecureOptional",)),
)

_REFUNDED_OTHERWISE = (
    Card(number="4000000000005126", tokens=("pm_card_refundFail",), refunding=Refunding.FAILS),
    Card(number="4000000000007726", tokens=("pm_card_pendingRefund",), refunding=Refunding.LATER),
)

CARDS: tuple[Card, ...] = (*_PLAIN, *_DECLINED, *_CHALLENGED, *_REFUNDED_OTHERWISE)
"""Every card."""

BY_NUMBER: dict[str, Card] = {card.number: card for card in CARDS}
"""The cards by their number."""

BY_TOKEN: dict[str, Card] = {token: card for card in CARDS for token in card.tokens}
"""The cards by the payment methods published for them."""

ENTERED: dict[str, str] = {
    "good": "pm_card_visa",
    "declined": "pm_card_visa_chargeDeclined",
    "challenge": "pm_card_threeDSecure2Required",
}
"""What a shopper of the harness enters, as one of Stripe's tokens."""
