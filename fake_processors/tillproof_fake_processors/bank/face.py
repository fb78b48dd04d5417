"""The bank's JSON: what it reads from a request, and how its answers look."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import parse_qs

from tillproof.contract.gateway import Request, Response
from tillproof.domain.entities import Data
from tillproof.domain.ledger import Entry
from tillproof_fake_processors.http import json_face
from tillproof_fake_processors.ledger import AgainstTheLaw, Caller, Intent

NO_OBJECT = "invalid_body", "the body must be a JSON object"
"""How the bank refuses a body that is something else."""

FACE = json_face("bank.test", refusal={"error": {"code": NO_OBJECT[0], "message": NO_OBJECT[1]}})
"""The bank, where it answers by https or http. The name can exist nowhere (RFC 6761)."""

_CURRENCY = re.compile(r"[a-z]{3}")
_LONGEST_NAME = 255
_LARGEST_AMOUNT = 10**12


class Face:
    """
    Writes the bank's answers.

    Each carries `internal.risk_token`, the planted `secret`: the bank's own business, which no storefront may ever be
    served (SEC-01).
    """

    def __init__(self, secret: str) -> None:
        """Plant `secret` in every answer."""
        self._internal: Data = {"risk_token": secret}

    def intent(self, intent: Intent, written: Sequence[Entry] = (), *, taken: bool = False) -> Response:
        """
        Answer with the intent as it is and the effect that was asked for, the last of `written`.

        200; `taken`: 202 and status `processing`, for an effect that lands later. `effect` is null where there is none.
        """
        shown: Data = {
            "id": intent.id,
            "status": "processing" if taken else status(intent),
            "amount": intent.amount,
            "currency": intent.currency,
            "resource": intent.resource,
            "held": intent.held,
            "captured": intent.captured,
            "refunded": intent.refunded,
            "client_secret": f"{intent.id}_for_the_browser",
            "effect": effect(written[-1]) if written else None,
            "internal": self._internal,
        }
        if intent.challenge == "open":
            shown["challenge_url"] = f"https://bank.example/challenges/{intent.id}"
        if intent.declined is not None:
            shown["code"] = intent.declined
        return Response(status=202 if taken else 200, body=shown)

    def effects(self, reference: str, entries: Sequence[Entry]) -> Response:
        """Answer with a list of the effects under a reference, oldest first."""
        listed = [effect(entry) for entry in entries]
        return Response(status=200, body={"reference": reference, "effects": listed, "internal": self._internal})

    def done_on(self, intent: Intent) -> Response:
        """Answer with a list of all that was done on an intent, oldest first."""
        listed = [effect(entry) for entry in intent.entries]
        return Response(status=200, body={"intent": intent.id, "effects": listed, "internal": self._internal})

    def time(self, now: float) -> Response:
        """Answer with the present time."""
        return Response(status=200, body={"now": now, "internal": self._internal})

    def error(self, http_status: int, code: str, message: str) -> Response:
        """Answer with an error: nothing was done by this request."""
        return Response(status=http_status, body={"error": {"code": code, "message": message}, "internal": self._internal})


def status(intent: Intent) -> str:
    """Say in the bank's own words how an intent stands."""
    if intent.canceled:
        return "canceled"
    if intent.captures:
        return "captured"
    if intent.held:
        return "authorized"
    if intent.challenge == "open":
        return "requires_action"
    if intent.declined is not None:
        return "declined"
    return "lapsed" if intent.authorizations else "requires_authorization"


def effect(entry: Entry) -> Data:
    """Write one line of the ledger as the bank shows it."""
    return {
        "id": entry.id,
        "kind": str(entry.kind),
        "intent": entry.intent,
        "amount": entry.amount,
        "currency": entry.currency,
        "reference": entry.reference,
    }


def amount_of(body: Data) -> int:
    """Read `amount`: whole minor units above zero. Refuses anything else, a float above all."""
    amount = body.get("amount")
    if not isinstance(amount, int) or isinstance(amount, bool) or not 0 < amount <= _LARGEST_AMOUNT:
        raise AgainstTheLaw("invalid_amount", "amount must be whole minor units above zero")
    return amount


def currency_of(body: Data) -> str:
    """Read `currency`: three lower-case letters."""
    currency = body.get("currency")
    if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
        raise AgainstTheLaw("invalid_currency", "currency must be a lower-case ISO 4217 code")
    return currency


def amount_in(currency: str, body: Data) -> int:
    """Read `amount`, and refuse it if the body names another currency."""
    if body.get("currency", currency) != currency:
        raise AgainstTheLaw("invalid_currency", "the intent is in another currency")
    return amount_of(body)


def name_of(body: Data, field: str) -> str | None:
    """Read a name the caller gives (`reference`, `resource`): bounded text, or absent."""
    name = body.get(field)
    if name is None or (isinstance(name, str) and 0 < len(name) <= _LONGEST_NAME):
        return name
    raise AgainstTheLaw(f"invalid_{field}", f"{field} must be text of at most {_LONGEST_NAME} characters")


def caller_of(request: Request) -> Caller:
    """Read how the caller names the effect: the key and the reference."""
    if request.key is not None and not 0 < len(request.key) <= _LONGEST_NAME:
        raise AgainstTheLaw("invalid_key", f"a key must be text of at most {_LONGEST_NAME} characters")
    return Caller(request.key, name_of(request.body, "reference"))


def split(path: str) -> tuple[tuple[str, ...], dict[str, list[str]]]:
    """Split a path into its segments and its query."""
    before, _, query = path.partition("?")  # `urlsplit` raises on some hostile paths
    return tuple(before.removeprefix("/").split("/")), parse_qs(query)
