"""The official PayPal SDK, unmodified, against the fake on a loopback socket: only its base address is another."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import httpx
import pytest
import uvicorn

from tillproof.domain.ledger import Entry, EntryKind
from tillproof.targets.served.faulting import Faults
from tillproof.targets.served.gateways import SERVED
from tillproof_fake_processors.http import HttpRequest, HttpResponse, asgi
from tillproof_fake_processors.paypal import CLIENT_SECRET, PayPal
from tillproof_fake_processors.paypal.over_http import over_http
from tillproof_fake_processors.paypal.tokens import BASIC, CLIENT_ID, TOKEN_LIFE

DAY = 86_400.0

# The SDK has no types of its own; taken by name, it is what it is.
client_module: Any = import_module("paypalserversdk.paypal_serversdk_client")
configuration: Any = import_module("paypalserversdk.configuration")
auth: Any = import_module("paypalserversdk.http.auth.o_auth_2")
errors: Any = import_module("paypalserversdk.exceptions.error_exception")


def model(name: str, **fields: object) -> Any:  # noqa: ANN401 - see above
    """Make one of the SDK's models: `order_request` is `OrderRequest`."""
    made: Any = getattr(import_module(f"paypalserversdk.models.{name}"), name.title().replace("_", ""))
    return made(**fields)


def euros(value: str) -> Any:  # noqa: ANN401 - see above
    return model("money", currency_code="EUR", value=value)


POINTS = Faults(SERVED["paypal"].points)
"""What the requests are called."""

CALLED: set[str] = set()
"""The points of the requests that the tests of this file have made."""


class Shop:
    """The fake on its socket, a clock set by hand, and the SDK that speaks to it."""

    def __init__(self) -> None:
        self.time = 1_767_225_600.0
        self.entries: list[Entry] = []
        self.paypal = PayPal(self.entries.append, lambda: self.time)
        self.socket = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(asgi(self._handle), log_level="error", lifespan="on")
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, args=([self.socket],))
        self.thread.start()
        self.base = f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def _handle(self, request: HttpRequest) -> HttpResponse:
        CALLED.add(POINTS.name(request))
        return over_http(self.paypal)(request)

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join()
        self.socket.close()

    def client(self, secret: str = CLIENT_SECRET) -> Any:  # noqa: ANN401 - see above
        credentials = auth.ClientCredentialsAuthCredentials(o_auth_client_id=CLIENT_ID, o_auth_client_secret=secret)
        return client_module.PaypalServersdkClient(client_credentials_auth_credentials=credentials)

    def kinds(self) -> list[EntryKind]:
        return [entry.kind for entry in self.entries]


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    served = Shop()
    servers = configuration.Configuration.environments[configuration.Environment.SANDBOX]
    monkeypatch.setitem(servers, configuration.Server.DEFAULT, served.base)
    yield served
    served.stop()


def _order(value: str = "49.00", *, intent: str = "AUTHORIZE") -> Any:  # noqa: ANN401 - see above
    amount = model("amount_with_breakdown", currency_code="EUR", value=value)
    unit = model("purchase_unit_request", amount=amount, reference_id="cart_1", custom_id="op_1")
    return model("order_request", intent=intent, purchase_units=[unit])


WHOLE = "return=representation"


def test_an_order_authorized_captured_and_refunded(shop: Shop) -> None:
    """Create, get, patch, authorize, get, capture, get, refund twice, get: each deserialized by the SDK's own models."""
    sdk = shop.client()
    orders, payments = sdk.orders, sdk.payments
    made = orders.create_order({"body": _order(), "paypal_request_id": "create", "prefer": WHOLE})
    assert (made.status_code, made.body.status, made.body.purchase_units[0].amount.value) == (201, "CREATED", "49.00")
    assert [link.rel for link in made.body.links] == ["self", "approve", "update", "authorize"]
    id_ = made.body.id
    again = orders.create_order({"body": _order(), "paypal_request_id": "create"})
    assert (again.status_code, again.body.id) == (200, id_)
    path = "/purchase_units/@reference_id=='cart_1'/amount"
    patch = model("patch", op="replace", path=path, value={"currency_code": "EUR", "value": "50.00"})
    assert orders.patch_order({"id": id_, "body": [patch]}).status_code == 204
    with pytest.raises(errors.ErrorException) as refused:
        orders.authorize_order({"id": id_})
    assert (refused.value.response_code, refused.value.details[0].issue) == (422, "ORDER_NOT_APPROVED")
    shop.paypal.enter_card("good")
    assert orders.get_order({"id": id_}).body.status == "APPROVED"
    held = orders.authorize_order({"id": id_, "paypal_request_id": "authorize"}).body.purchase_units[0]
    hold = held.payments.authorizations[0]
    assert (hold.status, hold.amount.value) == ("CREATED", "50.00")
    assert payments.get_authorized_payment({"authorization_id": hold.id}).body.expiration_time == "2026-01-30T00:00:00Z"
    body = model("capture_request", amount=euros("45.00"), invoice_id="c1", final_capture=True)
    taken = payments.capture_authorized_payment({"authorization_id": hold.id, "body": body, "paypal_request_id": "capture"})
    assert (taken.status_code, taken.body.status) == (201, "COMPLETED")
    shown = payments.get_captured_payment({"capture_id": taken.body.id}).body
    assert (shown.amount.value, shown.invoice_id, shown.final_capture) == ("45.00", "c1", True)
    refund = model("refund_request", amount=euros("5.00"), invoice_id="r1")
    given = payments.refund_captured_payment({"capture_id": taken.body.id, "body": refund, "prefer": WHOLE}).body
    assert (given.status, given.amount.value) == ("COMPLETED", "5.00")
    assert payments.refund_captured_payment({"capture_id": taken.body.id}).body.status == "COMPLETED"
    assert payments.get_refund({"refund_id": given.id}).body.invoice_id == "r1"
    assert payments.get_captured_payment({"capture_id": taken.body.id}).body.status == "REFUNDED"
    assert [(e.kind, e.amount) for e in shop.entries][2:] == [
        (EntryKind.AUTHORIZE, 5000),
        (EntryKind.CAPTURE, 4500),
        (EntryKind.REFUND, 500),
        (EntryKind.REFUND, 4000),
    ]


