"""
Orders at the fake PayPal: made, changed, approved, authorized or captured.

https://developer.paypal.com/docs/api/orders/v2
"""

from __future__ import annotations

import pytest
from support.paypalbench import DAY, HOUR, ORDERS, PayPalBench, body_of, euros, issue_of

from tillproof.domain.entities import Data
from tillproof.domain.ledger import EntryKind
from tillproof_fake_processors.paypal import Habits

_EMPTY: Data = {}


def _rels(body: Data) -> list[str]:
    return [link["rel"] for link in body["links"]]


def test_an_order_and_its_links() -> None:
    """A new order is CREATED, names the payer's page, and holds nothing; minimal answers leave the purchase unit out."""
    bench = PayPalBench(card="")
    amount = {
        "intent": "AUTHORIZE",
        "purchase_units": [{"amount": euros("49.00"), "reference_id": "cart_1", "custom_id": "op_1"}],
    }
    answer = bench.ask("POST", ORDERS, amount, key="k")
    made = body_of(answer)
    assert (answer.status, made["status"]) == (201, "CREATED")
    assert _rels(made) == ["self", "approve", "update", "authorize"]
    assert made["purchase_units"] == [{"reference_id": "cart_1", "amount": euros("49.00"), "custom_id": "op_1"}]
    entry = bench.entries[0]
    assert (entry.kind, entry.amount, entry.key, entry.reference, entry.resource) == (
        EntryKind.INTENT,
        4900,
        "k",
        "op_1",
        "cart_1",
    )
    minimal = body_of(bench.ask("POST", ORDERS, amount, minimal=True))
    assert sorted(minimal) == ["id", "links", "status"]


@pytest.mark.parametrize(
    ("changed", "issue", "status"),
    [
        ({"intent": None}, "MISSING_REQUIRED_PARAMETER", 400),
        ({"intent": "SALE"}, "INVALID_PARAMETER_VALUE", 400),
        ({"intent": 1}, "INVALID_PARAMETER_SYNTAX", 400),
        ({"purchase_units": None}, "MISSING_REQUIRED_PARAMETER", 400),
        ({"purchase_units": []}, "MISSING_REQUIRED_PARAMETER", 400),
        ({"purchase_units": [1]}, "INVALID_PARAMETER_SYNTAX", 400),
        ({"purchase_units": [_EMPTY]}, "MISSING_REQUIRED_PARAMETER", 400),
        ({"purchase_units": [{"amount": euros("1.999")}]}, "DECIMAL_PRECISION", 422),
        ({"purchase_units": [{"amount": euros("1"), "custom_id": "x" * 256}]}, "INVALID_STRING_LENGTH", 400),
        ({"purchase_units": [{"amount": euros("1"), "invoice_id": ""}]}, "INVALID_STRING_LENGTH", 400),
    ],
)
def test_what_is_no_order(changed: Data, issue: str, status: int) -> None:
    """PayPal's error object: name, message, debug id, and the issue with the field it is about. Nothing is made."""
    bench = PayPalBench()
    good: Data = {"intent": "AUTHORIZE", "purchase_units": [{"amount": euros("49.00")}]}
    answer = bench.ask("POST", ORDERS, good | changed)
    error = body_of(answer)
    assert (answer.status, issue_of(answer), bench.entries) == (status, issue, [])
    assert error["name"] == {400: "INVALID_REQUEST", 422: "UNPROCESSABLE_ENTITY"}[status]
    assert error["message"]
    assert error["debug_id"]
    assert error["details"][0]["description"]
    assert error["details"][0]["field"].startswith("/")


def _patch(field: str, value: object, *, op: str = "replace", unit: str = "default") -> Data:
    return {"patches": [{"op": op, "path": f"/purchase_units/@reference_id=='{unit}'/{field}", "value": value}]}


