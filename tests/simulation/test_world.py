"""One run from its opening to quiet: phases, deaths, and what the target's own code may do to it."""

from __future__ import annotations

import gc
from contextlib import suppress

import msgspec
import pytest
from support.stubbackend import ORDER, Serving, StubBackend, told

from tillproof.domain.entities import PaymentProvider, Region, Variant
from tillproof.domain.requests import Answer
from tillproof.errors import HarnessFault
from tillproof.faults.plans import parse
from tillproof.history.events import (
    Booted,
    Committed,
    Died,
    Erred,
    Faulted,
    Heard,
    History,
    Ledgered,
    Phase,
    RunKey,
    Unheard,
)
from tillproof.reference.ports import StoreError, Transaction
from tillproof.reference.shop import Shop
from tillproof.simulation.incarnation import Crashed
from tillproof.simulation.journey import Operator, Shopper
from tillproof.simulation.opening import opening
from tillproof.simulation.target import Target
from tillproof.simulation.world import run
from tillproof_scenarios.buy import BUY


async def buys(shopper: Shopper, _operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 1}, shipping=None)
    await shopper.buy()


def bought(target: Target, plan: str = "", *, client: str = "keeps-key") -> History:
    key = RunKey(journey=BUY.name, client=client, dialect=target.dialects[0], plan=plan, seed=7)
    return run(target, BUY, key, parse(plan))


def errors(history: History) -> list[tuple[str, str]]:
    return [(event.where, event.error) for event in history.events if isinstance(event, Erred)]


def test_the_phases_come_in_order_and_time_moves_past_the_age_of_abandonment(manual: Target) -> None:
    """Journey, faults off, settling, sweeping a day later, settling again, quiet."""
    history = told(manual, buys, backend := StubBackend())

    phases = {event.name: event.at for event in history.events if isinstance(event, Phase)}
    assert list(phases) == ["journey", "faults-off", "settle", "sweep", "quiet"]
    assert phases["quiet"] - phases["sweep"] > history.abandoned_after
    assert backend.calls[-3:] == ["settle", "sweep", "settle"]


def test_the_shop_is_written_down_as_it_was_opened(manual: Target) -> None:
    """The first event holds regions and goods, is no commit of any boot, and names both processors in each region."""
    first = bought(manual).events[0]

    assert isinstance(first, Committed)
    assert (first.boot, first.number) == (0, 0)
    regions = [change.row for change in first.changes if isinstance(change.row, Region)]
    assert {region.name: region.currency_code for region in regions} == {"home": "eur", "abroad": "jpy", "far": "kwd"}
    assert all(region.payment_providers == (manual.provider_id, manual.other) for region in regions)


@pytest.mark.parametrize("seed", range(12))
def test_every_seed_opens_a_shop_in_which_parts_can_be_refunded(seed: int) -> None:
    """Prices exist in every currency, the gift is free, and the mug costs more than two partial refunds."""
    drawn = opening(seed, ("bank", "manual"))

    variants = {row.title: row for row in drawn.rows if isinstance(row, Variant)}
    assert set(variants["gift"].prices.values()) == {0}
    assert variants["mug"].prices["kwd"] * 2 > 2 * 501
    assert variants["rare"].inventory_quantity == 1
    assert "@" in drawn.email
    assert drawn == opening.__wrapped__(seed, ("bank", "manual"))


@pytest.mark.parametrize(
    "plan",
    [
        "processor.authorize_payment#1=crash-before",
        "processor.authorize_payment#1=crash-after",
        "commit.authorization-intended#1=crash-before",
        "commit.order-placed#1=crash-after",
        "commit.processors-registered#1=crash-after",
    ],
)
def test_a_shop_that_dies_is_started_again_on_what_was_committed(bank: Target, plan: str) -> None:
    """The client hears that it died, the next boot is another, and the purchase ends once."""
    history = bought(bank, plan)

    died, booted = ([e.boot for e in history.events if isinstance(e, kind)] for kind in (Died, Booted))
    assert (died, booted) == ([1], [1, 2])
    orders = {c.id for e in history.events if isinstance(e, Committed) for c in e.changes if c.table == "order"}
    held = [e for e in history.events if isinstance(e, Ledgered) and e.entry.kind == "authorize"]
    assert (len(orders), len(held), history.ended) == (1, 1, True)


def test_a_dead_shop_cannot_act_in_its_clean_up(manual: Target) -> None:
    """Code that catches its own death, and goes on, changes nothing and is not heard."""

    def writes(tx: Transaction) -> None:
        tx.put(PaymentProvider(id="ghost"))

    async def stubborn(shop: Shop) -> Answer:
        for _ in range(3):
            with suppress(BaseException):
                await shop.store.atomic(writes)
        return ORDER

    history = told(manual, buys, StubBackend(complete_cart=[stubborn]), plan="commit.writes#1=crash-before")

    assert not any(isinstance(event, Committed) and event.name == "writes" for event in history.events)
    assert [event.lost for event in history.events if isinstance(event, Unheard)] == ["shop-died"]


