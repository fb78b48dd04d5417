"""Who gets into the Admin API, and how everybody else is told."""

from __future__ import annotations

import httpx
import pytest
from support.httpbench import ADMIN, Wire, wired

from tillproof.reference.api import ENDPOINTS
from tillproof.reference.http.signing_in import SESSION_LIFE, Doorkeeper

RIGHT = {"email": ADMIN.email, "password": ADMIN.token}
ADMIN_ENDPOINTS = [name for name, endpoint in ENDPOINTS.items() if endpoint.path.startswith("/admin/")]


@pytest.mark.parametrize("name", ADMIN_ENDPOINTS)
def test_stranger_is_turned_away_before_anything_is_read(name: str) -> None:
    """Without a sign-in every admin endpoint is a 401 in plain text, whatever the body."""

    async def story(wire: Wire) -> httpx.Response:
        endpoint = ENDPOINTS[name]
        return await wire.client.request(endpoint.method, endpoint.path, content=b"{" * 300_000)

    answer = wired(story)
    assert (answer.status_code, answer.text) == (401, "Unauthorized")
    assert answer.headers["content-type"].startswith("text/plain")


WRONG = {
    "no-token": {"x-medusa-access-token": ""},
    "wrong-token": {"x-medusa-access-token": "guess"},
    "wrong-bearer": {"authorization": "Bearer guess"},
    "empty-bearer": {"authorization": "Bearer "},
    "basic": {"authorization": f"Basic {ADMIN.token}"},
    "made-up-session": {"cookie": "connect.sid=guess"},
    "empty-session": {"cookie": "connect.sid="},
}


@pytest.mark.parametrize("situation", WRONG)
def test_wrong_token_is_as_good_as_none(situation: str) -> None:
    """A token, bearer or cookie that is not right admits nobody."""

    async def story(wire: Wire) -> int:
        return (await wire.client.get("/admin/orders", headers=WRONG[situation])).status_code

    assert wired(story) == 401


@pytest.mark.parametrize("header", ["x-medusa-access-token", "bearer"])
def test_token_admits(header: str) -> None:
    """The administrator's token is taken in both headers."""
    headers = {"authorization": f"Bearer {ADMIN.token}"} if header == "bearer" else {header: ADMIN.token}

    async def story(wire: Wire) -> int:
        return (await wire.client.get("/admin/orders", headers=headers)).status_code

    assert wired(story) == 200


def test_session_admits_until_it_is_ended() -> None:
    """E-mail and password begin a session whose cookie admits; after signing out it does not."""

    async def story(wire: Wire) -> list[int]:
        began = await wire.client.post("/admin/auth", json=RIGHT)
        cookie = {"cookie": f"connect.sid={began.cookies['connect.sid']}"}
        wire.client.cookies.clear()
        flags = began.headers["set-cookie"].lower()
        assert "httponly" in flags
        assert "samesite=strict" in flags
        who = await wire.client.get("/admin/auth", headers=cookie)
        assert who.json()["user"]["email"] == ADMIN.email
        ended = await wire.client.delete("/admin/auth", headers=cookie)
        wire.client.cookies.clear()
        return [began.status_code, ended.status_code, (await wire.client.get("/admin/auth", headers=cookie)).status_code]

    assert wired(story) == [200, 200, 401]


def test_password_buys_a_bearer_token() -> None:
    """`/admin/auth/token` answers with an access token that admits."""

    async def story(wire: Wire) -> int:
        token = (await wire.client.post("/admin/auth/token", json=RIGHT)).json()["access_token"]
        assert token != ADMIN.token
        return (await wire.client.get("/admin/orders", headers={"authorization": f"Bearer {token}"})).status_code

    assert wired(story) == 200


@pytest.mark.parametrize("wrong", [{"email": "eve@shop.example"}, {"password": "guess"}, {"password": "\u00e9"}])
def test_wrong_credentials_begin_nothing(wrong: dict[str, str]) -> None:
    """A wrong e-mail address and a wrong password are told apart by nothing."""

    async def story(wire: Wire) -> tuple[int, str, bool]:
        answer = await wire.client.post("/admin/auth", json={**RIGHT, **wrong})
        return answer.status_code, answer.text, "set-cookie" in answer.headers

    assert wired(story) == (401, "Unauthorized", False)


def test_sessions_end_by_themselves_and_are_bounded() -> None:
    """A session lives ten hours, and the oldest ends when there are too many."""
    time = [0.0]
    door = Doorkeeper(ADMIN, lambda: time[0])
    first = door.begin()
    assert door.is_open(first)
    last = [door.begin() for _ in range(1_000)][-1]
    assert (door.is_open(first), door.is_open(last)) == (False, True)
    time[0] = SESSION_LIFE + 1.0
    assert not door.is_open(last)
