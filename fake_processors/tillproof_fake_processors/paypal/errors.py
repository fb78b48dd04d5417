"""
PayPal's errors: what each issue is answered with.

Names, statuses and issues are those of https://developer.paypal.com/api/rest/reference/orders/v2/errors and
https://developer.paypal.com/api/payments/v2/errors; the sentences are ours.
"""

from __future__ import annotations

from collections.abc import Sequence

from tillproof.domain.entities import Data

_NAMES: dict[int, tuple[str, str]] = {
    400: ("INVALID_REQUEST", "The request does not have the form it should have."),
    404: ("RESOURCE_NOT_FOUND", "There is no such resource."),
    405: ("METHOD_NOT_SUPPORTED", "This resource does not know the method."),
    409: ("RESOURCE_CONFLICT", "Another request is at work on this."),
    415: ("UNSUPPORTED_MEDIA_TYPE", "The body must be JSON."),
    422: ("UNPROCESSABLE_ENTITY", "The request was understood and cannot be carried out."),
}

ISSUES: dict[str, tuple[int, str]] = {
    "ACTION_DOES_NOT_MATCH_INTENT": (422, "The order was made with the other intent."),
    "AUTHORIZATION_ALREADY_CAPTURED": (422, "The authorization was captured."),
    "AUTHORIZATION_DENIED": (422, "The authorization was denied."),
    "AUTHORIZATION_EXPIRED": (422, "The authorization has expired."),
    "AUTHORIZATION_VOIDED": (422, "The authorization was voided."),
    "AUTH_CAPTURE_CURRENCY_MISMATCH": (422, "The authorization is in another currency."),
    "AUTH_CURRENCY_MISMATCH": (422, "The authorization is in another currency."),
    "CANNOT_BE_VOIDED": (422, "A reauthorization is voided by its original."),
    "CANNOT_BE_ZERO_OR_NEGATIVE": (422, "The amount must be above zero."),
    "CAPTURE_FULLY_REFUNDED": (422, "All of the capture was refunded."),
    "DECIMALS_NOT_SUPPORTED": (422, "The currency has no decimals."),
    "DECIMAL_PRECISION": (422, "The amount has more decimals than its currency."),
    "DUPLICATE_INVOICE_ID": (422, "The invoice id was used before."),
    "FIELD_NOT_PATCHABLE": (400, "This field cannot be changed."),
    "INSTRUMENT_DECLINED": (422, "The payer's means of payment was declined."),
    "INVALID_CURRENCY_CODE": (422, "The currency is not one of those supported."),
    "INVALID_PARAMETER_SYNTAX": (400, "The field has another form."),
    "INVALID_PARAMETER_VALUE": (400, "The field does not take this value."),
    "INVALID_PATCH_OPERATION": (400, "There is nothing there to be replaced."),
    "INVALID_RESOURCE_ID": (404, "There is nothing under this id."),
    "INVALID_STRING_LENGTH": (400, "The field is too short or too long."),
    "MALFORMED_REQUEST_JSON": (400, "The body is not JSON."),
    "MAX_CAPTURE_AMOUNT_EXCEEDED": (422, "More than is left of the authorization."),
    "MAX_VALUE_EXCEEDED": (422, "The amount is larger than any payment."),
    "METHOD_NOT_SUPPORTED": (405, "Another method is needed here."),
    "MISSING_REQUIRED_PARAMETER": (400, "The field is needed."),
    "ORDER_ALREADY_AUTHORIZED": (422, "The order was authorized; it can be once."),
    "ORDER_ALREADY_CAPTURED": (422, "The order was captured; it can be once."),
    "ORDER_ALREADY_COMPLETED": (422, "A completed order cannot be changed."),
    "ORDER_NOT_APPROVED": (422, "The payer has not approved the order; send them to its approve link."),
    "PAYER_ACTION_REQUIRED": (422, "The payer must act first; send them to the order's payer-action link."),
    "PAYER_CANNOT_PAY": (422, "The payer cannot pay for this."),
    "PENDING_AUTHORIZATION": (422, "The authorization is pending."),
    "PENDING_CAPTURE": (422, "The capture is pending."),
    "PREVIOUSLY_CAPTURED": (422, "A captured authorization cannot be voided."),
    "PREVIOUSLY_VOIDED": (422, "The authorization was voided before."),
    "PREVIOUS_REQUEST_IN_PROGRESS": (409, "A request with this id is still at work."),
    "REAUTHORIZATION_NOT_SUPPORTED": (422, "A reauthorization cannot be reauthorized."),
    "REAUTHORIZATION_TOO_SOON": (422, "The honor period has not ended."),
    "REFERENCE_ID_NOT_FOUND": (422, "No purchase unit has this reference id."),
    "REFUND_AMOUNT_EXCEEDED": (422, "More than is left of the capture."),
    "REFUND_CAPTURE_CURRENCY_MISMATCH": (422, "The capture is in another currency."),
    "REFUND_NOT_ALLOWED": (422, "There is nothing that could be refunded."),
    "REFUND_TIME_LIMIT_EXCEEDED": (422, "The capture is too old."),
    "TRANSACTION_REFUSED": (422, "PayPal refuses this."),
    "UNSUPPORTED_MEDIA_TYPE": (415, "The body must be JSON."),
}
"""Every issue the fake knows: its HTTP status and one sentence."""


class Issue(Exception):
    """PayPal refuses the request, and nothing was changed by it. `field` is a JSON pointer to what is wrong."""

    def __init__(self, issue: str, field: str | None = None, links: Sequence[Data] = ()) -> None:
        """Refuse for one of `ISSUES`; `links` are those beside the one to the documentation."""
        self.issue = issue
        self.status, self.says = ISSUES[issue]
        self.field = field
        self.links = links
        super().__init__(f"{issue}: {self.says}")

    def body(self, debug_id: str) -> Data:
        """Return the error as PayPal writes it."""
        name, message = _NAMES[self.status]
        detail: Data = {"issue": self.issue, "description": self.says}
        if self.field is not None:
            detail |= {"field": self.field, "location": "body"}
        about = {"href": f"https://developer.paypal.com/api/orders/v2/#error-{self.issue}", "rel": "information_link"}
        links = [{**about, "method": "GET"}, *self.links]
        return {"name": name, "message": message, "debug_id": debug_id, "details": [detail], "links": links}


_FAULTS: dict[int, tuple[str, str, str]] = {
    200: ("UNPROCESSABLE_ENTITY", "The request was understood and cannot be carried out.", "INSTRUMENT_DECLINED"),
    409: ("RESOURCE_CONFLICT", "Another request is at work on this.", "PREVIOUS_REQUEST_IN_PROGRESS"),
    429: ("RATE_LIMIT_REACHED", "Too many requests. Blocked due to rate limiting.", ""),
}


def fault_body(status: int, debug_id: str) -> Data:
    """Return the error PayPal words where nothing is wrong with the request: busy, at work, broken; or a no inside a 200."""
    broken = ("INTERNAL_SERVER_ERROR", "An internal server error has occurred.", "")
    name, message, issue = _FAULTS.get(status, broken)
    details: list[Data] = [{"issue": issue, "description": ISSUES[issue][1]}] if issue else []
    return {"name": name, "message": message, "debug_id": debug_id, "details": details, "links": []}
