"""
A user's processor, run in a worker process, as a `PaymentProcessor` of plain coroutines.

A call is written down the pipe; then messages are read until its answer comes. One may be the processor asking its
gateway: that is served by the harness's own gateway port, on which the call may park like any other. No asyncio here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import msgspec
from msgspec.structs import replace

from tillproof.contract import wire
from tillproof.contract.capabilities import Capabilities
from tillproof.contract.gateway import Gateway, NoAnswer
from tillproof.contract.http import Face, HttpResponse
from tillproof.contract.outcomes import Outcome, Unknown
from tillproof.contract.processor import Attempt, PaymentContext, PaymentProcessor
from tillproof.contract.webhooks import Delivery, Notice, Rejected, Standing
from tillproof.domain.entities import Data
from tillproof.domain.money import Money
from tillproof.domain.statuses import OperationKind
from tillproof.errors import Misuse
from tillproof.targets import channel
from tillproof.targets.mishaps import Blocked, Ended, ForeignError, ForeignHost
from tillproof.targets.process import WorkerProcess
from tillproof_fake_processors.bank.face import FACE as BANK

PATIENCE = 5.0
"""Real seconds of silence after which a processor is called blocked."""

STARTING_PATIENCE = 60.0
"""Real seconds the worker itself may take to start, on whatever machine this is."""

LOADING_PATIENCE = 30.0
"""Real seconds a module may take to be imported."""

STRIKES = 3
"""How often a method may block. Then it is taken to block always: waiting thousands of times more would tell nothing new."""

Idle = Callable[[], Awaitable[None]]
"""Awaited while a processor does not answer: lets virtual time pass, until the caller's deadline ends the call."""


