"""Keys at Stripe, as https://docs.stripe.com/api/idempotent_requests has them."""

from __future__ import annotations

import pytest
from support.stripebench import DAY, Account

from tillproof.domain.entities import Data
from tillproof.domain.ledger import EntryKind

MAKE: Data = {"amount": 4900, "currency": "eur"}


def test_the_same_key_and_parameters() -> None:
    """The first answer comes again, byte for byte, marked as a replay, and nothing is done twice."""
    account = Account()
    bodies = [account.http("POST", "/v1/payment_intents", "amount=4900&currency=eur", idempotency_key="k") for _ in range(2)]
    assert bodies[0].body == bodies[1].body
    assert account.of(EntryKind.INTENT) == [4900]
    assert "idempotent-replayed" not in bodies[0].headers
    assert bodies[1].headers["idempotent-replayed"] == "true"
    assert bodies[1].headers["original-request"] == bodies[0].headers["request-id"] != bodies[1].headers["request-id"]


def test_a_replay_is_the_first_answer_not_the_present_state() -> None:
    """What became of the object since is not in it."""
    account = Account()
    first = account.post("payment_intents", MAKE, "k")
    account.post(f"payment_intents/{first['id']}/cancel")
    assert account.post("payment_intents", MAKE, "k")["status"] == "requires_payment_method"


@pytest.mark.parametrize("other", [{"amount": 5000}, {"currency": "usd"}, {"description": "x"}, {"metadata": {"a": "b"}}])
def test_the_same_key_with_other_parameters(other: Data) -> None:
    """400 `idempotency_error`, and nothing is done."""
    account = Account()
    account.post("payment_intents", MAKE, "k")
    status, error = account.error("POST", "payment_intents", {**MAKE, **other}, "k")
    assert (status, error["type"]) == (400, "idempotency_error")
    assert account.of(EntryKind.INTENT) == [4900]


def test_the_same_key_at_another_endpoint() -> None:
    """A key belongs to one endpoint too."""
    account = Account()
    account.post("customers", {}, "k")
    assert account.error("POST", "payment_intents", MAKE, "k")[1]["type"] == "idempotency_error"


def test_while_another_request_with_the_key_is_at_work() -> None:
    """409 `idempotency_key_in_use`; once that has ended the key answers as ever."""
    account = Account()
    with account.stripe.at_work("k"):
        status, error = account.error("POST", "payment_intents", MAKE, "k")
        assert (status, error["code"]) == (409, "idempotency_key_in_use")
    assert account.entries == []
    account.post("payment_intents", MAKE, "k")
    assert account.of(EntryKind.INTENT) == [4900]


@pytest.mark.parametrize("after_effect", [False, True])
def test_a_server_error_is_kept(after_effect: bool) -> None:  # noqa: FBT001 - a row of the table
    """The 500 comes again for as long as the key lives, whether or not the effect is there."""
    account = Account()
    account.stripe.break_next(after_effect=after_effect)
    tries = [account.error("POST", "payment_intents", MAKE, "k") for _ in range(3)]
    assert {(status, error["type"]) for status, error in tries} == {(500, "api_error")}
    assert account.of(EntryKind.INTENT) == [4900] * after_effect


def test_a_decline_is_kept() -> None:
    """Confirming again with the key of a decline is the decline again, though the card would be good by now."""
    account = Account()
    path = f"payment_intents/{account.intent()['id']}/confirm"
    account.stripe.enter_card("declined")
    assert account.error("POST", path, {}, "k")[0] == 402
    account.stripe.enter_card("good")
    assert account.error("POST", path, {}, "k")[0] == 402
    assert account.post(path, {}, "k2")["status"] == "requires_capture"


@pytest.mark.parametrize(
    ("path", "wrong", "right"),
    [
        ("payment_intents", {"amount": "many", "currency": "eur"}, MAKE),
        ("payment_intents", {**MAKE, "colour": "red"}, MAKE),
        ("payment_intents", {"currency": "eur"}, MAKE),
        ("customers", {"metadata": {"x" * 41: "y"}}, {}),
    ],
)
def test_what_fails_validation_is_not_kept(path: str, wrong: Data, right: Data) -> None:
    """No endpoint had begun to work, so the key is still free."""
    account = Account()
    assert account.error("POST", path, wrong, "k")[0] == 400
    account.post(path, right, "k")


@pytest.mark.parametrize(("later", "made"), [(DAY - 1, 1), (DAY, 2)])
def test_how_long_a_key_lives(later: float, made: int) -> None:
    """Twenty-four hours of the account's own time; then it is a new one."""
    account = Account()
    account.post("payment_intents", MAKE, "k")
    account.time += later
    account.post("payment_intents", MAKE, "k")
    assert len(account.of(EntryKind.INTENT)) == made


def test_reading_with_a_key() -> None:
    """A GET has no use for one."""
    account = Account()
    intent = account.intent()
    for status in ("requires_payment_method", "canceled"):
        assert account.ask("GET", f"payment_intents/{intent['id']}", key="k").body == account.get(
            f"payment_intents/{intent['id']}"
        )
        assert account.get(f"payment_intents/{intent['id']}")["status"] == status
        if status != "canceled":
            account.post(f"payment_intents/{intent['id']}/cancel")


def test_a_key_that_is_too_long() -> None:
    """At most 255 characters."""
    account = Account()
    account.post("customers", {}, "k" * 255)
    assert account.error("POST", "customers", {}, "k" * 256)[0] == 400


def test_without_a_key() -> None:
    """Two requests are two effects."""
    account = Account()
    account.intent()
    account.intent()
    assert account.of(EntryKind.INTENT) == [4900, 4900]
