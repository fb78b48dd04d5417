"""What the wire refuses: always in the original's shape, always without effect, never with anything of the inside in it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import NoReturn

import httpx
import pytest
from support.httpbench import TOKEN, Wire, wired

from tillproof.contract.outcomes import Outcome, Refused, Unknown

JSON = {"content-type": "application/json"}
BODIES: dict[str, tuple[bytes, str]] = {
    "unknown-field": (b'{"variant_id":"variant_mug","quantity":1,"price":0}', "property price should not exist"),
    "missing-field": (b'{"variant_id":"variant_mug"}', "quantity should not be empty"),
    "nothing": (b"", "variant_id should not be empty"),
    "text-for-number": (b'{"variant_id":"variant_mug","quantity":"1"}', "quantity: Expected int, got str"),
    "truth-for-number": (b'{"variant_id":"variant_mug","quantity":true}', "quantity: Expected int, got bool"),
    "fraction": (b'{"variant_id":"variant_mug","quantity":1.5}', "quantity: Expected int, got float"),
    "negative": (b'{"variant_id":"variant_mug","quantity":-1}', "quantity: Expected int >= 1"),
    "huge-number": (b'{"variant_id":"variant_mug","quantity":1e999}', "quantity: Number out of range"),
    "number-for-text": (b'{"variant_id":7,"quantity":1}', "variant_id: Expected str, got int"),
    "list": (b"[]", "the body: Expected object, got array"),
    "cut-short": (b'{"variant_id":', "The body is not valid JSON"),
    "two-values": (b'{"variant_id":"variant_mug","quantity":1}{}', "The body is not valid JSON"),
    "not-utf-8": (b'{"variant_id":"\xff","quantity":1}', "The body is not valid JSON"),
    "lone-surrogate": (b'{"variant_id":"\\ud800","quantity":1}', "The body is not valid JSON"),
    "nul": (b'{"variant_id":"a\\u0000","quantity":1}', "The body must not contain the character U+0000"),
}


@pytest.mark.parametrize("situation", BODIES)
def test_body_that_is_no_such_thing_changes_nothing(situation: str) -> None:
    """Each bad body is a 400 that names what is wrong, and the cart is as before."""
    sent, message = BODIES[situation]

    async def story(wire: Wire) -> tuple[httpx.Response, bool]:
        path = f"/store/carts/{await wire.cart()}"
        before = await wire.get(path)
        answer = await wire.client.post(f"{path}/line-items", content=sent, headers=JSON)
        return answer, (await wire.get(path)).json() == before.json()

    answer, unchanged = wired(story)
    assert (answer.status_code, unchanged) == (400, True)
    wrong = answer.json()
    assert wrong["type"] == "invalid_data"
    assert wrong["message"].startswith(message)


@pytest.mark.parametrize("context", [b'{"a":' * 10_000 + b"1" + b"}" * 10_000, b'{"a":"\\u0000"}', b"[]", b'{"a":1e999}'])
def test_free_object_is_bounded_as_well(context: bytes) -> None:
    """Where any object may be sent, what is too deep, has a NUL or is none is refused."""

    async def story(wire: Wire) -> httpx.Response:
        return await wire.client.post("/store/carts", content=b'{"context":' + context + b"}", headers=JSON)

    answer = wired(story)
    assert (answer.status_code, answer.json()["type"]) == (400, "invalid_data")


def test_body_of_another_kind_is_refused() -> None:
    """What does not say that it is JSON is not read as JSON."""

    async def story(wire: Wire) -> httpx.Response:
        return await wire.client.post("/store/carts", content=b"{}", headers={"content-type": "text/plain"})

    assert wired(story).status_code == 400


@pytest.mark.parametrize("path", ["/store/carts", "/store/carts/cart_x/complete"])
@pytest.mark.parametrize("is_told", [True, False], ids=["length-told", "length-not-told"])
def test_oversized_body_is_refused_whether_or_not_its_size_is_told(path: str, is_told: bool) -> None:  # noqa: FBT001 - a row of the table
    """More than may be read is a 413, also where the body would be ignored."""

    async def parts() -> AsyncGenerator[bytes]:
        for _ in range(200):
            yield b" " * 1024

    async def story(wire: Wire) -> httpx.Response:
        return await wire.client.post(path, content=b" " * 204_800 if is_told else parts(), headers=JSON)

    answer = wired(story)
    assert (answer.status_code, answer.json()["type"]) == (413, "invalid_data")


@pytest.mark.parametrize("amount", [0, -5, 1.5, "10", None, True, 2**31, 10**40])
def test_refund_of_no_whole_sum_reaches_no_gateway(amount: object) -> None:
    """Only whole minor units above zero that fit the original's columns are refunded."""

    async def story(wire: Wire) -> tuple[int, int]:
        order = (await wire.order())["id"]
        await wire.post(f"/admin/orders/{order}/capture")
        answer = await wire.post(f"/admin/orders/{order}/refund", {"amount": amount, "reason": "other"})
        return answer.status_code, wire.processor.calls["refund"]

    assert wired(story) == (400, 0)


