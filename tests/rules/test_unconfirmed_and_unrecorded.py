"""An order on a word that the gateway never gave; an answer that was never written down, and asked for anew."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from support.histories import AUTHORIZED, ORDER, PAYMENT, Tape, operation
from support.judging import broken

from tillproof.domain.entities import Order, PaymentSession
from tillproof.domain.statuses import OperationKind, OperationState

AUTHORIZE = OperationKind.AUTHORIZE


def _placed(
    *, held: bool = False, let_go: str = "", session: PaymentSession = AUTHORIZED, order: Order = ORDER
) -> Callable[[], Tape]:
    """Place an order on a session that says authorized; what was held is let go of before or after the gateway is asked."""

    def tape() -> Tape:
        told = Tape().opened()
        if held:
            told.hold()
        if let_go == "before the question":
            told.void()
        told.call("get_payment_status", 2)
        if let_go == "after it":
            told.void()
        told.back(status="authorized")
        told.commit(session, PAYMENT)
        told.commit(order)
        return told

    return tape


@pytest.mark.parametrize(
    ("tape", "times"),
    [
        (_placed(), 2),  # the processor's word, and the order
        (_placed(held=True), 0),
        (_placed(held=True, let_go="before the question"), 2),
        (_placed(held=True, let_go="after it"), 0),
        (_placed(session=replace(AUTHORIZED, provider_id="manual")), 1),
        (_placed(order=replace(ORDER, total=0)), 1),
    ],
)
def test_an_order_on_a_word_the_gateway_never_gave(tape: Callable[[], Tape], times: int) -> None:
    """STAT-02: a session that says authorized is not enough, unless another processor paid or nothing was due."""
    assert broken(tape(), "STAT-02") == times


def _again(
    name: int = 2,
    *,
    recorded: bool = False,
    first: str = "done",
    let_go: bool = False,
    amount: int = 4900,
    session: str = "",
    done: bool = True,
    started: int = 1,
) -> Callable[[], Tape]:
    """Authorize, and authorize once more under another name; the first answer is recorded or not before that."""

    def tape() -> Tape:
        told = Tape().opened(operation(AUTHORIZE, started))
        told.call("authorize_payment", started)
        told.hold(reference=f"op_{started}")
        told.back(first, status="authorized")
        if recorded:
            told.commit(operation(AUTHORIZE, started, OperationState.DONE))
        if let_go:
            told.void()
        if session:
            told.commit(operation(AUTHORIZE, name, session_id=session))
        told.call("authorize_payment", name, amount=amount)
        if done:
            told.hold("au_2", reference=f"op_{name}", amount=amount)
        told.back(status="authorized")
        return told

    return tape


@pytest.mark.parametrize(
    ("tape", "times"),
    [
        (_again(), 1),
        (_again(session="ps_1"), 1),
        (_again(session="ps_2"), None),
        (_again(1), 1),  # by the same name, the tries themselves tell
        (_again(2, started=3), 1),
        (_again(recorded=True), None),
        (_again(first="unknown"), None),
        (_again(let_go=True), None),
        (_again(amount=100), None),
        (_again(done=False), None),
    ],
)
def test_an_unrecorded_answer_is_asked_for_under_another_name(tape: Callable[[], Tape], times: int | None) -> None:
    """CRASH-03: what was done and not written down is done once more; not where it is another thing, or undone since."""
    assert broken(tape(), "CRASH-03") == times
