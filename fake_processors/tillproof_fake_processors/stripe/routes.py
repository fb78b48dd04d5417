"""The endpoints: method and path, the parameters each has, and what it does."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from tillproof.domain.entities import Data
from tillproof_fake_processors.stripe import customers, intents, pages, refunds, search
from tillproof_fake_processors.stripe.asking import Asked
from tillproof_fake_processors.stripe.books import Books
from tillproof_fake_processors.stripe.objects import Kept


class Route(msgspec.Struct, frozen=True):
    """One endpoint. `public`: a publishable key may call it, given the client secret."""

    act: Callable[[Books, Asked], Kept | Data]
    params: frozenset[str]
    public: bool = False


def _route(act: Callable[[Books, Asked], Kept | Data], params: str = "", *, public: bool = False) -> Route:
    return Route(act, frozenset(params.split()), public)


_PAGE = " ".join(pages.PAGE) + " created"
_CUSTOMER = "email name phone description metadata address shipping payment_method source"
_INTENT = (
    "amount currency customer payment_method description metadata receipt_email setup_future_usage shipping "
    "statement_descriptor statement_descriptor_suffix transfer_group payment_method_types allowed_payment_method_types "
    "payment_method_options "
    "return_url"
)
_CONFIRM = (
    "payment_method return_url off_session error_on_requires_action use_stripe_sdk receipt_email "
    "setup_future_usage shipping mandate_data payment_method_options client_secret"
)

ROUTES: dict[tuple[str, ...], Route] = {
    ("POST", "customers"): _route(customers.create, _CUSTOMER),
    ("GET", "customers"): _route(pages.customers, f"{_PAGE} email"),
    ("GET", "customers", "*"): _route(customers.retrieve),
    ("POST", "customers", "*"): _route(customers.update, _CUSTOMER),
    ("DELETE", "customers", "*"): _route(customers.delete),
    ("GET", "customers", "*", "payment_methods"): _route(pages.methods_of_customer, f"{_PAGE} type"),
    ("POST", "payment_methods"): _route(customers.create_method, "type card billing_details metadata", public=True),
    ("GET", "payment_methods"): _route(pages.methods, f"{_PAGE} customer type"),
    ("GET", "payment_methods", "*"): _route(customers.retrieve_method),
    ("POST", "payment_methods", "*", "attach"): _route(customers.attach, "customer"),
    ("POST", "payment_methods", "*", "detach"): _route(customers.detach),
    ("POST", "payment_intents"): _route(
        intents.create,
        f"{_INTENT} capture_method confirmation_method confirm automatic_payment_methods off_session "
        "error_on_requires_action use_stripe_sdk",
    ),
    ("GET", "payment_intents"): _route(pages.intents, f"{_PAGE} customer"),
    ("GET", "payment_intents", "search"): _route(search.intents, "query limit page"),
    ("GET", "payment_intents", "*"): _route(intents.retrieve, "client_secret", public=True),
    ("POST", "payment_intents", "*"): _route(intents.update, _INTENT),
    ("POST", "payment_intents", "*", "confirm"): _route(intents.confirm, _CONFIRM, public=True),
    ("POST", "payment_intents", "*", "capture"): _route(
        intents.capture, "amount_to_capture final_capture metadata statement_descriptor statement_descriptor_suffix"
    ),
    ("POST", "payment_intents", "*", "cancel"): _route(intents.cancel, "cancellation_reason"),
    ("GET", "charges"): _route(pages.charges, f"{_PAGE} customer payment_intent"),
    ("GET", "charges", "*"): _route(refunds.retrieve_charge),
    ("POST", "charges", "*"): _route(refunds.update_charge, "metadata description"),
    ("POST", "refunds"): _route(refunds.create, "amount charge payment_intent reason metadata"),
    ("GET", "refunds"): _route(pages.refunds, f"{_PAGE} charge payment_intent"),
    ("GET", "refunds", "*"): _route(refunds.retrieve),
    ("POST", "refunds", "*"): _route(refunds.update, "metadata"),
    ("GET", "events"): _route(pages.events, f"{_PAGE} type types"),
    ("GET", "events", "*"): _route(pages.retrieve_event),
}
"""Every endpoint, by method and path after `/v1`; `*` stands for an id."""


def routed(method: str, path: str) -> tuple[Route, str] | None:
    """Return the endpoint of a path (without query) and the id in it, or None if there is none."""
    segments = path.strip("/").split("/")
    if segments[0] != "v1":
        return None
    named = (method, *segments[1:])
    exact = ROUTES.get(named)
    if exact is not None:
        return exact, ""
    if len(named) < 3:  # noqa: PLR2004 - method, collection, id
        return None
    by_id = ROUTES.get((*named[:2], "*", *named[3:]))
    return (by_id, named[2]) if by_id is not None else None
