"""The contract as JSON."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillproof.contract import wire
from tillproof.contract.gateway import Request, Response
from tillproof.contract.outcomes import Done, Outcome, Refused, Unknown
from tillproof.contract.processor import Attempt, PaymentContext, PaymentProcessor
from tillproof.contract.webhooks import Delivery, GivenBack, Notice, Rejected, Says, Standing
from tillproof.domain.money import Money
from tillproof.domain.statuses import OperationKind, SessionStatus

_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | _text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_text, inner, max_size=3),
    max_leaves=10,
)
_data = st.dictionaries(_text, _json, max_size=4)
_outcome = st.one_of(
    st.builds(Done, _data, st.none() | st.sampled_from(SessionStatus)),
    st.builds(Refused, _text, _text),
    st.builds(Unknown, _text),
)
_whole = st.integers(0, 2**53)
_webhook = st.one_of(
    st.builds(Notice, event_id=_text, says=st.sampled_from(Says), resource_id=st.none() | _text, amount=st.none() | _whole),
    st.builds(Rejected, _text),
    st.builds(
        Standing,
        captured=_whole,
        canceled=st.booleans(),
        refunds=st.lists(st.builds(GivenBack, id=_text, amount=_whole, reference=st.none() | _text), max_size=2).map(tuple),
    ),
)


@given(_outcome | _webhook)
def test_an_outcome(outcome: Outcome | Notice | Rejected | Standing) -> None:
    """Every outcome of the contract, and what is said of webhooks, is the same on the other side."""
    told = msgspec.json.decode(msgspec.json.encode(wire.encode_outcome(outcome)))
    assert wire.decode_outcome(told) == outcome


@given(_data, _data)
def test_a_call(data: dict[str, Any], context: dict[str, Any]) -> None:
    """The arguments of a call arrive as they were sent."""
    attempt = Attempt(idempotency_key="k", reference="r", number=2, first_sent_at=1.5, sent_at=2.5)
    arguments = (data, PaymentContext(amount=Money(1, "jpy"), resource_id="cart_1", context=context), attempt)
    told = msgspec.json.decode(msgspec.json.encode(wire.encode_call("authorize_payment", arguments)))
    assert wire.decode_call("authorize_payment", told) == arguments


def test_the_parameters_are_the_contract_s() -> None:
    """The table of parameters has each method of the contract with its parameters in order."""
    for name, parameters in wire.PARAMETERS.items():
        code = vars(PaymentProcessor)[name].__code__
        assert list(parameters) == list(code.co_varnames[1 : code.co_argcount])


@pytest.mark.parametrize("told", [{"outcome": "notice", "event_id": 1}, {"outcome": "standing", "captured": "much"}])
def test_a_fact_of_another_shape(told: dict[str, Any]) -> None:
    """What is said of a webhook in another shape is no fact."""
    assert isinstance(wire.decode_outcome(told), wire.Nonsense)


def test_a_delivery() -> None:
    """A delivery arrives byte for byte, whatever the bytes."""
    delivery = Delivery(headers={"s": "v1=x"}, body=bytes(range(256)), received_at=1.5)
    told = msgspec.json.decode(msgspec.json.encode(wire.encode_call("read_webhook", (delivery,))))
    assert wire.decode_call("read_webhook", told) == (delivery,)


def test_a_question() -> None:
    """`find_effect` names the kind of operation."""
    attempt = Attempt(idempotency_key="k", reference="r", number=1, first_sent_at=0.0, sent_at=0.0)
    told = wire.encode_call("find_effect", (OperationKind.REFUND, attempt, {}))
    assert told["kind"] == "refund"
    assert wire.decode_call("find_effect", told) == (OperationKind.REFUND, attempt, {})


def test_the_gateway_s_two_words() -> None:
    """A request and its answer arrive as they were sent."""
    request = Request(method="POST", path="/intents?x=1", body={"amount": 1}, key="k")
    response = Response(status=502, body="<html>")
    assert wire.decode_request(wire.encode_request(request)) == request
    assert wire.decode_response(wire.encode_response(response)) == response


def test_a_sixth_status() -> None:
    """A status that does not exist is carried over as it is: it is not for the wire to judge."""
    lie = Done({}, cast("SessionStatus", "succeeded"))
    assert wire.decode_outcome(wire.encode_outcome(lie)) == lie


def test_an_error_object() -> None:
    """The original contract's error object passes as the dictionary it is."""
    told = {"error": "declined", "code": "card", "detail": None}
    assert wire.decode_outcome(wire.encode_outcome(told)) == told


class _Rude:
    def __repr__(self) -> str:
        raise ValueError


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("<html>", "'<html>'"),
        (None, "None"),
        ({"id": 1}, "{'id': 1}"),
        (_Rude(), "a _Rude whose repr raises ValueError"),
        (Done(cast("dict[str, Any]", ["no", "object"])), "Done(data=['no', 'object'], status=None)"),
        (Done({}, cast("SessionStatus", 5)), "Done(data={}, status=5)"),
        (Refused(cast("str", 5), "no"), "Refused(code=5, message='no')"),
        (Done({"a": (1,)}), "does not survive JSON unchanged: Done(data={'a': (1,)}, status=None)"),
        (Done({"a": float("nan")}), "does not survive JSON unchanged: Done(data={'a': nan}, status=None)"),
        (
            Done({"a": dt.date(2026, 1, 1)}),
            "does not survive JSON unchanged: Done(data={'a': datetime.date(2026, 1, 1)}, status=None)",
        ),
        (Done({cast("str", 1): 1}), "does not survive JSON unchanged: Done(data={1: 1}, status=None)"),
    ],
)
def test_what_fits_no_contract(value: object, shown: str) -> None:
    """Whatever is no outcome, or would not survive JSON, is named and carried over as nonsense."""
    assert wire.decode_outcome(wire.encode_outcome(value)) == wire.Nonsense(shown)


@pytest.mark.parametrize("value", [Done({"a": object()}), Done({"a": "\ud800"})])
def test_what_json_cannot_say(value: object) -> None:
    """A value for which JSON has no form is nonsense with JSON's own complaint."""
    told = wire.decode_outcome(wire.encode_outcome(value))
    assert repr(told).startswith("does not survive JSON (")


def test_data_that_contains_itself() -> None:
    """A circle is nonsense too, not a hang."""
    circle: dict[str, Any] = {}
    circle["self"] = circle
    assert isinstance(wire.decode_outcome(wire.encode_outcome(Done(circle))), wire.Nonsense)


def test_data_beyond_all_bounds() -> None:
    """An outcome larger than allowed is nonsense, with its size."""
    told = wire.decode_outcome(wire.encode_outcome(Done({"log": "x" * wire.LARGEST_VALUE})))
    assert isinstance(told, wire.Nonsense)
    assert told.shown.startswith(f"{wire.LARGEST_VALUE + 50} bytes as JSON, {wire.LARGEST_VALUE} are allowed: Done(")
    assert len(told.shown) < 2 * wire.LONGEST_SHOWN


@pytest.mark.parametrize("told", [{}, {"outcome": "done"}, {"outcome": "perhaps"}, {"outcome": "refused", "code": 1}])
def test_an_outcome_in_no_form(told: dict[str, Any]) -> None:
    """What a processor in another language gets wrong on the wire is nonsense, shown."""
    assert wire.decode_outcome(told) == wire.Nonsense(repr(told))
