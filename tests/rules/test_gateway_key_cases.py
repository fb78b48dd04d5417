"""IDEM-07, case by case: what goes out again while nobody knows what became of it, under which name and which key."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from support.histories import PAYMENT, Tape, operation
from support.judging import breaches, broken
from support.writes import Case

from tillproof.domain.entities import Operation
from tillproof.domain.statuses import OperationKind, OperationState

C, R, V = OperationKind.CAPTURE, OperationKind.REFUND, OperationKind.CANCEL
UNKNOWN = OperationState.UNKNOWN
PATH, OTHER = "/intents/in_1/capture", "/intents/in_1/other"


def _sends(*tries: tuple[str | None, ...], outcomes: str = "unknown", look: str = "") -> Tape:
    """
    Try one capture again and again; each try sends requests with these keys, and ends so (the last is done).

    `look`: with which method, and whether before or after it acts, the last try reads at the gateway.
    """
    tape = Tape().bought(operation(C, 2, payment_id="pay_1"))
    for attempt, keys in enumerate(tries, 1):
        last = attempt == len(tries)
        tape.call("capture_payment", 2, attempt=attempt)
        if last and look.endswith("before"):
            tape.exchange("/effects", None, method=look.split(maxsplit=1)[0])
        for key in keys:
            tape.exchange(PATH, key)
        if last and look.endswith("after"):
            tape.exchange("/effects", None, method=look.split(maxsplit=1)[0])
        tape.back("done" if last else outcomes, injected=not last)
    return tape


SENT: dict[str, Case] = {
    "the same key": (lambda: _sends(("a",), ("a",)), 0),
    "another key": (lambda: _sends(("a",), ("b",)), 1),
    "no key": (lambda: _sends(("a",), (None,)), 1),
    "no key, as before": (lambda: _sends((None,), (None,)), 1),
    "a key where there was none": (lambda: _sends((None,), ("a",)), 1),
    "one of two keys": (lambda: _sends(("a", "b"), ("b",)), 0),
    "an earlier key": (lambda: _sends(("a",), ("a",), ("a",)), 0),
    "another key at the third try": (lambda: _sends(("a",), ("a",), ("b",)), 1),
    "other keys at each try": (lambda: _sends(("a",), ("b",), ("c",)), 2),
    "another key after an answer": (lambda: _sends(("a",), ("b",), outcomes="refused"), None),
    "another key within one try": (lambda: _sends(("a", "b")), None),
    "another key, after a look": (lambda: _sends(("a",), ("b",), look="GET before"), 0),
    "another key, before a look": (lambda: _sends(("a",), ("b",), look="GET after"), 1),
    "another key, after a head": (lambda: _sends(("a",), ("b",), look="HEAD before"), 1),
    "another key, after something was deleted": (lambda: _sends(("a",), ("b",), look="DELETE before"), 1),
    "another key, after something was put": (lambda: _sends(("a",), ("b",), look="PUT before"), 1),
}  # fmt: skip


def _elsewhere() -> Tape:
    """Send a request to one address, and at the second try one with another key to another address."""
    tape = Tape().bought(operation(C, 2, payment_id="pay_1"))
    for attempt, (path, key) in enumerate(((PATH, "a"), (OTHER, "b")), 1):
        tape.call("capture_payment", 2, attempt=attempt)
        tape.exchange(path, key)
        tape.back("unknown", injected=True)
    return tape


def _of_one_wish(
    *calls: tuple[int, str], intents: tuple[str, ...] = ("in_1", "in_1", "in_1"), key: str | None = "k2",
    call: str = "capture", method: str = "capture_payment", outside: int = 0, wish: str = "same",
) -> Tape:  # fmt: skip
    """Ask once for what goes out as these calls (key and outcome); `outside`: which of them came when all was over."""
    tape = Tape().bought()
    tape.intent("in_2", intent="in_2")
    tape.ask(call, 2, key=key, amount=100)
    for place, ((number, outcome), intent) in enumerate(zip(calls, intents, strict=False), 1):
        if place == outside:
            tape.hear(409, {})
        if place == 2 and wish == "other":
            tape.hear(409, {})
            tape.ask(call, 3, key="k3", amount=100)
        tape.call(method, number, data={"intent": intent}, amount=100 + place)
        tape.back(outcome, injected=outcome == "unknown")
    if not outside:
        tape.hear(409, {})
    return tape


TRIED: dict[str, Case] = {
    "under one key": (lambda: _of_one_wish((2, "unknown"), (2, "unknown")), 0),
    "under two keys": (lambda: _of_one_wish((2, "unknown"), (3, "unknown")), 1),
    "under three keys": (lambda: _of_one_wish((2, "unknown"), (3, "unknown"), (4, "unknown")), 2),
    "under two keys, the first refused": (lambda: _of_one_wish((2, "refused"), (3, "unknown")), 0),
    "under two keys, the first done": (lambda: _of_one_wish((2, "done"), (3, "unknown")), 0),
    "under two keys, the first refused at last": (lambda: _of_one_wish((2, "unknown"), (2, "refused"), (3, "unknown")), 0),
    "under two keys, the first unknown at last": (lambda: _of_one_wish((2, "refused"), (2, "unknown"), (3, "unknown")), 1),
    "of two objects": (lambda: _of_one_wish((2, "unknown"), (3, "unknown"), intents=("in_1", "in_2")), 0),
    "of two objects, one again": (
        lambda: _of_one_wish((2, "unknown"), (3, "unknown"), (4, "unknown"), intents=("in_1", "in_2", "in_1")), 1
    ),
    "without a key": (lambda: _of_one_wish((2, "unknown"), (3, "unknown"), key=None), 0),
    "of two wishes": (lambda: _of_one_wish((2, "unknown"), (3, "unknown"), wish="other"), 0),
    "the second when all was over": (lambda: _of_one_wish((2, "unknown"), (3, "unknown"), outside=2), 0),
    "to refund": (lambda: _of_one_wish((2, "unknown"), (3, "unknown"), call="refund", method="refund_payment"), 1),
    "to cancel": (lambda: _of_one_wish((2, "unknown"), (3, "unknown"), call="cancel", method="cancel_payment"), 1),
    "of what it does not come to": (lambda: _of_one_wish((2, "unknown"), (3, "unknown"), method="cancel_payment"), 0),
    "of what nobody sends again": (lambda: _of_one_wish((2, "unknown"), (3, "unknown"), call="update-cart"), 0),
}  # fmt: skip


def _begun(new: Operation | None, *, first: str = "unknown", tried: str = "before", attempt: int = 1) -> Tape:
    """Begin an operation while one of unknown outcome is open, which was tried before that, later or never."""
    old = operation(C, 2, UNKNOWN, payment_id="pay_1", created_at=1.0)
    tape = Tape().bought(old)
    tape.call("cancel_payment", 9)  # something else of unknown outcome
    tape.back("unknown", injected=True)
    if tried == "before":
        tape.call("capture_payment", 2)
        tape.back(first, injected=True)
    if new is not None:
        tape.commit(new)
    tape.call("capture_payment" if new is None or new.kind is C else f"{new.kind}_payment", 3, amount=1, attempt=attempt)
    tape.back("refused")
    if tried == "later":
        tape.call("capture_payment", 2)
        tape.back(first, injected=True)
    return tape


NEW = operation(C, 3, payment_id="pay_1", created_at=2.0, amount=1)
BEGUN: dict[str, Case] = {
    "for the same": (lambda: _begun(NEW), 1),
    "at its second try": (lambda: _begun(NEW, attempt=2), 0),
    "without a row": (lambda: _begun(None), 0),
    "older than the open one": (lambda: _begun(replace(NEW, created_at=0.5)), 0),
    "as old as the open one": (lambda: _begun(replace(NEW, created_at=1.0)), 1),
    "before the open one was tried": (lambda: _begun(NEW, tried="later"), 0),
    "the open one was never tried": (lambda: _begun(NEW, tried="never"), 0),
    "for an earlier payment": (lambda: _begun(replace(NEW, payment_id="pay_0")), 0),
    "for a later payment": (lambda: _begun(replace(NEW, payment_id="pay_2")), 0),
    "for an earlier session": (lambda: _begun(replace(NEW, session_id="ps_0")), 0),
    "for a later session": (lambda: _begun(replace(NEW, session_id="ps_2")), 0),
    "for an earlier cart": (lambda: _begun(replace(NEW, cart_id="cart_0")), 0),
    "for a later cart": (lambda: _begun(replace(NEW, cart_id="cart_2")), 0),
    "a refund": (lambda: _begun(replace(NEW, kind=R)), 0),
    "a cancellation": (lambda: _begun(replace(NEW, kind=V)), 0),
}  # fmt: skip

TABLES = {"sent": {**SENT, "another key to another address": (_elsewhere, 0)}, "tried": TRIED, "begun": BEGUN}


@pytest.mark.parametrize(("table", "case"), [(name, case) for name, table in TABLES.items() for case in table])
def test_what_is_unknown_is_asked_about_under_its_own_key(table: str, case: str) -> None:
    """At the gateway, at the processor and in the books; what was answered, or is something else, may have another."""
    tape, times = TABLES[table][case]
    assert broken(tape(), "IDEM-07") == times


def test_where_another_key_was_used_is_told() -> None:
    """At the request that went out with it, or at the call."""
    tape = _sends(("a",), ("b",))
    (sent,) = breaches(tape, "IDEM-07")
    assert (sent.step, sent.method, "with another key" in sent.says) == (len(tape.events) - 3, "capture_payment", True)
    assert "with no key" in breaches(_sends(("a",), (None,)), "IDEM-07")[0].says
    tape = _of_one_wish((2, "unknown"), (3, "unknown"))
    (tried,) = breaches(tape, "IDEM-07")
    assert (tried.step, tried.method) == (len(tape.events) - 3, "capture_payment")


def test_a_refund_of_another_payment_has_a_key_of_its_own() -> None:
    """Which is no second try of the first."""
    tape = Tape().bought(
        operation(R, 2, UNKNOWN, payment_id="pay_1"), replace(PAYMENT, id="pay_2"), operation(R, 3, payment_id="pay_2")
    )
    for number in (2, 3):
        tape.call("refund_payment", number, amount=number)
        tape.back("unknown", injected=True)
    assert broken(tape, "IDEM-07") == 0
