"""
`PayPal-Request-Id`: the latest state of what the first request made.

https://developer.paypal.com/reference/guidelines/idempotency
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.paypalbench import DAY, HOUR, ORDERS, PAYMENTS, PayPalBench, body_of, euros, issue_of

from tillproof.contract.gateway import Request, Response
from tillproof.domain.entities import Data
from tillproof.domain.ledger import EntryKind
from tillproof_fake_processors.paypal.tokens import BASIC

Prepare = Callable[[PayPalBench], tuple[str, Data]]

_NEW: Data = {"intent": "AUTHORIZE", "purchase_units": [{"amount": euros("49.00")}]}

CALLS: dict[str, tuple[Prepare, EntryKind, float]] = {
    "create": (lambda _: (ORDERS, _NEW), EntryKind.INTENT, 6 * HOUR),
    "authorize": (lambda b: (f"{ORDERS}/{b.order()}/authorize", {}), EntryKind.AUTHORIZE, 6 * HOUR),
    "capture-order": (lambda b: (f"{ORDERS}/{b.order(intent='CAPTURE')}/capture", {}), EntryKind.CAPTURE, 6 * HOUR),
    "capture": (
        lambda b: (f"{PAYMENTS}/authorizations/{b.hold()}/capture", {"amount": euros("20.00")}),
        EntryKind.CAPTURE,
        45 * DAY,
    ),
    "void": (lambda b: (f"{PAYMENTS}/authorizations/{b.hold()}/void", {}), EntryKind.VOID, 45 * DAY),
    "refund": (
        lambda b: (f"{PAYMENTS}/captures/{b.taken()}/refund", {"amount": euros("20.00")}),
        EntryKind.REFUND,
        45 * DAY,
    ),
}
every_call = pytest.mark.parametrize("call", CALLS)


@every_call
def test_the_same_id_again(call: str) -> None:
    """One effect, and the same object: 201 when it is made, 200 when it is asked for again, whatever else was said."""
    bench = PayPalBench()
    prepare, kind, _ = CALLS[call]
    path, body = prepare(bench)
    before = len(bench.of(kind))
    first, again = bench.ask("POST", path, body, key="k"), bench.ask("POST", path, body, key="k")
    other = bench.ask("POST", path, body | {"note_to_payer": "other"}, key="k")
    assert body_of(first)["id"] == body_of(again)["id"] == body_of(other)["id"]
    assert [first.status, again.status] == ([200, 200] if call == "void" else [201, 200])
    assert len(bench.of(kind)) == before + 1
    assert bench.of(kind)[-1].key == "k"


@pytest.mark.parametrize(
    ("call", "refused"),
    [("create", ""), ("refund", ""), ("capture", "AUTHORIZATION_ALREADY_CAPTURED"), ("void", "AUTHORIZATION_EXPIRED")],
)
def test_past_its_life(call: str, refused: str) -> None:
    """An id that is not kept any more is a new one: whether there is a second effect is up to the object alone."""
    bench = PayPalBench()
    prepare, kind, life = CALLS[call]
    path, body = prepare(bench)
    bench.ask("POST", path, body, key="k")
    made = len(bench.of(kind))
    bench.time += life - 1
    assert bench.ask("POST", path, body, key="k").status == 200
    bench.time += 1
    answer = bench.ask("POST", path, body, key="k")
    assert len(bench.of(kind)) == (made if refused else made + 1)
    assert issue_of(answer) == refused if refused else answer.status == 201


def test_the_latest_state() -> None:
    """The answer to a repeated id is how the object stands now, not what was answered then."""
    bench = PayPalBench()
    hold = bench.hold()
    path = f"{PAYMENTS}/authorizations/{hold}/capture"
    first = body_of(bench.ask("POST", path, key="k"))
    assert first["status"] == "COMPLETED"
    bench.refund(str(first["id"]), amount=euros("20.00"))
    assert body_of(bench.ask("POST", path, key="k"))["status"] == "PARTIALLY_REFUNDED"
    bench.refund(str(first["id"]))
    assert body_of(bench.ask("POST", path, key="k"))["status"] == "REFUNDED"


def test_a_refused_request_made_nothing() -> None:
    """The same id after a refusal runs again."""
    bench = PayPalBench()
    path = f"{PAYMENTS}/authorizations/{bench.hold()}/capture"
    assert issue_of(bench.ask("POST", path, {"amount": euros("50.00")}, key="k")) == "MAX_CAPTURE_AMOUNT_EXCEEDED"
    assert bench.ask("POST", path, {"amount": euros("49.00")}, key="k").status == 201


def test_an_id_counts_for_one_kind_of_call() -> None:
    """The id of a capture is another than the same text on a refund."""
    bench = PayPalBench()
    taken = body_of(bench.ask("POST", f"{PAYMENTS}/authorizations/{bench.hold()}/capture", key="k"))
    answer = bench.ask("POST", f"{PAYMENTS}/captures/{taken['id']}/refund", key="k")
    assert (answer.status, body_of(answer)["id"] == taken["id"]) == (201, False)


def test_without_an_id() -> None:
    """Each request is a request of its own: two refunds."""
    bench = PayPalBench()
    capture = bench.taken()
    for _ in range(2):
        assert bench.refund(capture, amount=euros("10.00")).status == 201
    assert [entry.amount for entry in bench.of(EntryKind.REFUND)] == [1000, 1000]


def test_two_at_once() -> None:
    """The second of two requests with one id is answered 409 while the first is at work, and the object afterwards."""
    bench = PayPalBench()
    path = f"{PAYMENTS}/authorizations/{bench.hold()}/capture"
    request = Request(method="POST", path=path, key="k", headers={"authorization": BASIC})
    first, second = bench.paypal.accept(request), bench.paypal.accept(request)
    conflict: Response = second()
    assert (conflict.status, issue_of(conflict)) == (409, "PREVIOUS_REQUEST_IN_PROGRESS")
    assert first().status == 201
    assert bench.paypal.handle(request).status == 200
    assert len(bench.of(EntryKind.CAPTURE)) == 1
