"""Cash on delivery: a processor without a gateway. Whatever the shop decides is so."""

from __future__ import annotations

from tillproof.contract.capabilities import Capabilities
from tillproof.contract.outcomes import Done, Outcome
from tillproof.contract.processor import Attempt, PaymentContext, PaymentProcessor
from tillproof.domain.entities import Data
from tillproof.domain.money import Money
from tillproof.domain.statuses import OperationKind, SessionStatus


class ManualProcessor(PaymentProcessor):
    """Answers every call with done. No money moves here: people hand it over, and the shop's books say so."""

    identifier = "manual"
    capabilities = Capabilities(
        gateway=False, requires_more=False, declines=False, partial_capture=True, look_up=True, keeps=frozenset()
    )

    async def initiate_payment(self, context: PaymentContext, attempt: Attempt) -> Outcome:
        """Nothing to prepare."""
        del context, attempt
        return Done({}, SessionStatus.PENDING)

    async def update_payment(self, data: Data, context: PaymentContext, attempt: Attempt) -> Outcome:
        """Nothing to bring up to date."""
        del context, attempt
        return Done(data)

    async def update_payment_data(self, session_id: str, data: Data, changes: Data) -> Outcome:
        """Take in what the storefront tells."""
        del session_id
        return Done({**data, **changes})

    async def authorize_payment(self, data: Data, context: PaymentContext, attempt: Attempt) -> Outcome:
        """The shop trusts the customer to pay at the door."""
        del context, attempt
        return Done(data, SessionStatus.AUTHORIZED)

    async def capture_payment(self, data: Data, amount: Money, attempt: Attempt) -> Outcome:
        """The shop says it was paid."""
        del amount, attempt
        return Done(data)

    async def refund_payment(self, data: Data, amount: Money, attempt: Attempt) -> Outcome:
        """The shop says it was paid back."""
        del amount, attempt
        return Done(data)

    async def cancel_payment(self, data: Data, attempt: Attempt) -> Outcome:
        """Nothing was held."""
        del attempt
        return Done(data)

    async def delete_payment(self, data: Data, attempt: Attempt) -> Outcome:
        """Nothing to make unpayable."""
        del attempt
        return Done(data)

    async def retrieve_payment(self, data: Data) -> Outcome:
        """What the session knows is all there is."""
        return Done(data)

    async def get_payment_status(self, data: Data) -> Outcome:
        """Always authorized: nobody else has a say in it."""
        return Done(data, SessionStatus.AUTHORIZED)

    async def find_effect(self, kind: OperationKind, attempt: Attempt, data: Data) -> Outcome:
        """What was asked for is so; there is no other place where it could be missing."""
        del kind, attempt
        return Done(data)