ROUTES = {
    "unknown": ("GET", "/store/nothing", 404, "not_found"),
    "unknown-cart": ("GET", "/store/carts/cart_x", 404, "not_found"),
    "method": ("PUT", "/store/carts", 405, "not_allowed"),
    "nul-in-id": ("GET", "/store/carts/a%00b", 404, "not_found"),
    "space-in-id": ("GET", "/store/carts/a%20b", 404, "not_found"),
    "long-id": ("GET", f"/store/carts/{'a' * 300}", 404, "not_found"),
    "foreign-id": ("GET", "/store/carts/%D0%BA", 404, "not_found"),
    "sql-in-id": ("GET", "/store/carts/'--", 404, "not_found"),
    "up": ("GET", "/store/carts/..%2f..%2fetc", 404, "not_found"),
    "payment": ("GET", "/admin/payments/pay_x", 404, "not_found"),
    "negative-page": ("GET", "/store/products?offset=-1", 400, "invalid_data"),
    "no-number": ("GET", "/store/products?limit=ten", 400, "invalid_data"),
    "unknown-query": ("GET", "/store/products?order=id", 400, "invalid_data"),
    "unknown-region": ("GET", "/store/products?region_id=reg_x", 404, "not_found"),
}


@pytest.mark.parametrize("situation", ROUTES)
def test_path_that_leads_nowhere_is_an_error_of_the_original_shape(situation: str) -> None:
    """Unknown routes, hostile ids and bad queries end in `{type, message}`."""
    method, path, status, kind = ROUTES[situation]

    async def story(wire: Wire) -> httpx.Response:
        return await wire.client.request(method, path, headers=TOKEN)

    answer = wired(story)
    assert (answer.status_code, answer.json()["type"], set(answer.json())) == (status, kind, {"type", "message"})


REFUSED: dict[str, tuple[Outcome, int, str | None]] = {
    "declined": (Refused("card_declined", "No."), 400, "card_declined"),
    "unknown": (Unknown("lost"), 409, "invalid_state_error"),
}


@pytest.mark.parametrize("situation", REFUSED)
def test_refused_completion_still_bears_its_key(situation: str) -> None:
    """What the gateway refuses and what nobody knows are told as the table has it, with both headers."""
    outcome, status, code = REFUSED[situation]

    async def story(wire: Wire) -> httpx.Response:
        cart = await wire.cart()
        wire.processor.script = [lambda: outcome]
        return await wire.post(f"/store/carts/{cart}/complete", idempotency_key="buy-1")

    answer = wired(story)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["idempotency-key"] == "buy-1"
    assert answer.headers["access-control-expose-headers"] == "Idempotency-Key"


@pytest.mark.parametrize(
    ("cart", "key", "status"),
    [
        ("cart_x", "buy-1", 404),
        ("a%00", "buy-1", 404),
        ("cart_x", "a b", 400),
        ("a%00", "a b", 404),
        ("cart_x", "k" * 256, 400),
    ],
)
def test_completion_of_nothing_bears_a_key_that_is_one(cart: str, key: str, status: int) -> None:
    """Errors of a completion show the client's key where it is one, else a fresh one, and never repeat a hostile one."""

    async def story(wire: Wire) -> httpx.Response:
        return await wire.post(f"/store/carts/{cart}/complete", idempotency_key=key)

    answer = wired(story)
    assert answer.status_code == status
    told = answer.headers["idempotency-key"]
    assert told == key if key == "buy-1" else told.startswith("key_")


def test_empty_key_is_no_key() -> None:
    """As in the original, an empty header counts as absent."""

    async def story(wire: Wire) -> httpx.Response:
        return await wire.post(f"/store/carts/{await wire.cart()}/complete", idempotency_key="")

    assert wired(story).status_code == 200


def test_failure_of_ours_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """If the code itself fails, the client hears the original's 500 and the log has the rest."""

    def broken(_: object) -> NoReturn:
        raise RuntimeError("the secret is 42")

    async def story(wire: Wire) -> httpx.Response:
        vars(wire.shop.store)["read"] = broken
        answer = await wire.get("/store/regions")
        del vars(wire.shop.store)["read"]
        return answer

    answer = wired(story)
    assert (answer.status_code, answer.json()["type"]) == (500, "unknown_error")
    assert "42" not in answer.text
    assert "42" in caplog.text
