"""What an answer's status means to the rules that read it: the last number that means one thing, and the next one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from support.histories import AUTHORIZED, CART, HEADERS, KEY, ORDER, PAYMENT, SESSION, Tape, operation
from support.hooktape import HookTape
from support.judging import broken

from tillproof.domain.entities import Data, WebhookEvent
from tillproof.domain.statuses import OperationKind, OperationState
from tillproof.history.events import Asked, Heard

A, C, X = OperationKind.AUTHORIZE, OperationKind.CAPTURE, OperationKind.CANCEL
OWN = replace(PAYMENT, order_id="order_1")
DONE: Data = {"order": {"id": "order_1"}}
STORED = WebhookEvent(id="whe_1", event_id="ev_1", provider_id="bank", says="captured", resource="cart_1", dealt_with_at=9.0)

Answered = Callable[[int], Tape]
"""Tells of a run in which somebody was answered with this status."""


def _canceled(status: int) -> Tape:
    """Refuse to cancel at the processor, and answer so."""
    tape = Tape().bought(operation(X, 4, payment_id="pay_1"))
    tape.ask("cancel", 4, key="k4")
    tape.call("cancel_payment", 4)
    tape.back("refused")
    tape.hear(status, {})
    return tape


def _captured(status: int) -> Tape:
    """Refuse to capture at the processor, and answer so."""
    tape = Tape().bought(operation(C, 2, payment_id="pay_1"))
    tape.ask("capture", 2, key="k2")
    tape.call("capture_payment", 2)
    tape.back("refused")
    tape.hear(status, {})
    return tape


def _sold_out(status: int) -> Tape:
    """Say that it is out of stock while the money is held, and answer so."""
    tape = Tape().opened()
    tape.hold()
    tape.ask()
    tape.hear(status, {"errors": [{"code": "insufficient_inventory"}]})
    return tape


def _hostile(status: int) -> Tape:
    """Answer a request with a hostile key so."""
    tape = Tape()
    tape.ask("capture", 2, key="a b")
    tape.hear(status, {})
    return tape


def _misused(status: int) -> Tape:
    """Answer a request with another cart's key so."""
    tape = Tape().bought()
    tape.ask("complete", 2, key="k1", id="cart_2")
    tape.hear(status, {})
    return tape


def _raced(status: int) -> Tape:
    """Answer a second completion so, begun when the order was there and the first under way, without the order."""
    tape = Tape()
    tape.commit(CART, SESSION)
    first = tape.ask(wish=1)
    tape.hold()
    tape.commit(AUTHORIZED, PAYMENT)
    tape.commit(ORDER, OWN)
    tape.ask(wish=2)
    tape.hear(status, {})
    tape.put(Heard, asked=first, actor="shopper", call="complete", intent=1, status=200, body=DONE, headers={})
    return tape.quiet()


def _both_told(status: int) -> Tape:
    """Capture and cancel one order at once; the one is told that it is done, the other this."""
    tape = Tape().bought()
    tape.ask("capture", 2, key="k2")
    asked = tape.events[-1]
    tape.ask("cancel", 3, key="k3")
    tape.hear(status, DONE)
    assert isinstance(asked, Asked)
    tape.put(Heard, asked=asked.step, actor="operator", call="capture", intent=2, status=200, body=DONE, headers={})
    return tape


def _two_orders(status: int) -> Tape:
    """Answer one key with an order, and then with another one and this status."""
    tape = Tape().opened()
    for number, code in enumerate((200, status), 1):
        tape.ask()
        tape.hear(code, {"type": "order", "data": {"id": f"order_{number}"}})
    return tape


def _key_put_aside(status: int) -> Tape:
    """Complete with a key in place of which the cart bears another afterwards."""
    tape = Tape()
    tape.commit(CART, KEY)
    tape.ask(key="mine")
    tape.commit(replace(CART, idempotency_key="k1"))
    tape.hear(status, {}, HEADERS)
    return tape


