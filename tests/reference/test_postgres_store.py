"""The `sql` store on a real PostgreSQL: conflicts between processes, connections lost, a server that went away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from msgspec.structs import replace
from support.postgres import Postgres

from tillproof.domain.entities import Region, Variant
from tillproof.reference.ports import StoreError, Transaction
from tillproof.reference.store.schema import VERSION, SchemaMismatch
from tillproof.reference.store.sql import SqlStore, open_store

pytestmark = pytest.mark.e2e

MUG = Variant(id="mug", title="Mug", prices={}, inventory_quantity=1)
CUP = Variant(id="cup", title="Cup", prices={}, inventory_quantity=1)
POT = Variant(id="pot", title="Pot", prices={}, inventory_quantity=1)

LOOKS: dict[str, Callable[[Transaction], object]] = {
    "row": lambda tx: tx.find(Variant, "mug"),
    "selection": lambda tx: tx.select(Variant, title="Mug"),
    "absent-row": lambda tx: tx.find(Variant, "cup"),
    "empty-selection": lambda tx: tx.select(Variant, title="Cup"),
}


def putting(*rows: Variant | Region) -> Callable[[Transaction], None]:
    def step(tx: Transaction) -> None:
        for row in rows:
            tx.put(row)

    return step


def variants(store: SqlStore) -> dict[str, int]:
    return {row.id: row.inventory_quantity for row in asyncio.run(store.read(lambda tx: tx.select(Variant)))}


@pytest.fixture
def url(postgres: Postgres) -> str:
    return postgres.fresh()


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    with closing(open_store(url)) as opened:
        asyncio.run(opened.atomic(putting(MUG)))
        yield opened


@pytest.fixture
def other(store: SqlStore, url: str) -> Iterator[SqlStore]:
    """The store of another process on the same rows."""
    del store
    with closing(open_store(url)) as opened:
        yield opened


def meddled_with(
    look: Callable[[Transaction], object], other: SqlStore, times: int
) -> tuple[list[int], Callable[[Transaction], None]]:
    """Return a step that looks and writes, between which the other process looks and writes too; and its tries."""
    tries: list[int] = []

    def meddling(tx: Transaction) -> None:
        tx.select(Variant)
        tx.put(replace(MUG, inventory_quantity=len(tries)))
        tx.put(replace(CUP, inventory_quantity=len(tries)))

    def step(tx: Transaction) -> None:
        tries.append(len(tries))
        look(tx)
        if len(tries) <= times:
            asyncio.run(other.atomic(meddling))
        tx.put(POT)

    return tries, step


@pytest.mark.parametrize("look", LOOKS)
def test_step_whose_reading_came_untrue(store: SqlStore, other: SqlStore, look: str) -> None:
    """First committer wins, also for what was not there; the loser's step runs again on what is there now."""
    tries, step = meddled_with(LOOKS[look], other, times=2)
    asyncio.run(store.atomic(step))
    assert len(tries) == 3
    assert variants(store) == {"mug": 2, "cup": 2, "pot": 1}


def test_conflict_among_steps_committed_together(store: SqlStore, other: SqlStore) -> None:
    """When one of several steps meets a conflict, all of them run again and none is lost."""
    tries, step = meddled_with(LOOKS["row"], other, times=1)

    async def scenario() -> None:
        first = store.atomic(lambda tx: tx.find(Variant, "mug"))
        await asyncio.gather(first, store.atomic(step), store.atomic(putting(replace(POT, id="pan"))))

    asyncio.run(scenario())
    assert len(tries) == 2
    assert variants(store) == {"mug": 1, "cup": 1, "pot": 1, "pan": 1}


def test_conflict_without_end(store: SqlStore, other: SqlStore) -> None:
    """After a bounded number of tries the store gives up, and nothing of the step is there."""
    tries, step = meddled_with(LOOKS["row"], other, times=10**6)
    with pytest.raises(StoreError, match="too often"):
        asyncio.run(store.atomic(step))
    assert len(tries) == 10
    assert "pot" not in variants(store)


def test_two_processes_at_once(store: SqlStore, other: SqlStore) -> None:
    """Simultaneous steps of two processes commit one after another, or say that they did not."""

    def one_less(tx: Transaction) -> None:
        row = tx.find(Variant, "mug")
        assert row is not None
        tx.put(replace(row, inventory_quantity=row.inventory_quantity - 1))

    async def scenario() -> list[object]:
        await store.atomic(putting(replace(MUG, inventory_quantity=100)))
        steps = [one.atomic(one_less) for one in (store, other) for _ in range(20)]
        return await asyncio.gather(*steps, return_exceptions=True)

    outcomes = asyncio.run(scenario())
    assert all(outcome is None or isinstance(outcome, StoreError) for outcome in outcomes)
    assert variants(store) == {"mug": 100 - outcomes.count(None)}


def test_connection_lost_before_the_commit(store: SqlStore, postgres: Postgres) -> None:
    """Nothing of the step is there, its caller is told that it is not certain, and the next step finds a new connection."""

    def cut_off(tx: Transaction) -> None:
        tx.put(POT)
        postgres.cut_off()

    with pytest.raises(StoreError, match="AdminShutdown"):
        asyncio.run(store.atomic(cut_off))
    assert variants(store) == {"mug": 1}
    asyncio.run(store.atomic(putting(CUP)))
    assert variants(store) == {"mug": 1, "cup": 1}


def test_connection_lost_under_several_steps(store: SqlStore, postgres: Postgres) -> None:
    """Of the steps in one commit none is half done: each is there exactly if its caller was not told otherwise."""

    def cut_off(tx: Transaction) -> None:
        tx.put(POT)
        postgres.cut_off()

    async def scenario() -> list[object]:
        steps = (putting(MUG), putting(CUP), cut_off)
        return await asyncio.gather(*(store.atomic(step) for step in steps), return_exceptions=True)

    _, cup, pot = asyncio.run(scenario())
    assert isinstance(pot, StoreError)
    assert set(variants(store)) == {"mug"} | ({"cup"} if cup is None else set())


def test_value_that_postgresql_cannot_hold(store: SqlStore) -> None:
    """Text with a NUL is a failure of the store, also among steps that have none."""

    async def scenario() -> list[object]:
        steps = (putting(CUP), putting(replace(POT, title="\0")), putting(POT))
        return await asyncio.gather(*(store.atomic(step) for step in steps), return_exceptions=True)

    outcomes = asyncio.run(scenario())
    assert [type(outcome) for outcome in outcomes] == [type(None), StoreError, type(None)]
    assert variants(store) == {"mug": 1, "cup": 1, "pot": 1}


def test_write_inside_a_postgresql_read(store: SqlStore) -> None:
    """What is for reading only does not write."""
    with pytest.raises(StoreError, match="read-only"):
        asyncio.run(store.read(putting(CUP)))


def test_postgresql_of_another_version(store: SqlStore, url: str, postgres: Postgres) -> None:
    """Another schema is refused with both versions."""
    del store
    name = url.rpartition("%3D")[2]
    postgres.run(f"UPDATE {name}.tillproof_schema SET version = 'older'")  # noqa: S608 - our own schema's name
    with pytest.raises(SchemaMismatch) as told:
        open_store(url)
    assert (told.value.found, told.value.expected) == ("schema older", VERSION)


def test_server_that_is_not_there() -> None:
    """A server that cannot be reached is told at once."""
    with pytest.raises(StoreError, match="connection"):
        open_store("postgresql://shop@127.0.0.1:1/shop")