def test_an_order_changed() -> None:
    """A JSON Patch changes amount and names at once, or, where one of its operations is wrong, nothing."""
    bench = PayPalBench()
    path = f"{ORDERS}/{bench.order(custom_id='a')}"
    both = [_patch("amount", euros("50.00"))["patches"][0], _patch("custom_id", "b")["patches"][0]]
    assert bench.ask("PATCH", path, {"patches": both}).status == 204
    unit = body_of(bench.ask("GET", path))["purchase_units"][0]
    assert (unit["amount"], unit["custom_id"]) == (euros("50.00"), "b")
    assert bench.ask("PATCH", path, {"patches": [both[0], _patch("payee", "x")["patches"][0]]}).status == 400
    assert [entry.amount for entry in bench.of(EntryKind.UPDATE)] == [5000]


@pytest.mark.parametrize(
    ("body", "issue"),
    [
        ({}, "MISSING_REQUIRED_PARAMETER"),
        ({"patches": [3]}, "INVALID_PARAMETER_SYNTAX"),
        ({"patches": [{"op": "replace"}]}, "MISSING_REQUIRED_PARAMETER"),
        (_patch("amount", euros("1"), op="move"), "INVALID_PARAMETER_VALUE"),
        (_patch("amount", euros("1"), unit="other"), "REFERENCE_ID_NOT_FOUND"),
        (_patch("payee", "x"), "FIELD_NOT_PATCHABLE"),
        (_patch("amount", None), "MISSING_REQUIRED_PARAMETER"),
        (_patch("invoice_id", "x"), "INVALID_PATCH_OPERATION"),
        (_patch("custom_id", 1, op="add"), "INVALID_PARAMETER_SYNTAX"),
    ],
)
def test_what_is_no_change(body: Data, issue: str) -> None:
    """Each is refused by its name."""
    bench = PayPalBench()
    assert issue_of(bench.ask("PATCH", f"{ORDERS}/{bench.order()}", body)) == issue


def test_what_was_paid_cannot_be_changed() -> None:
    """A completed order is what it is."""
    bench = PayPalBench()
    order = bench.order()
    bench.ask("POST", f"{ORDERS}/{order}/authorize")
    assert issue_of(bench.ask("PATCH", f"{ORDERS}/{order}", _patch("amount", euros("1")))) == "ORDER_ALREADY_COMPLETED"


def test_the_payer_has_not_approved() -> None:
    """Nothing is authorized before the payer has approved; once they enter a card, they do."""
    bench = PayPalBench(card="")
    order = bench.order()
    answer = bench.ask("POST", f"{ORDERS}/{order}/authorize")
    assert (answer.status, issue_of(answer)) == (422, "ORDER_NOT_APPROVED")
    assert "approve" in _rels(body_of(answer))
    bench.paypal.enter_card("good")
    assert body_of(bench.ask("GET", f"{ORDERS}/{order}"))["status"] == "APPROVED"
    done = body_of(bench.ask("POST", f"{ORDERS}/{order}/authorize"))
    held = done["purchase_units"][0]["payments"]["authorizations"][0]
    assert (done["status"], held["status"], held["amount"]) == ("COMPLETED", "CREATED", euros("49.00"))


def test_a_card_that_is_declined() -> None:
    """422 INSTRUMENT_DECLINED with a way back to PayPal's page; another card pays the same order."""
    bench = PayPalBench(card="declined")
    order = bench.order()
    answer = bench.ask("POST", f"{ORDERS}/{order}/authorize", key="k")
    assert (answer.status, issue_of(answer)) == (422, "INSTRUMENT_DECLINED")
    assert "redirect" in _rels(body_of(answer))
    bench.paypal.enter_card("good")
    assert bench.ask("POST", f"{ORDERS}/{order}/authorize", key="k").status == 201
    assert (len(bench.of(EntryKind.DECLINE)), len(bench.of(EntryKind.AUTHORIZE))) == (1, 1)


@pytest.mark.parametrize("passed", [True, False])
def test_the_payer_must_act(passed: bool) -> None:  # noqa: FBT001 - a table of two
    """PAYER_ACTION_REQUIRED until the challenge is answered; a failed one declines."""
    bench = PayPalBench(card="challenge")
    order = bench.order()
    answer = bench.ask("POST", f"{ORDERS}/{order}/authorize")
    assert issue_of(answer) == "PAYER_ACTION_REQUIRED"
    shown = body_of(bench.ask("GET", f"{ORDERS}/{order}"))
    assert (shown["status"], "payer-action" in _rels(shown)) == ("PAYER_ACTION_REQUIRED", True)
    bench.paypal.answer_challenge(passed=passed)
    answer = bench.ask("POST", f"{ORDERS}/{order}/authorize")
    if passed:
        assert answer.status == 201
    else:
        assert issue_of(answer) == "PAYER_CANNOT_PAY"
    assert len(bench.of(EntryKind.AUTHORIZE)) == int(passed)


