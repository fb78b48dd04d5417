"""The real Medusa with its published Stripe and PayPal plugins, unchanged, against `tillproof serve`: money end to end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest
from support.medusashop import WEBHOOK_SECRET, MedusaShop, eventually, free_port, installed, medusa_shop
from support.postgres import Postgres
from support.servedgateway import ServedGateway, served_gateway

from tillproof.domain.entities import Data
from tillproof_fake_processors.paypal.tokens import BASIC

pytestmark = pytest.mark.e2e

_BROWSER = {"authorization": "Bearer pk_test_of_the_storefront"}


class Street:
    """A shop, and the two gateways it takes money through."""

    def __init__(self, shop: MedusaShop, stripe: ServedGateway, paypal: ServedGateway) -> None:
        self.shop = shop
        self.stripe = stripe
        self.paypal = paypal


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres) -> Iterator[Street]:
    """Open them for the whole module."""
    here, port = installed(tmp_path_factory.mktemp("shop")), free_port()
    hooks = f"http://127.0.0.1:{port}"
    with ExitStack() as open_:
        signed = ["--webhook", f"{hooks}/stripe/hooks", "--webhook-secret", WEBHOOK_SECRET]
        stripe = open_.enter_context(served_gateway("stripe", *signed))
        paypal = open_.enter_context(served_gateway("paypal", "--webhook", f"{hooks}/paypal/hooks"))
        known = paypal.steer("GET", "/")["needs"]
        needs = {"client_id": known["client id"], "client_secret": known["secret"], "webhook_id": known["webhook id"]}
        gateways = {"stripe": stripe, "paypal": paypal}
        yield Street(open_.enter_context(medusa_shop(here, postgres, gateways, port, needs, carts=8)), stripe, paypal)


def effects(gateway: ServedGateway, intent: str) -> list[tuple[str, int]]:
    """Kind and amount of what happened on an intent; that its amount was told again is left out."""
    entries = gateway.steer("GET", "/ledger")["entries"]
    return [(one["kind"], one["amount"]) for one in entries if one["intent"] == intent and one["kind"] != "update"]


def confirmed_in_the_browser(stripe: ServedGateway, intent: Data, card: str) -> str:
    """Confirm an intent as Stripe.js does, with the publishable key and the client secret; return its status."""
    body = {"client_secret": intent["client_secret"], "payment_method": card}
    answer = httpx.post(f"{stripe.url}/v1/payment_intents/{intent['id']}/confirm", data=body, headers=_BROWSER)
    assert answer.is_success, answer.text
    status: str = answer.json()["status"]
    return status


def test_stripe_authorize_capture_refund(street: Street) -> None:
    """The card is authorized in the browser; the cart becomes an order; the shop captures, and gives a part back."""
    shop, stripe = street.shop, street.stripe
    cart, session = shop.cart("stripe")
    assert confirmed_in_the_browser(stripe, session, "pm_card_visa") == "requires_capture"
    done = shop.complete(cart)
    assert done["type"] == "order", done
    order = done["data"]["id"]
    assert shop.ask("POST", f"/admin/orders/{order}/capture")["order"]["payment_status"] == "captured"
    shop.ask("POST", f"/admin/orders/{order}/refund", {"amount": 1900, "reason": "return"})
    assert shop.order(order)["payment_status"] == "partially_refunded"
    assert effects(stripe, session["id"]) == [("intent", 4900), ("authorize", 4900), ("capture", 4900), ("refund", 1900)]


def test_stripe_challenge_and_a_webhook_that_completes(street: Street) -> None:
    """3-D Secure: the cart waits; the shopper passes and never comes back; the webhook alone makes the order."""
    shop, stripe = street.shop, street.stripe
    cart, session = shop.cart("stripe")
    assert confirmed_in_the_browser(stripe, session, "pm_card_threeDSecure2Required") == "requires_action"
    waiting = shop.complete(cart)
    assert (waiting["type"], waiting["payment_status"]) == ("cart", "requires_more")
    assert shop.order_of(cart) is None
    stripe.steer("POST", "/shopper", {"challenge": "passed"})
    order = eventually(lambda: shop.order_of(cart))
    assert shop.order(order["id"])["payment_status"] == "awaiting"
    told = [one for one in stripe.steer("GET", "/webhooks")["deliveries"] if "capturable" in one["type"]]
    assert {one["status"] for one in told} == {200}


def test_stripe_capture_and_refund_outside_the_shop(street: Street) -> None:
    """Captured in Stripe's own dashboard: the webhook tells the shop, and its order is captured."""
    shop, stripe = street.shop, street.stripe
    cart, session = shop.cart("stripe")
    confirmed_in_the_browser(stripe, session, "pm_card_visa")
    order = shop.complete(cart)["data"]["id"]
    stripe.post(f"/v1/payment_intents/{session['id']}/capture")
    captured = eventually(lambda: found if (found := shop.order(order))["payment_status"] == "captured" else None)
    assert captured["payments"][0]["captured_at"] is not None


