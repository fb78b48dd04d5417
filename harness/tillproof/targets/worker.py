"""
The worker process: the user's processor on an asyncio loop of virtual time, behind the wall, one pipe to the harness.

Everything that decides an order happens here in one thread: a message is read only when nothing else can run. Started by
`process.py` as `python -m tillproof.targets.worker FOLDER TRACE_FD`; speaks the JSON-RPC of `channel.py`.

    harness → worker    load, construct, the methods of the contract (requests); abandon (notification)
    worker → harness    gateway.request (request); ready, waiting, stranger (notifications)
"""

from __future__ import annotations

import _thread
import asyncio
import faulthandler
import os
import random
import select
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Any, cast

import msgspec

from tillproof.contract import wire
from tillproof.contract.gateway import NoAnswer, Request, Response
from tillproof.contract.http import HttpRequest, HttpResponse
from tillproof.contract.outcomes import Unknown
from tillproof.domain.entities import Data
from tillproof.errors import Misuse
from tillproof.targets import channel
from tillproof.targets.faked_host import route_httpx
from tillproof.targets.faked_requests import route_requests
from tillproof.targets.loading import Loaded, blame, could_not, load
from tillproof.targets.virtual_loop import VirtualLoop
from tillproof.targets.wall import raise_wall

ANY_HOST = "*"
"""Among the hosts of `load`: whatever host is called is answered."""

LONGEST_SKIP = 3600.0
"""Virtual seconds one call may sleep through; what sleeps on waits for the backend's deadline."""

SHORTEST_BLOCK = 2.0
"""Seconds of `time.sleep` below which it takes none: a client's pause before its own retry. A longer one blocks."""

_in_call: ContextVar[tuple[int, str]] = ContextVar("_in_call", default=(0, ""))  # id and method of the call at work


class Worker:
    """One processor at a time, and the calls into it."""

    def __init__(self, reader: channel.LineReader, out: int, folder: Path) -> None:
        """Speak over `reader` and `out`; the user's code lies in `folder`."""
        self._reader, self._out, self._folder = reader, out, folder
        self._writing = threading.Lock()
        self._loop = VirtualLoop(self._idle, reader.fd)
        self._processor: Any = None
        self._loaded: Loaded | None = None
        self._calls: dict[int, asyncio.Task[None]] = {}
        self._hosts: frozenset[str] = frozenset()
        self._asked: dict[int, tuple[int, asyncio.Future[channel.Message]]] = {}
        self._requests = 0
        self._backlog: deque[channel.Message] = deque()
        self._told_waiting: set[int] = set()
        self._abandoned: set[int] = set()
        self._oldest = 0  # calls before this one were for an earlier incarnation
        self._skipped = 0.0

    def serve(self) -> None:
        """Load the class that the first message names, then work until the harness closes the pipe."""
        self._write({"method": "ready"})
        message = self._next()
        self._hosts = frozenset(message.params["hosts"])
        try:
            loaded = load(message.params["spec"], self._folder)
        except Misuse as misuse:
            self._reply(message, error=_unusable(misuse))
            return
        self._loaded = loaded
        told = {"identifier": loaded.identifier, "file": loaded.file}
        self._reply(message, result={**told, "capabilities": msgspec.to_builtins(loaded.capabilities)})
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def answers(self, host: str) -> bool:
        """Say whether a fake answers for this host."""
        return host in self._hosts or ANY_HOST in self._hosts

    def stranger(self, host: str, request: str = "") -> None:
        """Tell the harness that the processor tried to reach a host that is not answered, or not in the way it tried."""
        call, method = _in_call.get()
        told = {"host": host, "request": request, "call": call, "during": method, "unrouted": self.answers(host)}
        self._write({"method": "stranger", "params": told})

    async def request(self, request: Request) -> Response:
        """Be the processor's gateway: carry the request to the harness and wait for the answer. Raises `NoAnswer`."""
        return wire.decode_response(await self._asking({"request": wire.encode_request(request)}))

    async def http(self, request: HttpRequest) -> HttpResponse:
        """Do the same with what the processor sent to one of the gateway's hosts."""
        return wire.decode_http_response(await self._asking({"http": wire.encode_http_request(request)}))

    def http_now(self, request: HttpRequest) -> HttpResponse:
        """Do the same for code that blocks. Other messages wait meanwhile."""
        if threading.current_thread() is not threading.main_thread():
            return asyncio.run_coroutine_threadsafe(self.http(request), self._loop).result()
        number, _ = self._ask({"http": wire.encode_http_request(request)})
        while (message := self._read()).method is not None or message.id != number:
            self._backlog.append(message)
        return wire.decode_http_response(_answer(message))

    def nap(self, seconds: float, sleep: Callable[[float], None] = time.sleep) -> None:
        """Be `time.sleep`: a short one lets virtual time pass, a long one is left to block."""
        if 0 <= seconds < SHORTEST_BLOCK and threading.current_thread() is threading.main_thread():
            self._loop.skip(seconds)
        else:
            sleep(seconds)

    async def _asking(self, told: Data) -> Data:
        number, call = self._ask(told)
        future: asyncio.Future[channel.Message] = self._loop.create_future()
        self._asked[number] = (call, future)
        try:
            return _answer(await future)
        finally:
            self._asked.pop(number, None)

    def _ask(self, told: Data) -> tuple[int, int]:
        call = _in_call.get()[0] or next(reversed(self._calls), self._oldest)  # a bare thread does not know its call
        if call < self._oldest or call in self._abandoned:
            raise NoAnswer("the shop that made this call is gone")
        self._requests += 1
        self._write({"id": self._requests, "method": "gateway.request", "params": {"call": call, **told}})
        return self._requests, call

    def _idle(self, until_timer: float | None) -> None:
        waiting_for_gateway = {call for call, _ in self._asked.values()}
        if self._calls and not waiting_for_gateway and until_timer is not None and self._skipped < LONGEST_SKIP:
            self._skipped += until_timer
            self._loop.skip(until_timer)
            return
        if not self._backlog and waiting_for_gateway <= self._calls.keys():  # else: a task without a call will be answered
            for call in [number for number in self._calls if number not in waiting_for_gateway | self._told_waiting]:
                self._told_waiting.add(call)
                self._write({"method": "waiting", "params": {"call": call}})
        self._loop.call_soon(self._take, self._next())

    def _take(self, message: channel.Message) -> None:
        number = message.id or 0
        match message.method:
            case None:
                self._answered(number, message)
            case "abandon":
                self._abandon(message.params["call"])
            case "construct":
                self._construct(message)
            case method:
                self._skipped = 0.0
                token = _in_call.set((number, method))
                self._calls[number] = self._loop.create_task(self._call(number, method, message))
                _in_call.reset(token)

    async def _call(self, number: int, method: str, message: channel.Message) -> None:
        try:
            arguments = wire.decode_call(method, message.params)
            if method == "find_effect" and not hasattr(self._processor, method):
                value: object = Unknown("this processor cannot look effects up")
            else:
                value = await getattr(self._processor, method)(*arguments)
            self._reply(message, result=wire.encode_outcome(value))
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - foreign code: whatever it raises is told
            if number >= self._oldest and number not in self._abandoned:
                self._reply(message, error=_raised(error, self._folder))
        finally:
            self._calls.pop(number, None)
            self._told_waiting.discard(number)

    def _answered(self, number: int, message: channel.Message) -> None:
        _, future = self._asked.get(number, (0, None))
        if future is not None and not future.done():
            future.set_result(message)

    def _abandon(self, call: int) -> None:
        self._abandoned.add(call)
        if call in self._calls:
            self._calls[call].cancel()

    def _construct(self, message: channel.Message) -> None:
        """Make the processor anew. What its predecessor still had going is ended and reaches no gateway any more."""
        loaded = cast("Loaded", self._loaded)
        self._oldest = message.id or 0
        self._abandoned.clear()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        _seed(message.params["seed"])
        token = _in_call.set((self._oldest, "__init__"))
        try:
            self._processor = loaded.cls(gateway=self) if loaded.takes_gateway else loaded.cls()
        except Exception as error:  # noqa: BLE001 - foreign code: whatever it raises is told
            type_ = "give its __init__ what it needs, or make it need nothing"
            misuse = could_not(f"{loaded.spec} could not be made", error, self._folder, type_=type_)
            self._reply(message, error=_unusable(misuse))
        else:
            self._reply(message, result=True)
        finally:
            _in_call.reset(token)

    def _next(self) -> channel.Message:
        return self._backlog.popleft() if self._backlog else self._read()

    def _read(self) -> channel.Message:
        message = self._reader.next()
        if message is None:
            sys.exit(0)  # the harness is gone, or done
        return message

    def _reply(self, to: channel.Message, *, result: object = None, error: Data | None = None) -> None:
        self._write({"id": to.id, "result": result} if error is None else {"id": to.id, "error": error})

    def _write(self, message: Data) -> None:
        with self._writing:
            channel.write(self._out, message)