def test_an_order_captured_outright(shop: Shop) -> None:
    """Intent CAPTURE: approve, capture, and the same id again shows the same capture."""
    shop.paypal.enter_card("good")
    orders = shop.client().orders
    id_ = orders.create_order({"body": _order(intent="CAPTURE")}).body.id
    first = orders.capture_order({"id": id_, "paypal_request_id": "k"})
    again = orders.capture_order({"id": id_, "paypal_request_id": "k"})
    captures = [one.body.purchase_units[0].payments.captures[0] for one in (first, again)]
    assert (first.status_code, again.status_code, captures[0].status) == (201, 200, "COMPLETED")
    assert captures[0].id == captures[1].id
    assert shop.kinds() == [EntryKind.INTENT, EntryKind.AUTHORIZE, EntryKind.CAPTURE]


def test_an_authorization_made_anew_and_voided(shop: Shop) -> None:
    """Reauthorize past the honor period, void by the original, and be told that it was voided before."""
    shop.paypal.enter_card("good")
    sdk = shop.client()
    id_ = sdk.orders.create_order({"body": _order()}).body.id
    hold = sdk.orders.authorize_order({"id": id_}).body.purchase_units[0].payments.authorizations[0]
    shop.time += 4 * DAY
    sdk = shop.client()  # the old one's token has expired
    body = model("reauthorize_request", amount=euros("49.00"))
    again = sdk.payments.reauthorize_payment({"authorization_id": hold.id, "body": body, "prefer": WHOLE}).body
    assert (again.status, again.id == hold.id) == ("CREATED", False)
    assert sdk.payments.void_payment({"authorization_id": hold.id}).status_code == 204
    with pytest.raises(errors.ErrorException) as refused:
        sdk.payments.void_payment({"authorization_id": hold.id})
    assert refused.value.details[0].issue == "PREVIOUSLY_VOIDED"
    assert shop.kinds()[-3:] == [EntryKind.LAPSE, EntryKind.AUTHORIZE, EntryKind.VOID]


def test_a_card_that_is_declined(shop: Shop) -> None:
    """The SDK's own error: name, message, debug id, issue."""
    shop.paypal.enter_card("declined")
    orders = shop.client().orders
    id_ = orders.create_order({"body": _order()}).body.id
    with pytest.raises(errors.ErrorException) as refused:
        orders.authorize_order({"id": id_})
    error = refused.value
    assert (error.name, error.details[0].issue) == ("UNPROCESSABLE_ENTITY", "INSTRUMENT_DECLINED")
    assert error.message
    assert error.debug_id


@pytest.mark.parametrize("later", [0.0, TOKEN_LIFE])
def test_tokens(shop: Shop, later: float) -> None:
    """Without the secret there is no token; an expired one is told as 401, whatever the SDK's own clock says."""
    assert shop.client().orders.create_order({"body": _order()}).status_code == 201
    sdk = shop.client()
    sdk.orders.create_order({"body": _order()})
    shop.time += later
    if later:
        with pytest.raises(errors.ErrorException) as refused:
            sdk.orders.create_order({"body": _order()})
        assert refused.value.response_code == 401
    with pytest.raises(Exception, match=r"(?i)auth|token"):
        shop.client(secret="wrong").orders.create_order({"body": _order()})  # noqa: S106 - it is wrong on purpose


def test_every_supported_call_was_toured(shop: Shop) -> None:
    """The tests above and the two calls the SDK has no method for have made every request that PayPal's fake answers."""
    headers = {"authorization": BASIC}
    assert httpx.post(f"{shop.base}/v1/notifications/verify-webhook-signature", json={}, headers=headers).status_code == 200
    assert set(SERVED["paypal"].points) == CALLED
