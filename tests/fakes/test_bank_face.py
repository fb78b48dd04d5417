"""The bank's REST face: what it answers, and that nothing a caller sends makes it raise."""

from __future__ import annotations

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.bankbench import Bench, body_of

from tillproof.contract.gateway import Request
from tillproof.domain.entities import Data
from tillproof.domain.ledger import EntryKind
from tillproof_fake_processors.bank import SECRET
from tillproof_fake_processors.dialects import DIALECTS
from tillproof_fake_processors.ledger import Knobs

SUM: Data = {"amount": 4900, "currency": "eur"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
VERBS = ("", "/", "/authorize", "/capture", "/refunds", "/cancel", "/a/b")
PATHS = st.sampled_from(
    ["/intents", "/charges", "/effects", "/effects?reference=op", "//[", *(f"/intents/in_1{v}" for v in VERBS)]
)
BODIES = st.dictionaries(st.sampled_from(["amount", "currency", "reference", "resource", "x"]), JSON)


@given(
    st.sampled_from(list(DIALECTS)),
    st.lists(st.tuples(st.sampled_from(["GET", "POST", "PUT"]), PATHS | st.text(), BODIES | JSON, st.none() | st.text())),
)
def test_hostile_requests(dialect: str, requests: list[tuple[str, str, Any, str | None]]) -> None:
    """Whatever is sent, the bank answers with a status and a JSON object, and never with a server error."""
    bench = Bench(dialect)
    bench.post("/intents", **SUM, reference="op")
    for method, path, body, key in requests:
        answer = bench.bank.handle(Request(method=method, path=path, body=cast("Data", body), key=key))
        assert answer.status in {200, 400, 404, 422}
        assert body_of(answer)["internal"] == {"risk_token": SECRET}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"amount": 49.0, "currency": "eur"},
        {"amount": True, "currency": "eur"},
        {"amount": "4900", "currency": "eur"},
        {"amount": 0, "currency": "eur"},
        {"amount": -1, "currency": "eur"},
        {"amount": 10**13, "currency": "eur"},
        {"amount": 4900, "currency": "EUR"},
        {"amount": 4900, "currency": None},
        {**SUM, "reference": ""},
        {**SUM, "reference": "x" * 256},
        {**SUM, "resource": ["cart"]},
    ],
    ids=str,
)
def test_a_body_the_bank_cannot_accept(body: Data) -> None:
    """It is refused with 400, and nothing is written."""
    bench = Bench()
    assert bench.post("/intents", **body).status == 400
    assert bench.entries == []


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_of_impossible_length(key: str) -> None:
    """It is refused with 400, and nothing is written."""
    bench = Bench()
    answer = bench.post("/intents", key, **SUM)
    assert (answer.status, body_of(answer)["error"]["code"]) == (400, "invalid_key")
    assert bench.entries == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/intents/in_9"),
        ("GET", "/effects"),
        ("GET", "/intents"),
        ("POST", "/intents/in_9"),
        ("POST", "/intents/in_1/settle"),
        ("POST", "/intents/in_1/capture/twice"),
        ("PUT", "/intents/in_1"),
        ("POST", "/"),
    ],
)
def test_an_unknown_route(method: str, path: str) -> None:
    """It answers 404."""
    bench = Bench()
    bench.post("/intents", **SUM)
    assert bench.bank.handle(Request(method=method, path=path)).status == 404


def test_a_purchase_from_intent_to_refund() -> None:
    """Each step answers 200 with the intent as it then stands, and the effect it had."""
    bench = Bench()
    told = [
        body_of(bench.post("/intents", **SUM, reference="r1", resource="cart_1")),
        body_of(bench.post("/intents/in_1", amount=5000, currency="eur", reference="r2")),
        body_of(bench.post("/intents/in_1/authorize", amount=5000, currency="eur", reference="r3")),
        body_of(bench.post("/intents/in_1/capture", amount=5000, reference="r4")),
        body_of(bench.post("/intents/in_1/refunds", amount=2000, currency="eur", reference="r5")),
    ]
    shown = [
        (b["status"], b["held"], b["captured"], b["refunded"], b["effect"]["kind"], b["effect"]["reference"]) for b in told
    ]
    assert shown == [
        ("requires_authorization", 0, 0, 0, "intent", "r1"),
        ("requires_authorization", 0, 0, 0, "update", "r2"),
        ("authorized", 5000, 0, 0, "authorize", "r3"),
        ("captured", 0, 5000, 0, "capture", "r4"),
        ("captured", 0, 5000, 2000, "refund", "r5"),
    ]
    assert body_of(bench.get("/intents/in_1"))["status"] == "captured"
    (listed,) = body_of(bench.get("/effects?reference=r5"))["effects"]
    assert (listed["kind"], listed["intent"], listed["amount"]) == ("refund", "in_1", 2000)


