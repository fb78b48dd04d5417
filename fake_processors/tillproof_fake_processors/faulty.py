"""A wrapper that lets every call to a processor cross a point where something can go wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol, cast

from tillproof.contract.outcomes import Outcome, Unknown
from tillproof.contract.processor import Attempt, PaymentContext, PaymentProcessor
from tillproof.contract.webhooks import Delivery, Notice, Rejected, Standing
from tillproof.domain.entities import Data
from tillproof.domain.money import Money
from tillproof.domain.statuses import OperationKind


class Crossing(Protocol):
    """The harness's side of the seam: decides whether the call takes place and what its caller is told."""

    async def cross(
        self,
        provider_id: str,
        method: str,
        arguments: Data,
        attempt: Attempt | None,
        perform: Callable[[], Awaitable[object]],
    ) -> object:
        """
        Carry one call across.

        `arguments` holds `amount` (minor units), `currency`, `resource_id` and `data` as far as the method takes them;
        `attempt` is None for reads, save `find_effect`, which looks for an attempt's effect. `perform` makes the real
        call: await it once, or never. What is returned or raised here reaches the backend as it is.
        """
        ...


class FaultyProcessor(PaymentProcessor):
    """
    The wrapped processor, under its own identifier and capabilities, with every method crossing a point.

    The annotations promise an `Outcome`, as the contract does. A fault may put anything in its place, and that is the
    purpose: a backend must not believe the annotation.
    """

    def __init__(self, inner: PaymentProcessor, cross: Crossing) -> None:
        """Wrap `inner`; `cross` carries each call."""
        self._inner = inner
        self._cross = cross
        # The contract declares both on the class; a wrapper has those of the instance it wraps.
        vars(self).update(identifier=inner.identifier, capabilities=inner.capabilities)

    async def initiate_payment(self, context: PaymentContext, attempt: Attempt) -> Outcome:
        """Cross, then as the wrapped processor."""
        perform = partial(self._inner.initiate_payment, context, attempt)
        return await self._across("initiate_payment", _context(context), attempt, perform)

    async def update_payment(self, data: Data, context: PaymentContext, attempt: Attempt) -> Outcome:
        """Cross, then as the wrapped processor."""
        perform = partial(self._inner.update_payment, data, context, attempt)
        return await self._across("update_payment", {**_context(context), "data": data}, attempt, perform)

    async def update_payment_data(self, session_id: str, data: Data, changes: Data) -> Outcome:
        """Cross, then as the wrapped processor."""
        perform = partial(self._inner.update_payment_data, session_id, data, changes)
        return await self._across("update_payment_data", {"data": data}, None, perform)

    async def authorize_payment(self, data: Data, context: PaymentContext, attempt: Attempt) -> Outcome:
        """Cross, then as the wrapped processor."""
        perform = partial(self._inner.authorize_payment, data, context, attempt)
        return await self._across("authorize_payment", {**_context(context), "data": data}, attempt, perform)

    async def capture_payment(self, data: Data, amount: Money, attempt: Attempt) -> Outcome:
        """Cross, then as the wrapped processor."""
        perform = partial(self._inner.capture_payment, data, amount, attempt)
        return await self._across("capture_payment", {**_money(amount), "data": data}, attempt, perform)

    async def refund_payment(self, data: Data, amount: Money, attempt: Attempt) -> Outcome:
        """Cross, then as the wrapped processor."""
        perform = partial(self._inner.refund_payment, data, amount, attempt)
        return await self._across("refund_payment", {**_money(amount), "data": data}, attempt, perform)

    async def cancel_payment(self, data: Data, attempt: Attempt) -> Outcome:
        """Cross, then as the wrapped processor."""
        perform = partial(self._inner.cancel_payment, data, attempt)
        return await self._across("cancel_payment", {"data": data}, attempt, perform)

    async def delete_payment(self, data: Data, attempt: Attempt) -> Outcome:
        """Cross, then as the wrapped processor."""
        perform = partial(self._inner.delete_payment, data, attempt)
        return await self._across("delete_payment", {"data": data}, attempt, perform)

    async def retrieve_payment(self, data: Data) -> Outcome:
        """Cross, then as the wrapped processor."""
        perform = partial(self._inner.retrieve_payment, data)
        return await self._across("retrieve_payment", {"data": data}, None, perform)

    async def get_payment_status(self, data: Data) -> Outcome:
        """Cross, then as the wrapped processor."""
        perform = partial(self._inner.get_payment_status, data)
        return await self._across("get_payment_status", {"data": data}, None, perform)

    async def find_effect(self, kind: OperationKind, attempt: Attempt, data: Data) -> Outcome:
        """Cross, then as the wrapped processor."""
        perform = partial(self._inner.find_effect, kind, attempt, data)
        return await self._across("find_effect", {"data": data}, attempt, perform)

    async def read_webhook(self, delivery: Delivery) -> Notice | Rejected | Unknown:
        """Cross, then as the wrapped processor."""
        perform = partial(self._inner.read_webhook, delivery)
        told = await self._cross.cross(self.identifier, "read_webhook", {}, None, perform)
        return cast("Notice | Rejected | Unknown", told)

    async def read_standing(self, data: Data) -> Standing | Unknown:
        """Cross, then as the wrapped processor."""
        perform = partial(self._inner.read_standing, data)
        told = await self._cross.cross(self.identifier, "read_standing", {"data": data}, None, perform)
        return cast("Standing | Unknown", told)

    async def _across(
        self, method: str, arguments: Data, attempt: Attempt | None, perform: Callable[[], Awaitable[object]]
    ) -> Outcome:
        told = await self._cross.cross(self.identifier, method, arguments, attempt, perform)
        return cast("Outcome", told)  # perhaps a lie: see the class


def _money(amount: Money) -> Data:
    return {"amount": amount.amount, "currency": amount.currency}


def _context(context: PaymentContext) -> Data:
    return {"amount": context.amount.amount, "currency": context.amount.currency, "resource_id": context.resource_id}
