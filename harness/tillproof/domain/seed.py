"""The sentences of the seed, the payment architecture that every rule comes from, by the number a rule cites them with."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "S1": "a processor captures, authorizes and refunds; it is tied to no cart, customer or order",
    "S2": "a processor not enabled in a region cannot be used there",
    "S3": "one session per processor available in the cart's region, made at the payment step",
    "S4": "making a session may call a third party",
    "S5": "of the sessions exactly the customer's choice is selected",
    "S6": "session `data` holds what the processor needs to authorize and capture",
    "S7": "status is one of `authorized`, `pending`, `requires_more`, `error`, `canceled`",
    "S8": "`authorized` means the order can be placed; `pending` is the first state",
    "S9": "`requires_more` means the customer must act first (3-D Secure)",
    "S10": "`error` means an authorization attempt met an error; `canceled` means cancelled",
    "S11": "placing an order while the session is not `authorized` raises an error",
    "S12": "once authorized and completed, a Payment is made from the session, tied to the cart, then to the order",
    "S13": "Payment `amount` is the amount authorized",
    "S14": "`amount_refunded` is what has been refunded of it",
    "S15": "`captured_at` is filled when captured",
    "S16": "`canceled_at` is filled when the order is cancelled",
    "S17": "a Payment serves capture, refund, order cancel and swap; a swap has its own Payment",
    "S18": "a key is unique, belongs to one cart, and is made at the last step before authorization",
    "S19": "it is answered in the `Idempotency-Key` header, exposed by `Access-Control-Expose-Headers`",
    "S20": "on any error or interruption the client may retry with that key",
    "S21": "each essential part of completion is its own step, stored with the key",
    "S22": "a retry goes on from the last stored step",
    "S23": "this holds for a request interrupted for any reason *and* for a payment that failed",
    "S24": "the customer is thereby spared payment trouble: retries are safe",
}
