"""The official PayPal SDK, unmodified, against `tillproof serve paypal`: only its base address is another."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

import httpx
import pytest
from support.servedgateway import ServedGateway, served_gateway

from tillproof.domain.ledger import EntryKind
from tillproof.targets.served.gateways import SERVED
from tillproof_fake_processors.paypal import CLIENT_SECRET
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


CALLED: set[str] = set()
"""The points of the requests that the tests of this file have made."""


class Shop:
    """`tillproof serve paypal` as a process of its own, steered by its control API, and the SDK that speaks to it."""

    def __init__(self, gateway: ServedGateway) -> None:
        self.gateway = gateway

    def client(self, secret: str = CLIENT_SECRET) -> Any:  # noqa: ANN401 - see above
        credentials = auth.ClientCredentialsAuthCredentials(o_auth_client_id=CLIENT_ID, o_auth_client_secret=secret)
        return client_module.PaypalServersdkClient(client_credentials_auth_credentials=credentials)

    def enter(self, card: str) -> None:
        self.gateway.steer("POST", "/shopper", {"card": card})

    def wait(self, seconds: float) -> None:
        self.gateway.steer("POST", "/time", {"forward": seconds})

    def entries(self) -> list[tuple[str, int]]:
        return self.gateway.entries(*EntryKind)

    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.entries()]

    def note_calls(self) -> None:
        CALLED.update(point.removeprefix("gateway.") for point in self.gateway.steer("GET", "/faults")["crossed"])


@pytest.fixture(scope="module")
def gateway() -> Iterator[ServedGateway]:
    with served_gateway("paypal") as served:
        yield served


@pytest.fixture
def shop(gateway: ServedGateway, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    servers = configuration.Configuration.environments[configuration.Environment.SANDBOX]
    monkeypatch.setitem(servers, configuration.Server.DEFAULT, gateway.url)
    gateway.steer("POST", "/reset")
    served = Shop(gateway)
    yield served
    served.note_calls()


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
    shop.enter("good")
    assert orders.get_order({"id": id_}).body.status == "APPROVED"
    held = orders.authorize_order({"id": id_, "paypal_request_id": "authorize"}).body.purchase_units[0]
    hold = held.payments.authorizations[0]
    assert (hold.status, hold.amount.value) == ("CREATED", "50.00")
    seen = payments.get_authorized_payment({"authorization_id": hold.id}).body
    lasting = datetime.fromisoformat(seen.expiration_time) - datetime.fromisoformat(seen.create_time)
    assert lasting == timedelta(days=29)
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
    assert shop.entries()[2:] == [
        (EntryKind.AUTHORIZE, 5000),
        (EntryKind.CAPTURE, 4500),
        (EntryKind.REFUND, 500),
        (EntryKind.REFUND, 4000),
    ]


def test_an_order_captured_outright(shop: Shop) -> None:
    """Intent CAPTURE: approve, capture, and the same id again shows the same capture."""
    shop.enter("good")
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
    shop.enter("good")
    sdk = shop.client()
    id_ = sdk.orders.create_order({"body": _order()}).body.id
    hold = sdk.orders.authorize_order({"id": id_}).body.purchase_units[0].payments.authorizations[0]
    shop.wait(4 * DAY)
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
    shop.enter("declined")
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
    if later:
        shop.wait(later)
        with pytest.raises(errors.ErrorException) as refused:
            sdk.orders.create_order({"body": _order()})
        assert refused.value.response_code == 401
    with pytest.raises(Exception, match=r"(?i)auth|token"):
        shop.client(secret="wrong").orders.create_order({"body": _order()})  # noqa: S106 - it is wrong on purpose


def test_every_supported_call_was_toured(shop: Shop) -> None:
    """The tests above and the two calls the SDK has no method for have made every request that PayPal's fake answers."""
    address = f"{shop.gateway.url}/v1/notifications/verify-webhook-signature"
    assert httpx.post(address, json={}, headers={"authorization": BASIC}, trust_env=False).status_code == 200
    shop.note_calls()
    assert set(SERVED["paypal"].points) == CALLED
