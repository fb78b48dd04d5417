"""Captures, refunds and cancellations at Stripe: what is permitted, and that the books always add up."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.stripebench import DAY, Account

from tillproof.domain.entities import Data
from tillproof.domain.ledger import EntryKind

MONEY = (EntryKind.AUTHORIZE, EntryKind.CAPTURE, EntryKind.REFUND, EntryKind.VOID, EntryKind.LAPSE)


def test_capturing_a_part() -> None:
    """The rest is let go: it counts as given back, and cannot be captured any more."""
    account = Account()
    intent = account.held()
    path = f"payment_intents/{intent['id']}"
    after = account.post(f"{path}/capture", {"amount_to_capture": "4000", "expand": ["latest_charge"]})
    assert (after["status"], after["amount_received"], after["amount_capturable"]) == ("succeeded", 4000, 0)
    assert (after["latest_charge"]["amount_captured"], after["latest_charge"]["amount_refunded"]) == (4000, 900)
    assert account.error("POST", f"{path}/capture")[1]["code"] == "payment_intent_unexpected_state"


@pytest.mark.parametrize(
    ("path", "params", "code"),
    [
        ("capture", {"amount_to_capture": "4901"}, "amount_too_large"),
        ("capture", {"amount_to_capture": "0"}, "parameter_invalid_integer"),
        ("confirm", {}, "payment_intent_unexpected_state"),
        ("", {"amount": "5000"}, "payment_intent_unexpected_state"),
        ("", {"payment_method": "pm_card_visa"}, "payment_intent_unexpected_state"),
    ],
)
def test_what_a_hold_does_not_permit(path: str, params: Data, code: str) -> None:
    """Refused, and the books stay as they are."""
    account = Account()
    intent = account.held()
    before = list(account.entries)
    status, error = account.error("POST", f"payment_intents/{intent['id']}/{path}".rstrip("/"), params)
    assert (status, error["code"]) == (400, code)
    assert account.entries == before


@pytest.mark.parametrize("verb", ["capture", "confirm", "cancel"])
def test_what_a_canceled_intent_permits(verb: str) -> None:
    """Nothing: the error holds the intent as it is."""
    account = Account()
    intent = account.held()
    account.post(f"payment_intents/{intent['id']}/cancel", {"cancellation_reason": "abandoned"})
    status, error = account.error("POST", f"payment_intents/{intent['id']}/{verb}")
    assert (status, error["code"]) == (400, "payment_intent_unexpected_state")
    assert (error["payment_intent"]["status"], error["payment_intent"]["cancellation_reason"]) == ("canceled", "abandoned")


def test_canceling() -> None:
    """What is held is let go; what is captured cannot be canceled."""
    account = Account()
    held = account.held()
    canceled = account.post(f"payment_intents/{held['id']}/cancel")
    assert (canceled["status"], canceled["amount_capturable"]) == ("canceled", 0)
    assert account.get(f"charges/{canceled['latest_charge']}")["amount_refunded"] == 4900
    assert account.of(EntryKind.VOID) == [4900]
    taken = account.captured()
    assert account.error("POST", f"payment_intents/{taken['id']}/cancel")[0] == 400


@pytest.mark.parametrize(("later", "status"), [(7 * DAY - 1, "requires_capture"), (7 * DAY, "canceled")])
def test_a_hold_that_nobody_captures(later: float, status: str) -> None:
    """After seven days it lapses, and the intent is canceled by itself."""
    account = Account()
    path = f"payment_intents/{account.held()['id']}"
    account.time += later
    assert account.get(path)["status"] == status
    assert account.of(EntryKind.LAPSE) == ([4900] if status == "canceled" else [])
    if status == "canceled":
        assert account.get(path)["cancellation_reason"] == "automatic"
        assert account.error("POST", f"{path}/capture")[1]["code"] == "charge_expired_for_capture"


def test_taken_at_once() -> None:
    """Without `capture_method=manual` a confirmation takes the money."""
    account = Account()
    intent = account.held(capture_method="automatic")
    assert (intent["status"], intent["amount_received"]) == ("succeeded", 4900)
    assert account.of(EntryKind.CAPTURE) == [4900]


@pytest.mark.parametrize(
    ("prepare", "params", "code"),
    [
        (Account.captured, {"amount": "4901"}, None),
        (Account.captured, {"amount": "0"}, "parameter_invalid_integer"),
        (Account.held, {}, "charge_not_refundable"),
        (Account.intent, {}, None),
    ],
)
def test_what_cannot_be_refunded(prepare: Callable[[Account], Data], params: Data, code: str | None) -> None:
    """Too much, nothing, what is only held, and what was never paid."""
    account = Account()
    intent = prepare(account)
    before = list(account.entries)
    status, error = account.error("POST", "refunds", {"payment_intent": intent["id"], **params})
    assert (status, error.get("code")) == (400, code)
    assert account.entries == before


def test_refunding_in_parts() -> None:
    """Part by part, by intent or by charge, until all is given back; then no more."""
    account = Account()
    intent = account.captured()
    for params in ({"payment_intent": intent["id"], "amount": "900"}, {"charge": intent["latest_charge"], "amount": "1000"}):
        assert account.post("refunds", params)["status"] == "succeeded"
    rest = account.post("refunds", {"payment_intent": intent["id"], "reason": "duplicate", "metadata": {"a": "b"}})
    assert (rest["amount"], rest["reason"], rest["metadata"]) == (3000, "duplicate", {"a": "b"})
    assert account.get(f"charges/{intent['latest_charge']}")["refunded"] is True
    assert account.error("POST", "refunds", {"payment_intent": intent["id"]})[1]["code"] == "charge_already_refunded"
    changed = account.post(f"refunds/{rest['id']}", {"metadata": {"a": "", "c": "d"}})
    assert account.get(f"refunds/{rest['id']}") == changed
    assert changed["metadata"] == {"c": "d"}


def test_a_refund_that_fails_later() -> None:
    """It looks done at first; minutes later it has failed, and its sum can be refunded again. No money ever moved."""
    account = Account()
    intent = account.captured("pm_card_refundFail")
    refund = account.post("refunds", {"payment_intent": intent["id"]})
    assert refund["status"] == "succeeded"
    assert account.error("POST", "refunds", {"payment_intent": intent["id"]})[0] == 400
    account.time += 300
    failed = account.get(f"refunds/{refund['id']}")
    assert (failed["status"], failed["failure_reason"]) == ("failed", "expired_or_canceled_card")
    assert account.get(f"charges/{intent['latest_charge']}")["amount_refunded"] == 0
    assert account.of(EntryKind.REFUND) == []
    assert account.get("events", type="refund.failed")["data"][0]["data"]["object"]["id"] == refund["id"]


def test_a_refund_that_is_pending_first() -> None:
    """Its money reaches the customer minutes later, and is spoken for until then."""
    account = Account()
    intent = account.captured("pm_card_pendingRefund")
    refund = account.post("refunds", {"payment_intent": intent["id"], "amount": "4000"})
    assert refund["status"] == "pending"
    assert account.of(EntryKind.REFUND) == []
    assert account.error("POST", "refunds", {"payment_intent": intent["id"], "amount": "901"})[0] == 400
    account.time += 300
    account.stripe.land()
    assert account.of(EntryKind.REFUND) == [4000]
    assert account.get(f"refunds/{refund['id']}")["status"] == "succeeded"


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["confirm", "capture", "cancel", "refund", "update", "pass", "fail", "wait"]),
        st.integers(min_value=1, max_value=6000),
        st.sampled_from(
            ["pm_card_visa", "pm_card_visa_chargeDeclined", "pm_card_threeDSecure2Required", "pm_card_refundFail"]
        ),
    ),
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(steps=STEPS, manual=st.booleans())
def test_whatever_is_asked(steps: list[tuple[str, int, str]], manual: bool) -> None:  # noqa: FBT001 - drawn
    """No more is captured than was held, nor refunded than captured; the intent shows what the ledger says."""
    account = Account()
    path = f"payment_intents/{account.intent(confirmation_method='manual' if manual else 'automatic')['id']}"
    for step, amount, card in steps:
        match step:
            case "confirm":
                account.ask("POST", f"{path}/confirm", {"payment_method": card})
            case "capture":
                account.ask("POST", f"{path}/capture", {"amount_to_capture": amount})
            case "refund":
                account.ask("POST", "refunds", {"payment_intent": path.rpartition("/")[2], "amount": amount})
            case "update":
                account.ask("POST", path, {"amount": amount})
            case "pass" | "fail":
                account.stripe.answer_challenge(passed=step == "pass")
            case "wait":
                account.time += amount * 100
            case _:
                account.ask("POST", f"{path}/cancel")
        intent = account.get(path, expand=["latest_charge.refunds"])
        held, taken, back, voided, lapsed = (sum(account.of(kind)) for kind in MONEY)
        assert back <= taken <= held
        assert held <= intent["amount"]
        assert intent["amount_received"] == taken
        assert voided + lapsed <= held
        assert intent["amount_capturable"] == (held if intent["status"] == "requires_capture" else 0)
        assert (intent["status"] == "succeeded") == (taken > 0)
        if intent["status"] == "canceled":
            assert held == voided + lapsed