def test_once_and_for_its_intent() -> None:
    """An order is authorized or captured once, as its intent says."""
    bench = PayPalBench()
    one, other = bench.order(), bench.order(intent="CAPTURE")
    assert issue_of(bench.ask("POST", f"{ORDERS}/{one}/capture")) == "ACTION_DOES_NOT_MATCH_INTENT"
    assert issue_of(bench.ask("POST", f"{ORDERS}/{other}/authorize")) == "ACTION_DOES_NOT_MATCH_INTENT"
    for order, verb in ((one, "authorize"), (other, "capture")):
        assert bench.ask("POST", f"{ORDERS}/{order}/{verb}").status == 201
    assert issue_of(bench.ask("POST", f"{ORDERS}/{one}/authorize")) == "ORDER_ALREADY_AUTHORIZED"
    assert issue_of(bench.ask("POST", f"{ORDERS}/{other}/capture")) == "ORDER_ALREADY_CAPTURED"
    assert [e.kind for e in bench.entries if e.intent == other] == [EntryKind.INTENT, EntryKind.AUTHORIZE, EntryKind.CAPTURE]


def test_a_no_inside_a_201() -> None:
    """An authorization may be DENIED or PENDING although the order is answered 201."""
    for outcome, status in (("denied", "DENIED"), ("pending", "PENDING")):
        bench = PayPalBench(Habits(authorizations=outcome))  # type: ignore[arg-type]  # the loop's own two words
        answer = bench.ask("POST", f"{ORDERS}/{bench.order()}/authorize")
        held = body_of(answer)["purchase_units"][0]["payments"]["authorizations"][0]
        assert (answer.status, held["status"], bench.of(EntryKind.AUTHORIZE)) == (201, status, [])


def test_an_invoice_is_paid_once() -> None:
    """A second order for the same invoice cannot be paid."""
    bench = PayPalBench()
    first, second = bench.order(invoice_id="i"), bench.order(invoice_id="i")
    assert bench.ask("POST", f"{ORDERS}/{first}/authorize").status == 201
    assert issue_of(bench.ask("POST", f"{ORDERS}/{second}/authorize")) == "DUPLICATE_INVOICE_ID"


def test_an_order_that_nobody_paid() -> None:
    """It is gone after six hours; one that was paid stays."""
    bench = PayPalBench(card="")
    paid, unpaid = bench.order(), bench.order()
    bench.paypal.enter_card("good")
    bench.ask("POST", f"{ORDERS}/{paid}/authorize")
    bench.time += 6 * HOUR
    gone = bench.ask("GET", f"{ORDERS}/{unpaid}")
    assert (gone.status, body_of(gone)["name"], issue_of(gone)) == (404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID")
    bench.time += 100 * DAY
    assert bench.ask("GET", f"{ORDERS}/{paid}").status == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v2/checkout/orders/nobody", 404),
        ("GET", "/v2/checkout/orders", 405),
        ("DELETE", "/v2/checkout/orders/x", 405),
        ("POST", "/v2/checkout/orders/x/track", 404),
        ("GET", "/v2/payments/authorizations/x", 404),
        ("GET", "/v2/payments/sales/x", 404),
        ("POST", "/v2/payments/authorizations/x/void", 404),
        ("GET", "/v3/vault/payment-tokens", 404),
        ("GET", "/", 404),
        ("POST", "", 404),
    ],
)
def test_nothing_there(method: str, path: str, status: int) -> None:
    """Unknown routes and ids are refused in PayPal's words."""
    answer = PayPalBench().ask(method, path)
    assert (answer.status, "debug_id" in body_of(answer)) == (status, True)
