"""CAP, REF, VOID, AMT, SEC and PROC: money that moves, sums, secrets, and the contract."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from support.histories import ALL, CART, KEY, ORDER, PAYMENT, REFUND, SESSION, Tape, operation
from support.judging import broken

from tillproof.domain.entities import Data
from tillproof.domain.statuses import OperationKind, OperationState, RecoveryPoint
from tillproof.history.events import Asked, Booted, Heard
from tillproof.history.story import fold, money
from tillproof.history.verdicts import Column

C, R, X = OperationKind.CAPTURE, OperationKind.REFUND, OperationKind.CANCEL
PAID = replace(PAYMENT, order_id="order_1")
CAPTURED = replace(PAID, captured_at=9.0)


def _captured(amount: int | None = 4900, *, outcome: str = "done", injected: bool = False, booked: bool = True) -> Tape:
    tape = Tape().bought(operation(C, 2, payment_id="pay_1"))
    tape.ask("capture", 2, key="k2")
    tape.call("capture_payment", 2)
    if amount is not None:
        tape.capture(amount=amount, reference="op_2")
    tape.back(outcome, injected=injected)
    if booked:
        tape.commit(CAPTURED, operation(C, 2, OperationState.DONE, payment_id="pay_1"))
    return tape


def _captured_on_repeat() -> Tape:
    tape = _captured(outcome="unknown", booked=False)
    tape.call("capture_payment", 2, attempt=2)
    tape.back()
    tape.commit(CAPTURED)
    return tape.quiet()


def _charged_anew() -> Tape:
    tape = _captured(None)
    tape.call("capture_payment", 2, attempt=2)
    tape.hold("au_2", intent="in_2", reference="op_2")
    return tape


def _captured_twice(can: frozenset[str] = ALL) -> Tape:
    tape = Tape(can=can).bought()
    for number in (2, 3):
        tape.call("capture_payment", number)
        tape.capture(f"ca_{number}", amount=2000, reference=f"op_{number}")
        tape.back()
    return tape


def _capture_told(status: int, *, then: str = "") -> Tape:
    tape = _captured(None, outcome="refused", injected=True, booked=False)
    if then:
        tape.call("capture_payment", 2, attempt=2)
        tape.back(then)
    tape.hear(status, {})
    return tape


@pytest.mark.parametrize(
    ("rule", "tape", "times"),
    [
        ("CAP-01", lambda: _captured(None), 2),
        ("CAP-01", lambda: _captured(None, injected=True, booked=False), 0),
        ("CAP-01", lambda: _captured(booked=False).quiet(), 1),
        ("CAP-01", _captured_on_repeat, 0),
        ("CAP-02", _charged_anew, 1),
        ("CAP-02", _captured_twice, 1),
        ("CAP-02", lambda: _captured_twice(ALL | {"partial_capture"}), 0),
        ("CAP-02", _captured_on_repeat, 0),
        ("CAP-03", lambda: _captured(490), 1),
        ("CAP-03", _captured, 0),
        ("CAP-04", lambda: _capture_told(200), 1),
        ("CAP-04", lambda: _capture_told(400), 0),
        ("CAP-04", lambda: _capture_told(200, then="done"), 0),
        ("CAP-04", lambda: _captured(None, outcome="refused"), 1),
        ("CAP-04", _captured, None),
    ],
)
def test_captures(rule: str, tape: Callable[[], Tape], times: int | None) -> None:
    """Each capture rule is broken by its case and not by what merely looks like it."""
    assert broken(tape(), rule) == times


def _refunded(
    asked: object = 2000,
    gave: int | None = 2000,
    *,
    counted: int = 2000,
    outcome: str = "done",
    can: frozenset[str] = ALL,
    captured: bool = True,
    currency: str = "eur",
    struck: tuple[str, str] | None = None,
) -> Tape:
    tape = Tape(can=can).bought(operation(R, 3, payment_id="pay_1"))
    if captured:
        tape.capture()
        tape.commit(CAPTURED)
    tape.ask("refund", 3, key="k3")
    tape.call("refund_payment", 3, amount=asked, currency=currency)
    if gave is not None:
        tape.refund(amount=gave, reference="op_3")
    if struck is not None:
        tape.strike(*struck)
    tape.back(outcome)
    if counted:
        tape.commit(replace(CAPTURED, amount_refunded=counted), REFUND)
    return tape


def _refused_after(kind: str, point: str = "gateway.POST:/intents/{id}/refunds#1") -> Tape:
    """Refuse a refund after a fault put something in the place of the gateway's answer."""
    return _refunded(gave=None, counted=0, outcome="refused", struck=(point, kind))


