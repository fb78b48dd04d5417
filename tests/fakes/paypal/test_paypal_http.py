"""
PayPal's HTTP and its access tokens.

https://developer.paypal.com/api/rest/authentication
"""

from __future__ import annotations

import json

import httpx
import pytest
from support.paypalbench import ORDERS, PayPalBench, euros

from tillproof_fake_processors.http import HttpRequest
from tillproof_fake_processors.http.in_process import answering
from tillproof_fake_processors.paypal.over_http import HOSTS, over_http
from tillproof_fake_processors.paypal.tokens import BASIC, TOKEN_LIFE, TOKEN_PATH

_ORDER = {"intent": "AUTHORIZE", "purchase_units": [{"amount": euros("49.00")}]}


def _client(bench: PayPalBench) -> httpx.Client:
    fakes = {str(host): over_http(bench.paypal) for host in HOSTS}
    return httpx.Client(transport=httpx.MockTransport(answering(fakes)), base_url=f"https://{HOSTS[1]}", trust_env=False)


def _token(client: httpx.Client) -> str:
    answer = client.post(TOKEN_PATH, data={"grant_type": "client_credentials"}, headers={"authorization": BASIC})
    assert answer.status_code == 200
    assert (answer.json()["token_type"], answer.json()["expires_in"]) == ("Bearer", 32_400)
    return f"Bearer {answer.json()['access_token']}"


def test_a_token_and_its_end() -> None:
    """A token serves for nine hours and not a second longer; then there is another."""
    bench = PayPalBench()
    client = _client(bench)
    first = _token(client)
    bench.time += TOKEN_LIFE - 1
    assert client.post(ORDERS, json=_ORDER, headers={"authorization": first}).status_code == 201
    bench.time += 1
    late = client.post(ORDERS, json=_ORDER, headers={"authorization": first})
    assert (late.status_code, late.json()["error"]) == (401, "invalid_token")
    assert client.post(ORDERS, json=_ORDER, headers={"authorization": _token(client)}).status_code == 201


@pytest.mark.parametrize(
    ("authorization", "form", "status", "error"),
    [
        ("", {"grant_type": "client_credentials"}, 401, "invalid_client"),
        ("Basic bm9ib2R5Og==", {"grant_type": "client_credentials"}, 401, "invalid_client"),
        (BASIC[:-4], {"grant_type": "client_credentials"}, 401, "invalid_client"),
        (BASIC, {"grant_type": "password"}, 400, "unsupported_grant_type"),
        (BASIC, {}, 400, "unsupported_grant_type"),
    ],
)
def test_no_token(authorization: str, form: dict[str, str], status: int, error: str) -> None:
    """Strangers, and other grants, get none."""
    answer = _client(PayPalBench()).post(TOKEN_PATH, data=form, headers={"authorization": authorization})
    assert (answer.status_code, answer.json()["error"]) == (status, error)


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer A21AAnobody", "Basic eDo="])
def test_without_a_token(authorization: str) -> None:
    """Nothing is served, and nothing happens."""
    bench = PayPalBench()
    answer = _client(bench).post(ORDERS, json=_ORDER, headers={"authorization": authorization})
    assert (answer.status_code, bench.entries) == (401, [])


@pytest.mark.parametrize(
    ("content", "kind", "status", "issue"),
    [
        (b"{", "application/json", 400, "MALFORMED_REQUEST_JSON"),
        (b"3", "application/json", 400, "MALFORMED_REQUEST_JSON"),
        (b"\xff\xfe", "application/json", 400, "MALFORMED_REQUEST_JSON"),
        (b"intent=AUTHORIZE", "application/x-www-form-urlencoded", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"[]", "application/json", 400, "MISSING_REQUIRED_PARAMETER"),
    ],
)
def test_a_body_that_is_no_order(content: bytes, kind: str, status: int, issue: str) -> None:
    """PayPal's error object, whatever was sent."""
    headers = {"authorization": BASIC, "content-type": kind}
    answer = _client(PayPalBench()).post(ORDERS, content=content, headers=headers)
    assert (answer.status_code, answer.json()["details"][0]["issue"]) == (status, issue)


def test_a_patch_and_an_empty_answer() -> None:
    """A JSON Patch is a list on the wire; 204 has no body; `PayPal-Request-Id` and `Prefer` are headers."""
    bench = PayPalBench()
    client = _client(bench)
    headers = {"authorization": BASIC, "PayPal-Request-Id": "k", "Prefer": "return=representation"}
    made = client.post(ORDERS, json=_ORDER, headers=headers).json()
    assert client.post(ORDERS, json=_ORDER, headers=headers).json()["id"] == made["id"]
    patch = [{"op": "replace", "path": "/purchase_units/@reference_id=='default'/amount", "value": euros("5.00")}]
    answer = client.patch(f"{ORDERS}/{made['id']}", json=patch, headers=headers)
    assert (answer.status_code, answer.content) == (204, b"")
    assert client.get(f"{ORDERS}/{made['id']}", headers=headers).json()["purchase_units"][0]["amount"] == euros("5.00")


@pytest.mark.parametrize("target", ["//", "/?", "/v2//orders", "/v2/checkout/orders/%2e%2e", "*", "/v1/notifications/certs"])
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "OPTIONS"])
def test_hostile_paths(method: str, target: str) -> None:
    """Any path gets an answer, and it is JSON or the certificate."""
    request = HttpRequest(method=method, target=target, headers={"authorization": BASIC})
    answer = over_http(PayPalBench().paypal)(request)
    assert answer.status in {200, 404, 405}
    assert answer.body.startswith(b"-----BEGIN") or json.loads(answer.body)
