"""
Authorizations, captures and refunds at the fake PayPal.

https://developer.paypal.com/docs/api/payments/v2
"""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.paypalbench import DAY, PAYMENTS, PayPalBench, body_of, euros, issue_of

from tillproof.contract.gateway import Response
from tillproof.domain.ledger import EntryKind
from tillproof_fake_processors.paypal import Habits
from tillproof_fake_processors.paypal.objects import Kind

AUTHORIZATIONS, CAPTURES, REFUNDS = (f"{PAYMENTS}/{kind}" for kind in ("authorizations", "captures", "refunds"))


def _status(bench: PayPalBench, path: str) -> str:
    return str(body_of(bench.ask("GET", path))["status"])


def _void(bench: PayPalBench, hold: str) -> Response:
    return bench.ask("POST", f"{AUTHORIZATIONS}/{hold}/void")


def _reauthorize(bench: PayPalBench, hold: str, **body: object) -> Response:
    return bench.ask("POST", f"{AUTHORIZATIONS}/{hold}/reauthorize", body)


def test_captured_in_parts() -> None:
    """Captures that are not final leave the rest held; one to the last cent ends it; no cent more."""
    bench = PayPalBench()
    hold = bench.hold()
    assert bench.capture(hold, amount=euros("20.00")).status == 201
    assert _status(bench, f"{AUTHORIZATIONS}/{hold}") == "PARTIALLY_CAPTURED"
    assert issue_of(bench.capture(hold, amount=euros("29.01"))) == "MAX_CAPTURE_AMOUNT_EXCEEDED"
    assert body_of(bench.capture(hold))["amount"] == euros("29.00")
    assert _status(bench, f"{AUTHORIZATIONS}/{hold}") == "CAPTURED"
    assert issue_of(bench.capture(hold)) == "AUTHORIZATION_ALREADY_CAPTURED"


def test_a_final_capture() -> None:
    """It lets go of the rest."""
    bench = PayPalBench()
    hold = bench.hold()
    bench.capture(hold, amount=euros("20.00"), final_capture=True)
    assert issue_of(bench.capture(hold, amount=euros("1.00"))) == "AUTHORIZATION_ALREADY_CAPTURED"
    assert issue_of(_void(bench, hold)) == "PREVIOUSLY_CAPTURED"


@given(
    st.integers(1, 300), st.lists(st.tuples(st.sampled_from(["capture", "refund", "void"]), st.integers(1, 200)), max_size=8)
)
def test_the_laws(total: int, steps: list[tuple[str, int]]) -> None:
    """Whatever is asked in whatever order: no more is taken than was held, and no more given back than was taken."""
    bench = PayPalBench()
    hold = bench.hold(f"{total}.00")
    captures: list[str] = []
    for verb, units in steps:
        if verb == "void":
            _void(bench, hold)
        elif verb == "capture":
            answer = bench.capture(hold, amount=euros(f"{units}.00"))
            captures += [str(body_of(answer)["id"])] if answer.status == 201 else []
        elif captures:
            bench.refund(captures[0], amount=euros(f"{units}.00"))
    sums = {kind: sum(e.amount for e in bench.of(kind)) for kind in EntryKind}
    assert sums[EntryKind.REFUND] <= sums[EntryKind.CAPTURE] <= total * 100
    assert sums[EntryKind.CAPTURE] + sums[EntryKind.VOID] <= total * 100


def test_a_refund_is_of_its_capture() -> None:
    """Each capture is refunded from its own sum, in parts, and the rest without naming it."""
    bench = PayPalBench()
    hold = bench.hold()
    first, second = (str(body_of(bench.capture(hold, amount=euros(v)))["id"]) for v in ("9.00", "40.00"))
    assert issue_of(bench.refund(first, amount=euros("9.01"))) == "REFUND_AMOUNT_EXCEEDED"
    assert bench.refund(second, amount=euros("30.00")).status == 201
    assert bench.refund(second).status == 201
    assert issue_of(bench.refund(second)) == "CAPTURE_FULLY_REFUNDED"
    assert [_status(bench, f"{CAPTURES}/{one}") for one in (first, second)] == ["COMPLETED", "REFUNDED"]
    assert [(e.amount, e.parent) for e in bench.of(EntryKind.REFUND)] == [(3000, "ca_4"), (1000, "ca_4")]


