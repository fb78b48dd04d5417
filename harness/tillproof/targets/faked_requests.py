"""
The processor's own `requests`, routed like its httpx: the synchronous default of Stripe's SDK, and the whole of PayPal's.

What is replaced is the one method that puts a request on the wire. Everything above it is the library's own: sessions,
redirects, hooks, and the SDK's errors. `requests` is no dependency of ours, and is touched only once somebody imports it.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from io import BytesIO
from types import ModuleType
from typing import Any, cast
from urllib.parse import urlsplit

from tillproof.contract.gateway import NoAnswer, NotConnected, TimedOut
from tillproof.contract.http import HttpRequest, HttpResponse
from tillproof.targets.faked_host import Answers, Refuse, SendNow
from tillproof.targets.wall import NothingSent, loopback

_MODULE = "requests.adapters"


def route_requests(answers: Answers, send_now: SendNow, refuse: Refuse) -> None:
    """Route every session of `requests` in this process, for good, from its import on. Arguments as for `route_httpx`."""

    def replace(adapters: ModuleType) -> None:
        real = adapters.HTTPAdapter.send

        def send(self: Any, request: Any, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - as untyped as the library
            at = urlsplit(str(request.url))
            host = at.hostname or ""
            if loopback(host):
                return real(self, request, *args, **options)
            if not answers(host):
                refuse(host, f"{request.method} {at.path}")
                error = f"no fake answers for {host}; nothing was sent"
                raise adapters.ConnectionError(error, request=request) from NothingSent(error)
            limit = options.get("timeout", args[1] if len(args) > 1 else None)
            return self.build_response(request, _exchanged(adapters, self, _read(request, host, limit), request, send_now))

        adapters.HTTPAdapter.send = send

    if _MODULE in sys.modules:
        replace(sys.modules[_MODULE])
    else:
        sys.meta_path.insert(0, _Watch(_MODULE, replace))


def _read(request: Any, host: str, limit: Any) -> HttpRequest:  # noqa: ANN401 - see above
    body: Any = request.body or b""
    if hasattr(body, "read"):
        body = body.read()
    return HttpRequest(
        method=request.method,
        target=request.path_url,
        headers={name.lower(): str(value) for name, value in request.headers.items()},
        body=body.encode() if isinstance(body, str) else bytes(body),
        host=host,
        within=_within(limit),
    )


def _within(limit: float | tuple[float | None, float | None] | None) -> float | None:
    """Return the seconds `requests` waits for an answer: one number for everything, or one for each half."""
    return limit[1] if isinstance(limit, tuple) else limit


def _exchanged(adapters: ModuleType, adapter: Any, sent: HttpRequest, request: Any, send_now: SendNow) -> Any:  # noqa: ANN401 - see above
    """Send, as often as the adapter is told to try, and return what urllib3 would have. Raises the library's errors."""
    urllib3 = importlib.import_module("urllib3")
    retries, path = adapter.max_retries, request.path_url
    while True:
        try:
            answer = send_now(sent)
        except NoAnswer as silence:
            error = _error(urllib3.exceptions, silence, sent)
            try:
                retries = retries.increment(sent.method, path, error=error)
            except urllib3.exceptions.HTTPError:
                kind = adapters.ReadTimeout if isinstance(silence, TimedOut) else adapters.ConnectionError
                raise kind(str(silence), request=request) from error
            retries.sleep()
            continue
        raw = _raw(urllib3, answer)
        if not retries.is_retry(sent.method, answer.status, "retry-after" in answer.headers):
            return raw
        try:
            retries = retries.increment(sent.method, path, response=raw)
        except urllib3.exceptions.MaxRetryError as error:
            if not retries.raise_on_status:
                return raw
            raise adapters.RetryError(error, request=request) from error
        retries.sleep(raw)


def _error(exceptions: Any, silence: NoAnswer, sent: HttpRequest) -> Exception:  # noqa: ANN401 - see above
    match silence:
        case NotConnected():
            error = exceptions.NewConnectionError(None, "connection refused")
        case TimedOut():
            error = exceptions.ReadTimeoutError(None, sent.target, "read timed out")
        case _:
            error = exceptions.ProtocolError("the connection ended without an answer")
    return cast("Exception", error)


def _raw(urllib3: Any, answer: HttpResponse) -> Any:  # noqa: ANN401 - see above
    return urllib3.HTTPResponse(
        body=BytesIO(answer.body), headers=dict(answer.headers), status=answer.status, preload_content=False
    )


class _Watch(MetaPathFinder):
    """Calls back once a module has been imported."""

    def __init__(self, name: str, imported: Callable[[ModuleType], None]) -> None:
        self._name, self._imported = name, imported

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Find the module as Python does, with a loader that calls back."""
        if fullname != self._name:
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Telling(spec.loader, self._imported)
        return spec


class _Telling(Loader):
    def __init__(self, real: Loader, imported: Callable[[ModuleType], None]) -> None:
        self._real, self._imported = real, imported

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Make the module as its own loader does."""
        return self._real.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Run it, and call back."""
        self._real.exec_module(module)
        self._imported(module)
