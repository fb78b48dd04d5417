"""IDEM-04, SEC-02, SEC-03 and SCA-03: borrowed keys, hostile ones, claims about money, and challenges without end."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from support.histories import AUTHORIZED, CART, HEADERS, KEY, ORDER, PAYMENT, SESSION, Tape
from support.judging import broken

from tillproof.domain.entities import Data
from tillproof.domain.ledger import EntryKind
from tillproof.domain.statuses import RecoveryPoint, SessionStatus
from tillproof.history.events import Asked

OTHER = replace(CART, id="cart_2")
MISMATCH: Data = {"code": "idempotency_key_mismatch", "message": "This key was used for another request."}
WAITS: Data = {"type": "cart", "payment_status": "requires_more", "data": {"id": "cart_1"}}
MADE = "key_0123456789abcdef01234567"


def _borrowed(status: int, body: Data, *, effect: bool = False, stored: bool = True) -> Tape:
    """Return a purchase, and its key sent with another cart."""
    tape = Tape().bought(OTHER) if stored else Tape()
    tape.ask(wish=2, id="cart_2")
    if effect:
        tape.call("authorize_payment", 2, resource_id="cart_2")
        tape.hold("au_2", reference="op_2")
        tape.back(status="authorized")
    tape.hear(status, body)
    return tape


@pytest.mark.parametrize(
    ("tape", "breaches"),
    [
        (lambda: _borrowed(409, MISMATCH), 0),
        (lambda: _borrowed(409, {"message": "used for order_1", "order_id": "order_1"}), 1),
        (lambda: _borrowed(200, {"type": "order", "data": {"id": "order_2"}}), 1),
        (lambda: _borrowed(200, {"type": "order", "data": {"id": "order_1"}}), 2),
        (lambda: _borrowed(409, MISMATCH, effect=True), 1),
        (lambda: _borrowed(200, {"type": "order", "data": {"id": "order_2"}}, stored=False), None),
        (lambda: Tape().bought(), None),
    ],
)
def test_a_key_serves_one_thing(tape: Callable[[], Tape], breaches: int | None) -> None:
    """With another cart it is refused: success, an effect, or a stranger's id in the answer is a breach each."""
    assert broken(tape(), "IDEM-04") == breaches


def _attacked(
    key: str | None, status: int, *, id_: str = "cart_1", stored: bool = False, echoed: bool = False, effect: bool = False
) -> Tape:
    tape = Tape()
    tape.commit(CART)
    tape.ask(key=key, id=id_)
    if stored:
        tape.commit(replace(KEY, id="ikey_2", idempotency_key=str(key)))
    if effect:
        tape.call("authorize_payment")
        tape.hold(reference="op_1")
        tape.back(status="authorized")
    tape.hear(status, {}, {**HEADERS, "idempotency-key": str(key)} if echoed else HEADERS)
    return tape


@pytest.mark.parametrize("attack", ["", "a b", "k" * 256, "' or '1'='1", "<b>", "k\n", "k\x00", "ключ"])
def test_a_hostile_key_is_refused(attack: str) -> None:
    """Answered with an error it is no breach; let in, stored, or sent back, it is."""
    assert broken(_attacked(attack, 400), "SEC-02") == 0
    assert broken(_attacked(attack, 200), "SEC-02") == 1
    assert broken(_attacked(attack, 400, stored=True), "SEC-02") == 1
    assert broken(_attacked(attack, 400, effect=True), "SEC-02") == 1
    if attack:
        assert broken(_attacked(attack, 400, echoed=True), "SEC-02") == 1


def test_a_hostile_id_is_refused_and_a_plain_key_is_nobodys_attack() -> None:
    """An id is held to the same; a key in plain characters exercises nothing."""
    assert broken(_attacked("k1", 404, id_="' or '1'='1"), "SEC-02") == 0
    assert broken(_attacked("k1", 200, id_="' or '1'='1"), "SEC-02") == 1
    assert broken(_attacked("k1", 200), "SEC-02") is None


@pytest.mark.parametrize(
    ("keys", "breaches"),
    [
        ((MADE,), 0),
        ((MADE, "key_9a0123456789abcdef012345"), 0),
        ((MADE, MADE), 1),
        (("key_1",), 1),
        (("checkout-000000000001", "checkout-000000000002"), 1),
        (("a-key-for-the-cart-cart_1",), 1),
        (("a.buyer+a@b.example",), 1),
    ],
)
def test_made_keys_are_long_unique_and_of_nothing_known(keys: tuple[str, ...], breaches: int) -> None:
    """Short, counted, repeated, or made of the cart's id or the shopper's address: each can be guessed."""
    tape = Tape()
    tape.commit(CART)
    for number, key in enumerate(keys):
        tape.commit(replace(KEY, id=f"ikey_{number}", idempotency_key=key))
    assert broken(tape, "SEC-02") == breaches