def _answer(message: channel.Message) -> Data:
    if message.error is not None:
        raise wire.decode_silence(message.error.message, message.error.data)
    return cast("Data", message.result)


def _raised(error: BaseException, folder: Path) -> Data:
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - a foreign exception's text may do anything
        text = "(its text cannot be shown)"
    told = {"type": type(error).__name__, "text": wire.bounded(text), "where": blame(error, folder)}
    return channel.failure(channel.RAISED, told["text"], told)


def _unusable(misuse: Misuse) -> Data:
    told = {"wrong": wire.bounded(misuse.wrong), "seen": wire.bounded(misuse.seen), "type": misuse.type}
    return channel.failure(channel.UNUSABLE, told["wrong"], told)


def _seed(seed: str) -> None:
    """Make the processor's randomness (`random`, `uuid4`, `secrets`) follow from the seed: the same run, the same keys."""
    source = random.Random(seed)  # noqa: S311 - determinism is the point; nothing here guards a secret
    random.seed(seed)
    os.urandom = source.randbytes
    setattr(random, "_urandom", source.randbytes)  # noqa: B010 - what `secrets` and `SystemRandom` took at import


def _die_with_harness(trace: int) -> None:
    """Wait until the harness is gone, then end this process, whatever the processor keeps it busy with."""
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())  # a trace is to show the processor's thread
    watch = select.poll()
    watch.register(trace, 0)  # nothing but the other end's closing
    watch.poll()
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Run a worker on standard input and output, which the processor itself gets to see neither of."""
    folder, trace = Path(sys.argv[1]), int(sys.argv[2])
    read, out = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    _thread.start_new_thread(_die_with_harness, (trace,))  # unknown to `threading`: it is nobody the loop would wait for
    faulthandler.register(signal.SIGUSR1, file=trace, all_threads=False)
    worker = Worker(channel.LineReader(read), out, folder)
    route_httpx(worker.answers, worker.http, worker.http_now, worker.stranger)
    route_requests(worker.answers, worker.http_now, worker.stranger)
    setattr(time, "sleep", worker.nap)  # noqa: B010 - the processor's, and that of the libraries it uses
    raise_wall(worker.stranger)
    worker.serve()


if __name__ == "__main__":
    main()
