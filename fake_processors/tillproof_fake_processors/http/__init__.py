"""HTTP for the fakes: one way to answer, `HttpRequest → HttpResponse`, and the ways in: httpx, ASGI, a gateway port."""

from __future__ import annotations

from tillproof_fake_processors.http.asgi import asgi
from tillproof_fake_processors.http.in_process import Unrouted, answering
from tillproof_fake_processors.http.messages import Handle, HttpRequest, HttpResponse, json_response
from tillproof_fake_processors.http.over_gateway import OverGateway

__all__ = ["Handle", "HttpRequest", "HttpResponse", "OverGateway", "Unrouted", "answering", "asgi", "json_response"]
