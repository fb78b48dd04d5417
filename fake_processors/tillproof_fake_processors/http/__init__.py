"""
HTTP for the fakes: one way to answer, `HttpRequest → HttpResponse`, and the ways in.

ASGI (`asgi`), httpx in this process (`in_process.answering`), a gateway port (`over_gateway.OverGateway`). The last two are
imported from their modules, for httpx is slow to import.
"""

from __future__ import annotations

from tillproof_fake_processors.http.asgi import asgi
from tillproof_fake_processors.http.messages import Handle, HttpRequest, HttpResponse, json_response

__all__ = ["Handle", "HttpRequest", "HttpResponse", "asgi", "json_response"]
