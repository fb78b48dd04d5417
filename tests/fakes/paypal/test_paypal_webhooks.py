"""
PayPal's webhooks: what is told, how it is signed, and how long it is tried.

https://developer.paypal.com/api/rest/webhooks
"""

from __future__ import annotations

import base64
import json
from zlib import crc32

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_pem_x509_certificate
from support.paypalbench import DAY, ORDERS, PAYMENTS, PayPalBench, body_of, euros

from tillproof.contract.gateway import Request
from tillproof.domain.entities import Data
from tillproof_fake_processors.paypal import Habits
from tillproof_fake_processors.paypal.certificate import is_signed, sign
from tillproof_fake_processors.paypal.events import CERT_URL, WEBHOOK_ID, Signed
from tillproof_fake_processors.paypal.outbox import MOST_RETRIES, Outbox
from tillproof_fake_processors.paypal.payments import Outcome


def _told(bench: PayPalBench) -> list[str]:
    return [json.loads(one.body)["event_type"] for one in bench.paypal.events.due()]


def test_a_purchase_is_told() -> None:
    """From approval to refund, each event in its order, with the resource as it was then."""
    bench = PayPalBench()
    capture = bench.taken()
    bench.refund(capture, amount=euros("9.00"))
    assert _told(bench) == [
        "CHECKOUT.ORDER.APPROVED",
        "PAYMENT.AUTHORIZATION.CREATED",
        "CHECKOUT.ORDER.COMPLETED",
        "PAYMENT.CAPTURE.COMPLETED",
        "PAYMENT.CAPTURE.REFUNDED",
    ]
    first, *_, last = (json.loads(one.body) for one in bench.paypal.events.due())
    assert (first["resource_type"], first["resource"]["status"]) == ("checkout-order", "APPROVED")
    assert (last["resource_type"], last["resource"]["amount"]) == ("refund", euros("9.00"))
    assert len({json.loads(one.body)["id"] for one in bench.paypal.events.due()}) == 5


@pytest.mark.parametrize(
    ("outcome", "event"), [("pending", "PAYMENT.CAPTURE.PENDING"), ("denied", "PAYMENT.CAPTURE.DECLINED")]
)
def test_what_did_not_succeed_is_told(outcome: Outcome, event: str) -> None:
    """A pending and a declined capture have events of their own."""
    bench = PayPalBench(Habits(captures=outcome))
    bench.taken()
    assert _told(bench)[-1] == event


def test_the_end_of_an_authorization_is_told() -> None:
    """Voided by us or expired by itself: the same event, once."""
    bench = PayPalBench()
    voided, expired = bench.hold(), bench.hold()
    bench.ask("POST", f"{PAYMENTS}/authorizations/{voided}/void")
    bench.time += 29 * DAY
    bench.ask("GET", f"{PAYMENTS}/authorizations/{expired}")
    ended = [json.loads(one.body)["resource"]["id"] for one in bench.paypal.events.due()][-2:]
    assert ended == [voided, expired]
    assert _told(bench).count("PAYMENT.AUTHORIZATION.VOIDED") == 2


def _one(bench: PayPalBench) -> Signed:
    bench.order()
    bench.ask("GET", ORDERS)
    return bench.paypal.events.due()[0]


def test_verified_offline() -> None:
    """Anybody with an RSA library verifies it: the certificate at its address, over the documented text."""
    bench = PayPalBench()
    one = _one(bench)
    assert one.headers["paypal-cert-url"] == CERT_URL
    answer = bench.paypal.handle(Request(method="GET", path=CERT_URL.partition(".com")[2]))
    assert isinstance(answer.body, str)
    key = load_pem_x509_certificate(answer.body.encode()).public_key()
    assert isinstance(key, RSAPublicKey)
    parts = (one.headers["paypal-transmission-id"], one.headers["paypal-transmission-time"], WEBHOOK_ID, crc32(one.body))
    signature = base64.b64decode(one.headers["paypal-transmission-sig"])
    key.verify(signature, "|".join(map(str, parts)).encode(), PKCS1v15(), SHA256())


def _question(one: Signed) -> Data:
    names = {"transmission_id": "id", "transmission_time": "time", "transmission_sig": "sig"}
    asked: Data = {field: one.headers[f"paypal-transmission-{name}"] for field, name in names.items()}
    return asked | {
        "cert_url": one.headers["paypal-cert-url"],
        "auth_algo": one.headers["paypal-auth-algo"],
        "webhook_id": WEBHOOK_ID,
        "webhook_event": json.loads(one.body),
    }


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, "SUCCESS"),
        ({"webhook_event": {"id": "forged"}}, "FAILURE"),
        ({"webhook_event": "no object"}, "FAILURE"),
        ({"transmission_id": "other"}, "FAILURE"),
        ({"transmission_time": "2030-01-01T00:00:00Z"}, "FAILURE"),
        ({"transmission_sig": "AAAA"}, "FAILURE"),
        ({"transmission_sig": "%%%"}, "FAILURE"),
        ({"transmission_sig": None}, "FAILURE"),
        ({"webhook_id": "other"}, "FAILURE"),
        ({"cert_url": "https://evil.example/cert"}, "FAILURE"),
        ({"auth_algo": "none"}, "FAILURE"),
    ],
)
def test_verified_by_asking(changed: Data, status: str) -> None:
    """`verify-webhook-signature` says SUCCESS for what was sent, and FAILURE for anything else."""
    bench = PayPalBench()
    asked = _question(_one(bench)) | changed
    answer = bench.ask("POST", "/v1/notifications/verify-webhook-signature", asked)
    assert (answer.status, body_of(answer)) == (200, {"verification_status": status})


def test_a_signature_is_of_its_message() -> None:
    """One bit more or less is another message; signing has no chance in it."""
    signature = sign(b"message")
    assert signature == sign(b"message")
    assert is_signed(b"message", signature)
    assert not is_signed(b"message!", signature)
    assert not is_signed(b"message", signature[:-1])


def test_delivered() -> None:
    """What is answered 2xx is not sent again; each try has a transmission id of its own."""
    bench = PayPalBench()
    one = _one(bench)
    bench.paypal.events.outbox.answered(one.id, 500, bench.time)
    assert bench.paypal.events.due() == ()
    bench.time += 10
    again = bench.paypal.events.due()[0]
    assert (again.id, again.body) == (one.id, one.body)
    assert again.headers["paypal-transmission-id"] != one.headers["paypal-transmission-id"]
    for _ in range(2):
        bench.paypal.events.outbox.answered(one.id, 204, bench.time)
    bench.time += DAY
    assert bench.paypal.events.due() == ()


@pytest.mark.parametrize("status", [None, 302, 404, 500])
def test_tried_for_three_days(status: int | None) -> None:
    """25 times more, at growing intervals, within three days; then it is given up, and listed."""
    outbox, now = Outbox(), 0.0
    outbox.put("WH-1", {}, now)
    waits: list[float] = []
    while (due := outbox.next_due()) is not None:
        assert outbox.due(due - 0.5) == ()
        assert [one.id for one in outbox.due(due)] == ["WH-1"]
        waits.append(due - now)
        now = due
        outbox.answered("WH-1", status, now)
    assert len(waits) == 1 + MOST_RETRIES
    assert waits == sorted(waits)
    assert 2 * DAY < now <= 3 * DAY
    assert [one.id for one in outbox.given_up] == ["WH-1"]
