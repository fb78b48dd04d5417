"""IDEM: the client's key and the keys that go out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from support.histories import CART, HEADERS, ITEM, KEY, ORDER, PAYMENT, Tape, operation
from support.judging import broken

from tillproof.domain.statuses import OperationKind, OperationState, RecoveryPoint
from tillproof.history.events import Called

A, C, R = OperationKind.AUTHORIZE, OperationKind.CAPTURE, OperationKind.REFUND
UNKNOWN = OperationState.UNKNOWN


def _headers(headers: dict[str, str]) -> Tape:
    tape = Tape().opened()
    tape.ask()
    tape.hear(409, {}, headers)
    return tape


def _keyless_cart() -> Tape:
    tape = Tape()
    tape.commit(CART)
    tape.ask(key=None)
    tape.hear(409, {}, {})
    return tape


def _authorized_first() -> Tape:
    tape = _keyless_cart()
    tape.call("authorize_payment")
    return tape


def _refunded(times: int) -> Tape:
    tape = Tape().bought()
    tape.capture()
    tape.ask("refund", 2, key="k2", amount=2000)
    tape.lose()
    tape.ask("refund", 2, key="k2", amount=2000)
    for number in range(times):
        tape.refund(f"re_{number}")
    tape.hear(200, {"order": {"id": "order_1"}})
    return tape


def _answers(*orders: str) -> Tape:
    tape = Tape().opened()
    for order in orders:
        tape.ask()
        tape.hear(200, {"type": "order", "data": {"id": order}} if order else {"type": "cart", "payment_status": "pending"})
    return tape


def _moves(*points: RecoveryPoint) -> Tape:
    tape = Tape().opened()
    for point in points:
        tape.commit(replace(KEY, recovery_point=point))
    tape.ask()
    tape.hear(409, {})
    return tape


def _authorized_again(point: RecoveryPoint) -> Tape:
    tape = _moves(point)
    tape.call("authorize_payment")
    return tape


def _given(key: str, *, joined: bool = False) -> Tape:
    tape = Tape()
    tape.commit(replace(CART, idempotency_key="k1") if joined else CART, KEY)
    tape.ask(key=key)
    tape.commit(replace(CART, idempotency_key="k1"))
    tape.hear()
    return tape


def _edited(*, released: bool) -> Tape:
    tape = Tape().opened(operation(A, 1))
    tape.call("authorize_payment")
    tape.hold(reference="op_1")
    tape.back(status="authorized")
    tape.commit(replace(CART, idempotency_key="k1", items=(replace(ITEM, quantity=2),)))
    if released:
        tape.void()
    return tape.quiet()


def _readdressed() -> Tape:
    tape = Tape().opened(operation(A, 1))
    tape.call("authorize_payment")
    tape.hold(reference="op_1")
    tape.commit(replace(CART, idempotency_key="k1", email="c@d.example"))
    return tape.quiet()


def _resent(first: str | None, second: str | None, *, looked: bool = False) -> Tape:
    tape = Tape().bought()
    tape.call("capture_payment", 2)
    tape.exchange("/intents/in_1/capture", first)
    tape.back("unknown", injected=True)
    tape.call("capture_payment", 2, attempt=2)
    if looked:
        tape.exchange("/effects?reference=op_2", None, method="GET")
    tape.exchange("/intents/in_1/capture", second)
    tape.back()
    return tape


def _another_operation(kind: OperationKind, state: OperationState) -> Tape:
    tape = Tape().opened(operation(kind, 1))
    method = {A: "authorize_payment", R: "refund_payment"}[kind]
    tape.call(method, 1)
    tape.back("unknown")
    tape.commit(operation(kind, 1, state), operation(kind, 2, created_at=5.0))
    tape.call(method, 2)
    tape.back()
    return tape


def _another_try(outcome: str, intent: str = "in_1") -> Tape:
    tape = Tape().bought()
    tape.intent("in_2")
    tape.ask("capture", 2, key="k2")
    tape.call("capture_payment", 2)
    tape.back(outcome)
    tape.call("capture_payment", 3, data={"intent": intent})
    tape.back("unknown")
    tape.hear(409, {})
    return tape


def _sent(*keys: str) -> Tape:
    tape = Tape().bought()
    for number, key in enumerate(keys, 2):
        tape.call("refund_payment", number)
        tape.exchange("/intents/in_1/refunds", key)
        tape.exchange("/intents/in_1", key)
        tape.back()
    return tape


def _one_backend_key() -> Tape:
    tape = Tape().bought()
    tape.call("capture_payment", 1)
    tape.back()
    tape.call("refund_payment", 2)
    return tape


def _patience(client: str, *, off: bool) -> Tape:
    tape = Tape(client=client, plan="client.complete#1=answer-lost").opened()
    if off:
        tape.quiet()
    for _ in range(3):
        tape.ask()
        tape.hear(409, {})
    tape.give_up()
    return tape


def _definite_no() -> Tape:
    tape = Tape().opened()
    tape.ask()
    tape.lose()
    tape.ask()
    tape.hear(400, {"code": "refused"})
    return tape.quiet()


def _paid_and_asked(*, again: bool = False, ordered: bool = True, let_go: bool = False) -> Tape:
    """Tell of a purchase of which no recovery point is ever stored, and of one more authorization."""
    tape = Tape().opened(operation(A, 1))
    tape.ask()
    tape.call("authorize_payment", 1)
    tape.hold(reference="op_1")
    tape.back(status="authorized")
    tape.commit(PAYMENT, *((ORDER,) if ordered else ()))
    if let_go:
        tape.void()
    tape.ask()
    tape.call("authorize_payment", 1 if again else 2, attempt=2 if again else 1)
    return tape


def _under_another_name(
    outcome: str = "unknown", *, looked: bool = False, amount: int = 4900, stored: bool = False, landed: int = 2
) -> Tape:
    tape = Tape().opened(operation(A, 1))
    tape.ask()
    tape.call("authorize_payment", 1)
    tape.hold("au_1", reference="op_1")
    tape.back(outcome, injected=True)
    if looked:
        tape.call("find_effect", 1)
        tape.back()
        tape.void()
    if stored:  # as if the first had been refused: the gateway never said so
        tape.commit(operation(A, 1, OperationState.REFUSED), operation(A, 2))
    tape.call("authorize_payment", 2, amount=amount)
    if landed > 1:
        tape.hold("au_2", reference="op_2", amount=amount)
    tape.back(status="authorized")
    return tape


def _refunded_under_names(*, same_wish: bool) -> Tape:
    tape = Tape().bought()
    tape.capture()
    for number, wish in ((2, 2), (3, 2 if same_wish else 3)):
        tape.ask("refund", wish, key=None)
        tape.call("refund_payment", number, amount=100)
        tape.refund(f"re_{number}", reference=f"op_{number}", amount=100)
        tape.back("unknown", injected=True)
        tape.lose()
    return tape


def _one_key_for(*methods: str) -> Tape:
    tape = Tape().opened()
    for number, method in enumerate(methods, 1):
        tape.put(
            Called,
            boot=1,
            provider_id="bank",
            method=method,
            number=number,
            key="one",
            reference=f"op_{method}",
            attempt=1,
            arguments={},
        )
        tape.back()
    return tape


def _refused_refund(lines: int, *, status: int = 400) -> Tape:
    tape = _refunded(lines)
    tape.ask("refund", 3, key="k3", amount=2000)
    tape.hear(status, {})
    return tape


def _bought_by_itself(*, asked: bool) -> Tape:
    tape = Tape().opened()
    tape.ask()
    tape.lose()
    edited = replace(CART, idempotency_key="k1", items=(replace(ITEM, quantity=2),))
    tape.commit(edited)
    if asked:
        tape.ask(wish=2)
        tape.lose("request")
    tape.commit(replace(ORDER, total=9800, items=edited.items))
    return tape


def _asked_with(*keys: str | None, held: int = 1) -> Tape:
    tape = Tape().opened()
    for key in keys:
        tape.ask(key=key)
        tape.hear(409, {})
    for number in range(held):
        tape.hold(f"au_{number}")
    return tape.quiet()


@pytest.mark.parametrize(
    ("rule", "tape", "times"),
    [
        ("IDEM-01", lambda: _headers({}), 1),
        ("IDEM-01", lambda: _headers({"idempotency-key": "k1"}), 1),
        ("IDEM-01", lambda: _headers(HEADERS), 0),
        ("IDEM-01", _keyless_cart, 0),
        ("IDEM-01", _authorized_first, 1),
        ("IDEM-02", lambda: _refunded(2), 1),
        ("IDEM-02", lambda: _refunded(1), 0),
        ("IDEM-02", lambda: _refused_refund(2), 1),
        ("IDEM-02", lambda: _refused_refund(1), 0),
        ("IDEM-02", lambda: _refused_refund(2, status=200), 0),
        ("IDEM-02", lambda: _answers("order_1", "order_2"), 1),
        ("IDEM-02", lambda: _answers("", "order_1"), 0),
        ("IDEM-02", lambda: _answers("order_1"), None),
        ("IDEM-03", lambda: _moves(RecoveryPoint.PAYMENT_CREATED), 1),
        ("IDEM-03", lambda: _moves(RecoveryPoint.AUTHORIZED, RecoveryPoint.RELEASING, RecoveryPoint.STARTED), 0),
        ("IDEM-03", lambda: _authorized_again(RecoveryPoint.AUTHORIZED), 1),
        ("IDEM-03", lambda: _authorized_again(RecoveryPoint.STARTED), 0),
        ("IDEM-03", _paid_and_asked, 1),
        ("IDEM-03", lambda: _paid_and_asked(ordered=False), 1),
        ("IDEM-03", lambda: _paid_and_asked(again=True), 0),
        ("IDEM-03", lambda: _paid_and_asked(ordered=False, let_go=True), 0),
        ("IDEM-03", lambda: _given("mine"), 1),
        ("IDEM-03", lambda: _given("mine", joined=True), 0),
        ("IDEM-05", lambda: _edited(released=False), 1),
        ("IDEM-05", lambda: _edited(released=True), 0),
        ("IDEM-05", _readdressed, None),
        ("IDEM-05", lambda: _bought_by_itself(asked=False), 1),
        ("IDEM-05", lambda: _bought_by_itself(asked=True), None),
        ("IDEM-07", lambda: _resent("g1", None), 1),
        ("IDEM-07", lambda: _resent("g1", "g2"), 1),
        ("IDEM-07", lambda: _resent("g1", "g1"), 0),
        ("IDEM-07", lambda: _resent(None, None, looked=True), 0),
        ("IDEM-07", lambda: _another_operation(A, UNKNOWN), 1),
        ("IDEM-07", lambda: _another_operation(A, OperationState.UNWANTED), 0),
        ("IDEM-07", lambda: _another_operation(R, UNKNOWN), 0),
        ("IDEM-07", lambda: _another_try("unknown"), 1),
        ("IDEM-07", lambda: _another_try("refused"), 0),
        ("IDEM-07", lambda: _another_try("unknown", "in_2"), 0),
        ("IDEM-07", _under_another_name, 1),
        ("IDEM-07", lambda: _under_another_name(stored=True), 1),
        ("IDEM-07", lambda: _under_another_name(looked=True), 0),
        ("IDEM-07", lambda: _under_another_name(amount=9800), 0),
        ("IDEM-07", lambda: _under_another_name("done"), None),
        ("IDEM-07", lambda: _refunded_under_names(same_wish=True), 1),
        ("IDEM-07", lambda: _refunded_under_names(same_wish=False), 0),
        ("CRASH-02", _under_another_name, 1),
        ("CRASH-02", lambda: _under_another_name(stored=True), 1),
        ("CRASH-02", lambda: _under_another_name(landed=1), 0),
        ("CRASH-02", lambda: _under_another_name(looked=True), 0),
        ("CRASH-02", lambda: _refunded_under_names(same_wish=True), 1),
        ("CRASH-02", lambda: _refunded_under_names(same_wish=False), 0),
        ("IDEM-07", lambda: Tape().bought(), None),
        ("IDEM-08", lambda: _sent("g1", "g1"), 2),
        ("IDEM-08", lambda: _sent("g1", "g2"), 0),
        ("IDEM-08", _one_backend_key, 1),
        ("IDEM-08", lambda: _one_key_for("initiate_payment", "authorize_payment"), 1),
        ("IDEM-08", lambda: _one_key_for("authorize_payment", "authorize_payment"), None),
        ("IDEM-09", lambda: _patience("keeps-key", off=True), 1),
        ("IDEM-09", lambda: _patience("keeps-key", off=False), 0),
        ("IDEM-09", lambda: _patience("walks-away", off=True), None),
        ("IDEM-09", _definite_no, 0),
        ("IDEM-10", lambda: _asked_with(None, None, held=2), 1),
        ("IDEM-10", lambda: _asked_with("k1", None), 0),
        ("IDEM-10", lambda: _asked_with("k1", "k1", held=2), None),
    ],
)
def test_the_keys(rule: str, tape: Callable[[], Tape], times: int | None) -> None:
    """Each idempotency rule is broken by its case and not by what merely looks like it."""
    assert broken(tape(), rule) == times


def test_an_order_for_other_contents_than_the_cart_has() -> None:
    """An order placed for what the cart held before it was edited breaks IDEM-05."""
    tape = _edited(released=True)
    tape.commit(ORDER)
    assert broken(tape, "IDEM-05") == 1