def _committed(status: int) -> Tape:
    """Answer the retry of a capture that is committed so."""
    tape = Tape().bought()
    tape.ask("capture", 2, key="k2")
    key = replace(KEY, id="ikey_2", idempotency_key="k2", operation_id="op_2")
    tape.commit(operation(C, 2, OperationState.DONE), key)
    tape.lose()
    tape.ask("capture", 2, key="k2")
    tape.hear(status, DONE)
    return tape


def _changed(status: int) -> Tape:
    """Answer a change of the cart so, while the gateway's object is over the old sum."""
    tape = Tape().opened()
    tape.ask("update-cart", 2, key=None, id="cart_1")
    tape.commit(replace(CART, items=()))
    tape.hear(status, {})
    return tape


def _said_no(status: int) -> Tape:
    """Refuse a capture after the gateway answered so."""
    tape = Tape().bought(operation(C, 2, payment_id="pay_1"))
    tape.call("capture_payment", 2)
    tape.exchange("/x", "gk_2", status)
    tape.back("refused")
    return tape


def _said_yes(status: int) -> Tape:
    """Say that a capture is done, after the gateway answered so and the money had moved long before."""
    tape = Tape().bought(operation(C, 2, payment_id="pay_1"))
    tape.call("capture_payment", 2)
    tape.exchange("/x", "gk_2", status)
    tape.capture(reference="op_2")
    tape.back()
    return tape


def _delivered(status: int) -> Tape:
    """Answer an event that is stored nowhere so."""
    tape = HookTape()
    tape.bought()
    return tape.told(status=status)


def _repeated(status: int) -> Tape:
    """Answer the repeat of an event that was dealt with so."""
    tape = HookTape()
    tape.bought()
    tape.told(STORED)
    return tape.arrive(attempt=2).answer(status)


CODES: list[tuple[str, str, Answered, dict[int, int | None]]] = [
    ("VOID-01", "a refused cancellation", _canceled, {200: 1, 399: 1, 400: 0, 409: 0, 500: 0}),
    ("CAP-04", "a refused capture", _captured, {200: 1, 399: 1, 400: 0, 409: 0, 500: 0}),
    ("VOID-03", "out of stock", _sold_out, {399: None, 400: 1, 409: 1, 422: 1}),
    ("SEC-02", "a hostile key", _hostile, {200: 1, 399: 1, 400: 0, 422: 0}),
    ("IDEM-04", "another's key", _misused, {200: 1, 399: 1, 400: 0, 409: 0}),
    ("CONC-01", "a lost race", _raced, {200: 1, 400: 1, 408: 1, 409: 0, 410: 0, 500: 0}),
    ("CONC-03", "two winners", _both_told, {199: 0, 200: 1, 201: 0, 409: 0}),
    ("IDEM-02", "a second order", _two_orders, {199: 0, 200: 1, 201: 0, 409: 0}),
    ("IDEM-03", "another key", _key_put_aside, {199: 0, 200: 1, 201: 0, 409: 0}),
    ("CRASH-04", "what was committed", _committed, {199: 1, 200: 0, 201: 1, 409: 1}),
    ("SESS-01", "a change", _changed, {199: None, 200: 1, 201: None, 409: None}),
    ("GATE-02", "a gateway's no", _said_no, {400: None, 404: None, 408: None, 409: 1, 425: 1, 429: 1, 499: None, 500: 1}),
    ("GATE-01", "a gateway's yes", _said_yes, {200: None, 299: None, 300: 0, 400: 0}),
    ("HOOK-04", "an event stored nowhere", _delivered, {199: 0, 200: 1, 299: 1, 300: 0, 409: 0}),
    ("HOOK-04", "the repeat of an event", _repeated, {199: 1, 200: 0, 299: 0, 300: 1, 500: 1}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "answered", "code", "times"),
    [(rule, answered, code, times) for rule, _, answered, codes in CODES for code, times in codes.items()],
    ids=[f"{rule}-{what}-{code}" for rule, what, _, codes in CODES for code in codes],
)
def test_what_an_answer_means(rule: str, answered: Answered, code: int, times: int | None) -> None:
    """Yes is 200, or 2xx to a gateway's event; no is 400 and above; a conflict and a broken shop may be tried again."""
    assert broken(answered(code), rule) == times