class ForeignTarget:
    """
    A processor class in its worker process, which is started once and started again should it end.

    `strangers` lists the hosts it tried to reach for which no fake answers. Use it as a context, or `close` it.
    """

    def __init__(
        self,
        spec: str,
        folder: Path,
        *,
        face: Face = BANK,
        patience: float = PATIENCE,
        loading_patience: float = LOADING_PATIENCE,
    ) -> None:
        """
        Load `module:Class` from `folder`; `face` is how its gateway is reached over HTTP.

        Raises `Misuse` if that is no processor, `Mishap` if it blocks or dies.
        """
        self.spec = spec
        self.face = face
        self.strangers: list[ForeignHost] = []
        self._folder, self._patience, self._loading_patience = folder.resolve(), patience, loading_patience
        self._number = 0
        self._open: dict[int, deque[channel.Message]] = {}
        self._abandoned: set[int] = set()
        self._strikes: dict[str, list[Blocked]] = {}
        self._current: ForeignProcessor | None = None
        self._process = WorkerProcess(self._folder, STARTING_PATIENCE)
        told = self._load()
        self.identifier: str = told["identifier"]
        self.capabilities = msgspec.convert(told["capabilities"], Capabilities)
        self.file: str = told["file"]

    def construct(self, gateway: Gateway, *, idle: Idle, seed: str) -> ForeignProcessor:
        """
        Make the processor anew, as a shop does when it starts; the one before is dead from now on.

        `seed` decides the randomness it sees: give every start of every run its own, or a restart would repeat "random"
        keys. Raises `Misuse` when its `__init__` raises, `Mishap` when it blocks or dies.
        """
        target = self

        class Constructed(ForeignProcessor):
            """The processor of this target."""

            identifier = target.identifier
            capabilities = target.capabilities

        self._current = Constructed(self, gateway, idle, seed)
        self.renew(self._current)
        return self._current

    def renew(self, processor: ForeignProcessor) -> None:
        """See to it that the worker runs and holds this processor. Raises as `construct`."""
        if processor is not self._current:
            raise Ended("the shop that made it has ended")
        if not self._process.alive:
            self._process = WorkerProcess(self._folder, STARTING_PATIENCE)
            self._load()
            processor.made = False
        if not processor.made:
            self._open.clear()
            self._abandoned.clear()
            self._ask_now("construct", {"seed": f"{processor.seed}/{processor.times_made}"})
            processor.made = True
            processor.times_made += 1

    def begin(self, method: str, params: Data) -> int:
        """Send a call and return its number. Raises `Blocked` at once where the method has blocked `STRIKES` times."""
        strikes = self._strikes.get(method, [])
        if len(strikes) >= STRIKES:
            raise Blocked(strikes[-1].where, self._patience)
        self._number += 1
        self._open[self._number] = deque()
        self._process.send({"id": self._number, "method": method, "params": params})
        return self._number

    def next(self, call: int) -> channel.Message:
        """Return the next message of that call, putting others aside for theirs. Raises `Mishap`, `ForeignHost`."""
        inbox = self._open[call]
        while not inbox:
            message = self._receive()
            owner = message.params.get("call", 0) if message.method else message.id or 0
            if owner in self._open:
                self._open[owner].append(message)
            elif message.method == "gateway.request" and owner in self._abandoned:
                self._refuse(message)
            elif message.method == "gateway.request":  # of a task that outlived its call: it reaches the gateway as in life
                inbox.append(message)
        return inbox.popleft()

    def strike(self, method: str, blocked: Blocked) -> None:
        """Remember that a call of the method has blocked."""
        self._strikes.setdefault(method, []).append(blocked)

    def has_news(self, call: int) -> bool:
        """Say whether a message for that call has been put aside."""
        return bool(self._open[call])

    def answer(self, request: channel.Message, result: Data | NoAnswer) -> None:
        """Answer the processor's question to its gateway, or tell it that no answer will come."""
        if isinstance(result, NoAnswer):
            error = channel.failure(channel.NO_ANSWER, str(result), wire.encode_silence(result))
            self._process.send({"id": request.id, "error": error})
        else:
            self._process.send({"id": request.id, "result": result})

    def end(self, call: int, *, answered: bool) -> None:
        """Forget a call. One that was not answered is abandoned: nothing it still does reaches the gateway."""
        inbox = self._open.pop(call, None)
        if inbox is None or not self._process.alive:
            return
        for message in inbox:
            if message.method == "gateway.request":
                self._refuse(message)
        if not answered:
            self._abandoned.add(call)
            self._process.send({"method": "abandon", "params": {"call": call}})

    def close(self) -> None:
        """End the worker process. May be called again."""
        self._process.close()

    def __enter__(self) -> Self:
        """Return the target itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End the worker process."""
        self.close()

    def _load(self) -> Data:
        try:
            self._process.receive()  # `ready`: from here on a wait is the processor's doing
            self._process.patience = self._loading_patience
            told = self._ask_now("load", {"spec": self.spec, "hosts": self.face.hosts})
        except BaseException:
            self._process.close()
            raise
        self._process.patience = self._patience
        return told

    def _ask_now(self, method: str, params: Data) -> Data:
        """Ask and wait, outside any run: no gateway is there to be asked."""
        self._number += 1
        self._process.send({"id": self._number, "method": method, "params": params})
        while (message := self._receive()).method or message.id != self._number:
            if message.method == "gateway.request":
                self._refuse(message)
        if message.error is not None:
            told = message.error.data
            raise Misuse(told["wrong"], seen=told["seen"], type_=told["type"])
        return cast("Data", message.result)

    def _receive(self) -> channel.Message:
        message = self._process.receive()
        if message.method == "stranger":
            stranger = ForeignHost(spec=self.spec, hosts=self.face.hosts, **msgspec.convert(message.params, dict[str, Any]))
            self.strangers.append(stranger)
            raise stranger
        return message

    def _refuse(self, request: channel.Message) -> None:
        self.answer(request, NoAnswer("no shop is at work that could be answered"))


