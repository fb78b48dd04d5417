"""The bank over HTTP: JSON objects, and the key in the header `Idempotency-Key`."""

from __future__ import annotations

from typing import cast

import msgspec

from tillproof.contract.gateway import Request, Response
from tillproof.domain.entities import Data
from tillproof_fake_processors.bank.gateway import Bank
from tillproof_fake_processors.http import Handle, HttpRequest, HttpResponse, json_response


def over_http(bank: Bank) -> Handle:
    """Return what answers HTTP requests in this bank's name."""

    def handle(request: HttpRequest) -> HttpResponse:
        try:
            told: object = msgspec.json.decode(request.body or b"{}")
        except msgspec.DecodeError:
            told = None
        asked = Request(
            method=request.method,
            path=request.target,
            body=cast("Data", told),  # whatever it is: the bank refuses what is no object
            key=request.headers.get("idempotency-key"),
        )
        return _sent(bank.handle(asked))

    return handle


def _sent(answer: Response) -> HttpResponse:
    if isinstance(answer.body, str):
        return HttpResponse(status=answer.status, headers={"content-type": "text/plain"}, body=answer.body.encode())
    return json_response(answer.status, answer.body)
