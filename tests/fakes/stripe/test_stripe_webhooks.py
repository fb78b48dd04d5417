"""Events and webhooks at Stripe: what is told, signed as documented, and told again until it is heard."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest
from support.stripebench import START, Account

from tillproof_fake_processors.stripe import BadSignature, Endpoint, verify
from tillproof_fake_processors.stripe.webhooks import BACK_OFF, TOLERANCE, signature

SECRET = "whsec_test"  # noqa: S105 - a test's own
SHOP = Endpoint(url="https://shop.example/hooks", secret=SECRET)
BODY = b'{"id":"evt_1"}'


def test_the_events_of_a_payment() -> None:
    """Each step of it is an event, with the object as it was then, and the request that caused it."""
    account = Account()
    held = account.held()
    account.post(f"payment_intents/{held['id']}/capture", key="k")
    account.post("refunds", {"payment_intent": held["id"]})
    events = account.get("events", limit=50)["data"][::-1]
    assert [event["type"] for event in events] == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.amount_capturable_updated",
        "charge.captured",
        "payment_intent.succeeded",
        "refund.created",
        "charge.refunded",
    ]
    assert [e["data"]["object"]["status"] for e in events if e["type"].startswith("payment_intent")] == [
        "requires_confirmation",
        "requires_capture",
        "succeeded",
    ]
    assert events[3]["request"]["idempotency_key"] == "k"
    assert account.get(f"events/{events[0]['id']}") == events[0]


@pytest.mark.parametrize(
    ("confirmation", "told"),
    [("automatic", ["charge.succeeded", "payment_intent.amount_capturable_updated"]), ("manual", [])],
)
def test_the_events_of_a_challenge_that_is_passed(confirmation: str, told: list[str]) -> None:
    """What goes on by itself is told; that a confirmation by the shop is awaited is not: Stripe has no event for it."""
    account = Account()
    account.held("pm_card_threeDSecure2Required", confirmation_method=confirmation)
    before = len(account.get("events", limit=50)["data"])
    account.stripe.answer_challenge(passed=True)
    events = account.get("events", limit=50)["data"][::-1]
    assert [event["type"] for event in events][before:] == told


def test_what_happens_by_itself_has_no_request() -> None:
    """A hold that lapses is nobody's request."""
    account = Account()
    account.held()
    account.time += 7 * 86_400
    (event,) = account.get("events", type="payment_intent.canceled")["data"]
    assert event["request"] == {"id": None, "idempotency_key": None}


def test_a_delivery() -> None:
    """It is due at once, to those who want its type, and signed over the very bytes."""
    account = Account(SHOP, Endpoint(url="https://other.example", secret="s2", types=frozenset({"charge.captured"})))  # noqa: S106 - a test's own
    account.intent()
    (delivery,) = account.stripe.outbox.due(account.time)
    assert (delivery.url, delivery.attempt) == (SHOP.url, 1)
    assert json.loads(delivery.body)["type"] == "payment_intent.created"
    verify(delivery.body, delivery.headers["stripe-signature"], SECRET, account.time)
    assert account.stripe.outbox.due(account.time) == []


def test_told_again_until_it_is_heard() -> None:
    """Without a 2xx the same event comes again, signed anew, ever later, and for about three days."""
    account = Account(SHOP)
    account.intent()
    bodies: list[bytes] = []
    for attempt, wait in enumerate((0.0, *BACK_OFF), start=1):
        assert account.stripe.outbox.due(account.time + wait - 1) == []
        account.time += wait
        (delivery,) = account.stripe.outbox.due(account.time)
        assert delivery.attempt == attempt
        assert delivery.headers["stripe-signature"].startswith(f"t={int(account.time)},")
        bodies.append(delivery.body)
        account.stripe.outbox.answered(delivery, 500 if attempt % 2 else None)
    assert len(set(bodies)) == 1
    assert 2.5 * 86_400 < account.time - START < 3 * 86_400
    assert account.stripe.outbox.due(float("inf")) == []
    assert sorted(BACK_OFF) == list(BACK_OFF)


@pytest.mark.parametrize("status", [200, 204])
def test_heard(status: int) -> None:
    """A 2xx ends it."""
    account = Account(SHOP)
    account.intent()
    (delivery,) = account.stripe.outbox.due(account.time)
    account.stripe.outbox.answered(delivery, status)
    assert account.stripe.outbox.due(float("inf")) == []


def test_the_signature_is_the_documented_one() -> None:
    """HMAC-SHA256 over time, a dot and the payload (https://docs.stripe.com/webhooks#verify-manually)."""
    mac = hmac.new(SECRET.encode(), b"1000." + BODY, hashlib.sha256).hexdigest()
    assert signature(BODY, SECRET, 1000) == f"t=1000,v1={mac}"


@pytest.mark.parametrize("now", [1000, 1000 + TOLERANCE, 1000 - TOLERANCE])
def test_a_good_signature(now: float) -> None:
    """It holds within the tolerance, and beside those of other schemes or secrets."""
    verify(BODY, signature(BODY, SECRET, 1000), SECRET, now)
    verify(BODY, f"{signature(BODY, 'old', 1000)},v1={signature(BODY, SECRET, 1000).partition('v1=')[2]},v0=x", SECRET, now)


@pytest.mark.parametrize(
    ("body", "header", "now"),
    [
        (BODY + b" ", signature(BODY, SECRET, 1000), 1000),
        (BODY, signature(BODY, "whsec_other", 1000), 1000),
        (BODY, signature(BODY, SECRET, 1000).replace("t=1000", "t=1001"), 1000),
        (BODY, signature(BODY, SECRET, 1000), 1001 + TOLERANCE),
        (BODY, signature(BODY, SECRET, 1000), 999 - TOLERANCE),
        (BODY, signature(BODY, SECRET, 1000).replace("v1", "v0"), 1000),
        (BODY, signature(BODY, SECRET, 1000).partition(",")[2], 1000),
        (BODY, "t=1000", 1000),
        (BODY, "t=soon,v1=x", 1000),
        (BODY, "t=1000,v1=é", 1000),
        (BODY, "", 1000),
    ],
)
def test_a_bad_signature(body: bytes, header: str, now: float) -> None:
    """Forged, stale, from the future, of another scheme, or none."""
    with pytest.raises(BadSignature):
        verify(body, header, SECRET, now)


def test_the_official_sdk_accepts_it() -> None:
    """What we sign, the SDK's own verification takes for Stripe's."""
    from stripe import WebhookSignature  # noqa: PLC0415 - slow to import

    header = signature(BODY, SECRET, 1000)
    assert WebhookSignature.verify_header(BODY.decode(), header, SECRET)  # pyright: ignore[reportUnknownMemberType] - half typed
