"""
A processor for PayPal, written as a model: one key, at most one effect, over httpx.

How it names things at PayPal: the cart is the purchase unit's `reference_id`; the attempt that last made or changed the
order is its `custom_id`; those that captured and refunded are the `invoice_id` of capture and refund, taken once only.
"""

from __future__ import annotations

from collections.abc import Callable

import httpx
from msgspec.structs import replace

from tillproof.contract.capabilities import Capabilities
from tillproof.contract.gateway import Gateway
from tillproof.contract.outcomes import Done, Outcome, Refused, Unknown
from tillproof.contract.processor import Attempt, PaymentContext, PaymentProcessor
from tillproof.contract.webhooks import Delivery, Notice, Rejected, Standing
from tillproof.domain.entities import Data
from tillproof.domain.money import Money
from tillproof.domain.statuses import OperationKind, SessionStatus
from tillproof_fake_processors.http.dates import date_in
from tillproof_fake_processors.http.over_gateway import StraightClient
from tillproof_fake_processors.paypal.amounts import CURRENCIES, NotAnAmount, written
from tillproof_fake_processors.paypal.answers import ALREADY, PAYER_MUST_ACT, Movement, Order, no_success, read
from tillproof_fake_processors.paypal.certificate import is_signed
from tillproof_fake_processors.paypal.client import Line, safe
from tillproof_fake_processors.paypal.events import WEBHOOK_ID
from tillproof_fake_processors.paypal.face import BASE
from tillproof_fake_processors.paypal.heard import UNTIMELY, IsSigned, flaw, notice, order_named, read_event, standing
from tillproof_fake_processors.paypal.outcomes import (
    KEPT,
    PUBLIC,
    authorized,
    captured,
    done,
    is_updated,
    moved_to,
    not_an_amount,
)
from tillproof_fake_processors.paypal.over_http import read as read_request
from tillproof_fake_processors.paypal.tokens import CLIENT_ID, CLIENT_SECRET

ORDERS_KEY_LIFE = 6 * 3_600.0
PAYMENTS_KEY_LIFE = 45 * 86_400.0
"""Seconds for which PayPal keeps the request ids of orders, and of what is done with an authorization or a capture."""

_Find = Callable[[Order], Movement | None]

_ABSENT = Refused("absent", "PayPal has not done this")
_EXPIRED = Refused("expired", "this was never done, and it is too late to try it again")
_GONE = "INVALID_RESOURCE_ID"


