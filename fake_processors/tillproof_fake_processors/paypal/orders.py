"""
The verbs on orders: create, change, authorize, capture; and what the payer does on PayPal's page.

https://developer.paypal.com/docs/api/orders/v2. An order nobody has paid by within six hours is gone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import count
from typing import Literal, cast

from tillproof.domain.entities import Data
from tillproof.domain.money import Money
from tillproof_fake_processors.ledger import Caller, Ledger
from tillproof_fake_processors.paypal.errors import Issue
from tillproof_fake_processors.paypal.objects import Kind, Movement, Order, named
from tillproof_fake_processors.paypal.payments import Payments
from tillproof_fake_processors.paypal.requests import amount_in, text_in

PAYABLE_FOR = 6 * 3_600.0
"""Seconds from its making, or its approval, for which an order can be paid."""

_PATCHED = re.compile(r"/purchase_units/@reference_id=='(?P<unit>[^']*)'/(?P<field>[a-z_]+)")
_DEFAULT_UNIT = "default"

Purpose = Literal["AUTHORIZE", "CAPTURE"]
Wallet = Literal["good", "declined", "challenge"]


class Orders:
    """The orders of one PayPal, and the payer who visits its page."""

    def __init__(
        self,
        ledger: Ledger,
        payments: Payments,
        now: Callable[[], float],
        emit: Callable[[str, Order], None],
        link: Callable[[Order, str], Data],
    ) -> None:
        """Keep the books in `ledger`; events go to `emit`; `link(order, rel)` makes a link for the payer."""
        self._ledger = ledger
        self._payments = payments
        self._now = now
        self._emit = emit
        self._link = link
        self._orders: dict[str, Order] = {}
        self._unapproved: dict[str, Order] = {}
        self._challenged: dict[str, Order] = {}
        self._numbers = count(1)
        self._wallet: Wallet | None = None

    def at(self, id_: str) -> Order:
        """Return the order. Raises `Issue` where there is none, or none any more."""
        order = self._orders.get(id_)
        if order is None or (not order.movements and self._now() - order.updated >= PAYABLE_FOR):
            raise Issue("INVALID_RESOURCE_ID")
        return order

    def enter(self, wallet: Wallet) -> None:
        """The payer will pay by this from here on, and approves whatever order they are sent to with it."""
        self._wallet = wallet
        if wallet != "challenge":
            self.visit()

    def visit(self) -> None:
        """The payer, who has entered a means of payment, approves the orders made since."""
        if self._wallet in {None, "challenge"} or not self._unapproved:
            return
        for order in self._unapproved.values():
            self._approve(order)
        self._unapproved.clear()

    def answer_challenge(self, *, passed: bool) -> None:
        """The payer finishes every challenge that is open; passing one approves its order."""
        for order in self._challenged.values():
            if order.intent.challenge == "open":
                order.intent.challenge = "passed" if passed else "failed"
                if passed:
                    self._approve(order)
                    self._unapproved.pop(order.id, None)
        self._challenged.clear()

    def create(self, body: Data, key: str | None) -> Order:
        """Make an order with one purchase unit; nothing is held by it."""
        purpose = text_in(body, "intent", 255, required=True)
        if purpose not in {"AUTHORIZE", "CAPTURE"}:
            raise Issue("INVALID_PARAMETER_VALUE", "/intent")
        units = body.get("purchase_units")
        if not isinstance(units, list) or len(cast("list[object]", units)) != 1:
            raise Issue("MISSING_REQUIRED_PARAMETER" if not units else "INVALID_PARAMETER_VALUE", "/purchase_units")
        unit = cast("list[object]", units)[0]
        if not isinstance(unit, dict):
            raise Issue("INVALID_PARAMETER_SYNTAX", "/purchase_units/0")
        return self._made(cast("Purpose", purpose), cast("Data", unit), key)

    def change(self, order: Order, body: Data) -> Order:
        """Carry out a JSON Patch (RFC 6902): replace, or add where there is nothing, one field of the purchase unit."""
        operations = body.get("patches")
        if not isinstance(operations, list) or not operations:
            raise Issue("MISSING_REQUIRED_PARAMETER")
        if order.movements:
            raise Issue("ORDER_ALREADY_COMPLETED")
        checked = [_patch(order, number, operation) for number, operation in enumerate(cast("list[object]", operations))]
        amount: Money | None = None
        for field, value in checked:
            if isinstance(value, Money):
                amount = value
            else:
                setattr(order, field, value)
        if amount is not None:
            caller = Caller(reference=order.custom_id)
            self._ledger.update(order.intent, amount.amount, amount.currency, caller)
        order.updated = self._now()
        return order

    def authorize(self, order: Order, key: str | None) -> Movement:
        """Hold the order's amount, once; the payer must have approved it."""
        if order.purpose != "AUTHORIZE":
            raise Issue("ACTION_DOES_NOT_MATCH_INTENT")
        if any(one.stage != "denied" for one in order.of(Kind.AUTHORIZATION)):
            raise Issue("ORDER_ALREADY_AUTHORIZED")
        return self._pay(order, key, self._payments.authorize)

    def capture(self, order: Order, key: str | None) -> Movement:
        """Take the order's amount, once; the payer must have approved it."""
        if order.purpose != "CAPTURE":
            raise Issue("ACTION_DOES_NOT_MATCH_INTENT")
        if any(one.stage != "denied" for one in order.of(Kind.CAPTURE)):
            raise Issue("ORDER_ALREADY_CAPTURED")
        return self._pay(order, key, self._payments.charge)

    def _approve(self, order: Order) -> None:
        order.approved, order.updated = True, self._now()
        self._emit("CHECKOUT.ORDER.APPROVED", order)

    def _pay(self, order: Order, key: str | None, pay: Callable[[Order, Caller], Movement]) -> Movement:
        caller = Caller(key)
        if self._wallet == "challenge" and order.intent.challenge != "passed":
            if order.intent.challenge == "failed":
                self._ledger.decline(order.intent, "authentication_failed", caller)
                raise Issue("PAYER_CANNOT_PAY")
            self._ledger.challenge(order.intent, caller)
            self._challenged[order.id] = order
            raise Issue("PAYER_ACTION_REQUIRED", links=[self._link(order, "payer-action")])
        if not order.approved:
            raise Issue("ORDER_NOT_APPROVED", links=[self._link(order, "approve")])
        if self._wallet == "declined":
            self._ledger.decline(order.intent, "instrument_declined", caller)
            raise Issue("INSTRUMENT_DECLINED", links=[self._link(order, "redirect")])
        movement = pay(order, caller)
        order.updated = self._now()
        if movement.stage == "denied":
            self._ledger.decline(order.intent, "denied", caller)
        else:
            self._emit("CHECKOUT.ORDER.COMPLETED", order)
        return movement

    def _made(self, purpose: Purpose, unit: Data, key: str | None) -> Order:
        at = "/purchase_units/0"
        amount = amount_in(unit, f"{at}/amount")
        custom_id = text_in(unit, "custom_id", 255, at)
        invoice_id = text_in(unit, "invoice_id", 127, at)
        reference_id = text_in(unit, "reference_id", 256, at)
        id_ = named("orders", next(self._numbers))
        self._ledger.open(amount.amount, amount.currency, reference_id, Caller(key, custom_id), id_)
        order = Order(
            id=id_,
            purpose=purpose,
            intent=self._ledger.intents[id_],
            reference_id=reference_id or _DEFAULT_UNIT,
            custom_id=custom_id,
            invoice_id=invoice_id,
            created=self._now(),
            updated=self._now(),
        )
        self._orders[id_] = self._unapproved[id_] = order
        return order


def _patch(order: Order, number: int, operation: object) -> tuple[str, str | Money]:
    """Read one operation: the field it sets, and to what."""
    at = f"/{number}"
    if not isinstance(operation, dict):
        raise Issue("INVALID_PARAMETER_SYNTAX", at)
    said = cast("Data", operation)
    found = _PATCHED.fullmatch(text_in(said, "path", 1_000, at, required=True) or "")
    if said.get("op") not in {"add", "replace"}:
        raise Issue("INVALID_PARAMETER_VALUE", f"{at}/op")
    if found is None or found["field"] not in {"amount", "custom_id", "invoice_id"}:
        raise Issue("FIELD_NOT_PATCHABLE", f"{at}/path")
    if found["unit"] != order.reference_id:
        raise Issue("REFERENCE_ID_NOT_FOUND", f"{at}/path")
    field = found["field"]
    if field == "amount":
        return field, amount_in({"amount": said.get("value")}, f"{at}/value")
    if said["op"] == "replace" and getattr(order, field) is None:
        raise Issue("INVALID_PATCH_OPERATION", f"{at}/path")
    return field, text_in({field: said.get("value")}, field, 127, at, required=True) or ""