def _too_late(*, clock: bool, restarted: bool, tried: bool = True) -> Tape:
    """Try a refund, again if it was `tried`, which is refused; the clock may have been set, the shop restarted."""
    tape = Tape().bought(operation(R, 3, payment_id="pay_1"))
    tape.capture()
    tape.commit(CAPTURED)
    if tried:
        tape.call("refund_payment", 3, amount=2000)
        tape.back("unknown")
    if clock:
        tape.strike("clock.refund_payment#1", "ahead")
    if restarted:
        tape.restart()
    tape.call("refund_payment", 3, amount=2000, attempt=2, boot=2 if restarted else 1)
    tape.back("refused")
    return tape


def _counted_too_early() -> Tape:
    tape = _refunded(gave=None, counted=0, outcome="unknown")
    tape.commit(replace(CAPTURED, amount_refunded=2000), REFUND)
    tape.refund(reference="op_3")
    return tape


def _second_refund(amount: int, state: OperationState) -> Tape:
    tape = _refunded(gave=None, counted=0, outcome="unknown")
    tape.commit(operation(R, 3, state, payment_id="pay_1", amount=2000), operation(R, 4, payment_id="pay_1"))
    tape.call("refund_payment", 4, amount=amount)
    return tape


def _counted(*amounts: int) -> Tape:
    tape = _refunded(counted=0)
    refunds = [replace(REFUND, id=f"ref_{n}", amount=amount) for n, amount in enumerate(amounts)]
    tape.commit(replace(CAPTURED, amount_refunded=2000), *refunds)
    return tape


def _turned_away(
    amount: int, status: int = 400, *, can: frozenset[str] = ALL, pending: bool = False, booked: bool = True
) -> Tape:
    tape = Tape(can=can).bought()
    tape.capture()
    state = OperationState.UNKNOWN if pending else OperationState.DONE
    tape.commit(CAPTURED if booked else PAID, operation(R, 3, state, payment_id="pay_1", amount=100))
    tape.ask("refund", 3, key="k3", amount=amount)
    tape.hear(status, {"code": "invalid_state_error"} if status == 409 else {})
    return tape


@pytest.mark.parametrize(
    ("rule", "tape", "times"),
    [
        ("REF-01", _counted_too_early, 1),
        ("REF-01", lambda: _refunded(counted=0).quiet(), 1),
        ("REF-01", lambda: _refunded(counted=0), 0),
        ("REF-01", _refunded, 0),
        ("REF-02", lambda: _refunded(5000, None, counted=0), 1),
        ("REF-02", lambda: _refunded(0, None, counted=0), 1),
        ("REF-02", lambda: _refunded(20.5, None, counted=0), 1),
        ("REF-02", lambda: _refunded(currency="usd"), 1),
        ("REF-02", _refunded, 0),
        ("REF-02", lambda: _second_refund(3000, OperationState.UNKNOWN), 1),
        ("REF-02", lambda: _second_refund(2900, OperationState.UNKNOWN), 0),
        ("REF-02", lambda: _second_refund(3000, OperationState.REFUSED), 0),
        ("REF-03", lambda: _refunded(captured=False, gave=None, counted=0), 1),
        ("REF-03", _refunded, 0),
        ("REF-04", lambda: _counted(2000, 2000), 2),
        ("REF-04", lambda: _counted(1000), 1),
        ("REF-04", lambda: _counted(2000), 0),
        ("REF-05", lambda: _refunded(2050, 2000), 1),
        ("REF-05", lambda: _refunded(gave=None, counted=0), 1),
        ("REF-05", lambda: _refunded(gave=None, counted=0, outcome="refused"), 1),
        ("REF-05", lambda: _refunded(gave=None, counted=0, outcome="refused", can=ALL - {"partial_refund"}), 0),
        ("REF-05", _refunded, 0),
        ("REF-05", lambda: _refused_after("error-500-before"), 0),
        ("REF-05", lambda: _refused_after("html-502-before"), 1),
        ("REF-05", lambda: _refused_after("busy-429"), 1),
        ("REF-05", lambda: _refused_after("error-500-before", "gateway.GET:/effects#1"), 1),
        ("REF-05", lambda: _too_late(clock=True, restarted=True), 0),
        ("REF-05", lambda: _too_late(clock=True, restarted=False), 1),
        ("REF-05", lambda: _too_late(clock=False, restarted=True), 1),
        ("REF-05", lambda: _too_late(clock=True, restarted=True, tried=False), 0),
        ("REF-05", lambda: _too_late(clock=True, restarted=False, tried=False), 1),
        ("REF-05", lambda: _turned_away(2000), 1),
        ("REF-05", lambda: _turned_away(4901), None),
        ("REF-05", lambda: _turned_away(0), None),
        ("REF-05", lambda: _turned_away(2000, 409), None),
        ("REF-05", lambda: _turned_away(2000, pending=True), None),
        ("REF-05", lambda: _turned_away(2000, booked=False), None),
        ("REF-05", lambda: _turned_away(2000, can=ALL - {"partial_refund"}), None),
    ],
)
def test_refunds(rule: str, tape: Callable[[], Tape], times: int | None) -> None:
    """Each refund rule is broken by its case and not by what merely looks like it."""
    assert broken(tape(), rule) == times


