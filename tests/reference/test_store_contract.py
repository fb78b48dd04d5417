"""What every store of the reference backend promises. One suite; each store joins by a line in STORES."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from support.postgres import Postgres
from support.shopbench import done
from support.storerows import CART, REGION, ROWS

from tillproof.domain.entities import Cart, Order, Variant
from tillproof.reference.ports import Store, StoreError, Transaction
from tillproof.reference.store.memory import Conflict, MemoryStore
from tillproof.reference.store.sql import open_store

STORES = ("memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.e2e))


@pytest.fixture(params=STORES, scope="module")
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store for many tests or examples, none of which minds the others' rows."""
    match request.param:
        case "sqlite":
            path: Path = tmp_path_factory.mktemp("store") / "shop.db"
            url = f"sqlite:///{path}"
        case "postgresql":
            server: Postgres = request.getfixturevalue("postgres")
            url = server.fresh()
        case _:
            yield MemoryStore()
            return
    with closing(open_store(url)) as opened:
        yield opened


@pytest.fixture
def store(shared: Store) -> Store:
    """The store, empty of variants."""

    def emptied(tx: Transaction) -> None:
        for row in tx.select(Variant):
            tx.delete(row)

    asyncio.run(shared.atomic(emptied))
    return shared


def mug(id_: str = "variant_1", quantity: int = 1, title: str = "Mug") -> Variant:
    return Variant(id=id_, title=title, prices={"eur": 100}, inventory_quantity=quantity)


def put(*rows: Variant) -> Callable[[Transaction], None]:
    def step(tx: Transaction) -> None:
        for row in rows:
            tx.put(row)

    return step


LOOKS: dict[str, Callable[[Transaction], object]] = {
    "row": lambda tx: tx.find(Variant, "variant_1"),
    "selection": lambda tx: tx.select(Variant, title="Mug"),
    "absent-row": lambda tx: tx.find(Variant, "variant_9"),
    "empty-selection": lambda tx: tx.select(Variant, title="Cup"),
}


def test_committed_row_is_found(store: Store) -> None:
    """What a step puts is there for the next one, by id and by value."""
    asyncio.run(store.atomic(put(mug())))
    assert asyncio.run(store.read(lambda tx: tx.find(Variant, "variant_1"))) == mug()
    assert asyncio.run(store.read(lambda tx: tx.select(Variant, title="Mug"))) == [mug()]
    assert asyncio.run(store.read(lambda tx: tx.select(Variant, title="Cup"))) == []
    assert asyncio.run(store.read(lambda tx: tx.find(Order, "variant_1"))) is None


def test_step_sees_its_own_writes(store: Store) -> None:
    """Inside a step, reads see what the step wrote, also in selections, also deletions."""

    def step(tx: Transaction) -> tuple[Variant | None, list[Variant], list[Variant]]:
        tx.put(mug("variant_2"))
        found = tx.find(Variant, "variant_2")
        both = tx.select(Variant, title="Mug")
        tx.delete(mug("variant_1"))
        return found, both, tx.select(Variant, title="Mug")

    asyncio.run(store.atomic(put(mug("variant_1"))))
    found, both, left = asyncio.run(store.atomic(step))
    assert found == mug("variant_2")
    assert [row.id for row in both] == ["variant_1", "variant_2"]
    assert [row.id for row in left] == ["variant_2"]


def test_failed_step_commits_nothing(store: Store) -> None:
    """A step that raises leaves every row as it was."""

    def step(tx: Transaction) -> None:
        tx.put(mug(quantity=9))
        raise ValueError("changed its mind")

    asyncio.run(store.atomic(put(mug(quantity=1))))
    with pytest.raises(ValueError, match="changed its mind"):
        asyncio.run(store.atomic(step))
    found = asyncio.run(store.read(lambda tx: tx.find(Variant, "variant_1")))
    assert found is not None
    assert found.inventory_quantity == 1


_examples = count()


@given(quantities=st.lists(st.integers(0, 5), min_size=1, max_size=8))
def test_selection_keeps_the_order_of_insertion(shared: Store, quantities: list[int]) -> None:
    """Rows come oldest first, however often they are replaced."""
    title = f"example {next(_examples)}"

    def one_by_one() -> Iterator[Variant]:
        for number, quantity in enumerate(quantities):
            yield mug(f"{title}/{number}", quantity, title)
        yield mug(f"{title}/0", 9, title)

    async def scenario() -> list[Variant]:
        for row in one_by_one():
            await shared.atomic(put(row))
        return await shared.read(lambda tx: tx.select(Variant, title=title))

    rows = asyncio.run(scenario())
    assert [row.id for row in rows] == [f"{title}/{number}" for number in range(len(quantities))]