def test_an_authorization_for_another_sum_than_the_intents() -> None:
    """It is refused: the intent has to be brought up to date first."""
    bench = Bench()
    bench.post("/intents", **SUM)
    for amount, currency, code in ((4901, "eur", "amount_mismatch"), (4900, "usd", "invalid_currency")):
        answer = bench.post("/intents/in_1/authorize", amount=amount, currency=currency)
        assert body_of(answer)["error"]["code"] == code
    assert bench.of(EntryKind.AUTHORIZE) == []


@pytest.mark.parametrize("verb", ["capture", "refunds"])
def test_a_foreign_currency(verb: str) -> None:
    """A capture or refund in another currency is refused."""
    bench = Bench()
    bench.post("/charges", **SUM)
    answer = bench.post(f"/intents/in_1/{verb}", amount=1, currency="usd")
    assert body_of(answer)["error"]["code"] == "invalid_currency"


def test_a_declined_card() -> None:
    """It is a no inside a 200; another card then works on the same intent."""
    bench = Bench()
    bench.post("/intents", **SUM)
    bench.bank.enter_card("declined")
    answer = bench.post("/intents/in_1/authorize", **SUM)
    assert (answer.status, body_of(answer)["status"], body_of(answer)["code"]) == (200, "declined", "card_declined")
    bench.bank.enter_card("good")
    again = body_of(bench.post("/intents/in_1/authorize", **SUM))
    assert again["status"] == "authorized"
    assert "code" not in again


def test_a_challenge_passed() -> None:
    """It is a 200 with a public page for the customer, asked again the same; passed, the next authorization holds."""
    bench = Bench()
    bench.post("/intents", **SUM)
    bench.bank.enter_card("challenge")
    first, second = (body_of(bench.post("/intents/in_1/authorize", **SUM)) for _ in range(2))
    assert first["status"] == second["status"] == "requires_action"
    assert first["challenge_url"] == second["challenge_url"]
    bench.bank.answer_challenge(passed=True)
    assert body_of(bench.get("/intents/in_1"))["status"] == "requires_authorization"
    assert body_of(bench.post("/intents/in_1/authorize", **SUM))["status"] == "authorized"
    assert "challenge_url" not in body_of(bench.get("/intents/in_1"))


def test_a_challenge_failed() -> None:
    """The next authorization is declined, and the one after that starts a fresh challenge."""
    bench = Bench()
    bench.post("/intents", **SUM)
    bench.bank.enter_card("challenge")
    bench.post("/intents/in_1/authorize", **SUM)
    bench.bank.answer_challenge(passed=False)
    told = [body_of(bench.post("/intents/in_1/authorize", **SUM)) for _ in range(2)]
    assert [b["status"] for b in told] == ["declined", "requires_action"]
    assert told[0]["code"] == "authentication_failed"


def test_an_update_makes_an_open_challenge_void() -> None:
    """The customer agreed to another sum: after an update a passed challenge no longer counts."""
    bench = Bench()
    bench.post("/intents", **SUM)
    bench.bank.enter_card("challenge")
    bench.post("/intents/in_1/authorize", **SUM)
    bench.bank.answer_challenge(passed=True)
    bench.post("/intents/in_1", amount=5000, currency="eur")
    assert body_of(bench.post("/intents/in_1/authorize", amount=5000, currency="eur"))["status"] == "requires_action"


def test_a_late_effect() -> None:
    """It is answered 202 without an effect, and listed once it has landed, without another request if need be."""
    bench = Bench(knobs=Knobs(settling=30.0))
    bench.post("/intents", **SUM)
    answer = bench.post("/intents/in_1/authorize", **SUM, reference="r1")
    assert (answer.status, body_of(answer)["status"], body_of(answer)["effect"]) == (202, "processing", None)
    assert body_of(bench.get("/effects?reference=r1"))["effects"] == []
    bench.time += 30
    bench.bank.land()
    assert len(bench.of(EntryKind.AUTHORIZE, "r1")) == 1


def test_the_objects_present_state() -> None:
    """A repeated key is answered with how its object stands now, also where the first request failed."""
    bench = Bench("latest-state")
    bench.post("/intents", "k1", **SUM, reference="r1")
    failed = bench.post("/intents/in_1/capture", "k2", amount=4900, reference="r2")
    bench.post("/intents/in_1/authorize", "k3", **SUM, reference="r3")
    bench.post("/intents/in_1/cancel", "k4", reference="r4")
    assert failed.status == 400
    told = {key: bench.post("/whatever", key) for key in ("k1", "k2", "k3")}
    assert {key: (r.status, body_of(r)["status"]) for key, r in told.items()} == dict.fromkeys(told, (200, "canceled"))
    assert body_of(told["k2"])["effect"] is None
    assert [body_of(told[key])["effect"]["kind"] for key in ("k1", "k3")] == ["intent", "authorize"]


def test_a_charge_outright() -> None:
    """It opens an intent, holds and takes the sum, all under the caller's one reference."""
    bench = Bench()
    answer = body_of(bench.post("/charges", "k", **SUM, reference="r", resource="cart_1"))
    assert (answer["status"], answer["effect"]["kind"]) == ("captured", "capture")
    assert [str(e.kind) for e in bench.entries] == ["intent", "authorize", "capture"]
    assert {e.reference for e in bench.entries} == {"r"}