def _canceled(*, voided: bool, outcome: str = "done", injected: bool = False, status: int = 200) -> Tape:
    tape = Tape().bought(operation(X, 4, payment_id="pay_1"))
    tape.ask("cancel", 4, key="k4")
    tape.call("cancel_payment", 4)
    if voided:
        tape.void(reference="op_4")
    tape.back(outcome, injected=injected)
    if outcome == "done":
        tape.commit(replace(PAID, canceled_at=9.0))
    tape.hear(status, {})
    return tape


def _captured_after_cancel() -> Tape:
    tape = _canceled(voided=False, injected=True)
    tape.capture()
    return tape


def _canceled_in_books(*, then_captured: bool) -> Tape:
    tape = Tape().bought()
    tape.commit(replace(PAID, canceled_at=9.0))
    if then_captured:
        tape.capture()
    return tape


def _cancel_gave_back(*, booked: bool) -> Tape:
    tape = Tape().bought()
    tape.capture()
    tape.commit(CAPTURED)
    tape.call("cancel_payment", 4)
    tape.refund(amount=4900, reference="op_4")
    tape.back()
    tape.commit(replace(CAPTURED, amount_refunded=4900 if booked else 0))
    return tape


def _sold_out(*, released: bool) -> Tape:
    tape = Tape().opened()
    tape.hold()
    tape.ask()
    if released:
        tape.void()
    tape.hear(409, {"errors": [{"code": "insufficient_inventory"}]})
    return tape


def _final_no(
    *, said: str | None = "authorized", released: bool = False, ordered: bool = False, kept: bool = False, status: int = 400
) -> Tape:
    tape = Tape().opened(operation(OperationKind.AUTHORIZE, 1))
    tape.ask()
    tape.call("authorize_payment", 1)
    tape.hold(reference="op_1" if said is not None else None)
    tape.back("unknown" if said is None else "done", status=said)
    if released:
        tape.void()
    if kept:
        tape.call("cancel_payment", 2)
        tape.back("refused")
    if ordered:
        tape.commit(ORDER)
    tape.hear(status, {"type": "not_allowed"})
    return tape


def _release_under_way() -> Tape:
    tape = Tape().opened()
    tape.hold()
    tape.commit(replace(KEY, recovery_point=RecoveryPoint.RELEASING))
    tape.ask()
    tape.hear(409, {"code": "invalid_state_error"})
    return tape


