"""What every store of the reference backend promises. One suite; each store joins by a line in STORES."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.shopbench import done

from tillproof.domain.entities import Order, Variant
from tillproof.reference.ports import Store, StoreError, Transaction
from tillproof.reference.store.memory import Conflict, MemoryStore

STORES: dict[str, Callable[[], Store]] = {"memory": MemoryStore}


def mug(id_: str = "variant_1", quantity: int = 1, title: str = "Mug") -> Variant:
    return Variant(id=id_, title=title, prices={"eur": 100}, inventory_quantity=quantity)


@pytest.fixture(params=sorted(STORES))
def store(request: pytest.FixtureRequest) -> Store:
    name: str = request.param
    return STORES[name]()


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
    done(store.atomic(put(mug())))
    assert done(store.read(lambda tx: tx.find(Variant, "variant_1"))) == mug()
    assert done(store.read(lambda tx: tx.select(Variant, title="Mug"))) == [mug()]
    assert done(store.read(lambda tx: tx.select(Variant, title="Cup"))) == []
    assert done(store.read(lambda tx: tx.find(Order, "variant_1"))) is None


def test_step_sees_its_own_writes(store: Store) -> None:
    """Inside a step, reads see what the step wrote, also in selections, also deletions."""

    def step(tx: Transaction) -> tuple[Variant | None, list[Variant], list[Variant]]:
        tx.put(mug("variant_2"))
        found = tx.find(Variant, "variant_2")
        both = tx.select(Variant, title="Mug")
        tx.delete(mug("variant_1"))
        return found, both, tx.select(Variant, title="Mug")

    done(store.atomic(put(mug("variant_1"))))
    found, both, left = done(store.atomic(step))
    assert found == mug("variant_2")
    assert [row.id for row in both] == ["variant_1", "variant_2"]
    assert [row.id for row in left] == ["variant_2"]


def test_failed_step_commits_nothing(store: Store) -> None:
    """A step that raises leaves every row as it was."""

    def step(tx: Transaction) -> None:
        tx.put(mug(quantity=9))
        raise ValueError("changed its mind")

    done(store.atomic(put(mug(quantity=1))))
    with pytest.raises(ValueError, match="changed its mind"):
        done(store.atomic(step))
    found = done(store.read(lambda tx: tx.find(Variant, "variant_1")))
    assert found is not None
    assert found.inventory_quantity == 1


@given(quantities=st.lists(st.integers(0, 5), min_size=1, max_size=8))
def test_selection_keeps_the_order_of_insertion(quantities: list[int]) -> None:
    """Rows come oldest first, however often they are replaced."""
    for make in STORES.values():
        store = make()
        for number, quantity in enumerate(quantities):
            row = mug(f"variant_{number}", quantity)
            done(store.atomic(put(row)))
        done(store.atomic(put(mug("variant_0", 9))))
        rows = done(store.read(lambda tx: tx.select(Variant)))
        assert [row.id for row in rows] == [f"variant_{n}" for n in range(len(quantities))]


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
