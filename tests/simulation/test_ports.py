"""What the shop's store, clock and gateway do at a point, and after a death."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from typing import Any

import pytest

from tillproof.contract.gateway import NoAnswer, Request, Response
from tillproof.domain.entities import PaymentProvider
from tillproof.faults.plans import parse
from tillproof.history.events import Change, Committed, Died, Erred, Faulted, GatewayAnswered, GatewayAsked
from tillproof.reference.ports import StoreError, Transaction
from tillproof.reference.store.memory import MemoryStore
from tillproof.simulation.clock import SimClock
from tillproof.simulation.crossing import Crossings
from tillproof.simulation.driver import drive
from tillproof.simulation.incarnation import Crashed, Incarnation
from tillproof.simulation.ports import CrossingGateway, CrossingStore, LivingClock, commit_point, gateway_point

ROW = PaymentProvider(id="bank")


class Bank:
    """A gateway that answers, or fails itself."""

    def __init__(self, *, fails: bool = False) -> None:
        self.asked: list[Request] = []
        self._fails = fails

    def handle(self, request: Request) -> Response:
        self.asked.append(request)
        if self._fails:
            raise ZeroDivisionError("division by zero")
        return Response(status=200, body={"ok": True})

    def enter_card(self, card: str) -> None:
        raise AssertionError(card)

    def answer_challenge(self, *, passed: bool) -> None:
        raise AssertionError(passed)


class Ports:
    """One incarnation's ports under a plan."""

    def __init__(self, plan: str = "", *, gateway_fails: bool = False) -> None:
        self.crossings = Crossings(parse(plan), SimClock())
        self.life = Incarnation(1)
        self.rows = MemoryStore()
        self.bank = Bank(fails=gateway_fails)
        self.store = CrossingStore(self.rows, self.crossings, self.life)
        self.clock = LivingClock(self.crossings, self.life)
        self.gateway = CrossingGateway(self.bank, self.crossings, self.life)

    def do(self, work: Coroutine[Any, Any, object]) -> object:
        """Drive the work to its end and return what it returned or raised."""
        told: list[object] = []

        async def actor() -> None:
            try:
                told.append(await work)
            except (Exception, Crashed) as error:  # noqa: BLE001 - the test looks at whatever comes
                told.append(type(error))

        drive(self.crossings.clock, actor())
        return told[0]

    def kinds(self) -> list[str]:
        return [type(event).__name__ for event in self.crossings.events]


def order_placed(tx: Transaction) -> str:
    tx.put(ROW)
    return "placed"


@pytest.mark.parametrize(
    ("kind", "told", "is_there", "events"),
    [
        (None, "placed", True, [Committed]),
        ("commit-fails", StoreError, False, [Faulted]),
        ("commit-unheard", StoreError, True, [Committed, Faulted]),
        ("crash-before", Crashed, False, [Faulted, Died]),
        ("crash-after", Crashed, True, [Committed, Faulted, Died]),
    ],
)
def test_a_commit_is_cut_where_the_fault_says(
    kind: str | None,
    told: object,
    is_there: bool,  # noqa: FBT001 - a column of the table
    events: list[type],
) -> None:
    """The rows are there exactly when the fault comes after the commit, and only success is told as success."""
    ports = Ports(f"commit.order-placed#1={kind}" if kind else "")

    assert ports.do(ports.store.atomic(order_placed)) == told
    assert (ROW.id in ports.rows.tables["payment_provider"]) is is_there
    assert ports.kinds() == [event.__name__ for event in events]
    assert ports.life.alive is (Died not in events)


def test_a_commit_is_written_down_with_its_rows() -> None:
    """The event names the commit point, counts it, and holds the rows as they were left."""
    ports = Ports()
    ports.do(ports.store.atomic(order_placed))
    ports.do(ports.store.atomic(order_placed))

    first, second = (event for event in ports.crossings.events if isinstance(event, Committed))
    assert (first.name, first.number, second.number) == ("order-placed", 1, 2)
    assert first.changes == (Change("payment_provider", "bank", ROW),)


def test_a_step_that_writes_nothing_or_fails_is_no_commit_point() -> None:
    """Reading crosses nothing; a step that raises commits nothing and is heard as it is."""
    ports = Ports("commit.looks#1=crash-before + commit.fails#1=crash-before")

    def looks(tx: Transaction) -> int:
        return len(tx.select(PaymentProvider))

    def fails(tx: Transaction) -> None:
        tx.put(ROW)
        raise LookupError

    assert ports.do(ports.store.atomic(looks)) == 0
    assert ports.do(ports.store.read(looks)) == 0
    assert ports.do(ports.store.atomic(fails)) is LookupError
    assert ports.kinds() == []
    assert not ports.rows.tables["payment_provider"]


