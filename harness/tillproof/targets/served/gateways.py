"""The gateways that can be served: how each is opened, spoken to over HTTP, and asked for its webhooks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

import msgspec

from tillproof.contract.gateway import Breakable, GatewayFake
from tillproof.domain.entities import Data
from tillproof.domain.ledger import Entry
from tillproof.simulation.ports import gateway_point
from tillproof.targets.served.posting import Retries
from tillproof_fake_processors.bank import Bank
from tillproof_fake_processors.bank.face import FACE as BANK_FACE
from tillproof_fake_processors.bank.webhooks import WEBHOOK_SECRET as BANK_SECRET
from tillproof_fake_processors.dialects import DIALECTS
from tillproof_fake_processors.http import Handle, faced
from tillproof_fake_processors.paypal import CLIENT_SECRET, PayPal
from tillproof_fake_processors.paypal.events import WEBHOOK_ID, Events
from tillproof_fake_processors.paypal.outbox import Outbox as PayPalOutbox
from tillproof_fake_processors.paypal.over_http import over_http as paypal_face
from tillproof_fake_processors.paypal.tokens import CLIENT_ID
from tillproof_fake_processors.stripe import Endpoint, Outbox, Stripe, http_face
from tillproof_fake_processors.stripe.gateway import DIALECT as STRIPE_DIALECT
from tillproof_fake_processors.stripe.routes import ROUTES as STRIPE_ROUTES
from tillproof_fake_processors.stripe.webhooks import WEBHOOK_SECRET


class Hook(msgspec.Struct, frozen=True, kw_only=True):
    """Where webhooks go, and the secret they are signed with, where the gateway's are signed with one."""

    url: str
    secret: str = WEBHOOK_SECRET


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """One try to deliver one event. `answered` takes the status of the answer; None: there was none."""

    id: str
    type: str
    attempt: int
    url: str
    headers: dict[str, str]
    body: bytes
    answered: Callable[[int | None], None]


class Postbox(Protocol):
    """What a gateway has to deliver."""

    def due(self, now: float) -> list[Mail]:
        """Return what is to be sent now, in its order. Each is to be told how it was answered before this is asked again."""
        ...


class Steerable(GatewayFake, Breakable, Protocol):
    """A fake with everything that steering it takes."""


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """
    A gateway, open: what answers for it, its shopper, and its webhooks (None: nobody listens).

    `land` lets what has fallen due happen, without a request.
    """

    handle: Handle
    fake: Steerable
    land: Callable[[], None]
    postbox: Postbox | None = None


Record = Callable[[Entry], None]
Now = Callable[[], float]


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """
    A gateway that can be served.

    `points` are the names faults can strike at; `needs` what a client has to be configured with. `shared_secret`: webhooks
    are signed with a secret that its owner chooses.
    """

    name: str
    says: str
    dialects: tuple[str, ...]
    points: tuple[str, ...]
    needs: tuple[tuple[str, str], ...]
    open: Callable[[Record, Now, str, Hook | None], Opened]
    shared_secret: bool = False


class _StripePost:
    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def due(self, now: float) -> list[Mail]:
        outbox = self._outbox
        return [
            Mail(
                id=one.event.id,
                type=one.event.type,
                attempt=one.attempt,
                url=one.url,
                headers=one.headers,
                body=one.body,
                answered=partial(outbox.answered, one),
            )
            for one in outbox.due(now)
        ]


class _Unheard(PayPalOutbox):
    """Keeps nothing: where nobody listens, what happens must not pile up."""

    def put(self, id_: str, event: Data, now: float) -> None:
        """Forget it."""
        del id_, event, now


class _EventType(msgspec.Struct):
    event_type: str


class _PayPalPost:
    def __init__(self, events: Events, url: str) -> None:
        self._events = events
        self._url = url

    def due(self, now: float) -> list[Mail]:
        return [
            Mail(
                id=one.id,
                type=msgspec.json.decode(one.body, type=_EventType).event_type,
                attempt=int(one.headers["paypal-transmission-id"].rpartition("-")[2]),
                url=self._url,
                headers=one.headers,
                body=one.body,
                answered=partial(self._answered, one.id, now),
            )
            for one in self._events.due()
        ]

    def _answered(self, id_: str, now: float, status: int | None) -> None:
        self._events.outbox.answered(id_, status, now)


