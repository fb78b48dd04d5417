"""A shop on the memory store with one processor that answers as it is told to: for tests of the reference alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from itertools import count
from typing import Any, ClassVar, TypeVar, cast

from tillproof.contract.capabilities import Capabilities
from tillproof.contract.outcomes import Done, Outcome
from tillproof.contract.processor import Attempt, PaymentContext, PaymentProcessor
from tillproof.domain.entities import Data, PaymentProvider, Region, Variant
from tillproof.domain.money import Money
from tillproof.domain.requests import Answer, Ask
from tillproof.domain.statuses import OperationKind, SessionStatus
from tillproof.reference.api import boot, serve
from tillproof.reference.ports import DeadlineExceeded
from tillproof.reference.shop import Shop
from tillproof.reference.store.memory import MemoryStore

T = TypeVar("T")

Answering = Callable[[], object]
"""What a scripted method does instead of succeeding: returns something, or raises."""


def done(work: Coroutine[Any, Any, T]) -> T:
    """Step a coroutine that never parks to its end."""
    try:
        work.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    raise AssertionError("it parked")


class Scripted(PaymentProcessor):
    """Does what is asked, keeps the calls it got, and answers from a script where there is one for the method."""

    identifier = "scripted"
    capabilities: ClassVar[Capabilities] = Capabilities(look_up=True, public=frozenset({"shown"}))

    def __init__(self) -> None:
        self.calls: list[tuple[str, Attempt | None]] = []
        self.script: dict[str, list[Answering]] = {}

    def _answer(self, method: str, attempt: Attempt | None, otherwise: Outcome) -> Outcome:
        self.calls.append((method, attempt))
        left = self.script.get(method)
        return cast("Outcome", left.pop(0)()) if left else otherwise

    def attempts(self, method: str) -> list[Attempt]:
        """Return the attempts a method was called with."""
        return [attempt for name, attempt in self.calls if name == method and attempt is not None]

    async def initiate_payment(self, context: PaymentContext, attempt: Attempt) -> Outcome:
        return self._answer("initiate_payment", attempt, Done({"of": context.resource_id, "shown": "x", "kept": "y"}))

    async def update_payment(self, data: Data, context: PaymentContext, attempt: Attempt) -> Outcome:
        del context
        return self._answer("update_payment", attempt, Done(data))

    async def update_payment_data(self, session_id: str, data: Data, changes: Data) -> Outcome:
        del session_id
        return self._answer("update_payment_data", None, Done({**data, **changes}))

    async def authorize_payment(self, data: Data, context: PaymentContext, attempt: Attempt) -> Outcome:
        del context
        return self._answer("authorize_payment", attempt, Done(data, SessionStatus.AUTHORIZED))

    async def capture_payment(self, data: Data, amount: Money, attempt: Attempt) -> Outcome:
        del amount
        return self._answer("capture_payment", attempt, Done(data))

    async def refund_payment(self, data: Data, amount: Money, attempt: Attempt) -> Outcome:
        del amount
        return self._answer("refund_payment", attempt, Done(data))

    async def cancel_payment(self, data: Data, attempt: Attempt) -> Outcome:
        return self._answer("cancel_payment", attempt, Done(data))

    async def delete_payment(self, data: Data, attempt: Attempt) -> Outcome:
        return self._answer("delete_payment", attempt, Done(data))

    async def retrieve_payment(self, data: Data) -> Outcome:
        return self._answer("retrieve_payment", None, Done(data))

    async def get_payment_status(self, data: Data) -> Outcome:
        return self._answer("get_payment_status", None, Done(data, SessionStatus.AUTHORIZED))

    async def find_effect(self, kind: OperationKind, attempt: Attempt, data: Data) -> Outcome:
        del kind
        return self._answer("find_effect", attempt, Done(data))


class _Clock:
    def __init__(self) -> None:
        self.time = 1_000_000.0
        self.wrong = 0.0  # by so many seconds somebody has set it; what is steady goes on

    def now(self) -> float:
        return self.time + self.wrong

    def steady(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds

    async def within(self, seconds: float, work: Awaitable[T]) -> T:
        try:
            return await work
        except TimeoutError:
            self.time += seconds
            raise DeadlineExceeded from None


class _Ids:
    def __init__(self) -> None:
        self._count = count(1)

    def new(self, prefix: str) -> str:
        return f"{prefix}_{next(self._count):04d}"


class Bench:
    """A booted shop with region `home` (eur, `scripted` enabled) and a mug for 30.00, of which there are five."""

    def __init__(self) -> None:
        self.processor = Scripted()
        self.clock = _Clock()
        self.store = MemoryStore()
        self.store.tables[Region.table]["home"] = Region(
            id="home", name="Home", currency_code="eur", payment_providers=("scripted",)
        )
        self.store.tables[Variant.table]["mug"] = Variant(id="mug", title="Mug", prices={"eur": 3000}, inventory_quantity=5)
        self._boots = count(1)
        self._ids = _Ids()
        self.shop = self.restart()

    def restart(self, processors: Mapping[str, PaymentProcessor] | None = None) -> Shop:
        """Boot anew on the same rows, with these processors if given; the leases of the boot before no longer count."""
        self.shop = Shop(
            store=self.store,
            clock=self.clock,
            ids=self._ids,
            processors={"scripted": self.processor} if processors is None else processors,
            boot_id=f"boot_{next(self._boots)}",
        )
        done(boot(self.shop))
        return self.shop

    def ask(self, endpoint: str, key: str | None = None, **params: object) -> Answer:
        """Send one request."""
        return done(serve(self.shop, Ask(endpoint=endpoint, params=params, key=key)))

    def cart(self, quantity: int = 1) -> str:
        """Make a cart at the payment step, its one session initiated, and return its id."""
        items = [{"variant_id": "mug", "quantity": quantity}]
        cart_id: str = self.ask("create_cart", region_id="home", email="ada@shop.example", items=items).body["cart"]["id"]
        self.ask("create_payment_sessions", id=cart_id)
        return cart_id

    def order(self) -> str:
        """Buy a mug and return the order's id."""
        order_id: str = self.ask("complete_cart", id=self.cart()).body["data"]["id"]
        return order_id

    def providers(self) -> dict[str, bool]:
        """Return which processors the shop knows, and whether each is installed."""
        return {row.id: row.is_installed for row in done(self.store.read(lambda tx: tx.select(PaymentProvider)))}
