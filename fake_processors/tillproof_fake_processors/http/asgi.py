"""A fake as an ASGI application, without a framework: for a server on a socket, or for a test client."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from tillproof.contract.http import HttpRequest
from tillproof_fake_processors.http.messages import Handle

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


def asgi(handle: Handle) -> Application:
    """
    Return an application that answers every request with `handle`, one at a time, in the order their last byte arrives.

    Speaks HTTP and the lifespan protocol (ASGI 3.0); a WebSocket is closed unopened.
    """

    async def application(scope: Message, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "http":
                response = handle(await _request(scope, receive))
                length = (b"content-length", str(len(response.body)).encode())
                headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
                await send({"type": "http.response.start", "status": response.status, "headers": [*headers, length]})
                await send({"type": "http.response.body", "body": response.body})
            case "lifespan":
                await _lifespan(receive, send)
            case _:
                await send({"type": "websocket.close"})

    return application


async def _request(scope: Message, receive: Receive) -> HttpRequest:
    body = bytearray()
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    query = scope.get("query_string", b"").decode("latin-1")
    target = f"{path}?{query}" if query else path
    return HttpRequest(method=scope["method"], target=target, headers=headers, body=bytes(body))


async def _lifespan(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})
