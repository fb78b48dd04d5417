"""The wrapper: every method crosses, with what it was given, and the backend is told what the crossing says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest
from support.bankbench import CART, Bench
from support.shopbench import done

from tillproof.contract.processor import EFFECTS, READS, Attempt, PaymentProcessor
from tillproof.contract.webhooks import Delivery
from tillproof.domain.entities import Data
from tillproof.domain.money import Money
from tillproof.domain.statuses import OperationKind
from tillproof_fake_processors.bank import BankProcessor
from tillproof_fake_processors.faulty import FaultyProcessor

SUM = {"amount": 4900, "currency": "eur"}
PART = {"amount": 1000, "currency": "eur"}
CONTEXT = {**SUM, "resource_id": CART}

DELIVERY = Delivery(headers={}, body=b"{}", received_at=0.0)

Call = Callable[[PaymentProcessor, Bench, Data, Attempt], Coroutine[Any, Any, object]]

METHODS: dict[str, tuple[Call, Data]] = {
    "initiate_payment": (lambda p, b, _, a: p.initiate_payment(b.context, a), CONTEXT),
    "update_payment": (lambda p, b, d, a: p.update_payment(d, b.context, a), {**CONTEXT, "data": ...}),
    "authorize_payment": (lambda p, b, d, a: p.authorize_payment(d, b.context, a), {**CONTEXT, "data": ...}),
    "capture_payment": (lambda p, _, d, a: p.capture_payment(d, Money(1000, "eur"), a), {**PART, "data": ...}),
    "refund_payment": (lambda p, _, d, a: p.refund_payment(d, Money(1000, "eur"), a), {**PART, "data": ...}),
    "cancel_payment": (lambda p, _, d, a: p.cancel_payment(d, a), {"data": ...}),
    "delete_payment": (lambda p, _, d, a: p.delete_payment(d, a), {"data": ...}),
    "update_payment_data": (lambda p, _, d, __: p.update_payment_data("ps_1", d, {"x": 1}), {"data": ...}),
    "retrieve_payment": (lambda p, _, d, __: p.retrieve_payment(d), {"data": ...}),
    "get_payment_status": (lambda p, _, d, __: p.get_payment_status(d), {"data": ...}),
    "find_effect": (lambda p, _, d, a: p.find_effect(OperationKind.AUTHORIZE, a, d), {"data": ...}),
    "read_webhook": (lambda p, _, __, ___: p.read_webhook(DELIVERY), {}),
    "read_standing": (lambda p, _, d, __: p.read_standing(d), {"data": ...}),
}


class Watched:
    """A crossing that writes down what crosses, and performs it unless there is a lie to tell."""

    def __init__(self, lie: object = None) -> None:
        self.crossed: list[tuple[str, str, Data, Attempt | None]] = []
        self._lie = lie

    async def cross(
        self,
        provider_id: str,
        method: str,
        arguments: Data,
        attempt: Attempt | None,
        perform: Callable[[], Awaitable[object]],
    ) -> object:
        self.crossed.append((provider_id, method, arguments, attempt))
        return await perform() if self._lie is None else self._lie


def test_the_table_is_whole() -> None:
    """Every method of the contract is tried below."""
    assert set(METHODS) == {*EFFECTS, *READS}


@pytest.mark.parametrize("method", METHODS)
def test_a_call_crosses(method: str) -> None:
    """The crossing is told who, what, with which arguments and which attempt; the wrapped processor's answer comes back."""
    call, arguments = METHODS[method]
    watched, plain = Bench(), Bench()
    data = watched.authorized()
    assert plain.authorized() == data
    crossing, attempt = Watched(), watched.attempt("it")
    outcome = done(call(FaultyProcessor(watched.processor, crossing), watched, data, attempt))
    assert outcome == done(call(plain.processor, plain, data, attempt))
    expected = {name: data if value is ... else value for name, value in arguments.items()}
    with_attempt = method in EFFECTS or method == "find_effect"
    assert crossing.crossed == [("bank", method, expected, attempt if with_attempt else None)]


@pytest.mark.parametrize("method", METHODS)
def test_a_lie(method: str) -> None:
    """Whatever the crossing returns is what the backend is told, and nothing was performed."""
    call, _ = METHODS[method]
    bench = Bench()
    data = bench.authorized()
    asked = len(bench.line.asked)
    told: object = done(call(FaultyProcessor(bench.processor, Watched("<html>")), bench, data, bench.attempt("it")))
    assert told == "<html>"
    assert len(bench.line.asked) == asked


def test_whose_name_it_bears() -> None:
    """It has the identifier and the capabilities of the processor it wraps."""
    wrapped = FaultyProcessor(Bench().processor, Watched())
    assert (wrapped.identifier, wrapped.capabilities) == ("bank", BankProcessor.capabilities)
