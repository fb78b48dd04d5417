"""
Who may use the Admin API: the holder of the token, or of a session begun with e-mail and password.

As in Medusa v1: `x-medusa-access-token`, `Authorization: Bearer`, or the session's cookie; without one of them 401 and the
plain text `Unauthorized`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import msgspec
from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException
from litestar.handlers.base import BaseRouteHandler

COOKIE = "connect.sid"
"""The session's cookie, named as in the original."""

SESSION_LIFE = 10 * 3600
"""Seconds for which a session lives; the original's ten hours."""

_MOST_SESSIONS = 1_000


class Admin(msgspec.Struct, frozen=True, kw_only=True):
    """The one administrator: the token is the password as well."""

    email: str
    token: str


class Doorkeeper:
    """Knows who is signed in. Sessions live in this process and end with it."""

    def __init__(self, admin: Admin, now: Callable[[], float]) -> None:
        """Keep the door for this administrator; `now` gives seconds since the epoch."""
        self.admin = admin
        self._now = now
        self._sessions: dict[str, float] = {}

    def admits(self, email: str, password: str) -> bool:
        """Tell whether these are the administrator's, in the same time whatever is wrong with them."""
        right_name = _same(email.lower(), self.admin.email.lower())
        return _same(password, self.admin.token) and right_name

    def begin(self) -> str:
        """Begin a session and return its secret. Beyond a bounded number the oldest ends."""
        now = self._now()
        self._sessions = {secret: until for secret, until in self._sessions.items() if until > now}
        while len(self._sessions) >= _MOST_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        secret = secrets.token_urlsafe(32)
        self._sessions[secret] = now + SESSION_LIFE
        return secret

    def is_open(self, secret: str) -> bool:
        """Tell whether this is the secret of a session that has not ended."""
        return self._sessions.get(secret, 0.0) > self._now()

    def end(self, secret: str | None) -> None:
        """End a session, if it is one."""
        self._sessions.pop(secret or "", None)

    async def guard(self, connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        """Let only the administrator through. Raises `NotAuthorizedException`."""
        del handler
        scheme, _, given = connection.headers.get("authorization", "").partition(" ")
        bearer = given if scheme.lower() == "bearer" else ""
        if any(_same(token, self.admin.token) for token in (connection.headers.get("x-medusa-access-token", ""), bearer)):
            return
        if not (self.is_open(bearer) or self.is_open(connection.cookies.get(COOKIE, ""))):
            raise NotAuthorizedException


def _same(given: str, right: str) -> bool:
    return secrets.compare_digest(given.encode("utf-8", "replace"), right.encode())