def test_a_refund_as_it_is_shown() -> None:
    """It bears the caller's names, and leads to its capture."""
    bench = PayPalBench()
    capture = bench.taken()
    refund = body_of(bench.refund(capture, amount=euros("1.00"), invoice_id="r1", custom_id="c1", note_to_payer="sorry"))
    shown = body_of(bench.ask("GET", f"{REFUNDS}/{refund['id']}"))
    assert shown == refund
    assert (shown["invoice_id"], shown["custom_id"], shown["note_to_payer"]) == ("r1", "c1", "sorry")
    assert shown["supplementary_data"]["related_ids"]["capture_id"] == capture
    assert issue_of(bench.refund(capture, invoice_id="r1")) == "DUPLICATE_INVOICE_ID"


def test_voided() -> None:
    """204, or the authorization for whoever wants to see it; then nothing can be taken, and it cannot be voided again."""
    bench = PayPalBench()
    hold = bench.hold()
    assert bench.ask("POST", f"{AUTHORIZATIONS}/{hold}/void", minimal=True).status == 204
    assert _status(bench, f"{AUTHORIZATIONS}/{hold}") == "VOIDED"
    assert issue_of(_void(bench, hold)) == "PREVIOUSLY_VOIDED"
    assert issue_of(bench.capture(hold)) == "AUTHORIZATION_VOIDED"
    assert [entry.amount for entry in bench.of(EntryKind.VOID)] == [4900]


def test_the_honor_period_and_the_end() -> None:
    """Three days honored, 29 valid: then the hold lapses, whether or not anybody looks."""
    bench = PayPalBench()
    hold = bench.hold()
    assert issue_of(_reauthorize(bench, hold)) == "REAUTHORIZATION_TOO_SOON"
    bench.time += 29 * DAY
    assert issue_of(bench.capture(hold)) == "AUTHORIZATION_EXPIRED"
    assert _status(bench, f"{AUTHORIZATIONS}/{hold}") == "VOIDED"
    assert issue_of(_void(bench, hold)) == "AUTHORIZATION_EXPIRED"
    assert [entry.amount for entry in bench.of(EntryKind.LAPSE)] == [4900]


def test_past_the_honor_period() -> None:
    """A capture may still succeed, or be declined inside its 201, as this PayPal has it."""
    for honors, status in ((True, "COMPLETED"), (False, "DECLINED")):
        bench = PayPalBench(Habits(honors_late=honors))
        hold = bench.hold()
        bench.time += 3 * DAY + 1
        answer = bench.capture(hold)
        assert (answer.status, body_of(answer)["status"]) == (201, status)


def test_reauthorized() -> None:
    """A new authorization in the old one's place: held once, honored anew, valid no longer than the first."""
    bench = PayPalBench()
    hold = bench.hold()
    bench.time += 27 * DAY
    again = str(body_of(_reauthorize(bench, hold))["id"])
    assert [_status(bench, f"{AUTHORIZATIONS}/{one}") for one in (hold, again)] == ["VOIDED", "CREATED"]
    assert issue_of(bench.capture(hold)) == "AUTHORIZATION_VOIDED"
    bench.time += 1 * DAY
    assert issue_of(_reauthorize(bench, again)) == "REAUTHORIZATION_NOT_SUPPORTED"
    assert issue_of(_void(bench, again)) == "CANNOT_BE_VOIDED"
    assert bench.capture(again, amount=euros("10.00")).status == 201
    bench.time += 1 * DAY
    assert issue_of(bench.capture(again, amount=euros("10.00"))) == "AUTHORIZATION_ALREADY_CAPTURED"
    assert [e.amount for e in bench.of(EntryKind.LAPSE)] == [4900, 3900]


def test_a_reauthorization_is_voided_by_its_original() -> None:
    """Voiding the original lets go of what stands in its place."""
    bench = PayPalBench()
    hold = bench.hold()
    bench.time += 4 * DAY
    again = str(body_of(_reauthorize(bench, hold))["id"])
    assert _void(bench, hold).status == 200
    assert _status(bench, f"{AUTHORIZATIONS}/{again}") == "VOIDED"
    assert [e.amount for e in bench.of(EntryKind.VOID)] == [4900]