class _BankPost:
    def __init__(self, bank: Bank, now: Now, url: str) -> None:
        self._outbox = bank.outbox
        self._retries = Retries(bank.outbox, now)
        self._url = url

    def due(self, now: float) -> list[Mail]:
        return [
            Mail(
                id=event.id,
                type=event.type,
                attempt=attempt,
                url=self._url,
                headers=self._outbox.signed(event, now),
                body=event.body,
                answered=answered,
            )
            for event, attempt, answered in self._retries.due()
        ]


def _stripe(record: Record, now: Now, dialect: str, hook: Hook | None) -> Opened:
    del dialect  # it speaks one
    endpoints = () if hook is None else (Endpoint(url=hook.url, secret=hook.secret),)
    stripe = Stripe(record, now, endpoints=endpoints)
    postbox = None if hook is None else _StripePost(stripe.outbox)
    return Opened(handle=http_face(stripe), fake=stripe, land=stripe.land, postbox=postbox)


def _paypal(record: Record, now: Now, dialect: str, hook: Hook | None) -> Opened:
    del dialect  # it speaks one
    paypal = PayPal(record, now)
    if hook is None:
        paypal.events.outbox = _Unheard()
    postbox = None if hook is None else _PayPalPost(paypal.events, hook.url)
    return Opened(handle=paypal_face(paypal), fake=paypal, land=paypal.payments.catch_up, postbox=postbox)


def _bank(record: Record, now: Now, dialect: str, hook: Hook | None) -> Opened:
    bank: Bank

    def written(entry: Entry) -> None:
        record(entry)
        if hook is None:
            bank.outbox.take()  # nobody listens, and what is never delivered must not pile up

    bank = Bank(written, now, DIALECTS[dialect])
    postbox = None if hook is None else _BankPost(bank, now, hook.url)
    return Opened(handle=faced(BANK_FACE, bank.handle), fake=bank, land=bank.land, postbox=postbox)


def _points(*routes: str) -> tuple[str, ...]:
    return tuple(gateway_point(*route.split(" ")) for route in routes)


SERVED: dict[str, Served] = {
    "stripe": Served(
        name="stripe",
        says="Stripe's API for payments, with its test cards.",
        dialects=(STRIPE_DIALECT,),
        points=tuple(f"{method}:/v1/{'/'.join(path).replace('*', '{id}')}" for method, *path in STRIPE_ROUTES),
        needs=(("api key", "any sk_test_..."),),
        open=_stripe,
        shared_secret=True,
    ),
    "paypal": Served(
        name="paypal",
        says="PayPal's Orders v2 and Payments v2, with its payer.",
        dialects=("latest-state",),
        points=_points(
            "POST /v1/oauth2/token",
            "POST /v2/checkout/orders",
            "GET /v2/checkout/orders/1",
            "PATCH /v2/checkout/orders/1",
            "POST /v2/checkout/orders/1/authorize",
            "POST /v2/checkout/orders/1/capture",
            "GET /v2/payments/authorizations/1",
            "POST /v2/payments/authorizations/1/capture",
            "POST /v2/payments/authorizations/1/void",
            "POST /v2/payments/authorizations/1/reauthorize",
            "GET /v2/payments/captures/1",
            "POST /v2/payments/captures/1/refund",
            "GET /v2/payments/refunds/1",
            "POST /v1/notifications/verify-webhook-signature",
        ),
        needs=(("client id", CLIENT_ID), ("secret", CLIENT_SECRET), ("webhook id", WEBHOOK_ID)),
        open=_paypal,
    ),
    "bank": Served(
        name="bank",
        says="A bank with a small REST face. It speaks every dialect.",
        dialects=tuple(DIALECTS),
        points=_points(
            "POST /intents",
            "POST /intents/1",
            "POST /intents/1/authorize",
            "POST /intents/1/capture",
            "POST /intents/1/refunds",
            "POST /intents/1/cancel",
            "POST /charges",
            "GET /intents/1",
            "GET /intents/1/effects",
            "GET /effects",
        ),
        needs=(("secret", BANK_SECRET),),
        open=_bank,
    ),
}
"""Every gateway that can be served, by name."""