def test_stripe_declined_and_canceled(street: Street) -> None:
    """A declined card makes no order; a canceled order lets go of what was held."""
    shop, stripe = street.shop, street.stripe
    cart, session = shop.cart("stripe")
    body = {"client_secret": session["client_secret"], "payment_method": "pm_card_visa_chargeDeclined"}
    answer = httpx.post(f"{stripe.url}/v1/payment_intents/{session['id']}/confirm", data=body, headers=_BROWSER)
    assert answer.status_code == 402
    assert shop.complete(cart)["type"] == "cart"
    confirmed_in_the_browser(stripe, session, "pm_card_visa")
    order = shop.complete(cart)["data"]["id"]
    assert shop.ask("POST", f"/admin/orders/{order}/cancel")["order"]["payment_status"] == "canceled"
    assert [kind for kind, _ in effects(stripe, session["id"])] == ["intent", "decline", "authorize", "void"]


def authorized_in_the_browser(paypal: ServedGateway, order: Data) -> None:
    """The payer approves on PayPal's page, and the storefront's button authorizes."""
    paypal.steer("POST", "/shopper", {"card": "good"})
    headers = {"authorization": BASIC, "content-type": "application/json"}
    answer = httpx.post(f"{paypal.url}/v2/checkout/orders/{order['id']}/authorize", headers=headers)
    assert answer.is_success, answer.text


def test_paypal_authorize_capture_refund(street: Street) -> None:
    """The payer approves, the cart becomes an order; the shop captures, and gives a part back."""
    shop, paypal = street.shop, street.paypal
    cart, session = shop.cart("paypal")
    authorized_in_the_browser(paypal, session)
    done = shop.complete(cart)
    assert done["type"] == "order", done
    order = done["data"]["id"]
    assert shop.ask("POST", f"/admin/orders/{order}/capture")["order"]["payment_status"] == "captured"
    shop.ask("POST", f"/admin/orders/{order}/refund", {"amount": 1900, "reason": "return"})
    assert shop.order(order)["payment_status"] == "partially_refunded"
    assert effects(paypal, session["id"]) == [
        ("intent", 4900),
        ("authorize", 4900),
        ("capture", 4900),
        ("refund", 1900),
    ]


def test_paypal_canceled(street: Street) -> None:
    """A canceled order lets go of what was held."""
    shop, paypal = street.shop, street.paypal
    cart, session = shop.cart("paypal")
    authorized_in_the_browser(paypal, session)
    order = shop.complete(cart)["data"]["id"]
    assert shop.ask("POST", f"/admin/orders/{order}/cancel")["order"]["payment_status"] == "canceled"
    assert effects(paypal, session["id"])[1:] == [("authorize", 4900), ("void", 4900)]


def test_paypal_webhook(street: Street) -> None:
    """
    The plugin has each webhook verified, then asks for the authorization by POST; PayPal documents a GET.

    So it answers 409 to every one of them, and the order is the shopper's to complete.
    """
    shop, paypal = street.shop, street.paypal
    cart, session = shop.cart("paypal")
    before = len(told_of_authorizations(paypal))
    authorized_in_the_browser(paypal, session)
    (heard,) = eventually(lambda: told_of_authorizations(paypal)[before:] or None)
    assert (heard["status"], shop.order_of(cart)) == (409, None)
    crossed = paypal.steer("GET", "/faults")["crossed"]
    assert crossed["gateway.POST:/v1/notifications/verify-webhook-signature"] >= 1
    assert crossed["gateway.POST:/v2/payments/authorizations/{id}"] >= 1


def told_of_authorizations(paypal: ServedGateway) -> list[Data]:
    """The first tries to tell the shop of an authorization."""
    deliveries = paypal.steer("GET", "/webhooks")["deliveries"]
    return [one for one in deliveries if one["type"] == "PAYMENT.AUTHORIZATION.CREATED" and one["attempt"] == 1]
