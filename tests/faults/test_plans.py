"""Plans are text that round-trips."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillproof.errors import Misuse
from tillproof.faults.kinds import KINDS, Kind, applicable
from tillproof.faults.plans import Fault, Plan, parse
from tillproof.faults.points import Point, Seam

NAMES = ("order-placed", "refund_payment", "complete_cart", "authorize_payment")


def faults() -> st.SearchStrategy[Fault]:
    def fault(kind: Kind, name: str, number: int, actor: str | None, times: int) -> Fault:
        at = min(kind.seams)
        return Fault(Point(at, min(kind.only) if kind.only else name, number, actor), kind.name, times)

    return st.builds(
        fault,
        st.sampled_from(list(KINDS.values())),
        st.sampled_from(NAMES),
        st.integers(1, 99),
        st.sampled_from([None, "client-2"]),
        st.integers(0, 5),
    )


@given(st.lists(faults(), max_size=3).map(lambda fs: Plan(tuple(fs))))
def test_a_plan_round_trips(plan: Plan) -> None:
    """Reading what was written gives the same plan."""
    assert parse(str(plan)) == plan


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("refund", "not a fault"),
        ("processor.refund_payment=answer-lost", "not a fault"),
        ("processor.refund_payment#0=answer-lost", "not a fault"),
        ("bank.refund#1=answer-lost", "not a fault"),
        ("processor.refund_payment#1=explodes", "no fault"),
        ("client.complete_cart#1=crash-after", "no fault"),
        ("processor.refund_payment#1=sixth-status", "no fault"),
        ("processor.refund_payment#1=answer-lost + ", "not a fault"),
    ],
)
def test_a_malformed_plan_says_which_part(text: str, wrong: str) -> None:
    """Each way of getting a plan wrong is a misuse of at most three lines."""
    with pytest.raises(Misuse, match=wrong) as caught:
        parse(text)
    assert len(caught.value.lines()) <= 3


@pytest.mark.parametrize(("also", "name"), [("reset-before", "request-lost"), ("reset-after", "answer-lost")])
def test_another_name_of_a_fault(also: str, name: str) -> None:
    """A connection that is reset is what the plan calls a lost request or answer, at the gateway and nowhere else."""
    assert str(parse(f"gateway.POST:/v1/refunds#1={also}")) == f"gateway.POST:/v1/refunds#1={name}"
    with pytest.raises(Misuse):
        parse(f"client.refund#1={also}")


def test_what_is_left_out_where_a_gateway_is_only_read() -> None:
    """A read has no effect that could be lost with its answer, no key to keep a failure under, and gets no older answer."""
    acts, reads = (applicable(Seam.GATEWAY, f"{method}:/v1/refunds") for method in ("POST", "GET"))
    assert {kind.name for kind in acts} - {kind.name for kind in reads} == {
        "answer-lost",
        "timeout-after",
        "error-500-after",
        "html-502-after",
        "stored-500-before",
        "stored-500-after",
        "stale-answer",
    }
