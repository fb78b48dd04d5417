"""
What a client hears when HTTP itself has to refuse: the original's error shape, and nothing of what happened inside.

Refusals of the business code arrive here too when they are raised while a request is still being read.
"""

from __future__ import annotations

import logging
from http import HTTPStatus

from litestar import MediaType, Response
from litestar.exceptions import HTTPException, NotAuthorizedException

from tillproof.domain.entities import Data
from tillproof.reference.http.clock import SecretIds
from tillproof.reference.http.reading import Incoming, key_of
from tillproof.reference.idempotency import checked
from tillproof.reference.refusals import InvalidData, Refusal

log = logging.getLogger(__name__)

COMPLETION = "complete_cart"
"""The endpoint whose every answer bears a key, the refused ones included."""

_SAID: dict[int, Data] = {
    HTTPStatus.NOT_FOUND: {"type": "not_found", "message": "There is no such route"},
    HTTPStatus.METHOD_NOT_ALLOWED: {"type": "not_allowed", "message": "This route does not take this method"},
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: {"type": "invalid_data", "message": "The body is too large"},
}
_BAD: Data = {"type": "invalid_data", "message": "The request makes no sense"}
_FAILED: Data = {"code": "unknown_error", "type": "unknown_error", "message": "An unknown error occurred."}


def refused(request: Incoming, refusal: Refusal) -> Response[Data]:
    """Answer with a refusal."""
    return Response(refusal.body(), status_code=refusal.status, headers=_headers(request))


def unauthorized(_: Incoming, __: NotAuthorizedException) -> Response[str]:
    """Answer as the original does: plain text."""
    return Response("Unauthorized", status_code=HTTPStatus.UNAUTHORIZED, media_type=MediaType.TEXT)


def unreadable(request: Incoming, error: HTTPException) -> Response[Data]:
    """Answer a request that reached no endpoint."""
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return failed(request, error)
    allowed = dict(error.headers or {})
    body = _SAID.get(error.status_code, _BAD)
    return Response(body, status_code=error.status_code, headers={**_headers(request), **allowed})


def failed(request: Incoming, error: Exception) -> Response[Data]:
    """Answer that something here is wrong. What it was is logged, not told."""
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return Response(_FAILED, status_code=HTTPStatus.INTERNAL_SERVER_ERROR, headers=_headers(request))


def _headers(request: Incoming) -> dict[str, str]:
    try:
        if request.scope["route_handler"].opt.get("endpoint") != COMPLETION:
            return {}
    except KeyError:  # the request came to no route
        return {}
    try:
        key = checked(key_of(request))
    except InvalidData:
        key = None
    return {"idempotency-key": key or SecretIds().new("key"), "access-control-expose-headers": "Idempotency-Key"}
