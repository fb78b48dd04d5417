"""A gateway that answers from a script, and processors written to a folder and run in a worker process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from textwrap import dedent, indent
from typing import Any, TypeVar

from tillproof.contract.gateway import NoAnswer, Request, Response
from tillproof.contract.http import Face
from tillproof.contract.processor import Attempt, PaymentContext
from tillproof.domain.money import Money
from tillproof.targets.foreign import ForeignProcessor, ForeignTarget
from tillproof_fake_processors.bank.face import FACE as BANK

T = TypeVar("T")

_METHODS = {
    "initiate_payment": "context, attempt",
    "update_payment": "data, context, attempt",
    "update_payment_data": "session_id, data, changes",
    "authorize_payment": "data, context, attempt",
    "capture_payment": "data, amount, attempt",
    "refund_payment": "data, amount, attempt",
    "cancel_payment": "data, attempt",
    "delete_payment": "data, attempt",
    "retrieve_payment": "data",
    "get_payment_status": "data",
}


class StuckForNow(Exception):
    """Stands for the backend's deadline: raised where the harness would let virtual time pass."""


class ScriptedGateway:
    """Answers every request with 200 and what was asked, or as told; remembers all requests. `instead` takes its place."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.silent: NoAnswer | None = None
        self.response: Response | None = None
        self.instead: Callable[[Request], Awaitable[Response]] | None = None

    async def request(self, request: Request) -> Response:
        self.asked.append(request)
        if self.instead is not None:
            return await self.instead(request)
        if self.silent is not None:
            raise self.silent
        return self.response or Response(status=200, body={"number": len(self.asked), "path": request.path})


class Bench:
    """Writes processors and runs their calls by hand, as the driver does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.gateway = ScriptedGateway()
        self.idled = 0
        self._targets: list[ForeignTarget] = []

    attempt = Attempt(idempotency_key="op_1", reference="ref_1", number=1, first_sent_at=5.0, sent_at=5.0)
    context = PaymentContext(amount=Money(4900, "eur"), resource_id="cart_1")
    money = Money(4900, "eur")

    def write(self, name: str = "mypay", *, head: str = "", body: str = "", **methods: str) -> str:
        """Write a processor; `methods` are the bodies of those that matter, the others answer `Done(data)`."""
        lines = ["import asyncio, os, socket, sys, time", "import httpx"]
        lines += ["from tillproof.contract.outcomes import Done, Refused, Unknown", dedent(head), "class MyPay:"]
        lines += ['    identifier = "my-pay"', indent(dedent(body), "    ")]
        for method, parameters in _METHODS.items():
            default = "return Done({})" if method == "initiate_payment" else "return Done(data)"
            lines += [f"    async def {method}(self, {parameters}):", indent(dedent(methods.get(method, default)), " " * 8)]
        (self.folder / f"{name}.py").write_text("\n".join(lines) + "\n")
        return f"{name}:MyPay"

    def target(self, spec: str, patience: float = 5.0, face: Face = BANK) -> ForeignTarget:
        """Start a worker for it, which ends with the test."""
        self._targets.append(ForeignTarget(spec, self.folder, face=face, patience=patience))
        return self._targets[-1]

    def construct(self, target: ForeignTarget, seed: str = "1") -> ForeignProcessor:
        """Make the processor with this bench's gateway."""
        return target.construct(self.gateway, idle=self.idle, seed=seed)

    def processor(self, patience: float = 5.0, **written: str) -> ForeignProcessor:
        """Write, start and make in one go."""
        return self.construct(self.target(self.write(**written), patience))

    async def idle(self) -> None:
        self.idled += 1
        raise StuckForNow

    def call(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Step a call that nothing parks."""
        try:
            coroutine.send(None)
        except StopIteration as end:
            answer: T = end.value
            return answer
        raise AssertionError("the call parked")

    def close(self) -> None:
        for target in self._targets:
            target.close()