class PayPalProcessor(PaymentProcessor):
    """
    Pays through PayPal: an order is made, the payer approves it on PayPal's page, we authorize it, and capture later.

    - The attempt's key is the `PayPal-Request-Id`, on the first try too: asked again, PayPal answers with how the thing it
      made stands now. Past the id's life it only looks.
    - Looking is reading the order, which lists what was authorized, captured and refunded on it, and by which attempt.
    - A declined or pending movement inside a 2xx is neither success nor forgotten; "already" is not believed but looked at.
    - An order is authorized only if it is for the sum that is to be authorized: PayPal holds whatever it is for.
    - PayPal cannot cancel an order. One that is not authorized holds nothing, and is gone after six hours.
    - A webhook counts if it was signed for ours, lately. Most name no cart, only the order: that is read.
    """

    identifier = "paypal"
    capabilities = Capabilities(
        partial_capture=True,
        look_up=True,
        webhooks=True,
        unpaid_lapses=True,
        key_life=ORDERS_KEY_LIFE,
        currencies=CURRENCIES,
        public=frozenset(PUBLIC),
        keeps=frozenset({"POST:/v1/{id}/token"}),
    )

    def __init__(
        self,
        client: httpx.AsyncClient,
        *,
        client_id: str,
        client_secret: str,
        webhook_id: str = WEBHOOK_ID,
        is_signed: IsSigned = is_signed,
    ) -> None:
        """
        Speak to PayPal over `client`, whose base address and time-outs are set, as the app with these credentials.

        Webhooks are taken that are sent to `webhook_id` and signed as `is_signed` has it.
        """
        self._line = Line(client, client_id, client_secret)
        self._webhook_id = webhook_id
        self._is_signed = is_signed

    async def initiate_payment(self, context: PaymentContext, attempt: Attempt) -> Outcome:
        """Make an order for the amount; nothing is held by it, and nobody can pay it before we authorize it."""
        try:
            amount = written(context.amount)
        except NotAnAmount as flaw:
            return not_an_amount(flaw)
        if _age(attempt) >= ORDERS_KEY_LIFE:
            return _EXPIRED  # an order nobody was told of is gone by now
        unit = {"reference_id": context.resource_id, "custom_id": attempt.reference, "amount": amount}
        order = {"intent": "AUTHORIZE", "purchase_units": [unit]}
        answer = await self._line.send("POST", "/v2/checkout/orders", order, key=attempt.idempotency_key)
        if isinstance(answer, Unknown):
            return answer
        made = read(answer, Order)
        if made is None:
            return no_success(answer)
        if made.unit.custom_id != attempt.reference:
            return Unknown("PayPal's answer does not show what was asked for")
        return done(made, {})

    async def update_payment(self, data: Data, context: PaymentContext, attempt: Attempt) -> Outcome:
        """Bring the order to the amount and currency; asked again, look first whether it is there already."""
        try:
            amount = written(context.amount)
        except NotAnAmount as flaw:
            return not_an_amount(flaw)
        order = await self._order(data)
        if not isinstance(order, Order):
            return order
        if not is_updated(order, context.amount, attempt):
            unit = f"/purchase_units/@reference_id=='{order.unit.reference_id}'"
            patch: list[Data] = [
                {"op": "replace", "path": f"{unit}/custom_id", "value": attempt.reference},
                {"op": "replace", "path": f"{unit}/amount", "value": amount},
            ]
            answer = await self._line.send("PATCH", _order_path(data), patch, key=attempt.idempotency_key)
            if isinstance(answer, Unknown):
                return answer
            if not answer.is_success:
                return no_success(answer)
            order = await self._order(data)
            if isinstance(order, Order) and not is_updated(order, context.amount, attempt):
                return Unknown("PayPal's order does not show what was asked for")
        return done(order, data)

    async def update_payment_data(self, session_id: str, data: Data, changes: Data) -> Outcome:
        """Take in what the storefront tells, save in the fields that are PayPal's."""
        del session_id
        return Done({**data, **{field: told for field, told in changes.items() if field not in KEPT}})

    async def authorize_payment(self, data: Data, context: PaymentContext, attempt: Attempt) -> Outcome:
        """Hold the order's amount if the payer has approved it; send them to PayPal's page if they have not."""
        order = await self._order(data)
        if not isinstance(order, Order):
            return order
        if not order.unit.amount.is_of(context.amount):
            return Refused("amount_mismatch", "the order is for another amount")
        if order.authorization is not None or _age(attempt) >= ORDERS_KEY_LIFE:
            return authorized(order, data) or _EXPIRED
        path = _order_path(data, "/authorize")
        answer = await self._line.send("POST", path, {}, key=attempt.idempotency_key)
        if isinstance(answer, Unknown):
            return answer
        held = read(answer, Order)
        if held is not None:
            return authorized(held, data) or Unknown("PayPal's answer shows no authorization")
        refused = no_success(answer)
        if isinstance(refused, Refused) and refused.code in PAYER_MUST_ACT:
            page = order.payer_page or data.get("payer_page")
            return Done({**data, "payer_page": page}, SessionStatus.REQUIRES_MORE)
        if isinstance(refused, Refused) and refused.code in ALREADY:
            return await self._looked(OperationKind.AUTHORIZE, attempt, data, refused)
        return refused

    async def capture_payment(self, data: Data, amount: Money, attempt: Attempt) -> Outcome:
        """Take that much of the authorization, and let go of the rest: a payment is captured once."""
        hold = await self._of_order(data, "authorization_id", lambda order: order.authorization)
        if not isinstance(hold, str):
            return hold or Refused("nothing_held", "nothing is held that could be captured")
        path = f"/v2/payments/authorizations/{safe(hold)}/capture"
        return await self._move(OperationKind.CAPTURE, path, amount, attempt, data, {"final_capture": True})

    async def refund_payment(self, data: Data, amount: Money, attempt: Attempt) -> Outcome:
        """Give that much of the capture back."""
        capture = await self._of_order(data, "capture_id", captured)
        if not isinstance(capture, str):
            return capture or Refused("nothing_captured", "what is not captured cannot be refunded")
        path = f"/v2/payments/captures/{safe(capture)}/refund"
        return await self._move(OperationKind.REFUND, path, amount, attempt, data, {})

    async def cancel_payment(self, data: Data, attempt: Attempt) -> Outcome:
        """Void the authorization."""
        return await self._let_go(data, attempt)

    async def delete_payment(self, data: Data, attempt: Attempt) -> Outcome:
        """Void the authorization, if there is one; without one there is nothing to let go of."""
        return await self._let_go(data, attempt)

    async def retrieve_payment(self, data: Data) -> Outcome:
        """Read the order."""
        return done(await self._order(data), data)

    async def get_payment_status(self, data: Data) -> Outcome:
        """Read how the order stands; one that is gone was not paid by anybody."""
        order = await self._order(data)
        if isinstance(order, Refused) and order.code == _GONE:
            return Done(data, SessionStatus.CANCELED)
        return done(order, data)

    async def find_effect(self, kind: OperationKind, attempt: Attempt, data: Data) -> Outcome:
        """Look for the attempt's effect on the order. An order whose making was not heard of cannot be looked up."""
        if kind is OperationKind.INITIATE:
            gone = _age(attempt) >= ORDERS_KEY_LIFE
            return _ABSENT if gone else Unknown("PayPal lists no orders")
        return await self._looked(kind, attempt, data, _ABSENT)

    async def read_webhook(self, delivery: Delivery) -> Notice | Rejected | Unknown:
        """
        Check time and signature of the raw body, and only then read it; ask PayPal which cart the order is for.

        Where only the time is not right, the shop's own clock may be wrong: then PayPal's counts.
        """
        rejected = flaw(delivery, self._webhook_id, self._is_signed)
        if rejected == UNTIMELY:
            now = await self._time()
            if now is None:
                return Unknown("PayPal did not say what time it is")
            rejected = flaw(replace(delivery, received_at=now), self._webhook_id, self._is_signed)
        if rejected is not None:
            return Rejected(rejected)
        event = read_event(delivery.body)
        order_id = None if isinstance(event, Unknown) else order_named(event)
        if isinstance(event, Unknown) or order_id is None:
            return event if isinstance(event, Unknown) else notice(event, None)
        order = await self._order({"id": order_id})
        if isinstance(order, Order) and order.id == order_id:
            return notice(event, order.unit.reference_id)
        gone = isinstance(order, Refused) and order.code == _GONE
        return notice(event, None) if gone else Unknown("PayPal did not say which cart the order is for")

    async def read_standing(self, data: Data) -> Standing | Unknown:
        """Read the order, with all that was made on it."""
        order = await self._order(data)
        if not isinstance(order, Order) or order.id != data.get("id"):
            return Unknown("PayPal's answer was not understood, or there was none")
        return standing(order)

    async def _time(self) -> float | None:
        """Learn what time it is at PayPal, which dates every answer, one that knows of no such order too."""
        answer = await self._line.send("GET", _order_path({"id": "0"}))
        return None if isinstance(answer, Unknown) else date_in(answer.headers)

    async def _move(
        self, kind: OperationKind, path: str, amount: Money, attempt: Attempt, data: Data, more: Data
    ) -> Outcome:
        """Capture or refund, at most once."""
        try:
            sum_ = written(amount)
        except NotAnAmount as flaw:
            return not_an_amount(flaw)
        if _age(attempt) >= PAYMENTS_KEY_LIFE:
            return await self._looked(kind, attempt, data, _EXPIRED)
        body = {"amount": sum_, "invoice_id": attempt.reference, **more}
        answer = await self._line.send("POST", path, body, key=attempt.idempotency_key)
        if isinstance(answer, Unknown):
            return answer
        moved = read(answer, Movement)
        if moved is None:
            refused = no_success(answer)
            already = isinstance(refused, Refused) and refused.code in ALREADY
            return await self._looked(kind, attempt, data, refused) if already else refused
        if moved.invoice_id != attempt.reference:
            return Unknown("PayPal's answer does not show what was asked for")
        return moved_to(kind, moved, data)

    async def _let_go(self, data: Data, attempt: Attempt) -> Outcome:
        order = await self._order(data)
        if not isinstance(order, Order):
            return Done(data) if isinstance(order, Refused) and order.code == _GONE else order
        hold = order.authorization
        if hold is None or hold.status in {"VOIDED", "DENIED"}:
            return done(order, data)
        if hold.status == "CAPTURED":
            return Refused("captured", "captured money cannot be voided")
        path = f"/v2/payments/authorizations/{safe(order.unit.payments.authorizations[0].id)}/void"
        answer = await self._line.send("POST", path, {}, key=attempt.idempotency_key)
        if isinstance(answer, Unknown):
            return answer
        voided = read(answer, Movement)
        if voided is None:
            refused = no_success(answer)
            already = isinstance(refused, Refused) and refused.code in ALREADY
            return await self._looked(OperationKind.CANCEL, attempt, data, refused) if already else refused
        if voided.status not in {"VOIDED", "PARTIALLY_CAPTURED", "CAPTURED"}:
            return Unknown("PayPal's answer shows no void")
        return Done(data, SessionStatus.CANCELED)

    async def _looked(self, kind: OperationKind, attempt: Attempt, data: Data, otherwise: Outcome) -> Outcome:
        """Look whether the attempt's effect is on the order; `otherwise` where it is not."""
        order = await self._order(data)
        if not isinstance(order, Order):
            return otherwise if isinstance(order, Refused) and order.code == _GONE else order
        made = order.unit.payments
        match kind:
            case OperationKind.AUTHORIZE:
                return authorized(order, data) or otherwise
            case OperationKind.CAPTURE | OperationKind.REFUND:
                listed = made.captures if kind is OperationKind.CAPTURE else made.refunds
                moved = next((one for one in listed if one.invoice_id == attempt.reference), None)
                return otherwise if moved is None else moved_to(kind, moved, data)
            case OperationKind.CANCEL | OperationKind.DELETE:
                held = order.authorization is not None and order.authorization.status not in {"VOIDED", "DENIED"}
                return otherwise if held else done(order, data)
            case _:
                return done(order, data) if order.unit.custom_id == attempt.reference else otherwise

    async def _of_order(self, data: Data, field: str, find: _Find) -> str | Outcome | None:
        """Return an id out of the data, or out of the order where the data were written before it was made."""
        kept = data.get(field)
        if isinstance(kept, str):
            return kept
        order = await self._order(data)
        if not isinstance(order, Order):
            return order
        found = find(order)
        return None if found is None else found.id

    async def _order(self, data: Data) -> Order | Refused | Unknown:
        """Read the order as it stands now."""
        answer = await self._line.send("GET", _order_path(data))
        return answer if isinstance(answer, Unknown) else read(answer, Order) or no_success(answer)


def over_gateway(gateway: Gateway) -> PayPalProcessor:
    """Make the processor on a gateway port, with the credentials the fake knows. Needs no event loop."""
    client = StraightClient(gateway, read_request, BASE)
    return PayPalProcessor(client, client_id=CLIENT_ID, client_secret=CLIENT_SECRET)


def _order_path(data: Data, verb: str = "") -> str:
    return f"/v2/checkout/orders/{safe(data.get('id'))}{verb}"


def _age(attempt: Attempt) -> float:
    return attempt.sent_at - attempt.first_sent_at
