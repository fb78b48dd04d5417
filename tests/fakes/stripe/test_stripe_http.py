"""Stripe over HTTP: keys, headers, forms, and the error each bad request gets (https://docs.stripe.com/api/errors)."""

from __future__ import annotations

import asyncio
import base64

import httpx
import pytest
import respx
from hypothesis import given, settings
from hypothesis import strategies as st
from support.stripebench import Account, form, json_of

from tillproof_fake_processors.http import HttpRequest, HttpResponse, asgi
from tillproof_fake_processors.http.in_process import Unrouted, answering
from tillproof_fake_processors.stripe import HOST, http_face
from tillproof_fake_processors.stripe.errors import StripeError
from tillproof_fake_processors.stripe.forms import decode

MAKE = form(amount="4900", currency="eur")


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ("Bearer sk_test_1", 200),
        ("Bearer rk_test_1", 200),
        (f"Basic {base64.b64encode(b'sk_test_1:').decode()}", 200),
        ("", 401),
        ("Bearer ", 401),
        ("Basic %%%", 401),
        ("Digest sk_test_1", 401),
        ("Bearer something", 401),
        ("Bearer sk_live_1", 404),
        ("Bearer pk_test_1", 403),
    ],
)
def test_the_api_key(authorization: str, status: int) -> None:
    """A secret test key, as Bearer or as the user of Basic; with anything else nothing is done."""
    account = Account()
    answer = account.http("POST", "/v1/payment_intents", MAKE, authorization=authorization)
    assert answer.status == status
    assert len(account.entries) == (status == 200)


@pytest.mark.parametrize(("secret", "status"), [("{id}_secret_for_the_browser", 200), ("pi_other_secret_x", 403), ("", 403)])
def test_a_publishable_key(secret: str, status: int) -> None:
    """It may look at and confirm the intent whose client secret it knows."""
    account = Account()
    id_ = account.intent()["id"]
    known = form(client_secret=secret.format(id=id_))
    browser = "Bearer pk_test_1"
    assert account.http("GET", f"/v1/payment_intents/{id_}?{known}", authorization=browser).status == status
    body = f"{known}&payment_method=pm_card_visa"
    assert account.http("POST", f"/v1/payment_intents/{id_}/confirm", body, authorization=browser).status == status


def test_the_headers_of_an_answer() -> None:
    """A fresh request id, the version asked for or the account's own, and the key."""
    account = Account()
    one = account.http("GET", "/v1/customers")
    two = account.http("POST", "/v1/customers", idempotency_key="k", stripe_version="2024-06-20")
    assert one.headers["request-id"] != two.headers["request-id"]
    assert (two.headers["stripe-version"], two.headers["idempotency-key"]) == ("2024-06-20", "k")
    assert account.http("GET", "/v1/customers", stripe_version="latest").status == 400


@pytest.mark.parametrize(
    ("method", "target", "body", "status", "code"),
    [
        ("GET", "/v1/unheard/of", "", 404, None),
        ("DELETE", "/v1/payment_intents/pi_1", "", 404, None),
        ("GET", "/", "", 404, None),
        ("GET", "/v1/payment_intents/pi_none", "", 404, "resource_missing"),
        ("GET", "/v1/charges/ch_none", "", 404, "resource_missing"),
        ("GET", "/v1/refunds/re_none", "", 404, "resource_missing"),
        ("GET", "/v1/events/evt_none", "", 404, "resource_missing"),
        ("GET", "/v1/customers/cus_none", "", 404, "resource_missing"),
        ("POST", "/v1/payment_intents", "currency=eur", 400, "parameter_missing"),
        ("POST", "/v1/payment_intents", f"{MAKE}&colour=red", 400, "parameter_unknown"),
        ("POST", "/v1/payment_intents", f"{MAKE}&customer=cus_none", 400, "resource_missing"),
        ("POST", "/v1/payment_intents", f"{MAKE}&payment_method=pm_none", 400, "resource_missing"),
        ("POST", "/v1/payment_intents", f"{MAKE}&confirm=true", 400, "parameter_missing"),
        ("POST", "/v1/payment_intents", f"{MAKE}&confirm=perhaps", 400, None),
        ("POST", "/v1/payment_intents", f"{MAKE}&capture_method=later", 400, None),
        ("POST", "/v1/payment_intents", f"{MAKE}&metadata=x", 400, None),
        ("POST", "/v1/refunds", "amount=100", 400, "parameter_missing"),
        ("POST", "/v1/refunds", "charge=ch_none", 400, "resource_missing"),
        ("POST", "/v1/payment_methods/pm_card_visa/attach", "", 400, "parameter_missing"),
        ("POST", "/v1/payment_methods/pm_card_visa/detach", "", 400, None),
    ],
)
def test_bad_requests(method: str, target: str, body: str, status: int, code: str | None) -> None:
    """Each has its status, `invalid_request_error` and the documented code, and nothing is done."""
    account = Account()
    answer = account.http(method, target, body)
    error = json_of(answer)["error"]
    assert (answer.status, error["type"], error.get("code")) == (status, "invalid_request_error", code)
    assert account.entries == []


