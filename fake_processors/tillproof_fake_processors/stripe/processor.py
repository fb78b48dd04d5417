"""A processor for Stripe on its official SDK, as a careful author would write it."""

from __future__ import annotations

import stripe

from tillproof.contract.capabilities import Capabilities
from tillproof.contract.gateway import Gateway
from tillproof.contract.outcomes import Done, Outcome, Refused, Unknown
from tillproof.contract.processor import Attempt, PaymentContext, PaymentProcessor
from tillproof.contract.webhooks import Delivery, Notice, Rejected, Standing
from tillproof.domain.entities import Data
from tillproof.domain.money import Money
from tillproof.domain.statuses import OperationKind
from tillproof_fake_processors.http.dates import date_in
from tillproof_fake_processors.stripe.asking import REFERENCE, RESOURCE
from tillproof_fake_processors.stripe.currencies import SUPPORTED, THREE_DECIMALS, to_stripe
from tillproof_fake_processors.stripe.heard import notice, standing
from tillproof_fake_processors.stripe.once import KEY_LIFE, heard, looked, once
from tillproof_fake_processors.stripe.sdk import client_over
from tillproof_fake_processors.stripe.understanding import (
    CONFIRMED,
    KEPT,
    PUBLIC,
    STATUSES,
    NotUnderstood,
    authorized,
    confirmed,
    done,
    in_status,
    intent_of,
    of_attempt,
    refund_of,
    refunded,
)
from tillproof_fake_processors.stripe.webhooks import SIGNATURE, WEBHOOK_SECRET, BadSignature, Untimely, verify

_CLOCKS_DIFFER = 6 * 3600  # seconds that the shop's clock may be wrong by
_UNPAYABLE = Refused("amount_not_supported", "Stripe cannot move exactly this amount.")


