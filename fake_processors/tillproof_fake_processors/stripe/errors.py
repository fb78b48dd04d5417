"""
The errors of Stripe's API: what its error object holds, and the few shapes it comes in.

Types and codes are those of https://docs.stripe.com/api/errors and https://docs.stripe.com/error-codes.
"""

from __future__ import annotations

from tillproof.domain.entities import Data

INVALID = "invalid_request_error"


class StripeError(Exception):
    """
    A request that Stripe does not fulfil. `status` is the HTTP status, `fields` the error object without its type.

    `stored`: the endpoint had begun to work, so the answer is kept under the idempotency key; what fails validation is not
    (https://docs.stripe.com/api/idempotent_requests).
    """

    def __init__(self, status: int, type_: str, message: str, *, stored: bool = True, **fields: object) -> None:
        """Say what is wrong; fields that are None are left out."""
        super().__init__(message)
        self.status = status
        self.stored = stored
        told = {name: value for name, value in fields.items() if value is not None}
        self.body: Data = {"error": {"type": type_, "message": message, **told}}


def invalid(message: str, *, param: str | None = None, code: str | None = None) -> StripeError:
    """Make the error for a parameter that cannot be what it is: nothing was begun."""
    return StripeError(400, INVALID, message, stored=False, param=param, code=code)


def missing(name: str) -> StripeError:
    """Make the error for a required parameter that is not there."""
    return invalid(f"The parameter {name} is required.", param=name, code="parameter_missing")


def no_such(kind: str, id_: str, *, param: str = "id", status: int = 404) -> StripeError:
    """Make the error for an id that names nothing: 404 in the path, 400 in a parameter."""
    message = f"There is no {kind} with the id '{id_}'."
    return StripeError(status, INVALID, message, stored=False, param=param, code="resource_missing")


def refused(
    message: str, *, code: str | None = None, param: str | None = None, payment_intent: Data | None = None
) -> StripeError:
    """Make the error for what the state of things does not permit."""
    return StripeError(400, INVALID, message, code=code, param=param, payment_intent=payment_intent)