@pytest.mark.parametrize(
    ("outcome", "status", "then"),
    [("pending", "PENDING", "COMPLETED"), ("denied", "DECLINED", "DECLINED")],
)
def test_a_capture_that_is_no_success(outcome: Literal["pending", "denied"], status: str, then: str) -> None:
    """PENDING or DECLINED inside a 201: no money has moved; what is pending can be decided later, once."""
    bench = PayPalBench(Habits(captures=outcome))
    hold = bench.hold()
    answer = bench.capture(hold, amount=euros("49.00"))
    id_ = str(body_of(answer)["id"])
    assert (answer.status, body_of(answer)["status"], bench.of(EntryKind.CAPTURE)) == (201, status, [])
    if outcome == "pending":
        assert issue_of(bench.refund(id_)) == "PENDING_CAPTURE"
        assert issue_of(bench.capture(hold, amount=euros("1.00"))) == "MAX_CAPTURE_AMOUNT_EXCEEDED"
    for accepted in (True, False):
        bench.paypal.payments.decide(bench.paypal.payments.by_id[Kind.CAPTURE, id_], accepted=accepted)
    assert _status(bench, f"{CAPTURES}/{id_}") == then
    assert len(bench.of(EntryKind.CAPTURE)) == (1 if outcome == "pending" else 0)


def test_what_is_decided_by_time() -> None:
    """With a settling time everything is pending first, and carried out once, when it is due."""
    bench = PayPalBench(settling=60.0)
    hold = bench.hold()
    assert _status(bench, f"{AUTHORIZATIONS}/{hold}") == "PENDING"
    assert issue_of(bench.capture(hold)) == "PENDING_AUTHORIZATION"
    bench.time += 60
    capture = str(body_of(bench.capture(hold))["id"])
    bench.time += 60
    refund = str(body_of(bench.refund(capture))["id"])
    assert _status(bench, f"{REFUNDS}/{refund}") == "PENDING"
    bench.time += 60
    assert _status(bench, f"{REFUNDS}/{refund}") == "COMPLETED"
    assert [len(bench.of(kind)) for kind in (EntryKind.AUTHORIZE, EntryKind.CAPTURE, EntryKind.REFUND)] == [1, 1, 1]


def test_pending_when_it_became_impossible() -> None:
    """A capture that is decided after its authorization has expired is declined."""
    bench = PayPalBench(Habits(captures="pending"))
    capture = str(body_of(bench.capture(bench.hold()))["id"])
    bench.time += 30 * DAY
    bench.ask("GET", f"{CAPTURES}/{capture}")
    bench.paypal.payments.decide(bench.paypal.payments.by_id[Kind.CAPTURE, capture], accepted=True)
    assert (_status(bench, f"{CAPTURES}/{capture}"), bench.of(EntryKind.CAPTURE)) == ("DECLINED", [])


@pytest.mark.parametrize(
    ("body", "issue"),
    [
        ({"amount": {"currency_code": "USD", "value": "1.00"}}, "AUTH_CAPTURE_CURRENCY_MISMATCH"),
        ({"amount": euros("1.001")}, "DECIMAL_PRECISION"),
        ({"amount": 1}, "MISSING_REQUIRED_PARAMETER"),
        ({"final_capture": "yes"}, "INVALID_PARAMETER_SYNTAX"),
        ({"invoice_id": "x" * 128}, "INVALID_STRING_LENGTH"),
    ],
)
def test_what_is_no_capture(body: dict[str, object], issue: str) -> None:
    """Each is refused by its name, and nothing is taken."""
    bench = PayPalBench()
    assert issue_of(bench.capture(bench.hold(), **body)) == issue
    assert bench.of(EntryKind.CAPTURE) == []


@pytest.mark.parametrize(
    ("later", "body", "issue"),
    [
        (0.0, {"amount": {"currency_code": "USD", "value": "1.00"}}, "REFUND_CAPTURE_CURRENCY_MISMATCH"),
        (0.0, {"amount": euros("49.01")}, "REFUND_AMOUNT_EXCEEDED"),
        (0.0, {"amount": euros("0")}, "CANNOT_BE_ZERO_OR_NEGATIVE"),
        (181 * DAY, {}, "REFUND_TIME_LIMIT_EXCEEDED"),
    ],
)
def test_what_is_no_refund(later: float, body: dict[str, object], issue: str) -> None:
    """Each is refused by its name, and nothing is given back."""
    bench = PayPalBench()
    capture = bench.taken()
    bench.time += later
    assert issue_of(bench.refund(capture, **body)) == issue
    assert bench.of(EntryKind.REFUND) == []


def test_verbs_on_the_wrong_thing() -> None:
    """A capture cannot be voided, nor an authorization refunded."""
    bench = PayPalBench()
    capture, hold = bench.taken(), bench.hold()
    assert bench.ask("POST", f"{CAPTURES}/{capture}/void").status == 404
    assert bench.ask("POST", f"{AUTHORIZATIONS}/{hold}/refund").status == 404
    assert bench.ask("PATCH", f"{CAPTURES}/{capture}").status == 405
