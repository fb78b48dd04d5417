"""
The bank: a gateway with a small REST face that speaks every dialect.

    POST /intents                       {amount, currency, reference, resource}
    POST /intents/{id}                  {amount, currency, reference}              update
    POST /intents/{id}/authorize        {amount?, currency?, reference}            if given, the sum must be the intent's
    POST /intents/{id}/capture          {amount, currency?, reference}
    POST /intents/{id}/refunds          {amount, currency?, reference}
    POST /intents/{id}/cancel           {reference}
    POST /charges                       {amount, currency, reference, resource}    authorized and captured outright
    GET  /intents/{id}
    GET  /intents/{id}/effects                                                     all that was done on it, oldest first
    GET  /effects?reference=...
    GET  /time                                                                     what time it is here, epoch seconds

Amounts are whole minor units. A decline is a "no" inside a 200, a challenge a 200 `requires_action`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager

from tillproof.contract.gateway import Request, Response
from tillproof.domain.entities import Data
from tillproof.domain.ledger import Entry
from tillproof_fake_processors.bank.face import (
    NO_OBJECT,
    Face,
    amount_in,
    amount_of,
    caller_of,
    currency_of,
    name_of,
    split,
)
from tillproof_fake_processors.bank.webhooks import BankOutbox
from tillproof_fake_processors.dashboard import LedgerDashboard
from tillproof_fake_processors.dialects import DEFAULT_DIALECT, DIALECTS, Dialect, KeyMemory
from tillproof_fake_processors.ledger import AgainstTheLaw, Caller, Intent, Knobs, Ledger

SECRET = "rt_internal_7f3a9c51"  # noqa: S105 - a planted marker, private to nobody
"""The marker in every answer of the bank's, unless another is given."""

_DEFAULT_KNOBS = Knobs()
_BROKEN = 500