def test_a_conflict_is_tried_again_a_bounded_number_of_times() -> None:
    """A step that read what somebody else then changed runs again on the new rows; without end it is a `StoreError`."""
    ports = Ports()

    def interrupted(times: int) -> Callable[[Transaction], int]:
        runs = 0

        def slow(tx: Transaction) -> int:
            nonlocal runs
            runs += 1
            tx.find(PaymentProvider, "bank")
            tx.put(PaymentProvider(id="mine"))
            if runs <= times:
                other = ports.rows.begin()
                other.put(PaymentProvider(id="bank"))
                ports.rows.commit(other)
            return runs

        return slow

    assert ports.do(ports.store.atomic(interrupted(2))) == 3
    assert ports.do(ports.store.atomic(interrupted(99))) is StoreError


class AtOnce:
    """Something awaited that is there at once."""

    def __await__(self) -> Generator[None, None, str]:
        return "now"
        yield


def attempted(ports: Ports, what: str) -> Coroutine[Any, Any, object]:
    match what:
        case "atomic":
            return ports.store.atomic(order_placed)
        case "read":
            return ports.store.read(order_placed)
        case "sleep":
            return ports.clock.sleep(1.0)
        case "within":
            return ports.clock.within(1.0, AtOnce())
        case _:
            return ports.gateway.request(Request(method="POST", path="/intents"))


@pytest.mark.parametrize(
    "what",
    ["atomic", "read", "sleep", "within", "request"],
)
def test_the_ports_of_a_dead_shop_refuse(what: str) -> None:
    """Whatever a dead shop's clean-up tries, nothing is written, asked or waited for."""
    ports = Ports()
    ports.crossings.die(ports.life)

    assert ports.do(attempted(ports, what)) is Crashed
    with pytest.raises(Crashed):
        ports.clock.now()
    assert (ports.kinds(), ports.bank.asked, ports.rows.tables["payment_provider"]) == (["Died"], [], {})


def test_a_shop_that_dies_while_somebody_sleeps_does_not_wake_them_to_life() -> None:
    """A sleeper of a dead shop wakes into its death."""
    ports = Ports()

    async def sleeper() -> None:
        await ports.clock.sleep(10.0)

    async def killer() -> None:
        ports.crossings.die(ports.life)

    with pytest.raises(Crashed):
        drive(ports.crossings.clock, sleeper(), killer())


def test_a_gateway_request_is_written_down_with_its_answer() -> None:
    """Asked before, answered after, numbered by its point."""
    ports = Ports()
    request = Request(method="POST", path="/intents/in_1/capture", body={"amount": 5}, key="k")

    assert ports.do(ports.gateway.request(request)) == Response(status=200, body={"ok": True})
    asked, answered = ports.crossings.events
    assert isinstance(asked, GatewayAsked)
    assert isinstance(answered, GatewayAnswered)
    assert (asked.path, asked.number, asked.key, asked.body) == ("/intents/in_1/capture", 1, "k", {"amount": 5})
    assert (answered.asked, answered.status) == (asked.step, 200)


def test_a_gateway_that_fails_itself_is_silence_to_the_processor() -> None:
    """A fake's own crash is an event; the processor hears nothing."""
    ports = Ports(gateway_fails=True)

    assert ports.do(ports.gateway.request(Request(method="GET", path="/"))) is NoAnswer
    erred = ports.crossings.events[-1]
    assert isinstance(erred, Erred)
    assert (erred.where, erred.error) == ("gateway", "ZeroDivisionError: division by zero")


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("POST", "/intents/in_1/capture", "POST:/intents/{id}/capture"),
        ("GET", "/effects?reference=op_12", "GET:/effects"),
        ("POST", "/v1/refunds", "POST:/v1/refunds"),
        ("GET", "/", "GET:/"),
    ],
)
def test_gateway_points_are_named_without_ids(method: str, path: str, expected: str) -> None:
    """Requests about different objects are crossings of the same name."""
    assert gateway_point(method, path) == expected


@pytest.mark.parametrize(
    ("step", "expected"),
    [("order_placed", "order-placed"), ("_order_placed", "order-placed"), ("<lambda>", "lambda"), ("_", "nameless")],
)
def test_commit_points_are_named_after_their_step(step: str, expected: str) -> None:
    """Every function name gives a name that a plan can hold."""
    assert commit_point(step) == expected
    assert str(parse(f"commit.{expected}#1=commit-fails"))