def test_confirming_without_a_card() -> None:
    """No payment method was given, and none is on the page."""
    account = Account()
    status, error = account.error("POST", f"payment_intents/{account.intent()['id']}/confirm")
    assert (status, error["code"]) == (400, "payment_intent_unexpected_state")


def test_a_body_that_is_json() -> None:
    """The API takes forms."""
    answer = Account().http("POST", "/v1/payment_intents", "{}", content_type="application/json")
    assert answer.status == 400


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", {}),
        ("a=1&b=", {"a": "1", "b": ""}),
        ("a[b][c]=1&a[b][d]=2", {"a": {"b": {"c": "1", "d": "2"}}}),
        ("a[]=1&a[]=2", {"a": ["1", "2"]}),
        ("a[1]=2&a[0]=1", {"a": ["1", "2"]}),
        ("a[0][b]=1&a[1][b]=2", {"a": [{"b": "1"}, {"b": "2"}]}),
        ("metadata[0]=x&metadata[y]=z", {"metadata": {"0": "x", "y": "z"}}),
        ("a%5Bb%5D=%26%3D+%C3%A9", {"a": {"b": "&= é"}}),
    ],
)
def test_forms(text: str, read: object) -> None:
    """Nested hashes and lists, by number or in order."""
    assert decode(text) == read


@pytest.mark.parametrize(
    "text", ["a=1&a[b]=2", "a[b]=2&a=1", "a[b=1", "[a]=1", "a[b]c=1", "a%ff=%ff", "a" + "[b]" * 20 + "=1"]
)
def test_forms_that_are_none(text: str) -> None:
    """400, and no exception of another kind."""
    with pytest.raises(StripeError):
        decode(text)


@settings(max_examples=200, deadline=None)
@given(
    method=st.sampled_from(["GET", "POST", "DELETE", "PUT"]),
    target=st.text(max_size=30).map(lambda text: f"/v1/payment_intents{text}"),
    body=st.binary(max_size=60),
)
def test_whatever_comes_in(method: str, target: str, body: bytes) -> None:
    """It is answered with JSON, and never a crash."""
    face = http_face(Account().stripe)
    headers = {"authorization": "Bearer sk_test_1"}
    assert json_of(face(HttpRequest(method=method, target=target, headers=headers, body=body)))


def test_in_process() -> None:
    """Through httpx's own mock transport and through respx; a host nobody fakes is an error, not a silent pass."""
    answer = answering({HOST: http_face(Account().stripe)})
    headers = {"authorization": "Bearer sk_test_1"}
    with httpx.Client(transport=httpx.MockTransport(answer), headers=headers) as client:
        assert client.get(f"https://{HOST}/v1/customers").json()["data"] == []
        with pytest.raises(Unrouted, match=r"no fake answers for api\.example"):
            client.get("https://api.example/v1/customers")
    with respx.mock(assert_all_mocked=True) as router, httpx.Client(headers=headers) as client:
        router.route(host=HOST).mock(side_effect=answer)
        assert client.get(f"https://{HOST}/v1/customers").status_code == 200


def test_as_an_asgi_application() -> None:
    """Whole requests go in, whole answers come out; of a header sent twice both values arrive."""
    seen: list[HttpRequest] = []

    def handle(request: HttpRequest) -> HttpResponse:
        seen.append(request)
        return HttpResponse(status=201, headers={"x-a": "b"}, body=b"hello")

    async def talk() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(asgi(handle))) as client:
            return await client.post("http://fake/a%20b?c=%20d", headers=[("x-h", "1"), ("x-h", "2")], content=b"body")

    answer = asyncio.run(talk())
    assert (answer.status_code, answer.headers["x-a"], answer.content) == (201, "b", b"hello")
    (request,) = seen
    assert (request.method, request.target, request.body) == ("POST", "/a%20b?c=%20d", b"body")
    assert request.headers["x-h"] == "1, 2"
