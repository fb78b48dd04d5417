"""What bad input gets from Stripe and from PayPal: for each, the status and the error the page cited beside it documents."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import NamedTuple

import pytest
from support.paypalbench import PayPalBench
from support.stripebench import Account, form, json_of

from tillproof.domain.entities import Data
from tillproof_fake_processors.http import HttpRequest, HttpResponse
from tillproof_fake_processors.paypal.over_http import over_http
from tillproof_fake_processors.paypal.tokens import BASIC, CLIENT_ID

_NO_METHOD = "METHOD_NOT_SUPPORTED"
_BAD, _REFUSED = "INVALID_REQUEST", "UNPROCESSABLE_ENTITY"
_CODES = "https://docs.stripe.com/error-codes"
_ERRORS = "https://docs.stripe.com/api/errors"
_KEYS = "https://docs.stripe.com/keys"
_INTENTS = "/v1/payment_intents"
_MADE = form(amount="4900", currency="eur")


class AtStripe(NamedTuple):
    """What is sent, and the error object that comes back: its status, type, code and parameter; the page that says so."""

    ask: Callable[[Account], HttpResponse]
    status: int
    type: str
    code: str | None
    param: str | None
    page: str


def _ask(method: str, target: str, body: str = "") -> Callable[[Account], HttpResponse]:
    return lambda account: account.http(method, target, body)


def _again_otherwise(account: Account) -> HttpResponse:
    account.http("POST", _INTENTS, _MADE, idempotency_key="k")
    return account.http("POST", _INTENTS, f"{_MADE}&description=x", idempotency_key="k")


def _make(extra: str, **headers: str) -> Callable[[Account], HttpResponse]:
    return lambda account: account.http("POST", _INTENTS, f"{_MADE}{extra}", **headers)


def _on(intent: Callable[[Account], Data], verb: str, body: str = "") -> Callable[[Account], HttpResponse]:
    return lambda account: account.http("POST", f"{_INTENTS}/{intent(account)['id']}/{verb}", body)


def _refund(intent: Callable[[Account], Data], body: str = "") -> Callable[[Account], HttpResponse]:
    return lambda account: account.http("POST", "/v1/refunds", f"payment_intent={intent(account)['id']}{body}")


def _canceled(account: Account) -> Data:
    return account.post(f"payment_intents/{account.held()['id']}/cancel")


def _given_back(account: Account) -> Data:
    intent = account.captured()
    account.post("refunds", {"payment_intent": intent["id"]})
    return intent


def _lapsed(account: Account) -> Data:
    intent = account.held()
    account.time += 8 * 86_400
    return intent


_INVALID = "invalid_request_error"

STRIPE: dict[str, AtStripe] = {
    "unknown route": AtStripe(_ask("GET", "/v1/nothing"), 404, _INVALID, None, None, _ERRORS),
    "unknown object": AtStripe(
        _ask("GET", f"{_INTENTS}/pi_none"),
        404,
        _INVALID,
        "resource_missing",
        "intent",
        f"{_CODES}#resource-missing",
    ),
    "unknown parameter": AtStripe(
        _make("&colour=red"), 400, _INVALID, "parameter_unknown", "colour", f"{_CODES}#parameter-unknown"
    ),
    "missing parameter": AtStripe(
        _ask("POST", _INTENTS, "amount=100"),
        400,
        _INVALID,
        "parameter_missing",
        "currency",
        f"{_CODES}#parameter-missing",
    ),
    "no whole number": AtStripe(
        _ask("POST", _INTENTS, "amount=49.5&currency=eur"),
        400,
        _INVALID,
        "parameter_invalid_integer",
        "amount",
        f"{_CODES}#parameter-invalid-integer",
    ),
    "too little": AtStripe(
        _ask("POST", _INTENTS, "amount=1&currency=eur"),
        400,
        _INVALID,
        "amount_too_small",
        "amount",
        f"{_CODES}#amount-too-small",
    ),
    "no key": AtStripe(_make("", authorization=""), 401, _INVALID, None, None, "https://docs.stripe.com/api/authentication"),
    "a key that is none": AtStripe(_make("", authorization="Bearer x"), 401, _INVALID, None, None, _ERRORS),
    "the other mode's key": AtStripe(
        _make("", authorization="Bearer sk_live_1"), 404, _INVALID, "resource_missing", None, f"{_KEYS}#test-live-modes"
    ),
    "a publishable key": AtStripe(
        _make("", authorization="Bearer pk_test_1"),
        403,
        _INVALID,
        "secret_key_required",
        None,
        f"{_CODES}#secret-key-required",
    ),
    "over-capture": AtStripe(
        _on(Account.held, "capture", "amount_to_capture=4901"),
        400,
        _INVALID,
        "amount_too_large",
        "amount_to_capture",
        "https://docs.stripe.com/api/payment_intents/capture",
    ),
    "capture of the canceled": AtStripe(
        _on(_canceled, "capture"),
        400,
        _INVALID,
        "payment_intent_unexpected_state",
        None,
        f"{_CODES}#payment-intent-unexpected-state",
    ),
    "capture of the captured": AtStripe(
        _on(Account.captured, "capture"),
        400,
        _INVALID,
        "payment_intent_unexpected_state",
        None,
        f"{_CODES}#payment-intent-unexpected-state",
    ),
    "capture of the lapsed": AtStripe(
        _on(_lapsed, "capture"), 400, _INVALID, "charge_expired_for_capture", None, f"{_CODES}#charge-expired-for-capture"
    ),
    "cancel of the captured": AtStripe(
        _on(Account.captured, "cancel"),
        400,
        _INVALID,
        "payment_intent_unexpected_state",
        None,
        "https://docs.stripe.com/api/payment_intents/cancel",
    ),
    "over-refund": AtStripe(
        _refund(Account.captured, "&amount=4901"),
        400,
        _INVALID,
        None,
        "amount",
        "https://docs.stripe.com/api/refunds/create",
    ),
    "refund of the refunded": AtStripe(
        _refund(_given_back), 400, _INVALID, "charge_already_refunded", None, f"{_CODES}#charge-already-refunded"
    ),
    "refund of the uncaptured": AtStripe(
        _refund(Account.held), 400, _INVALID, "charge_not_refundable", None, f"{_CODES}#charge-not-refundable"
    ),
    "a key with other parameters": AtStripe(
        _again_otherwise,
        400,
        "idempotency_error",
        None,
        None,
        "https://docs.stripe.com/api/idempotent_requests",
    ),
}


@pytest.mark.parametrize("case", STRIPE)
def test_bad_input_at_stripe(case: str) -> None:
    """Its status, and in the error object a message, type, code and parameter."""
    asked, account = STRIPE[case], Account()
    assert asked.page.startswith("https://docs.stripe.com/")
    answer = asked.ask(account)
    error = json_of(answer)["error"]
    told = (answer.status, error["type"], error.get("code"), error.get("param"))
    assert told == (asked.status, asked.type, asked.code, asked.param)
    assert error["message"]


_ORDERS_PAGE = "https://developer.paypal.com/api/rest/reference/orders/v2/errors"
_PAYMENTS_PAGE = "https://developer.paypal.com/api/payments/v2/errors"
_AUTH_PAGE = "https://developer.paypal.com/api/rest/authentication"
_ORDERS, _PAYMENTS = "/v2/checkout/orders", "/v2/payments"


class AtPayPal(NamedTuple):
    """
    What is sent; the status, name and issue that come back (for credentials, `error` alone); the page that says so.

    No name: it is no error.
    """

    ask: Callable[[PayPalBench], HttpResponse]
    status: int
    name: str | None
    issue: str | None
    page: str


def _send(bench: PayPalBench, method: str, path: str, body: bytes = b"{}", **headers: str) -> HttpResponse:
    told = {"authorization": BASIC, "content-type": "application/json", **headers}
    return over_http(bench.paypal)(HttpRequest(method=method, target=path, headers=told, body=body))


def _to(path: str, body: bytes = b"{}", method: str = "POST", **headers: str) -> Callable[[PayPalBench], HttpResponse]:
    return lambda bench: _send(bench, method, path, body, **headers)


def _voided(bench: PayPalBench) -> str:
    hold = bench.hold()
    _send(bench, "POST", f"{_PAYMENTS}/authorizations/{hold}/void")
    return hold


def _at_hold(hold: Callable[[PayPalBench], str], verb: str, body: bytes = b"{}") -> Callable[[PayPalBench], HttpResponse]:
    return lambda bench: _send(bench, "POST", f"{_PAYMENTS}/authorizations/{hold(bench)}/{verb}", body)


def _captured(bench: PayPalBench) -> str:
    return str(json_of(_send(bench, "POST", f"{_PAYMENTS}/authorizations/{bench.hold()}/capture"))["id"])


def _refunded(bench: PayPalBench) -> str:
    capture = _captured(bench)
    _send(bench, "POST", f"{_PAYMENTS}/captures/{capture}/refund")
    return capture


def _at_capture(capture: Callable[[PayPalBench], str], body: bytes = b"{}") -> Callable[[PayPalBench], HttpResponse]:
    return lambda bench: _send(bench, "POST", f"{_PAYMENTS}/captures/{capture(bench)}/refund", body)


def _unapproved(_: PayPalBench) -> HttpResponse:
    bench = PayPalBench(card="")
    return _send(bench, "POST", f"{_ORDERS}/{bench.order()}/authorize")


_WRONG = f"Basic {base64.b64encode(f'{CLIENT_ID}:secret'.encode()).decode()}"
_TOO_MUCH = b'{"amount": {"currency_code": "EUR", "value": "49.01"}}'
_UNKNOWN = (
    b'{"intent": "AUTHORIZE", "colour": "red", "purchase_units": '
    b'[{"colour": "red", "amount": {"currency_code": "EUR", "value": "49.00", "colour": "red"}}]}'
)

PAYPAL: dict[str, AtPayPal] = {
    "unknown route": AtPayPal(_to("/v2/nothing"), 404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID", _ORDERS_PAGE),
    "unknown object": AtPayPal(
        _to(f"{_ORDERS}/5O190127TN364715T", method="GET"), 404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID", _ORDERS_PAGE
    ),
    "another method": AtPayPal(
        _to(_ORDERS, method="PUT"), 405, "METHOD_NOT_SUPPORTED", "METHOD_NOT_SUPPORTED", _ORDERS_PAGE
    ),
    "no JSON": AtPayPal(_to(_ORDERS, b"{"), 400, _BAD, "MALFORMED_REQUEST_JSON", _ORDERS_PAGE),
    "missing parameter": AtPayPal(_to(_ORDERS), 400, _BAD, "MISSING_REQUIRED_PARAMETER", _ORDERS_PAGE),
    # The errors PayPal lists have none for it, and no schema of its OpenAPI description is closed to more
    # (github.com/paypal/paypal-rest-api-specifications, openapi/checkout_orders_v2.json: no `additionalProperties`).
    "unknown parameter": AtPayPal(_to(_ORDERS, _UNKNOWN), 201, None, None, _ORDERS_PAGE),
    "wrong type": AtPayPal(_to(_ORDERS, b'{"intent": 3}'), 400, _BAD, "INVALID_PARAMETER_SYNTAX", _ORDERS_PAGE),
    "wrong word": AtPayPal(_to(_ORDERS, b'{"intent": "PAY"}'), 400, _BAD, "INVALID_PARAMETER_VALUE", _ORDERS_PAGE),
    "no token": AtPayPal(_to(_ORDERS, authorization=""), 401, "invalid_token", None, _AUTH_PAGE),
    "a secret that is not the app's": AtPayPal(
        _to("/v1/oauth2/token", b"grant_type=client_credentials", authorization=_WRONG),
        401,
        "invalid_client",
        None,
        _AUTH_PAGE,
    ),
    "over-capture": AtPayPal(
        _at_hold(PayPalBench.hold, "capture", _TOO_MUCH),
        422,
        _REFUSED,
        "MAX_CAPTURE_AMOUNT_EXCEEDED",
        _PAYMENTS_PAGE,
    ),
    "capture of the voided": AtPayPal(_at_hold(_voided, "capture"), 422, _REFUSED, "AUTHORIZATION_VOIDED", _PAYMENTS_PAGE),
    "void of the voided": AtPayPal(_at_hold(_voided, "void"), 422, _REFUSED, "PREVIOUSLY_VOIDED", _PAYMENTS_PAGE),
    "over-refund": AtPayPal(_at_capture(_captured, _TOO_MUCH), 422, _REFUSED, "REFUND_AMOUNT_EXCEEDED", _PAYMENTS_PAGE),
    "refund of the refunded": AtPayPal(_at_capture(_refunded), 422, _REFUSED, "CAPTURE_FULLY_REFUNDED", _PAYMENTS_PAGE),
    "refund of the uncaptured": AtPayPal(
        _at_capture(PayPalBench.hold), 404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID", _PAYMENTS_PAGE
    ),
    "capture of the unapproved": AtPayPal(
        _unapproved,
        422,
        _REFUSED,
        "ORDER_NOT_APPROVED",
        _ORDERS_PAGE,
    ),
}


@pytest.mark.parametrize("case", PAYPAL)
def test_bad_input_at_paypal(case: str) -> None:
    """Its status, and name, message, debug id and issue of the error; for credentials OAuth's; what is read over, none."""
    asked = PAYPAL[case]
    assert asked.page.startswith("https://developer.paypal.com/")
    answer = asked.ask(PayPalBench())
    error = json_of(answer)
    if asked.name is None:
        assert (answer.status, error["status"]) == (asked.status, "CREATED")
        assert b"colour" not in answer.body
    elif asked.issue is None:
        assert (answer.status, error["error"]) == (asked.status, asked.name)
    else:
        told = (answer.status, error["name"], error["details"][0]["issue"])
        assert told == (asked.status, asked.name, asked.issue)
        assert error["message"]
        assert error["debug_id"]
