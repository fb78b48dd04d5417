"""
OwnGateway, faked: what it does with money, as far as a payment processor can tell.

A start: give it the routes, words and errors of yours. Your processor reaches it with httpx at https://bank.test.
`Ledger` keeps the books, `KeyMemory` treats a repeated key as the dialect says (`tillproof list dialects`).
"""

from __future__ import annotations

from collections.abc import Callable

from tillproof.contract.gateway import Request, Response
from tillproof.domain.entities import Data
from tillproof.domain.ledger import Entry
from tillproof_fake_processors.dialects import DIALECTS, KeyMemory
from tillproof_fake_processors.ledger import AgainstTheLaw, Caller, Intent, Knobs, Ledger


class OwnGateway:
    """The gateway of one run. Ledger entries go to `record`; `now` gives seconds since the epoch, UTC."""

    def __init__(self, record: Callable[[Entry], None], now: Callable[[], float]) -> None:
        """Open with empty books."""
        self._ledger = Ledger(record, now, Knobs())
        self._keys = KeyMemory(DIALECTS["keep-everything"], now)
        self._card = "good"

    def handle(self, request: Request) -> Response:
        """Answer one request; a repeated key gets the answer of its first request again. Never raises."""
        if request.method == "GET":
            return self._act(request)
        return self._keys.answer(request, self._act, lambda _first, answer: answer, _error)

    def enter_card(self, card: str) -> None:
        """The shopper enters a card on the gateway's page: `good`, `declined` or `challenge`."""
        self._card = card

    def answer_challenge(self, *, passed: bool) -> None:
        """The shopper finishes the 3-D Secure challenge."""
        for intent in self._ledger.intents.values():
            if intent.challenge == "open":
                intent.challenge = "passed" if passed else "failed"

    def _act(self, request: Request) -> Response:
        reference, amount = request.body.get("reference"), request.body.get("amount", 0)
        caller = Caller(request.key, reference if isinstance(reference, str) else None)
        if not isinstance(amount, int):
            return _error(400, "invalid_amount", "amounts are whole minor units")
        try:
            match (request.method, *request.path.strip("/").split("/")):
                case ("POST", "intents"):
                    opened = self._ledger.open(
                        amount, str(request.body.get("currency")), request.body.get("resource"), caller
                    )
                    return _shown(self._ledger.intents[opened.intent])
                case (method, "intents", id_, *verb) if id_ in self._ledger.intents:
                    intent = self._ledger.intents[id_]
                    if method == "POST":
                        self._change("/".join(verb), intent, amount, caller)
                    return _shown(intent)
                case _:
                    return _error(404, "not_found", "there is nothing here")
        except AgainstTheLaw as law:
            return _error(400, law.code, law.message)

    def _change(self, verb: str, intent: Intent, amount: int, caller: Caller) -> None:
        match verb:
            case "":
                self._ledger.update(intent, amount, intent.currency, caller)
            case "authorize" if self._card == "declined" or intent.challenge == "failed":
                self._ledger.decline(intent, "card_declined", caller)
            case "authorize" if self._card == "challenge" and intent.challenge != "passed" and not intent.authorizations:
                self._ledger.challenge(intent, caller)
            case "authorize":
                self._ledger.authorize(intent, caller)
            case "capture":
                self._ledger.capture(intent, amount, caller)
            case "refunds":
                self._ledger.refund(intent, amount, caller)
            case "cancel":
                self._ledger.void(intent, caller)
            case _:
                raise AgainstTheLaw("unknown", f"nobody can {verb}")


def _shown(intent: Intent) -> Response:
    told = (
        (intent.canceled, "canceled"),
        (bool(intent.captures), "captured"),
        (bool(intent.held), "authorized"),
        (intent.challenge == "open", "requires_action"),
        (intent.declined is not None, "declined"),
    )
    status = next((word for holds, word in told if holds), "requires_authorization")
    body: Data = {"id": intent.id, "status": status, "amount": intent.amount, "currency": intent.currency}
    return Response(status=200, body=body | ({"code": intent.declined} if intent.declined else {}))


def _error(status: int, code: str, message: str) -> Response:
    return Response(status=status, body={"error": {"code": code, "message": message}})