class StripeProcessor(PaymentProcessor):
    """
    Pays through Stripe. Money is held only after a call of ours, and taken only by another.

    - An intent is made unconfirmed and confirmed at authorization. `capture_method` is manual, `confirmation_method` is not:
      when the shopper passes a challenge Stripe goes on by itself, and the event of that completes the checkout of one who
      never comes back. Confirmed by hand, such an intent would wait for a second confirmation, and no event tell of it.
    - The attempt's key goes along on every call with an effect, so asking again is safe. Where that says no more (a stored
      5xx, a key in use, "already done") and past the key's life it looks: at the intent, at its refunds, or, where no
      intent is known yet, at the list of those made since. Not by search: that may not find what was just written.
    - A 500 that Stripe repeats under the key, with no effect to be found, is definite: it will never be anything else.
    - Our reference travels in the metadata of whatever has some.
    - A webhook counts if it is signed over the raw body, lately by the clock of whoever received it. The SDK's own check
      takes no clock, and takes what is dated ahead.
    """

    identifier = "stripe"
    capabilities = Capabilities(
        partial_capture=True,
        look_up=True,
        webhooks=True,
        key_life=KEY_LIFE,
        currencies=SUPPORTED - THREE_DECIMALS,  # in those Stripe moves some sums, a processor may promise none
        public=frozenset(PUBLIC),
        keeps=frozenset(),
    )

    def __init__(self, client: stripe.StripeClient, *, webhook_secret: str = WEBHOOK_SECRET) -> None:
        """Use this client of the SDK, which must not retry by itself, and take webhooks that are signed with this secret."""
        self._api = client.v1
        self._webhook_secret = webhook_secret

    async def initiate_payment(self, context: PaymentContext, attempt: Attempt) -> Outcome:
        """Make an intent for the amount, unconfirmed."""
        amount = to_stripe(context.amount)
        if amount is None:
            return _UNPAYABLE

        async def make() -> Outcome:
            intent = await self._api.payment_intents.create_async(
                {
                    "amount": amount,
                    "currency": context.amount.currency,
                    "capture_method": "manual",
                    "confirmation_method": "automatic",
                    "allowed_payment_method_types": ["card"],
                    "metadata": {REFERENCE: attempt.reference, RESOURCE: context.resource_id},
                },
                {"idempotency_key": attempt.idempotency_key},
            )
            return done(of_attempt(intent_of(intent), attempt.reference), {})

        return await once(attempt, make, lambda: self._made(attempt))

    async def update_payment(self, data: Data, context: PaymentContext, attempt: Attempt) -> Outcome:
        """Change the intent's amount and currency."""
        amount = to_stripe(context.amount)
        if amount is None:
            return _UNPAYABLE

        async def change() -> Outcome:
            intent = await self._api.payment_intents.update_async(
                _id(data),
                {
                    "amount": amount,
                    "currency": context.amount.currency,
                    "metadata": {REFERENCE: attempt.reference, RESOURCE: context.resource_id},
                },
                {"idempotency_key": attempt.idempotency_key},
            )
            return done(of_attempt(intent_of(intent), attempt.reference), data)

        return await once(attempt, change, lambda: self._stands(OperationKind.UPDATE, attempt, data))

    async def update_payment_data(self, session_id: str, data: Data, changes: Data) -> Outcome:
        """Take in what the storefront tells, save in the fields that are Stripe's."""
        del session_id
        return Done({**data, **{field: told for field, told in changes.items() if field not in KEPT}})

    async def authorize_payment(self, data: Data, context: PaymentContext, attempt: Attempt) -> Outcome:
        """Confirm the intent with the card the shopper entered, unless that has been done; refuse another amount."""

        async def hold() -> Outcome:
            intent = in_status(intent_of(await self._api.payment_intents.retrieve_async(_id(data))), _id(data), *STATUSES)
            if (intent.amount, intent.currency) != (to_stripe(context.amount), context.amount.currency):
                return Refused("amount_mismatch", "The payment intent is for another amount.")
            already = authorized(intent, data)
            if already is not None:
                return already
            answer = await self._api.payment_intents.confirm_async(
                intent.id, {}, {"idempotency_key": attempt.idempotency_key}
            )
            stands = in_status(intent_of(answer), intent.id, *CONFIRMED)
            if attempt.number > 1:  # a key repeats its first answer; the shopper may have failed the challenge since
                seen = await self._api.payment_intents.retrieve_async(intent.id)
                stands = in_status(intent_of(seen), intent.id, *STATUSES)
            return confirmed(stands, data)

        return await once(attempt, hold, lambda: self._stands(OperationKind.AUTHORIZE, attempt, data), may_decline=True)

    async def capture_payment(self, data: Data, amount: Money, attempt: Attempt) -> Outcome:
        """Take that much of what is held; Stripe lets go of the rest."""
        minor = to_stripe(amount)
        if minor is None:
            return _UNPAYABLE

        async def take() -> Outcome:
            answer = await self._api.payment_intents.capture_async(
                _id(data),
                {"amount_to_capture": minor, "metadata": {REFERENCE: attempt.reference}},
                {"idempotency_key": attempt.idempotency_key},
            )
            intent = of_attempt(intent_of(answer), attempt.reference)
            if intent.status != "succeeded":
                return Unknown("Stripe has not confirmed the capture")
            return done(intent, data)

        return await once(attempt, take, lambda: self._stands(OperationKind.CAPTURE, attempt, data))

    async def refund_payment(self, data: Data, amount: Money, attempt: Attempt) -> Outcome:
        """Give that much of what was captured back; unknown until Stripe has decided."""
        minor = to_stripe(amount)
        if minor is None:
            return _UNPAYABLE

        async def give_back() -> Outcome:
            answer = await self._api.refunds.create_async(
                {"payment_intent": _id(data), "amount": minor, "metadata": {REFERENCE: attempt.reference}},
                {"idempotency_key": attempt.idempotency_key},
            )
            refund = of_attempt(refund_of(answer), attempt.reference)
            if attempt.number > 1:  # a key repeats its first answer; how the refund stands now is another question
                stands = refund_of(await self._api.refunds.retrieve_async(refund.id))
                refund = of_attempt(stands, attempt.reference)
            return refunded(refund, data)

        return await once(attempt, give_back, lambda: self._refund_of(attempt, data))

    async def cancel_payment(self, data: Data, attempt: Attempt) -> Outcome:
        """Cancel the intent, which lets go of what it holds."""
        return await self._cancel(OperationKind.CANCEL, data, attempt)

    async def delete_payment(self, data: Data, attempt: Attempt) -> Outcome:
        """Cancel the intent: nothing can be paid with it then."""
        return await self._cancel(OperationKind.DELETE, data, attempt)

    async def retrieve_payment(self, data: Data) -> Outcome:
        """Read the intent."""
        return await heard(self._read(data))

    async def get_payment_status(self, data: Data) -> Outcome:
        """Read how the intent stands."""
        return await heard(self._read(data))

    async def find_effect(self, kind: OperationKind, attempt: Attempt, data: Data) -> Outcome:
        """Look for the attempt's effect at Stripe."""
        found = await looked(lambda: self._found(kind, attempt, data))
        return Refused("absent", "Stripe has not done this.") if found is None else found

    async def read_webhook(self, delivery: Delivery) -> Notice | Rejected | Unknown:
        """
        Check time and signature of the raw body, and only then read it.

        Where only the time is not right, the shop's own clock may be wrong: then Stripe's counts.
        """
        try:
            if self._is_untimely(delivery, delivery.received_at):
                told = await self._time()
                if told is None:
                    return Unknown("Stripe did not say what time it is")
                if self._is_untimely(delivery, told):
                    return Rejected("it was signed too long ago, or in the future")
        except BadSignature as flaw:
            return Rejected(str(flaw))
        return notice(delivery.body)

    async def read_standing(self, data: Data) -> Standing | Unknown:
        """Read the intent and its refunds."""
        try:
            intent = in_status(intent_of(await self._api.payment_intents.retrieve_async(_id(data))), _id(data), *STATUSES)
            listed = await self._api.refunds.list_async({"payment_intent": intent.id, "limit": 100})
            return standing(intent, [refund_of(one) async for one in listed.auto_paging_iter()])
        except (stripe.StripeError, NotUnderstood):
            return Unknown("Stripe's answer was not understood, or there was none")

    def _is_untimely(self, delivery: Delivery, now: float) -> bool:
        """Tell whether Stripe signed it, but not lately. Raises `BadSignature` for what Stripe did not sign."""
        try:
            verify(delivery.body, delivery.headers.get(SIGNATURE, ""), self._webhook_secret, now)
        except Untimely:
            return True
        return False

    async def _time(self) -> float | None:
        """Learn what time it is at Stripe, which dates every answer."""
        try:
            answer = (await self._api.events.list_async({"limit": 1})).last_response
        except stripe.StripeError:
            return None
        return None if answer is None else date_in(answer.headers)

    async def _cancel(self, kind: OperationKind, data: Data, attempt: Attempt) -> Outcome:
        async def let_go() -> Outcome:
            options: stripe.RequestOptions = {"idempotency_key": attempt.idempotency_key}
            intent = intent_of(await self._api.payment_intents.cancel_async(_id(data), {}, options))
            return done(in_status(intent, _id(data), "canceled"), data)

        return await once(attempt, let_go, lambda: self._stands(kind, attempt, data))

    async def _read(self, data: Data) -> Outcome:
        intent = intent_of(await self._api.payment_intents.retrieve_async(_id(data)))
        return done(in_status(intent, _id(data), *STATUSES), data)

    async def _found(self, kind: OperationKind, attempt: Attempt, data: Data) -> Outcome | None:
        """Look for an effect of any kind. None: it is not there."""
        if kind is OperationKind.INITIATE:
            return await self._made(attempt)
        if kind is OperationKind.REFUND:
            return await self._refund_of(attempt, data)
        return await self._stands(kind, attempt, data)

    async def _made(self, attempt: Attempt) -> Outcome | None:
        """Look for the intent an attempt made, in the list of those made since it was first sent."""
        since, until = int(attempt.first_sent_at) - _CLOCKS_DIFFER, int(attempt.sent_at) + _CLOCKS_DIFFER
        listed = await self._api.payment_intents.list_async({"created": {"gte": since, "lte": until}, "limit": 100})
        async for listed_one in listed.auto_paging_iter():
            intent = intent_of(listed_one)
            if intent.metadata.get(REFERENCE) == attempt.reference:
                return done(intent, {})
        return None

    async def _stands(self, kind: OperationKind, attempt: Attempt, data: Data) -> Outcome | None:
        """Look at the intent for an effect that shows there."""
        intent = in_status(intent_of(await self._api.payment_intents.retrieve_async(_id(data))), _id(data), *STATUSES)
        ours = intent.metadata.get(REFERENCE) == attempt.reference
        match kind:
            case OperationKind.AUTHORIZE:
                return authorized(intent, data)
            case OperationKind.CAPTURE:
                return done(intent, data) if ours and intent.status == "succeeded" else None
            case OperationKind.CANCEL | OperationKind.DELETE:
                return done(intent, data) if intent.status == "canceled" else None
            case _:
                return done(intent, data) if ours else None

    async def _refund_of(self, attempt: Attempt, data: Data) -> Outcome | None:
        """Look for an attempt's refund among those of the intent."""
        listed = await self._api.refunds.list_async({"payment_intent": _id(data), "limit": 100})
        async for listed_one in listed.auto_paging_iter():
            refund = refund_of(listed_one)
            if refund.metadata.get(REFERENCE) == attempt.reference:
                return refunded(refund, data)
        return None


def over_gateway(gateway: Gateway) -> StripeProcessor:
    """Return the processor, speaking through a gateway port."""
    return StripeProcessor(client_over(gateway))


def _id(data: Data) -> str:
    """Return the id of a session's intent; without one, a name that Stripe knows nothing by."""
    return str(data.get("id") or "pi_none")
