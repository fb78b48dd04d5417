"""The published test cards (https://docs.stripe.com/testing): what each does when it is charged."""

from __future__ import annotations

import pytest
from support.stripebench import Account

from tillproof.domain.ledger import EntryKind
from tillproof_fake_processors.stripe.cards import CARDS, Card

GOOD = [card for card in CARDS if card.declined is None and not card.asks]
DECLINED = [card for card in CARDS if card.declined is not None and not card.asks and not card.refused_at_once]
ASKING = [card for card in CARDS if card.asks]


def named(card: Card) -> str:
    return (card.tokens or (card.number,))[0]


@pytest.mark.parametrize("card", GOOD, ids=named)
def test_a_good_card(card: Card) -> None:
    """By each of its tokens, and by its number, the money is held."""
    account = Account()
    for token in card.tokens:
        assert account.held(token)["status"] == "requires_capture"
    method = account.post("payment_methods", {"type": "card", "card": {"number": card.number, "cvc": "123"}})
    assert method["card"]["last4"] == card.number[-4:]
    assert account.held(method["id"])["payment_method"] == method["id"]


@pytest.mark.parametrize("card", DECLINED, ids=named)
def test_a_declined_card(card: Card) -> None:
    """402 `card_error` with code, decline code, charge, and the intent inside; nothing is held and another card may try."""
    account = Account()
    intent = account.intent()
    path = f"payment_intents/{intent['id']}/confirm"
    status, error = account.error("POST", path, {"payment_method": card.tokens[0]})
    assert card.declined is not None
    assert (status, error["type"]) == (402, "card_error")
    assert (error["code"], error["decline_code"]) == (card.declined.code, card.declined.decline_code)
    inside = error["payment_intent"]
    assert (inside["id"], inside["status"], inside["payment_method"]) == (intent["id"], "requires_payment_method", None)
    assert inside["last_payment_error"]["decline_code"] == card.declined.decline_code
    assert error["payment_method"]["card"]["last4"] == card.number[-4:]
    charge = account.get(f"charges/{error['charge']}")
    assert (charge["status"], charge["paid"], charge["failure_code"]) == ("failed", False, card.declined.code)
    assert account.of(EntryKind.DECLINE) == [4900]
    assert account.of(EntryKind.AUTHORIZE) == []
    again = account.post(path, {"payment_method": "pm_card_visa"})
    assert (again["status"], again["last_payment_error"]) == ("requires_capture", None)


def test_a_number_that_is_wrong() -> None:
    """No payment method is made of it."""
    card = {"type": "card", "card": {"number": "4242424242424241"}}
    status, error = Account().error("POST", "payment_methods", card)
    assert (status, error["code"]) == (402, "incorrect_number")


def test_a_number_that_is_no_test_card() -> None:
    """A real card, or any other number, is declined."""
    card = {"type": "card", "card": {"number": "4111111111111111"}}
    assert Account().error("POST", "payment_methods", card)[1]["decline_code"] == "test_mode_live_card"


@pytest.mark.parametrize("card", ASKING, ids=named)
@pytest.mark.parametrize("confirmation", ["automatic", "manual"])
def test_a_card_that_asks(card: Card, confirmation: str) -> None:
    """`requires_action` and nothing held; once passed it goes on, by itself or confirmed again, to the issuer's word."""
    account = Account()
    intent = account.held(card.tokens[0], confirmation_method=confirmation)
    path = f"payment_intents/{intent['id']}"
    assert (intent["status"], intent["next_action"]["type"]) == ("requires_action", "use_stripe_sdk")
    assert account.of(EntryKind.AUTHORIZE) == []
    account.stripe.answer_challenge(passed=True)
    after = account.get(path)
    if confirmation == "manual":
        assert (after["status"], after["next_action"]) == ("requires_confirmation", None)
        account.ask("POST", f"{path}/confirm")
        after = account.get(path)
    if card.declined is None:
        assert after["status"] == "requires_capture"
        assert account.of(EntryKind.AUTHORIZE) == [4900]
    else:
        assert after["status"] == "requires_payment_method"
        assert after["last_payment_error"]["decline_code"] == card.declined.decline_code
        assert account.of(EntryKind.AUTHORIZE) == []


def test_a_challenge_that_is_failed() -> None:
    """The intent asks for another payment method, and says why; no charge was tried."""
    account = Account()
    intent = account.held("pm_card_threeDSecure2Required")
    account.stripe.answer_challenge(passed=False)
    after = account.get(f"payment_intents/{intent['id']}")
    assert after["status"] == "requires_payment_method"
    assert after["last_payment_error"]["code"] == "payment_intent_authentication_failure"
    assert after["latest_charge"] is None


def test_a_challenge_that_is_abandoned() -> None:
    """It stays open for as long as nobody cancels the intent; then nobody can finish it any more."""
    account = Account()
    intent = account.held("pm_card_threeDSecure2Required")
    account.time += 30 * 86_400
    assert account.get(f"payment_intents/{intent['id']}")["status"] == "requires_action"
    account.post(f"payment_intents/{intent['id']}/cancel")
    account.stripe.answer_challenge(passed=True)
    assert account.get(f"payment_intents/{intent['id']}")["status"] == "canceled"
    assert account.of(EntryKind.AUTHORIZE) == []


def test_a_challenge_with_a_way_back() -> None:
    """With a return address the shopper is sent to a page."""
    action = Account().held("pm_card_threeDSecure2Required", return_url="https://shop.example/back")["next_action"]
    assert action["redirect_to_url"]["return_url"] == "https://shop.example/back"


@pytest.mark.parametrize("absent", [{"off_session": "true"}, {"error_on_requires_action": "true"}])
def test_a_challenge_when_the_customer_is_absent(absent: dict[str, str]) -> None:
    """It is a decline: `authentication_required`."""
    account = Account()
    path = f"payment_intents/{account.intent()['id']}/confirm"
    status, error = account.error("POST", path, {"payment_method": "pm_card_authenticationRequired", **absent})
    assert (status, error["code"]) == (402, "authentication_required")


def test_another_amount_after_a_challenge() -> None:
    """A challenge that was passed for one amount does not count for another."""
    account = Account()
    path = f"payment_intents/{account.held('pm_card_threeDSecure2Required', confirmation_method='manual')['id']}"
    account.stripe.answer_challenge(passed=True)
    assert account.post(path, {"amount": 9900})["status"] == "requires_confirmation"
    assert account.post(f"{path}/confirm")["status"] == "requires_action"
