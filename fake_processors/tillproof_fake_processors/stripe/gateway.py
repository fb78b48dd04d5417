"""
Stripe: a stateful fake of the payment flows of its API, on the ledger that every fake shares.

One object is one account in one run. What it does is in the endpoints (`routes.py`); here is what all requests have in
common: idempotency keys, time, errors, `expand[]`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

from msgspec.structs import replace

from tillproof.contract.gateway import Request, Response
from tillproof.domain.entities import Data
from tillproof.domain.ledger import Entry
from tillproof_fake_processors.dialects import DIALECTS, KeyMemory
from tillproof_fake_processors.http.dates import dated
from tillproof_fake_processors.ledger import AgainstTheLaw
from tillproof_fake_processors.stripe import confirming, forms, shapes
from tillproof_fake_processors.stripe import params as read
from tillproof_fake_processors.stripe.asking import Asked
from tillproof_fake_processors.stripe.books import AUTHORIZATION_LIFE, Books, Doing
from tillproof_fake_processors.stripe.cards import ENTERED
from tillproof_fake_processors.stripe.dashboard import StripeDashboard
from tillproof_fake_processors.stripe.errors import INVALID, StripeError, invalid
from tillproof_fake_processors.stripe.expand import expand
from tillproof_fake_processors.stripe.routes import Route, routed
from tillproof_fake_processors.stripe.webhooks import Endpoint, Outbox

DIALECT = "keep-everything"
"""How Stripe treats a repeated key (https://docs.stripe.com/api/idempotent_requests)."""

_LONGEST_KEY = 255
_ERRORS: dict[int, tuple[str, str | None]] = {
    200: ("card_error", "card_declined"),
    409: ("idempotency_error", "idempotency_key_in_use"),
    429: (INVALID, "rate_limit"),
    500: ("api_error", None),
}


class Answered(Response, frozen=True, kw_only=True):
    """An answer, and what its headers say: the request's id, and that of the first under its key where this is a replay."""

    request: str
    original: str | None = None


class Stripe:
    """One account. Implements `GatewayFake` and, with endpoints, `Teller`."""

    def __init__(
        self,
        record: Callable[[Entry], None],
        now: Callable[[], float],
        *,
        authorization_life: float = AUTHORIZATION_LIFE,
        endpoints: tuple[Endpoint, ...] = (),
    ) -> None:
        """
        Open an account: ledger entries go to `record`, `now` gives seconds since the epoch.

        `authorization_life`: seconds until a hold lapses. `endpoints`: where webhooks would go; what is due is in `outbox`.
        """
        self._books = Books(record, now, authorization_life)
        self._memory = KeyMemory(DIALECTS[DIALECT], now)
        self._at_work: set[str] = set()
        self._breaks: str | None = None
        self._requests = 0
        self.outbox = Outbox(endpoints, now)
        self.dashboard = StripeDashboard(self._books)
        if endpoints:
            self._books.heard = self.outbox.put

    def handle(self, request: Request) -> Answered:
        """Answer one request whose key and API key are taken as good. The body is a form's, as JSON. Never raises."""
        self._requests += 1
        name = f"req_{self._requests:08d}"
        books = self._books
        books.doing = Doing()
        books.catch_up()
        books.doing = Doing(request=name, key=request.key if request.method == "POST" else None)
        try:
            answer = self._answer(request, name)
        except StripeError as error:
            answer = Answered(status=error.status, body=error.body, request=name)
        finally:
            books.doing = Doing()
        return replace(answer, headers=dated(books.now()))

    def enter_card(self, card: str) -> None:
        """
        The shopper enters a means of payment on the page: `good`, `declined`, `challenge`, or a published test token.

        It serves from here on where a confirmation names no payment method.
        """
        self._books.entered = ENTERED.get(card, card)

    def answer_challenge(self, *, passed: bool) -> None:
        """The shopper finishes every challenge that is open."""
        self._books.catch_up()
        for intent in list(self._books.challenged.values()):
            confirming.answer_challenge(self._books, intent, passed=passed)

    def land(self) -> None:
        """Let what has fallen due by now happen, without a request: refunds are decided, old holds lapse."""
        self._books.catch_up()

    @contextmanager
    def at_work(self, key: str) -> Generator[None]:
        """While this lasts a request under that key is at work: another with it is 409 `idempotency_key_in_use`."""
        self._at_work.add(key)
        try:
            yield
        finally:
            self._at_work.discard(key)

    def break_next(self, *, after_effect: bool) -> None:
        """Answer the next POST with a 500, before or after it has its effect; Stripe keeps that under the key."""
        self._breaks = "after" if after_effect else "before"

    @contextmanager
    def breaking(self, *, after_effect: bool) -> Generator[None]:
        """While this lasts, answer what would act with a 500, before or after it acts; Stripe keeps that under the key."""
        self._breaks = "after" if after_effect else "before"
        try:
            yield
        finally:
            self._breaks = None

    def error(self, status: int, code: str, message: str) -> Response:
        """Word an error as Stripe does: what its SDK raises follows from status and type."""
        type_, own = _ERRORS.get(status, ("api_error", code))
        return Response(status=status, body=StripeError(status, type_, message, code=own).body)

    def _answer(self, request: Request, name: str) -> Answered:
        path, _, query = request.path.partition("?")
        found = routed(request.method, path)
        if found is None:
            message = f"There is no such endpoint: {request.method} {path}."
            raise StripeError(404, INVALID, message, stored=False)
        route, id_ = found
        if not isinstance(request.body, dict):  # pyright: ignore[reportUnnecessaryIsInstance] - callers may be liars
            raise invalid("The parameters could not be read.")
        if request.method != "POST":
            asked = Asked(id=id_, params={**forms.decode(query), **request.body})
            return Answered(status=200, body=self._act(route, asked), request=name)
        return self._once(request, route, Asked(id=id_, params=request.body, key=request.key), name)

    def _once(self, request: Request, route: Route, asked: Asked, name: str) -> Answered:
        """Act on a POST, or answer from memory. What fails validation leaves the memory by its exception: not kept."""
        key = request.key
        if key is not None and len(key) > _LONGEST_KEY:
            raise invalid(f"An idempotency key is at most {_LONGEST_KEY} characters long.")
        if key in self._at_work:
            message = "Another request with this idempotency key is at work."
            raise StripeError(409, "idempotency_error", message, stored=False, code="idempotency_key_in_use")

        def act(_: Request) -> Response:
            return Answered(request=name, **self._tried(route, asked))

        answer = self._memory.answer(request, act, lambda _, response: response, _of_another)
        original = answer.request if isinstance(answer, Answered) and answer.request != name else None
        return Answered(status=answer.status, body=answer.body, request=name, original=original)

    def _tried(self, route: Route, asked: Asked) -> Data:
        """Act, and return status and body of what is to be kept under the key."""
        breaks, self._breaks = self._breaks, None
        if breaks != "before":
            try:
                done: Data = {"status": 200, "body": self._act(route, asked)}
            except StripeError as error:
                if not error.stored:
                    raise
                done = {"status": error.status, "body": error.body}
            if breaks is None:
                return done
        broken = StripeError(500, "api_error", "Something went wrong on the gateway's side.")
        return {"status": broken.status, "body": broken.body}

    def _act(self, route: Route, asked: Asked) -> Data:
        read.known(asked.params, route.params)
        paths = read.texts(asked.params, "expand")
        try:
            done = route.act(self._books, asked)
        except AgainstTheLaw as law:
            raise StripeError(400, INVALID, law.message) from law
        return expand(self._books, done if isinstance(done, dict) else shapes.shape(done), paths)


def _of_another(status: int, code: str, message: str) -> Response:
    del code, message
    says = "This idempotency key was first used with other parameters."
    return Response(status=status, body=StripeError(status, "idempotency_error", says).body)