@pytest.mark.parametrize(
    ("rule", "tape", "times"),
    [
        ("VOID-01", lambda: _canceled(voided=False), 2),
        ("VOID-01", lambda: _canceled(voided=True), 0),
        ("VOID-01", lambda: _canceled(voided=False, outcome="refused"), 1),
        ("VOID-01", lambda: _canceled(voided=False, outcome="refused", status=400), 0),
        ("VOID-02", _captured_after_cancel, 1),
        ("VOID-02", lambda: _canceled_in_books(then_captured=True), 1),
        ("VOID-02", lambda: _canceled_in_books(then_captured=False), 0),
        ("VOID-02", lambda: Tape().bought(), None),
        ("VOID-02", lambda: _cancel_gave_back(booked=False), 1),
        ("VOID-02", lambda: _cancel_gave_back(booked=True), 0),
        ("VOID-03", lambda: _sold_out(released=False), 1),
        ("VOID-03", lambda: _sold_out(released=True), 0),
        ("VOID-03", _release_under_way, 0),
        ("VOID-03", _final_no, 1),
        ("VOID-03", lambda: _final_no(released=True), None),
        ("VOID-03", lambda: _final_no(said=None), None),
        ("VOID-03", lambda: _final_no(ordered=True), None),
        ("VOID-03", lambda: _final_no(kept=True), None),
        ("VOID-03", lambda: _final_no(status=409), None),
        ("VOID-03", lambda: Tape().bought(), None),
    ],
)
def test_cancellations(rule: str, tape: Callable[[], Tape], times: int | None) -> None:
    """Each cancel rule is broken by its case and not by what merely looks like it."""
    assert broken(tape(), rule) == times


def _moved(gave: int, in_: str = "eur", *, asked: object = 4900) -> Tape:
    tape = Tape().opened()
    tape.call("authorize_payment", amount=asked)
    tape.hold(amount=gave, currency=in_, reference="op_1")
    tape.back(status="authorized")
    return tape


def _ordered(order: int, session: int) -> Tape:
    tape = Tape()
    tape.commit(CART, replace(SESSION, amount=session))
    tape.commit(replace(ORDER, total=order))
    return tape


def _updated_later() -> Tape:
    tape = Tape().opened()
    tape.call("update_payment", currency="jpy")
    tape.back()
    return tape


@pytest.mark.parametrize(
    ("rule", "tape", "times"),
    [
        ("AMT-01", lambda: _moved(490_000), 1),
        ("AMT-01", lambda: _moved(4900), 0),
        ("AMT-02", lambda: _moved(4899), 1),
        ("AMT-02", lambda: _moved(0, asked=0), 1),
        ("AMT-02", lambda: _moved(4900, asked=49.0), 1),
        ("AMT-02", lambda: _moved(4900), 0),
        ("AMT-02", lambda: _ordered(4900, 2000), 1),
        ("AMT-02", lambda: _ordered(4900, 4900), 0),
        ("AMT-03", lambda: _moved(4900, "usd"), 1),
        ("AMT-03", lambda: _moved(4900), 0),
        ("AMT-03", _updated_later, 0),
    ],
)
def test_sums(rule: str, tape: Callable[[], Tape], times: int | None) -> None:
    """Each rule of amounts is broken by its case and not by what merely looks like it."""
    assert broken(tape(), rule) == times


def _served(data: Data, *, provider: str = "bank", operator: bool = False, message: str = "") -> Tape:
    tape = Tape()
    tape.ask("capture" if operator else "complete")
    session = {"provider_id": provider, "data": data}
    tape.hear(200, {"type": "cart", "data": {"payment_sessions": [session]}, "message": message})
    return tape


PRIVATE: Data = {"provider_id": "bank", "data": {"intent": "in_1"}}


def _shown(body: Data, *, look: bool = False) -> Tape:
    """Show a shopper something, as the answer to what they asked or to a look whether it was done."""
    tape = Tape()
    tape.ask(key=None)
    if look:
        tape.lose()
        told_as = {"actor": "shopper", "call": "get-order", "intent": 1}
        tape.put(Asked, number=1, key=None, request={}, **told_as)
    tape.hear(200, body)
    return tape


def _answer(
    outcome: str = "done",
    *,
    boot: int = 1,
    injected: bool = False,
    before: str | None = None,
    asked: bool = False,
    **more: object,
) -> Tape:
    tape = Tape().bought()
    tape.put(Booted, boot=1)
    tape.capture()
    if before is not None:
        tape.call("refund_payment", 4, amount=2000)
        tape.back(before)
    tape.call("refund_payment", 5, boot=boot, amount=2000)
    if asked:
        tape.exchange("/intents/in_1/refund", "gk_5", 400)
    tape.back(outcome, injected=injected, **more)
    return tape


