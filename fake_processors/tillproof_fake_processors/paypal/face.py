"""PayPal's JSON: how orders, authorizations, captures and refunds look in its answers and events."""

from __future__ import annotations

from tillproof.domain.entities import Data
from tillproof.domain.money import Money
from tillproof_fake_processors.paypal.amounts import written
from tillproof_fake_processors.paypal.objects import Kind, Movement, Order, moment

HOST = "api-m.sandbox.paypal.com"
"""Where PayPal's sandbox answers: the host the fake stands for, and that of the links it writes."""

BASE = f"https://{HOST}"
_PAGE = "https://www.sandbox.paypal.com/checkoutnow?token="


def payer_link(order: Order, rel: str) -> Data:
    """Link to the page where the payer approves the order, or does what is still missing."""
    return {"href": f"{_PAGE}{order.id}", "rel": rel, "method": "GET"}


def order_body(order: Order, *, minimal: bool) -> Data:
    """Write an order. `minimal`: id, status, links, and what was paid, as without `Prefer: return=representation`."""
    body: Data = {"id": order.id, "status": order.status, "links": _order_links(order)}
    if not minimal:
        body |= {"intent": order.purpose, "create_time": moment(order.created), "update_time": moment(order.updated)}
    if not minimal or order.movements:
        body["purchase_units"] = [_unit(order, minimal=minimal)]
    if order.movements or order.approved:
        body["payer"] = {"payer_id": "QYR5Z8XDVJNXQ", "email_address": "payer@example.com"}
    return body


def movement_body(one: Movement, *, minimal: bool) -> Data:
    """Write an authorization, capture or refund. `minimal`: id, status and links."""
    body: Data = {"id": one.id, "status": one.status, "links": _links(one)}
    if one.stage == "pending":
        body["status_details"] = {"reason": "ECHECK" if one.kind is Kind.REFUND else "PENDING_REVIEW"}
    if minimal:
        return body
    body |= {
        "amount": written(Money(one.amount, one.order.intent.currency)),
        "create_time": moment(one.created),
        "update_time": moment(one.updated),
    }
    told = {"invoice_id": one.invoice_id, "custom_id": one.custom_id, "note_to_payer": one.note}
    body |= {field: value for field, value in told.items() if value is not None}
    if one.kind is Kind.AUTHORIZATION:
        body["expiration_time"] = moment(one.expires)
    elif one.kind is Kind.CAPTURE:
        body["final_capture"] = one.final
        body["seller_protection"] = {"status": "NOT_ELIGIBLE"}
    related = {"order_id": one.order.id}
    if one.parent is not None:
        related[_ID_OF[one.parent.kind]] = one.parent.id
    body["supplementary_data"] = {"related_ids": related}
    return body


_ID_OF = {Kind.AUTHORIZATION: "authorization_id", Kind.CAPTURE: "capture_id", Kind.REFUND: "refund_id"}


def _unit(order: Order, *, minimal: bool) -> Data:
    unit: Data = {"reference_id": order.reference_id}
    if not minimal:
        unit["amount"] = written(Money(order.intent.amount, order.intent.currency))
        told = {"custom_id": order.custom_id, "invoice_id": order.invoice_id}
        unit |= {field: value for field, value in told.items() if value is not None}
    if order.movements:
        lists = {kind: order.of(kind) for kind in Kind}
        unit["payments"] = {str(k): [movement_body(one, minimal=False) for one in ones] for k, ones in lists.items() if ones}
    return unit


def _order_links(order: Order) -> list[Data]:
    own = f"{BASE}/v2/checkout/orders/{order.id}"
    links: list[Data] = [{"href": own, "rel": "self", "method": "GET"}]
    if order.status in {"CREATED", "PAYER_ACTION_REQUIRED"}:
        links.append(payer_link(order, "approve" if order.status == "CREATED" else "payer-action"))
    if order.status in {"CREATED", "APPROVED"}:
        verb = order.purpose.lower()
        links.append({"href": own, "rel": "update", "method": "PATCH"})
        links.append({"href": f"{own}/{verb}", "rel": verb, "method": "POST"})
    return links


_VERBS: dict[Kind, tuple[str, ...]] = {
    Kind.AUTHORIZATION: ("capture", "void", "reauthorize"),
    Kind.CAPTURE: ("refund",),
    Kind.REFUND: (),
}
_UP = {Kind.AUTHORIZATION: "authorizations", Kind.CAPTURE: "captures"}
_STILL_USABLE = frozenset({"CREATED", "PARTIALLY_CAPTURED", "COMPLETED", "PARTIALLY_REFUNDED"})


def _links(one: Movement) -> list[Data]:
    own = f"{BASE}/v2/payments/{one.kind}/{one.id}"
    links: list[Data] = [{"href": own, "rel": "self", "method": "GET"}]
    if one.status in _STILL_USABLE:
        links += [{"href": f"{own}/{verb}", "rel": verb, "method": "POST"} for verb in _VERBS[one.kind]]
    if one.parent is None:
        up = f"{BASE}/v2/checkout/orders/{one.order.id}"
    else:
        up = f"{BASE}/v2/payments/{_UP[one.parent.kind]}/{one.parent.id}"
    return [*links, {"href": up, "rel": "up", "method": "GET"}]
