"""PROC-01 and PROC-02: what a processor remembers that it should not, and what it answers that nobody can keep."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.histories import Tape
from support.judging import breaches, broken

from tillproof.domain.entities import Data
from tillproof.history.events import Booted

DATA: Data = {"intent": "in_1"}

Call = tuple[int, str]
"""In which boot a call is made, and what comes of it; nothing where the shop dies meanwhile."""


def _calls(
    *calls: Call,
    method: str = "refund_payment",
    amount: object = 2000,
    before: Callable[[Tape], object] | None = None,
    data: tuple[Data, ...] = (),
    asked: tuple[int, ...] = (),
) -> Tape:
    """Make calls of one method for a captured purchase; `asked`: which of them reach the gateway."""
    tape = Tape()
    tape.put(Booted, boot=1)
    tape.bought()
    if before is not None:
        before(tape)
    for number, (boot, outcome) in enumerate(calls):
        given = data[number] if data else DATA
        tape.call(method, 10 + number, boot=boot, amount=amount, data=given)
        if number in asked:
            tape.exchange("/x", None)
        if outcome:
            tape.back(outcome, message=f"message of {number}", injected=outcome == "unknown")
    return tape


def _captured(tape: Tape, amount: int = 4900) -> None:
    tape.capture(amount=amount)


def _given_back(tape: Tape) -> None:
    tape.capture()
    tape.refund(amount=2901)


def _voided(tape: Tape) -> None:
    tape.void()


D, X, N, R = "done", "exception", "nonsense", "refused"
KEPT: dict[str, tuple[Callable[[], Tape], int | None]] = {
    "worked, then failed": (lambda: _calls((1, D), (2, X)), 1),
    "worked, then made no sense": (lambda: _calls((1, D), (2, N)), 1),
    "worked, then said unknown": (lambda: _calls((1, D), (2, "unknown")), 0),
    "worked, then worked": (lambda: _calls((1, D), (2, D)), 0),
    "failed without a restart": (lambda: _calls((1, D), (1, X)), None),
    "never worked": (lambda: _calls((2, X)), 0),
    "worked only since": (lambda: _calls((2, D), (2, X)), 0),
    "worked with other data": (lambda: _calls((1, D), (2, X), data=({"intent": "in_1", "x": 1}, DATA)), 0),
    "had no data": (lambda: _calls((1, D), (2, X), data=({}, {})), None),
    "failed so before as well": (lambda: _calls((1, D), (1, X), (2, X)), 0),
    "failed otherwise before": (lambda: _calls((1, D), (1, N), (2, X)), 1),
    "failed otherwise before, by name": (lambda: _calls((1, D), (1, X), (2, N)), 1),
    "failed so before, at the gateway": (lambda: _calls((1, D), (1, X), (2, X), asked=(1,)), 1),
    "failed so since, and again": (lambda: _calls((1, D), (2, X), (2, X)), 2),
    "worked, died, failed": (lambda: _calls((1, D), (1, ""), (2, X)), 1),
    "failed at the gateway": (lambda: _calls((1, D), (2, X), asked=(1,)), 0),
    "failed after others did not": (lambda: _calls((1, D), (2, "unknown"), (2, D), (2, X)), 1),
    "refused what could be refunded": (lambda: _calls((1, D), (2, R), before=_captured), 1),
    "refused what could not": (lambda: _calls((1, D), (2, R), before=_given_back), 0),
    "refused just what is left": (lambda: _calls((1, D), (2, R), before=_given_back, amount=1999), 1),
    "refused what was not captured": (lambda: _calls((1, D), (2, R)), 0),
    "refused what is no sum": (lambda: _calls((1, D), (2, R), before=_captured, amount="2000"), 0),
    "refused to capture": (lambda: _calls((1, D), (2, R), method="capture_payment", amount=4900), 1),
    "refused to capture too much": (lambda: _calls((1, D), (2, R), method="capture_payment", amount=4901), 0),
    "refused to capture the rest": (
        lambda: _calls((1, D), (2, R), method="capture_payment", amount=1, before=lambda t: _captured(t, 4899)), 1
    ),
    "refused to capture more than the rest": (
        lambda: _calls((1, D), (2, R), method="capture_payment", amount=2, before=lambda t: _captured(t, 4899)), 0
    ),
    "refused to capture what was let go": (
        lambda: _calls((1, D), (2, R), method="capture_payment", amount=4900, before=_voided), 0
    ),
    "refused to cancel": (lambda: _calls((1, D), (2, R), method="cancel_payment"), 0),
    "refused to look": (lambda: _calls((1, D), (2, R), method="get_payment_status", before=_captured), 0),
}  # fmt: skip


@pytest.mark.parametrize("case", KEPT)
def test_what_worked_with_the_same_data_works_after_a_restart(case: str) -> None:
    """Only a failure that a restart makes, of what had worked and could have been done, is laid to memory."""
    tape, times = KEPT[case]
    assert broken(tape(), "PROC-01") == times


def test_what_an_earlier_try_did_could_be_done() -> None:
    """Refused after a restart although the gateway has the effect of the try before: nobody looked."""
    tape = _calls((1, D), before=_captured)
    tape.call("refund_payment", 9, amount=4900)
    tape.refund(amount=4900, reference="op_9")
    tape.back("unknown", injected=True)
    tape.call("refund_payment", 9, boot=2, attempt=2, amount=4900)
    tape.back(R)
    assert broken(tape, "PROC-01") == 1


def test_a_failure_is_told_in_the_processor_s_own_words() -> None:
    """With the method, and with what kind of answer it was where it said nothing."""
    (breach,) = breaches(_calls((1, D), (2, X)), "PROC-01")
    assert (breach.method, breach.says) == ("refund_payment", "after a restart refund_payment failed: message of 1")
    tape = _calls((1, D), (2, ""))
    tape.back(X)
    assert breaches(tape, "PROC-01")[0].says == "after a restart refund_payment failed: exception"


def _deep(levels: int) -> dict[str, object]:
    value: dict[str, object] = {}
    for _ in range(levels - 1):
        value = {"": value}
    return value


def _answered(data: object, method: str = "refund_payment", status: str | None = None) -> Tape:
    tape = Tape()
    tape.call(method, 1)
    tape.back(data=data, status=status)
    return tape


FITS: dict[str, tuple[object, bool]] = {
    "nothing": ({}, True),
    "text as long as it may be": ({"x": "y" * 65_535}, True),
    "text one longer": ({"x": "y" * 65_536}, False),
    "names count": ({"x" * 65_536: ""}, True),
    "a name one longer": ({"x" * 65_537: ""}, False),
    "whole numbers": ({"": [7] * 16_384}, True),
    "one number more": ({"": [7] * 16_385}, False),
    "yes, no and nothing": ({"": [True, False, None, None] * 4096}, True),
    "one of them more": ({"": [True, False, None, None] * 4096 + [None]}, False),
    "fractions": ({"": [0.5] * 8192}, True),
    "one fraction more": ({"": [0.5] * 8193}, False),
    "endless": ({"": float("inf")}, False),
    "as deep as it may be": (_deep(64), True),
    "one level deeper": (_deep(65), False),
    "a list": ([], False),
    "a text": ("text", False),
    "bytes": ({"": b""}, False),
    "a tuple": ({"": ()}, False),
    "a set inside": ({"": [{"": {1}}]}, False),
    "a number for a name": ({"": {1: ""}}, False),
    "a number for one of the names": ({"a": 1, 2: ""}, False),
}


@pytest.mark.parametrize("case", FITS)
def test_data_are_plain_json_of_bounded_size(case: str) -> None:
    """Text, names and values count together; what JSON does not know, or nests too deep, does not fit."""
    data, fits = FITS[case]
    assert broken(_answered(data), "PROC-02") == (0 if fits else 1)


@pytest.mark.parametrize(
    ("method", "status", "fits"),
    [
        ("authorize_payment", None, False),
        ("get_payment_status", None, False),
        ("capture_payment", None, True),
        ("retrieve_payment", None, True),
        ("authorize_payment", "pending", True),
        ("authorize_payment", "paid", False),
        ("capture_payment", "paid", False),
        ("refund_payment", "canceled", True),
    ],
)
def test_a_status_is_one_of_five_and_there_where_it_is_asked_for(method: str, status: str | None, fits: bool) -> None:  # noqa: FBT001
    """Authorizing and asking for the status answer with one; no method answers with a sixth."""
    assert broken(_answered({}, method, status), "PROC-02") == (0 if fits else 1)


def test_each_answer_is_looked_at_and_the_same_data_once() -> None:
    """Two answers of their own are two breaches; data handed on from one to the next are one."""
    odd = {"x": b""}
    for data, times in ((({"x": b""}, {"x": b""}), 2), ((odd, odd), 1)):
        tape = Tape()
        tape.call("capture_payment", 1)
        tape.call("refund_payment", 2)
        for number, each in enumerate(data, 3):
            tape.call("refund_payment", number)
            tape.back(data=each)
        assert broken(tape, "PROC-02") == times


def test_what_nobody_answered_is_not_judged() -> None:
    """Without an answer of the processor's own the rule is not asked."""
    tape = Tape()
    tape.call("refund_payment", 1)
    assert broken(tape, "PROC-02") is None
    tape.back("nonsense", injected=True)
    assert broken(tape, "PROC-02") is None
