"""
The base of a fake of one's own gateway: its books, its keys, its shopper and its failures are here.

What is left to write is the HTTP face: which route means which verb, where a request says what, how an answer looks.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import ClassVar, Literal

import msgspec

from tillproof.contract.gateway import Request, Response
from tillproof.contract.http import Face
from tillproof.domain.entities import Data
from tillproof.domain.ledger import Entry
from tillproof_fake_processors.bank.face import amount_of, currency_of, name_of, status
from tillproof_fake_processors.dialects import DEFAULT_DIALECT, DIALECTS, KeyMemory
from tillproof_fake_processors.ledger import AgainstTheLaw, Caller, Intent, Knobs, Ledger
from tillproof_fake_processors.own.facing import Body, facing

Verb = Literal["open", "update", "authorize", "charge", "capture", "refund", "void", "show", "list", "nothing"]
"""What a route can mean: the ledger's verbs; `show` an intent, `list` what bears a reference; `nothing` is only answered."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a request says: whatever it sent as amount (minor units), currency, reference and what is paid for."""

    key: str | None = None
    amount: object = None
    currency: object = None
    reference: object = None
    resource: object = None


class FakeGateway:
    """
    A gateway of one run, to be subclassed. Implements `GatewayFake` and `Breakable`.

    `hosts` are those it answers under in life, `dialect` how it treats a repeated key (`tillproof list dialects`). `body` is
    what it reads, JSON or forms (whose values are all text: `whole` reads digits); `key_at` where a request bears its key,
    as `header NAME` or `body a.b`.
    """

    hosts: ClassVar[tuple[str, ...]] = ("bank.test",)
    dialect: ClassVar[str] = DEFAULT_DIALECT
    body: ClassVar[Body] = "json"
    key_at: ClassVar[str] = "header idempotency-key"

    def __init__(self, record: Callable[[Entry], None], now: Callable[[], float]) -> None:
        """Open with empty books. Ledger entries go to `record`; `now` gives seconds since the epoch, UTC."""
        self.ledger = Ledger(record, now, Knobs())
        self._keys = KeyMemory(DIALECTS[self.dialect], now)
        self._card = "good"
        self._breaks: str | None = None
        self._by_id: dict[str, Intent] = {}
        self._by_key: dict[str, tuple[Intent, Wanted]] = {}

    @classmethod
    def face(cls) -> Face:
        """Return how it is reached, by `hosts`, `body` and `key_at`. To be written where that does not say enough."""
        return facing(cls.hosts, cls.body, cls.key_at)

    def answer(self, request: Request) -> Response:
        """Answer a request: find its verb and `do` it. To be written."""
        raise NotImplementedError

    def shown(self, intent: Intent, effect: Entry | None) -> Response:
        """Show an intent, and the effect the request had. To be written where it looks otherwise."""
        body: Data = {"id": intent.id, "status": self.status(intent), "amount": intent.amount, "currency": intent.currency}
        body |= {"code": intent.declined} if intent.declined else {}
        return Response(status=200, body=body if effect is None else {**body, "reference": effect.reference})

    def listed(self, reference: str, effects: list[Entry]) -> Response:
        """List what bears a reference. To be written where it looks otherwise."""
        items = [{"kind": str(e.kind), "id": e.intent, "amount": e.amount, "reference": e.reference} for e in effects]
        return Response(status=200, body={"reference": reference, "effects": items})

    def error(self, status: int, code: str, message: str) -> Response:
        """Word an error. To be written where it looks otherwise."""
        return Response(status=status, body={"error": {"code": code, "message": message}})

    def status(self, intent: Intent) -> str:
        """Say how an intent stands, in the words of `bank.face.status`."""
        return status(intent)

    def do(self, verb: Verb, wanted: Wanted, id_: str = "") -> Response:
        """
        Carry out a verb on the intent, capture or hold with this id, and show what came of it.

        What the ledger forbids is an error 400, an unknown id 404. Without an amount all there is is captured or refunded.
        """
        if verb == "list":
            reference = str(wanted.reference)
            return self.listed(reference, self.ledger.effects(reference))
        intent = None
        if verb not in {"open", "charge"}:
            intent = self._by_id.get(id_)
            if intent is None:
                return self.error(404, "not_found", "there is nothing here")
        try:
            written = self._did(verb, intent, wanted)
        except AgainstTheLaw as law:
            return self.error(400, law.code, law.message)
        intent = intent or self.ledger.intents[written[-1].intent]
        for entry in written:
            self._by_id[entry.id] = self._by_id[entry.intent] = intent
        if wanted.key is not None and written:
            self._by_key[wanted.key] = intent, wanted
        return self.shown(intent, written[-1] if written else None)

    def handle(self, request: Request) -> Response:
        """Answer one request; a repeated key as the dialect says. Never raises for what a caller may send."""
        self.ledger.catch_up()
        if request.method in {"GET", "HEAD"}:
            return self.answer(request)
        return self._keys.answer(request, self._tried, self._present, self.error)

    def enter_card(self, card: str) -> None:
        """The shopper enters a card on the gateway's page: `good`, `declined` or `challenge`."""
        self._card = card

    def answer_challenge(self, *, passed: bool) -> None:
        """The shopper finishes the 3-D Secure challenge."""
        for intent in self.ledger.intents.values():
            if intent.challenge == "open":
                intent.challenge = "passed" if passed else "failed"

    @contextmanager
    def breaking(self, *, after_effect: bool) -> Generator[None]:
        """While this lasts, answer what would act with a 500, before or after it acts; the dialect may keep that."""
        self._breaks = "after" if after_effect else "before"
        try:
            yield
        finally:
            self._breaks = None

    def _tried(self, request: Request) -> Response:
        answer = self.answer(request) if self._breaks != "before" else None
        broken = self._breaks is not None
        return answer if answer is not None and not broken else self.error(500, "internal", "Internal error.")

    def _present(self, first: Request, answer: Response) -> Response:
        """Answer a repeated key with how that stands which its first request was about."""
        known = self._by_key.get(first.key or "")
        if known is None:
            return answer
        intent, wanted = known
        effects = self.ledger.effects(str(wanted.reference))
        return self.shown(intent, effects[-1] if effects else None)

    def _did(self, verb: Verb, intent: Intent | None, wanted: Wanted) -> list[Entry]:
        told: Data = {"amount": wanted.amount, "currency": wanted.currency, "resource": wanted.resource}
        caller = Caller(wanted.key, name_of({"reference": wanted.reference}, "reference"))
        ledger = self.ledger
        if intent is None:
            sum_, resource = (amount_of(told), currency_of(told)), name_of(told, "resource")
            if verb == "charge":
                return ledger.charge(*sum_, resource, caller)
            return [ledger.open(*sum_, resource, caller)]
        if wanted.currency is not None and verb != "update" and currency_of(told) != intent.currency:
            raise AgainstTheLaw("invalid_currency", "the payment is in another currency")
        match verb:
            case "update":
                currency = intent.currency if wanted.currency is None else currency_of(told)
                return [ledger.update(intent, amount_of(told), currency, caller)]
            case "authorize":
                return self._authorize(intent, told, caller)
            case "capture":
                return ledger.capture(intent, intent.held if wanted.amount is None else amount_of(told), caller)
            case "refund":
                amount = intent.captured - intent.refunded if wanted.amount is None else amount_of(told)
                return ledger.refund(intent, amount, caller)
            case "void":
                return ledger.void(intent, caller)
            case _:
                return []

    def _authorize(self, intent: Intent, told: Data, caller: Caller) -> list[Entry]:
        if told["amount"] is not None and amount_of(told) != intent.amount:
            raise AgainstTheLaw("amount_mismatch", "the payment is for another amount")
        if self._card == "declined" or intent.challenge == "failed":
            code = "card_declined" if self._card == "declined" else "authentication_failed"
            return [self.ledger.decline(intent, code, caller)]
        if self._card == "challenge" and intent.challenge != "passed" and not intent.authorizations:
            return [self.ledger.challenge(intent, caller)]
        return self.ledger.authorize(intent, caller)
