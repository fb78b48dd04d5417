"""
PayPal, faked: Orders v2 and Payments v2 with state, for one run.

    POST  /v1/oauth2/token                                         form: grant_type=client_credentials
    POST  /v2/checkout/orders                                      {intent, purchase_units: [one]}
    GET   /v2/checkout/orders/{id}
    PATCH /v2/checkout/orders/{id}                                 JSON Patch: amount, custom_id, invoice_id
    POST  /v2/checkout/orders/{id}/authorize | capture
    GET   /v2/payments/authorizations | captures | refunds/{id}
    POST  /v2/payments/authorizations/{id}/capture                 {amount?, final_capture?, invoice_id?, note_to_payer?}
    POST  /v2/payments/authorizations/{id}/void | reauthorize
    POST  /v2/payments/captures/{id}/refund                        {amount?, custom_id?, invoice_id?, note_to_payer?}
    POST  /v1/notifications/verify-webhook-signature
    GET   /v1/notifications/certs/{id}

A decline is a 422, or a status inside a 201; which of the two, and when, is up to the payer and to `Habits`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

from msgspec.structs import replace

from tillproof.contract.gateway import Request, Response
from tillproof.domain.entities import Data
from tillproof.domain.ledger import Entry, EntryKind
from tillproof_fake_processors.http.dates import dated
from tillproof_fake_processors.ledger import AgainstTheLaw, Caller, Knobs, Ledger
from tillproof_fake_processors.paypal.dashboard import PayPalDashboard
from tillproof_fake_processors.paypal.errors import Issue, fault_body
from tillproof_fake_processors.paypal.events import Events
from tillproof_fake_processors.paypal.face import movement_body, order_body, payer_link
from tillproof_fake_processors.paypal.memory import ORDERS_LIFE, PAYMENTS_LIFE, Made, RequestIds
from tillproof_fake_processors.paypal.objects import Kind, Movement, Order
from tillproof_fake_processors.paypal.orders import Orders
from tillproof_fake_processors.paypal.payments import VALID_FOR, Habits, Payments
from tillproof_fake_processors.paypal.requests import flag_in, optional_amount, text_in
from tillproof_fake_processors.paypal.tokens import TOKEN_PATH, Tokens

_DEFAULT_HABITS = Habits()
_DEFAULT_KNOBS = Knobs()
_WALLETS = {"good", "declined", "challenge"}


class PayPal:
    """
    A PayPal for one run. Implements `GatewayFake` and `Teller`.

    `events` tells what happened, as webhooks; `payments.decide` decides what is pending, as somebody at PayPal would.
    """

    def __init__(
        self,
        record: Callable[[Entry], None],
        now: Callable[[], float],
        knobs: Knobs = _DEFAULT_KNOBS,
        habits: Habits = _DEFAULT_HABITS,
    ) -> None:
        """
        Open for business: ledger entries go to `record`, `now` gives seconds since the epoch.

        Of the knobs, `authorization_life` (29 days unless given) and `settling` count here; the rest is PayPal's own.
        """
        self._record = record
        self._now = now
        life = knobs.authorization_life
        books = Knobs(authorization_life=VALID_FOR if life is None else life, release_remainder=False)
        if knobs.settling:
            habits = replace(habits, settling=knobs.settling)
        ledger = Ledger(self._written, now, books)
        self.events = self.outbox = Events(now)
        self.payments = Payments(ledger, now, habits, self.events.moved)
        self._orders = Orders(ledger, self.payments, now, self.events.ordered, payer_link)
        self.dashboard = PayPalDashboard(self.payments)
        self._tokens = Tokens(now)
        self._ids = RequestIds(now)
        self._answers = 0
        self._breaks: str | None = None

    def handle(self, request: Request) -> Response:
        """Answer one request. What cannot be understood is refused in PayPal's words; it never raises."""
        if self._breaks is None or request.method == "GET":
            answer = self.accept(request)()
            return replace(answer, headers={**answer.headers, **dated(self._now())})
        if self._breaks == "after":
            self.accept(request)()
        return self.error(500, "internal", "")

    def accept(self, request: Request) -> Callable[[], Response]:
        """
        Take a request that has arrived, and return what carries it out and answers it.

        Until that is called the request is at work: another with its `PayPal-Request-Id` is answered 409.
        """
        claim = (_call(request), request.key) if request.key is not None else None
        if claim is not None:
            try:
                self._ids.begin(*claim)
            except Issue as issue:
                refused = issue
                return lambda: self._refused(refused)

        def carry_out() -> Response:
            try:
                return self._answer(request)
            finally:
                if claim is not None:
                    self._ids.end(*claim)

        return carry_out

    def enter_card(self, card: str) -> None:
        """
        The payer chooses how to pay on PayPal's page: `good`, `declined` or `challenge`.

        It is what they use from here on: with the first two they approve every order they are sent to, made before or later.
        """
        if card not in _WALLETS:
            raise ValueError(f"not a means of payment: {card!r}")
        self._orders.enter("good" if card == "good" else "declined" if card == "declined" else "challenge")

    def answer_challenge(self, *, passed: bool) -> None:
        """The payer finishes every challenge that is open; passing one approves its order."""
        self._orders.answer_challenge(passed=passed)

    @contextmanager
    def breaking(self, *, after_effect: bool) -> Generator[None]:
        """While this lasts, answer what would act with a 500, before or after it acts; PayPal never keeps that."""
        self._breaks = "after" if after_effect else "before"
        try:
            yield
        finally:
            self._breaks = None

    def error(self, status: int, code: str, message: str) -> Response:
        """Word an error as PayPal does, whatever `code` and `message` say elsewhere."""
        del code, message
        self._answers += 1
        return Response(status=status, body=fault_body(status, f"{self._answers:013x}"))

    def _answer(self, request: Request) -> Response:
        self.payments.catch_up()
        self._orders.visit()
        if not isinstance(request.body, dict):  # pyright: ignore[reportUnnecessaryIsInstance] - callers may be liars
            return self._refused(Issue("MALFORMED_REQUEST_JSON"))
        path = request.path.partition("?")[0]
        if path == TOKEN_PATH and request.method == "POST":
            return self._tokens.give(request)
        segments = tuple(path.removeprefix("/").split("/"))
        if segments[:3] == ("v1", "notifications", "certs"):
            return self.events.certificate()
        refusal = self._tokens.refusal(request)
        if refusal is not None:
            return refusal
        try:
            return self._routed(request, segments)
        except Issue as issue:
            return self._refused(issue)
        except AgainstTheLaw:
            return self._refused(Issue("TRANSACTION_REFUSED"))

    def _routed(self, request: Request, segments: tuple[str, ...]) -> Response:
        match segments:
            case ("v2", "checkout", "orders", *rest):
                return self._at_orders(request, tuple(rest))
            case ("v2", "payments", kind, id_, *rest):
                return self._at_payments(request, kind, id_, tuple(rest))
            case ("v1", "notifications", "verify-webhook-signature"):
                return self.events.verify(request.body)
            case _:
                raise Issue("INVALID_RESOURCE_ID")

    def _at_orders(self, request: Request, rest: tuple[str, ...]) -> Response:
        orders, key = self._orders, request.key
        match (request.method, *rest):
            case ("POST",):
                return self._once(request, ORDERS_LIFE, lambda: orders.create(request.body, key))
            case ("GET", id_):
                return self._show(orders.at(id_), 200, whole=True)
            case ("PATCH", id_):
                orders.change(orders.at(id_), request.body)
                return Response(status=204, body={})
            case ("POST", id_, "authorize"):
                return self._once(request, ORDERS_LIFE, lambda: orders.authorize(orders.at(id_), key).order)
            case ("POST", id_, "capture"):
                return self._once(request, ORDERS_LIFE, lambda: orders.capture(orders.at(id_), key).order)
            case _:
                raise Issue("METHOD_NOT_SUPPORTED" if len(rest) <= 1 else "INVALID_RESOURCE_ID")

    def _at_payments(self, request: Request, kind: str, id_: str, rest: tuple[str, ...]) -> Response:
        movement = self.payments.by_id.get((Kind(kind), id_)) if kind in Kind.__members__.values() else None
        if movement is None:
            raise Issue("INVALID_RESOURCE_ID")
        match (request.method, movement.kind, *rest):
            case ("GET", _):
                return self._show(movement, 200, whole=True)
            case ("POST", Kind.AUTHORIZATION, "capture"):
                return self._once(request, PAYMENTS_LIFE, lambda: self._capture(movement, request))
            case ("POST", Kind.AUTHORIZATION, "reauthorize"):
                return self._once(request, PAYMENTS_LIFE, lambda: self._reauthorize(movement, request))
            case ("POST", Kind.AUTHORIZATION, "void"):
                void = self._once(request, PAYMENTS_LIFE, lambda: self.payments.void(movement, Caller(request.key)))
                return Response(status=200, body=void.body) if _whole(request) else Response(status=204, body={})
            case ("POST", Kind.CAPTURE, "refund"):
                return self._once(request, PAYMENTS_LIFE, lambda: self._refund(movement, request))
            case _:
                raise Issue("METHOD_NOT_SUPPORTED" if not rest else "INVALID_RESOURCE_ID")

    def _capture(self, hold: Movement, request: Request) -> Movement:
        body = request.body
        invoice_id, note = text_in(body, "invoice_id", 127), text_in(body, "note_to_payer", 255)
        amount, final = optional_amount(body), flag_in(body, "final_capture")
        caller = Caller(request.key, invoice_id)
        return self.payments.capture(hold, amount, caller, final=final, invoice_id=invoice_id, note=note)

    def _reauthorize(self, hold: Movement, request: Request) -> Movement:
        return self.payments.reauthorize(hold, optional_amount(request.body), Caller(request.key))

    def _refund(self, capture: Movement, request: Request) -> Movement:
        body = request.body
        invoice_id, note = text_in(body, "invoice_id", 127), text_in(body, "note_to_payer", 255)
        custom_id, amount = text_in(body, "custom_id", 127), optional_amount(body)
        caller = Caller(request.key, invoice_id or custom_id)
        return self.payments.refund(capture, amount, caller, custom_id=custom_id, invoice_id=invoice_id, note=note)

    def _once(self, request: Request, life: float, act: Callable[[], Made]) -> Response:
        """Act, unless the request's id is known: then answer 200 with how that stands which it made."""
        made, anew = self._ids.once(_call(request), request.key, life, act)
        return self._show(made, 201 if anew else 200, whole=_whole(request))

    def _show(self, made: Made, status: int, *, whole: bool) -> Response:
        body = order_body(made, minimal=not whole) if isinstance(made, Order) else movement_body(made, minimal=not whole)
        return Response(status=status, body=body)

    def _refused(self, issue: Issue) -> Response:
        self._answers += 1
        body: Data = issue.body(f"{self._answers:013x}")
        return Response(status=issue.status, body=body)

    def _written(self, entry: Entry) -> None:
        self._record(entry)
        if entry.kind is EntryKind.LAPSE:
            self.payments.lapsed(entry)


def _whole(request: Request) -> bool:
    return "return=representation" in request.headers.get("prefer", "")


def _call(request: Request) -> str:
    """Name the kind of call an id counts for: the path without its ids."""
    segments = request.path.partition("?")[0].split("/")
    return " ".join([request.method, *(one for one in segments if one and not (one[0].isdigit()))])