def test_row_of_every_entity(store: Store) -> None:
    """Rows come back equal: enums, tuples of values, JSON and floats included. Their order within a step does not matter."""

    def step(tx: Transaction) -> None:
        for row in reversed(ROWS):
            tx.put(row)

    asyncio.run(store.atomic(step))
    found = asyncio.run(store.read(lambda tx: [tx.find(type(row), row.id) for row in ROWS]))
    assert found == list(ROWS)
    assert repr(found) == repr(list(ROWS))


_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=6,
)


@given(context=st.dictionaries(_texts, _json, max_size=3), email=_texts, at=st.floats(allow_nan=False))
def test_anything_the_types_allow(shared: Store, context: dict[str, object], email: str, at: float) -> None:
    """JSON, text and times survive the way there and back unchanged."""
    cart = replace(CART, id=f"example {next(_examples)}", context=context, email=email, created_at=at)

    def step(tx: Transaction) -> None:
        tx.put(REGION)
        tx.put(cart)

    async def scenario() -> Cart | None:
        await shared.atomic(step)
        return await shared.read(lambda tx: tx.find(Cart, cart.id))

    assert asyncio.run(scenario()) == cart


def test_steps_at_the_same_time_lose_nothing(store: Store) -> None:
    """Whatever order simultaneous steps commit in, each starts from what the one before it left."""

    def one_more(tx: Transaction) -> int:
        row = tx.find(Variant, "variant_1")
        assert row is not None
        tx.put(mug(quantity=row.inventory_quantity + 1))
        return row.inventory_quantity

    async def scenario() -> list[int]:
        await store.atomic(put(mug(quantity=0)))
        return await asyncio.gather(*(store.atomic(one_more) for _ in range(20)))

    assert sorted(asyncio.run(scenario())) == list(range(20))


def test_failed_step_among_others(store: Store) -> None:
    """A step that raises, before or after it wrote, leaves the steps committed at the same time whole."""

    def refused(tx: Transaction) -> None:
        tx.find(Variant, "variant_1")
        raise ValueError("before")

    def undone(tx: Transaction) -> None:
        tx.put(mug("variant_3"))
        raise ValueError("after")

    async def scenario() -> list[object]:
        steps = (put(mug("variant_1")), refused, undone, put(mug("variant_2")))
        return await asyncio.gather(*(store.atomic(step) for step in steps), return_exceptions=True)

    assert [str(outcome) for outcome in asyncio.run(scenario())] == ["None", "before", "after", "None"]
    assert [row.id for row in asyncio.run(store.read(lambda tx: tx.select(Variant)))] == ["variant_1", "variant_2"]


class TestMemoryConflicts:
    """First committer wins, for what was read by id and for what a selection found."""

    @pytest.mark.parametrize("look", LOOKS)
    def test_second_committer_loses(self, look: str) -> None:
        """A transaction whose reading came untrue before its commit is refused."""
        store = MemoryStore()
        done(store.atomic(put(mug())))
        slow = store.begin()
        LOOKS[look](slow)
        slow.put(mug("variant_2", title="Pot"))
        done(store.atomic(put(mug(quantity=3), mug("variant_9", title="Cup"))))
        with pytest.raises(Conflict):
            store.commit(slow)

    def test_step_is_run_again_after_a_conflict(self) -> None:
        """`atomic` runs the step again on fresh rows, a bounded number of times."""
        store = MemoryStore()
        done(store.atomic(put(mug(quantity=0))))
        tries = 0

        def step(tx: Transaction, meddle: int) -> int:
            nonlocal tries
            tries += 1
            row = tx.find(Variant, "variant_1")
            assert row is not None
            if tries <= meddle:
                other = store.begin()
                other.put(mug(quantity=tries))
                store.commit(other)
            tx.put(mug(quantity=row.inventory_quantity + 100))
            return row.inventory_quantity

        assert done(store.atomic(lambda tx: step(tx, meddle=2))) == 2
        tries = -1000
        with pytest.raises(StoreError):
            done(store.atomic(lambda tx: step(tx, meddle=0)))