class Bank:
    """A bank for one run. Implements `GatewayFake` and `Teller`."""

    def __init__(
        self,
        record: Callable[[Entry], None],
        now: Callable[[], float],
        dialect: Dialect = DIALECTS[DEFAULT_DIALECT],
        knobs: Knobs = _DEFAULT_KNOBS,
        secret: str = SECRET,
    ) -> None:
        """Open the bank: ledger entries go to `record`, `now` gives seconds since the epoch."""
        self._now = now
        self.outbox = outbox = BankOutbox(now)

        def written(entry: Entry) -> None:
            record(entry)
            outbox.written(entry)

        self._ledger = Ledger(written, now, knobs)
        self.dashboard = LedgerDashboard(self._ledger)
        self._memory = KeyMemory(dialect, now)
        self._face = Face(secret)
        self._card = "good"
        self._breaks: str | None = None

    def handle(self, request: Request) -> Response:
        """Answer one request. What cannot be understood is 404 or 400; it never raises."""
        self._ledger.catch_up()
        if not isinstance(request.body, dict):  # pyright: ignore[reportUnnecessaryIsInstance] - callers may be liars
            return self._face.error(400, *NO_OBJECT)
        if request.method == "GET":
            return self._read(request)
        return self._memory.answer(request, self._tried, self._present, self._face.error)

    def enter_card(self, card: str) -> None:
        """The shopper enters a card: `good`, `declined` or `challenge`. It is the one used from here on."""
        self._card = card

    def answer_challenge(self, *, passed: bool) -> None:
        """The shopper finishes every challenge that is open."""
        for intent in self._ledger.intents.values():
            if intent.challenge == "open":
                intent.challenge = "passed" if passed else "failed"
                if passed:
                    self.outbox.approved(intent)

    @contextmanager
    def breaking(self, *, after_effect: bool) -> Generator[None]:
        """While this lasts, answer what would act with a 500, before or after it acts; the dialect may keep that."""
        self._breaks = "after" if after_effect else "before"
        try:
            yield
        finally:
            self._breaks = None

    def error(self, status: int, code: str, message: str) -> Response:
        """Word an error as the bank does."""
        return self._face.error(status, code, message)

    def land(self) -> None:
        """Let what has fallen due by now happen, without a request: late effects land, old holds lapse."""
        self._ledger.catch_up()

    def _read(self, request: Request) -> Response:
        segments, query = split(request.path)
        match segments:
            case ("intents", id_) if id_ in self._ledger.intents:
                return self._face.intent(self._ledger.intents[id_])
            case ("intents", id_, "effects") if id_ in self._ledger.intents:
                return self._face.done_on(self._ledger.intents[id_])
            case ("effects",) if len(query.get("reference", [])) == 1:
                return self._face.effects(query["reference"][0], self._ledger.effects(query["reference"][0]))
            case ("time",):
                return self._face.time(self._now())
            case _:
                return self._face.error(404, "not_found", "there is nothing here")

    def _tried(self, request: Request) -> Response:
        answer = self._act(request) if self._breaks != "before" else None
        broken = self._breaks is not None
        return answer if answer is not None and not broken else self._face.error(500, "internal", "Internal error.")

    def _act(self, request: Request) -> Response:
        segments, _ = split(request.path)
        try:
            match (request.method, *segments):
                case ("POST", "intents"):
                    return self._open(request.body, caller_of(request))
                case ("POST", "charges"):
                    return self._charge(request.body, caller_of(request))
                case ("POST", "intents", id_, *verb) if id_ in self._ledger.intents:
                    return self._change("/".join(verb), self._ledger.intents[id_], request.body, caller_of(request))
                case _:
                    return self._face.error(404, "not_found", "there is nothing here")
        except AgainstTheLaw as law:
            return self._face.error(400, law.code, law.message)

    def _change(self, verb: str, intent: Intent, body: Data, caller: Caller) -> Response:
        match verb:
            case "":
                return self._update(intent, body, caller)
            case "authorize":
                return self._authorize(intent, body, caller)
            case "capture":
                return self._took(intent, self._ledger.capture(intent, amount_in(intent.currency, body), caller))
            case "refunds":
                return self._took(intent, self._ledger.refund(intent, amount_in(intent.currency, body), caller))
            case "cancel":
                return self._took(intent, self._ledger.void(intent, caller))
            case _:
                return self._face.error(404, "not_found", "there is nothing here")

    def _present(self, first: Request, answer: Response) -> Response:
        """Answer a repeated key with the present state of what its first request was about."""
        segments, _ = split(first.path)
        reference = first.body.get("reference")
        listed = self._ledger.effects(reference) if isinstance(reference, str) else []
        written = [entry for entry in listed if entry.key == first.key]
        named = segments[1] if len(segments) > 1 else None
        made = answer.body.get("id") if isinstance(answer.body, dict) else None
        intent = self._ledger.intents.get(made or named or (written[0].intent if written else ""))
        if intent is None or (answer.status >= _BROKEN and not written):
            return answer
        return self._face.intent(intent, written)

    def _open(self, body: Data, caller: Caller) -> Response:
        entry = self._ledger.open(amount_of(body), currency_of(body), name_of(body, "resource"), caller)
        return self._face.intent(self._ledger.intents[entry.intent], [entry])

    def _charge(self, body: Data, caller: Caller) -> Response:
        entries = self._ledger.charge(amount_of(body), currency_of(body), name_of(body, "resource"), caller)
        return self._face.intent(self._ledger.intents[entries[-1].intent], entries)

    def _update(self, intent: Intent, body: Data, caller: Caller) -> Response:
        return self._face.intent(intent, [self._ledger.update(intent, amount_of(body), currency_of(body), caller)])

    def _authorize(self, intent: Intent, body: Data, caller: Caller) -> Response:
        if "amount" in body and amount_in(intent.currency, body) != intent.amount:
            raise AgainstTheLaw("amount_mismatch", "the intent is for another amount")
        if self._card == "declined":
            return self._face.intent(intent, [self._ledger.decline(intent, "card_declined", caller)])
        # A hold is proof enough that the customer has acted: the bank does not ask twice.
        if self._card == "challenge" and intent.challenge != "passed" and not intent.authorizations:
            if intent.challenge == "failed":
                return self._face.intent(intent, [self._ledger.decline(intent, "authentication_failed", caller)])
            return self._face.intent(intent, [self._ledger.challenge(intent, caller)])
        return self._took(intent, self._ledger.authorize(intent, caller))

    def _took(self, intent: Intent, written: Sequence[Entry]) -> Response:
        return self._face.intent(intent, written, taken=not written)