class ForeignProcessor(PaymentProcessor):
    """One instance in the worker. Its methods raise `Mishap` and `ForeignHost` beyond what the contract says."""

    def __init__(self, target: ForeignTarget, gateway: Gateway, idle: Idle, seed: str) -> None:
        """Made by `ForeignTarget.construct`."""
        self.seed = seed
        self.made = False
        self.times_made = 0
        self._target, self._gateway, self._idle = target, gateway, idle

    async def initiate_payment(self, context: PaymentContext, attempt: Attempt) -> Outcome:
        """Carry the call over."""
        return await self._call("initiate_payment", context, attempt)

    async def update_payment(self, data: Data, context: PaymentContext, attempt: Attempt) -> Outcome:
        """Carry the call over."""
        return await self._call("update_payment", data, context, attempt)

    async def update_payment_data(self, session_id: str, data: Data, changes: Data) -> Outcome:
        """Carry the call over."""
        return await self._call("update_payment_data", session_id, data, changes)

    async def authorize_payment(self, data: Data, context: PaymentContext, attempt: Attempt) -> Outcome:
        """Carry the call over."""
        return await self._call("authorize_payment", data, context, attempt)

    async def capture_payment(self, data: Data, amount: Money, attempt: Attempt) -> Outcome:
        """Carry the call over."""
        return await self._call("capture_payment", data, amount, attempt)

    async def refund_payment(self, data: Data, amount: Money, attempt: Attempt) -> Outcome:
        """Carry the call over."""
        return await self._call("refund_payment", data, amount, attempt)

    async def cancel_payment(self, data: Data, attempt: Attempt) -> Outcome:
        """Carry the call over."""
        return await self._call("cancel_payment", data, attempt)

    async def delete_payment(self, data: Data, attempt: Attempt) -> Outcome:
        """Carry the call over."""
        return await self._call("delete_payment", data, attempt)

    async def retrieve_payment(self, data: Data) -> Outcome:
        """Carry the call over."""
        return await self._call("retrieve_payment", data)

    async def get_payment_status(self, data: Data) -> Outcome:
        """Carry the call over."""
        return await self._call("get_payment_status", data)

    async def find_effect(self, kind: OperationKind, attempt: Attempt, data: Data) -> Outcome:
        """Carry the call over; a class without this method answers that it cannot look."""
        return await self._call("find_effect", kind, attempt, data)

    async def read_webhook(self, delivery: Delivery) -> Notice | Rejected | Unknown:
        """Carry the call over; a class without this method answers that it takes no webhooks."""
        return cast("Notice | Rejected | Unknown", await self._call("read_webhook", delivery))

    async def read_standing(self, data: Data) -> Standing | Unknown:
        """Carry the call over; a class without this method answers that it cannot tell."""
        return cast("Standing | Unknown", await self._call("read_standing", data))

    async def _call(self, method: str, *arguments: object) -> Outcome:
        target = self._target
        target.renew(self)
        call = target.begin(method, wire.encode_call(method, arguments))
        answered = False
        try:
            while True:
                message = target.next(call)
                if message.method == "gateway.request":
                    await self._serve(message)
                elif message.method == "waiting":
                    while not target.has_news(call):
                        await self._idle()
                else:
                    answered = True
                    return _outcome(message)
        except Blocked as blocked:
            target.strike(method, blocked)
            raise
        finally:
            target.end(call, answered=answered)

    async def _serve(self, message: channel.Message) -> None:
        try:
            answer = await self._answered(message.params)
        except NoAnswer as silence:
            self._target.answer(message, silence)
        except BaseException:  # the caller's end: whoever asked may not be left waiting, it may be another call's task
            self._target.answer(message, NoAnswer("the shop ended"))
            raise
        else:
            self._target.answer(message, answer)

    async def _answered(self, params: Data) -> Data:
        """Answer through the port what came as its request, or over HTTP to one of the gateway's hosts."""
        if "http" not in params:
            return wire.encode_response(await self._gateway.request(wire.decode_request(params["request"])))
        face, sent = self._target.face, wire.decode_http_request(params["http"])
        asked = face.read(sent)
        if isinstance(asked, HttpResponse):
            return wire.encode_http_response(asked)
        answer = await self._gateway.request(replace(asked, within=sent.within))
        return wire.encode_http_response(face.write(asked, answer))


def _outcome(message: channel.Message) -> Outcome:
    if message.error is not None:
        told = message.error.data
        raise ForeignError(told["type"], told["text"], told["where"])
    # may be no Outcome at all (`wire.Returned`): whoever records the call names it, as with a processor in this process
    return cast("Outcome", wire.decode_outcome(message.result))
