"""
HTTP for the fakes: one way to answer, `HttpRequest → HttpResponse`, and the ways in.

ASGI (`asgi`), httpx in this process (`in_process.answering`), a gateway port (`over_gateway.OverGateway`). The last two are
imported from their modules, for httpx is slow to import.
"""

from __future__ import annotations

from tillproof.contract.http import Face, HttpRequest, HttpResponse
from tillproof_fake_processors.http.asgi import asgi
from tillproof_fake_processors.http.messages import Handle, as_sent, faced, json_face, json_response

__all__ = ["Face", "Handle", "HttpRequest", "HttpResponse", "as_sent", "asgi", "faced", "json_face", "json_response"]