@pytest.mark.parametrize(
    ("rule", "tape", "times"),
    [
        ("SEC-01", lambda: _served({"challenge_url": "x-s3cret-x"}), 1),
        ("SEC-01", lambda: _served({}, message="s3cret"), 1),
        ("SEC-01", lambda: _served({"intent": "in_1"}), 1),
        ("SEC-01", lambda: _served({"challenge_url": "u"}), 0),
        ("SEC-01", lambda: _served({"note": "u"}, provider="manual"), 0),
        ("SEC-01", lambda: _shown({"cart": {"payment_sessions": [PRIVATE]}}), 1),
        ("SEC-01", lambda: _shown({"order": {"payments": [PRIVATE]}}), 1),
        ("SEC-01", lambda: _shown({"swap": {"payments": [PRIVATE, PRIVATE]}}), 1),
        ("SEC-01", lambda: _shown({"type": "order", "order": {"payments": [PRIVATE]}}), 0),
        ("SEC-01", lambda: _shown({"order": {"token": "s3cret"}}, look=True), 1),
        ("SEC-01", lambda: _served({"intent": "s3cret"}, operator=True), None),
        ("PROC-01", lambda: _answer("exception", boot=2, before="done"), 1),
        ("PROC-01", lambda: _answer("refused", boot=2, before="done"), 1),
        ("PROC-01", lambda: _answer("exception", boot=2, before="done", injected=True), 0),
        ("PROC-01", lambda: _answer("exception", boot=2, before="done", asked=True), 0),
        ("PROC-01", lambda: _answer("exception", boot=2, before="exception"), 0),
        ("PROC-01", lambda: _answer("refused", boot=2), 0),
        ("PROC-01", lambda: _answer("exception", boot=2), 0),
        ("PROC-01", lambda: _answer("done", boot=2), 0),
        ("PROC-01", lambda: _answer("exception"), None),
        ("PROC-02", lambda: _answer("nonsense", message="<html>"), 1),
        ("PROC-02", lambda: _answer("nonsense", injected=True), 0),
        ("PROC-02", lambda: _answer(status="succeeded"), 1),
        ("PROC-02", lambda: _answer(data={"seen": (1, 2)}), 1),
        ("PROC-02", lambda: _answer(data={1: "one"}), 1),
        ("PROC-02", lambda: _answer(data={"x": float("nan")}), 1),
        ("PROC-02", lambda: _answer(data={"x": "y" * 70_000}), 1),
        ("PROC-02", lambda: _answer(data=None), 1),
        ("PROC-02", lambda: _answer("exception"), 0),
        ("PROC-02", lambda: _answer(data={"a": [1, {"b": None}, 2.5, True]}), 0),
    ],
)
def test_secrets_and_the_contract(rule: str, tape: Callable[[], Tape], times: int | None) -> None:
    """What is served and what is answered breaks its rule only where it should not have been."""
    assert broken(tape(), rule) == times


def test_three_columns_of_money() -> None:
    """What the gateway did, what the shop recorded and what the client heard are told apart."""
    tape = _refunded()
    tape.refund("re_2", reference="op_3")
    shown = {
        "id": "order_1",
        "payments": [{"provider_id": "bank", "amount": 4900, "amount_refunded": 2000, "captured_at": 9.0}],
    }
    tape.hear(200, {"order": shown})
    told = money(fold(tape.history()))
    assert told.currency == "eur"
    assert told.gateway == Column(captured=4900, refunded=4000)
    assert told.shop == told.heard == Column(captured=4900, refunded=2000)


def test_a_look_belongs_to_the_wish_but_is_no_try() -> None:
    """A person without a key who looks first has not asked again."""
    tape = Tape().bought()
    tape.ask("refund", 2, key=None)
    tape.lose()
    tape.ask("get-order", 2, key=None)
    tape.hear(200, {"order": {"id": "order_1"}})
    wish = fold(tape.history()).wishes[-1]
    assert [len(wish.tries), len(wish.looks), wish.final] == [1, 1, None]
    assert isinstance(tape.events[-1], Heard)
