"""The matrix: what became of each run, and where it belongs."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from support import samplelog

from tillproof.history.log_runs import RunResult, RunVerdict
from tillproof.history.summary import result
from tillproof.history.verdicts import Harm
from tillproof_reports.matrix import Outcome, boards, outcomes, place, worst

RIGHT = result(samplelog.history(""), exercised=[0], breaches=(), money=None)
FAULT = replace(RIGHT, run=samplelog.key("client.refund#1=answer-lost"))


@pytest.mark.parametrize(
    ("run", "outcome"),
    [
        (FAULT, Outcome.RIGHT),
        (replace(FAULT, refused=1), Outcome.REFUSED),
        (replace(FAULT, listed=("refund_payment",), refused=1), Outcome.PERSON),
        (replace(FAULT, verdict=RunVerdict.ERRORED), Outcome.ERRORED),
        (replace(FAULT, verdict=RunVerdict.NOT_APPLICABLE), Outcome.NOT_REACHED),
        (replace(FAULT, verdict=RunVerdict.FAILED, harm=Harm.CUSTOMER_LOSES), Outcome.WRONG),
        (replace(FAULT, verdict=RunVerdict.FAILED, harm=Harm.SHOP_LOSES), Outcome.WRONG),
        (replace(FAULT, verdict=RunVerdict.FAILED, harm=Harm.HELD), Outcome.WRONG),
        (replace(FAULT, verdict=RunVerdict.FAILED, harm=Harm.STUCK), Outcome.STUCK),
        (replace(FAULT, verdict=RunVerdict.FAILED, harm=Harm.LEAK), Outcome.BROKEN),
        (replace(FAULT, verdict=RunVerdict.FAILED, harm=Harm.BOOKS), Outcome.BROKEN),
        (replace(FAULT, verdict=RunVerdict.FAILED, harm=Harm.UNSAFE), Outcome.BROKEN),
        (replace(FAULT, verdict=RunVerdict.FAILED), Outcome.BROKEN),
    ],
)
def test_outcome_of_a_run(run: RunResult, outcome: Outcome) -> None:
    """A run's outcome follows from its verdict and harm, then from what was left for a person, then from refusals."""
    assert outcomes([RIGHT, run])[1] is outcome


def test_refused_as_usual() -> None:
    """What is refused in the undisturbed run as well is no refusal for the fault's sake."""
    assert outcomes([replace(RIGHT, refused=1), replace(FAULT, refused=1)]) == [Outcome.RIGHT, Outcome.RIGHT]


@pytest.mark.parametrize(
    ("plan", "where"),
    [
        ("", ("", "", "none")),
        ("processor.refund_payment#2=answer-lost", ("processor", "refund_payment", "answer-lost")),
        ("gateway.POST:/v1/refunds#1=html-502", ("gateway", "POST:/v1/refunds", "html-502")),
        ("commit.order-placed#1@client-2=crash-afterx3", ("commit", "order-placed", "crash-after")),
        ("client.complete#1=request-lostx* + clock.tick#1=late", ("client", "complete", "request-lost")),
    ],
)
def test_place_of_a_plan(plan: str, where: tuple[str, str, str]) -> None:
    """A run belongs to the moment and the kind of its first fault, however often that strikes."""
    assert place(plan) == where


def test_boards_of_the_sample() -> None:
    """The sample's wrong run is in one cell; a method that was never called is not reached; what cannot strike is empty."""
    log = samplelog.log()
    told = {board.seam: board for board in boards(log, outcomes(log.runs))}
    assert list(told) == ["processor", "commit"]
    processor = told["processor"]
    assert processor.faults == ("none", "answer-lost")
    lines = {line.name: line for line in processor.lines}
    assert len(lines) == 10
    assert [worst(cell) for cell in lines["refund_payment"].cells] == [Outcome.RIGHT, Outcome.WRONG]
    assert [worst(cell) for cell in lines["capture_payment"].cells] == [Outcome.RIGHT, None]
    assert [worst(cell) for cell in lines["cancel_payment"].cells] == [Outcome.NOT_REACHED, Outcome.NOT_REACHED]
    assert +processor.total == {Outcome.WRONG: 1}
    assert +told["commit"].total == {Outcome.NOT_REACHED: 1}
