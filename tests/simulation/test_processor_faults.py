"""What a fault at a processor's method does to the call and to its caller."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest

from tillproof.contract.gateway import NoAnswer
from tillproof.contract.outcomes import Done, Refused, Unknown
from tillproof.contract.processor import Attempt
from tillproof.domain.entities import Data
from tillproof.domain.statuses import SessionStatus
from tillproof.faults.plans import parse
from tillproof.history.events import Called, Died, Faulted, Returned
from tillproof.reference.ports import DeadlineExceeded
from tillproof.simulation.clock import SimClock
from tillproof.simulation.crossing import Crossings
from tillproof.simulation.driver import drive
from tillproof.simulation.incarnation import Crashed, Incarnation
from tillproof.simulation.processors import ProcessorCrossings, ProcessorFailed

ATTEMPT = Attempt(idempotency_key="k", reference="op", number=2, first_sent_at=0.0, sent_at=1.0)
NONSENSE = "<html><body><h1>502 Bad Gateway</h1></body></html>"
HONEST = Done({"id": "in_1"}, SessionStatus.AUTHORIZED)


class Call:
    """One call of `authorize_payment` under a plan, made with a deadline of 30 seconds."""

    def __init__(self, plan: str, answer: Callable[[], object]) -> None:
        self.performed = 0
        self.told: object = None
        self.crossings = Crossings(parse(plan), SimClock())
        self.life = Incarnation(3)
        self._seam = ProcessorCrossings(self.crossings, self.life)
        self._answer = answer
        drive(self.crossings.clock, self._made())

    async def _made(self) -> None:
        arguments: Data = {"amount": 5, "data": {}}
        work = self._seam.cross("bank", "authorize_payment", arguments, ATTEMPT, self._perform)
        try:
            self.told = await self.crossings.clock.within(30.0, work)
        except (Exception, Crashed) as error:  # noqa: BLE001 - the test looks at whatever comes
            self.told = type(error)

    async def _perform(self) -> object:
        self.performed += 1
        return self._answer()

    def returned(self) -> Returned:
        return next(event for event in self.crossings.events if isinstance(event, Returned))


@pytest.mark.parametrize(
    ("kind", "performed", "told", "outcome"),
    [
        ("answer-lost", 1, NoAnswer, "exception"),
        ("refused", 0, Refused("refused_at_once", "The payment service refused the request."), "refused"),
        ("exception", 0, ProcessorFailed, "exception"),
        ("hang-before", 0, DeadlineExceeded, "nothing"),
        ("hang-after", 1, DeadlineExceeded, "nothing"),
        ("nonsense", 1, NONSENSE, "nonsense"),
        ("sixth-status", 1, Done({"id": "in_1"}, cast("SessionStatus", "succeeded")), "done"),
        ("crash-before", 0, Crashed, "nothing"),
        ("crash-after", 1, Crashed, "nothing"),
    ],
)
def test_a_call_is_cut_and_told_as_the_fault_says(kind: str, performed: int, told: object, outcome: str) -> None:
    """The effect takes place at most once, and what the backend is told is marked as the fault's word."""
    call = Call(f"processor.authorize_payment#1={kind}", lambda: HONEST)

    assert (call.performed, call.told) == (performed, told)
    assert (call.returned().outcome, call.returned().injected) == (outcome, True)
    assert sum(isinstance(event, Faulted) for event in call.crossings.events) == 1
    assert call.life.alive is (told is not Crashed)
    assert any(isinstance(event, Died) for event in call.crossings.events) is (told is Crashed)


def test_an_error_object_is_the_original_contract_s() -> None:
    """Error, code and detail, as Medusa v1's processors return them."""
    call = Call("processor.authorize_payment#1=error-object", lambda: HONEST)

    assert call.performed == 0
    assert list(cast("Data", call.told)) == ["error", "code", "detail"]
    assert call.returned().outcome == "error-object"


def test_a_processor_that_raises_is_not_heard_once_its_answer_is_lost() -> None:
    """Under a fault that comes after the effect, the fault alone decides what is told."""

    def raises() -> object:
        raise LookupError

    assert Call("processor.authorize_payment#1=nonsense", raises).told == NONSENSE


@pytest.mark.parametrize(
    ("answer", "outcome", "message"),
    [
        (HONEST, "done", ""),
        (Done({"id": "in_1"}, None), "done", ""),
        (Refused("declined", "no"), "refused", "no"),
        (Unknown("time-out"), "unknown", "time-out"),
        ({"error": "no", "code": "x"}, "error-object", "no"),
        ({"status": "authorized"}, "nonsense", "dict"),
        (None, "nonsense", "None"),
        (True, "nonsense", "True"),
        ("<html>", "nonsense", "'<html>'"),
        (object(), "nonsense", "object"),
        (("authorized", 1), "nonsense", "tuple"),
    ],
)
def test_whatever_comes_back_is_named_and_passed_on(answer: object, outcome: str, message: str) -> None:
    """The call record has a word for every value, and the backend gets the value itself."""
    call = Call("", lambda: answer)

    assert call.told is answer
    returned = call.returned()
    assert (returned.outcome, returned.message, returned.injected) == (outcome, message, False)


def test_an_exception_of_the_processor_is_recorded_and_raised() -> None:
    """What a processor raises reaches the backend, and the record says what it was."""

    def raises() -> object:
        raise LookupError("no such intent")

    call = Call("", raises)

    assert call.told is LookupError
    assert (call.returned().outcome, call.returned().message) == ("exception", "LookupError: no such intent")


def test_a_call_is_written_down_before_it_is_made() -> None:
    """Who called what, in which boot, with which key, for which sum."""
    call = Call("", lambda: HONEST)

    called = call.crossings.events[0]
    assert isinstance(called, Called)
    assert (called.boot, called.provider_id, called.method, called.number) == (3, "bank", "authorize_payment", 1)
    assert (called.key, called.reference, called.attempt, called.arguments["amount"]) == ("k", "op", 2, 5)
    assert call.returned().called == called.step