def _claimed(**data: object) -> Tape:
    tape = Tape().opened(OTHER)
    request: Data = {"id": "cart_1", "data": data}
    tape.put(Asked, actor="shopper", call="update-payment-session", number=1, intent=7, key=None, request=request)
    tape.hear(200, {})
    return tape


def _ordered(tape: Tape) -> Tape:
    tape.commit(replace(AUTHORIZED, data={"intent": "in_1"}))
    tape.commit(replace(PAYMENT, order_id="order_1"), ORDER, replace(KEY, recovery_point=RecoveryPoint.FINISHED))
    return tape


def test_a_claim_that_is_not_believed() -> None:
    """The cart's sum is held on the cart's own object, then the session is authorized, then the order is placed."""
    tape = _claimed(amount=1, status="authorized")
    tape.call("authorize_payment")
    tape.hold(reference="op_1")
    tape.back(status="authorized")
    assert broken(_ordered(tape), "SEC-03") == 0


def test_a_claim_that_is_believed() -> None:
    """Authorized without a hold, an order without one, a hold of the claimed sum, another cart's object: a breach each."""
    assert broken(_ordered(_claimed(status="authorized")), "SEC-03") == 2
    cheap = _claimed(amount=1)
    cheap.call("authorize_payment")
    cheap.hold(reference="op_1", amount=1)
    cheap.back(status="authorized")
    assert broken(_ordered(cheap), "SEC-03") == 1
    borrowed = _claimed(payment="in_2")
    borrowed.intent("in_2", intent="in_2", resource="cart_2")
    borrowed.call("authorize_payment", data={"intent": "in_2"})
    borrowed.back("refused")
    assert broken(borrowed, "SEC-03") == 1


def test_other_words_are_no_claim() -> None:
    """A wish to remember the card exercises nothing."""
    assert broken(_claimed(remember_card=True), "SEC-03") is None


def _asked_again(times: int, *, error_after: int = 0, answered: bool = False) -> Tape:
    """Return so many completions that ask the customer to act."""
    tape = Tape().opened()
    for wish in range(1, times + 1):
        tape.ask(wish=wish)
        tape.call("authorize_payment", wish)
        tape.ledger(EntryKind.CHALLENGE, f"ch_{wish}", reference=f"op_{wish}")
        tape.back(status="requires_more")
        tape.hear(200, WAITS)
        if wish == error_after:
            tape.commit(replace(SESSION, status=SessionStatus.ERROR))
        if answered:
            tape.act("challenge-passed")
    return tape


@pytest.mark.parametrize(
    ("tape", "breaches"),
    [
        (lambda: _asked_again(4), None),
        (lambda: _asked_again(5), 0),
        (lambda: _asked_again(6), 1),
        (lambda: _asked_again(7, error_after=3), None),
        (lambda: _asked_again(7, answered=True), None),
    ],
)
def test_a_challenge_without_end_ends(tape: Callable[[], Tape], breaches: int | None) -> None:
    """Five times in a row is the most; an error in between, or an answer of the customer's, begins a new row."""
    assert broken(tape(), "SCA-03") == breaches


def _failed(status: int, body: Data, session: SessionStatus = SessionStatus.ERROR, *, anew: bool = False) -> Tape:
    tape = _asked_again(1)
    tape.act("challenge-failed")
    tape.ask(wish=2)
    if anew:
        tape.ledger(EntryKind.CHALLENGE, "ch_9", reference="op_9")
    tape.commit(replace(SESSION, status=session))
    tape.hear(status, body)
    return tape


@pytest.mark.parametrize(
    ("tape", "breaches"),
    [
        (lambda: _failed(400, {"code": "authentication_failed"}), 0),
        (lambda: _failed(400, {"code": "authentication_failed"}, SessionStatus.REQUIRES_MORE), 1),
        (lambda: _failed(200, WAITS, SessionStatus.REQUIRES_MORE), 1),
        (lambda: _failed(200, WAITS, SessionStatus.REQUIRES_MORE, anew=True), 0),
    ],
)
def test_a_failed_challenge_is_an_error(tape: Callable[[], Tape], breaches: int) -> None:
    """The answer is a refusal and the session `error`, unless the gateway set another challenge."""
    assert broken(tape(), "SCA-03") == breaches


@pytest.mark.parametrize(("outcome", "breaches"), [(None, 1), ("done", 1), ("refused", 0)])
def test_another_method_works_afterwards(outcome: str | None, breaches: int) -> None:
    """Refused although its processor refused nothing, or was never asked, is a breach."""
    tape = _failed(400, {"code": "authentication_failed"})
    tape.put(Asked, actor="shopper", call="select-payment-session", number=1, intent=3, key=None, request={"id": "cart_1"})
    tape.hear(200, {})
    tape.ask(wish=4)
    if outcome is not None:
        tape.call("authorize_payment", 4)
        tape.back(outcome)
    tape.hear(400, {"code": "failed"})
    assert broken(tape, "SCA-03") == breaches