@pytest.mark.parametrize(
    ("what", "raised", "expected"),
    [
        ("complete_cart", ZeroDivisionError, [("backend", "ZeroDivisionError")]),
        ("complete_cart", StoreError, []),
        ("settle", KeyError, [("settle", "KeyError")]),
        ("sweep", KeyError, [("sweep", "KeyError")]),
        ("boot", KeyError, [("boot", "KeyError")]),
        ("boot", StoreError, []),
    ],
)
def test_an_exception_of_the_target_s_is_an_event(
    manual: Target, what: str, raised: type[Exception], expected: list[tuple[str, str]]
) -> None:
    """Its code may fail anywhere; the run goes on, and only what its contract has no word for is an error."""
    history = told(manual, buys, StubBackend(**{what: [raised()]}))
    assert errors(history) == expected
    assert history.ended


def test_failed_code_is_a_500_to_the_client(manual: Target) -> None:
    """As any server would make of it, and without a word of what failed."""
    history = told(manual, buys, StubBackend(complete_cart=[ZeroDivisionError()]))
    statuses = [event.status for event in history.events if isinstance(event, Heard) and event.call == "complete"]
    assert statuses == [500, 200]
    bodies = [event.body for event in history.events if isinstance(event, Heard) and event.status == 500]
    assert "Zero" not in str(bodies)


def test_a_shop_that_cannot_start_is_dead_to_whoever_comes(manual: Target) -> None:
    """Starting is tried a bounded number of times for each request."""
    never: list[Serving] = [KeyError()] * 999
    history = told(manual, buys, StubBackend(boot=never))
    assert not history.ended
    assert {event.lost for event in history.events if isinstance(event, Unheard)} == {"shop-died"}


def test_an_error_of_ours_is_not_made_into_an_event(manual: Target) -> None:
    """What tillproof itself has to say to the person reaches the person."""
    with pytest.raises(HarnessFault):
        told(manual, buys, StubBackend(boot=[HarnessFault("ours")]))


def test_a_run_without_end_is_cut_off(manual: Target) -> None:
    """A shop that commits for ever is stopped, whatever it catches, and the journey has not ended."""

    def again(tx: Transaction) -> None:
        tx.put(PaymentProvider(id="again"))

    async def for_ever(shop: Shop) -> Answer:
        while True:
            await shop.store.atomic(again)

    history = told(manual, buys, StubBackend(complete_cart=[for_ever]))
    assert not history.ended
    assert errors(history) == [("run", "the run crossed more than 2000 points and was cut off")]


def test_settling_goes_on_until_nothing_changes(manual: Target) -> None:
    """A round that committed something is followed by another; a quiet one ends the phase."""
    rounds = 0

    def settles(tx: Transaction) -> None:
        tx.put(PaymentProvider(id="settled"))

    async def busy(shop: Shop) -> Answer:
        nonlocal rounds
        rounds += 1
        await shop.store.atomic(settles)
        return ORDER

    backend = StubBackend(settle=[busy, busy])
    told(manual, buys, backend)
    assert rounds == 2
    assert backend.calls[-5:] == ["settle", "settle", "settle", "sweep", "settle"]


def test_a_fault_at_a_point_that_is_never_crossed_leaves_no_trace(bank: Target) -> None:
    """The caller can tell, since no `Faulted` is in the history."""
    history = bought(bank, "commit.order-placed#7=crash-after")
    assert not any(isinstance(event, Faulted) for event in history.events)


@pytest.mark.parametrize("plan", ["", "processor.authorize_payment#1=hang-after", "commit.order-placed#1=crash-after"])
def test_the_same_run_is_the_same_history_byte_for_byte(bank: Target, plan: str) -> None:
    """Same key, same bytes; steps are the indices of the events, and time never runs backwards."""
    history = bought(bank, plan)

    assert msgspec.json.encode(history.events) == msgspec.json.encode(bought(bank, plan).events)
    assert [event.step for event in history.events] == list(range(len(history.events)))
    assert [event.at for event in history.events] == sorted(event.at for event in history.events)


@pytest.mark.parametrize("plan", ["", "client.complete#1=answer-lost", "processor.authorize_payment#1=crash-after"])
def test_a_run_leaves_nothing_to_the_garbage_collector(bank: Target, plan: str) -> None:
    """No reference cycle outlives a run, so thousands of them need no collection."""
    bought(bank, plan)
    gc.collect()
    gc.disable()
    try:
        bought(bank, plan)
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_a_journey_that_cannot_follow_the_shop_s_answers_has_not_ended(manual: Target) -> None:
    """A body of a shape nobody can follow is the target's, not ours."""

    async def story(shopper: Shopper, _operator: Operator) -> None:
        await shopper.fill_cart(items={"mug": 1})
        await shopper.set_quantity("mug", 2)

    odd = Answer(status=200, body={"cart": {"id": "cart_1", "items": 7}})
    history = told(manual, story, StubBackend(create_cart=[odd], add_shipping_method=[odd]))
    assert not history.ended
    assert errors(history) == [("journey", "TypeError: 'int' object is not iterable")]


def test_crashed_cannot_be_caught_as_an_exception() -> None:
    """Business code that catches every exception still dies."""
    assert not issubclass(Crashed, Exception)
